/* maild ignored [list|show ID]: mail that was kept and not made a ticket, and why. */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/store/admin.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/document.h"
#include "maild/verbs/kept.h"
#include "maild/verbs/verb.h"

#define MOST 100

struct asked {
    const char *tenant;  /* NULL: all */
    const char *id_text; /* of show; NULL: list */
    bool json, raw;
    int64_t most;
};

static void
print_list(const char *text, int64_t most)
{
    g_autoptr(json_t) document = document_parse(text);
    const json_t *entries = json_object_get(document, "ignored"), *entry;
    size_t i;
    if (json_array_size(entries) == 0)
        puts("nothing was ignored");
    json_array_foreach(entries, i, entry)
    {
        kept_print_entry(entry);
    }
    if ((int64_t)json_array_size(entries) == most)
        puts("… and perhaps older ones: --most N shows more");
}

static bool
list(Db *db, const struct asked *asked, GError **error)
{
    g_autofree char *text = admin_list_ignored(db, asked->tenant, asked->most, error);
    if (!text)
        return false;
    if (asked->json)
        puts(text);
    else
        print_list(text, asked->most);
    return true;
}

static bool
show(Db *db, const struct asked *asked, GError **error)
{
    struct uuid id;
    g_autoptr(GBytes) raw = NULL;
    if (!uuid_parse(slice_from(asked->id_text), &id))
        return error_set(error, ERR_REJECT, "\"%s\" is no id: see `maild ignored`",
                         asked->id_text);
    g_autofree char *text = admin_read_ignored(db, id, &raw, error);
    if (!text)
        return false;
    if (asked->raw) {
        fwrite(g_bytes_get_data(raw, NULL), 1, g_bytes_get_size(raw), stdout);
        return true;
    }
    g_autoptr(json_t) entry = document_parse(text);
    kept_print_entry(entry);
    kept_print_head(raw);
    return true;
}

static bool
understand(int argc, char **argv, struct asked *asked)
{
    const char *most = NULL, *words[2] = { NULL, NULL };
    const struct verb_option options[] = { { "tenant", &asked->tenant, NULL },
                                           { "most", &most, NULL },
                                           { "json", NULL, &asked->json },
                                           { NULL, NULL, NULL } };
    const struct verb_option of_show[] = { { "raw", NULL, &asked->raw },
                                           { NULL, NULL, NULL } };
    guint64 n = MOST;

    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        bool good = verb_arguments(argc, argv, of_show, words, 2);
        asked->id_text = words[1];
        return good;
    }
    if (!verb_arguments(argc, argv, options, words, 0)
        || (most && !g_ascii_string_to_unsigned(most, 10, 1, 1000000, &n, NULL)))
        return false;
    asked->most = (int64_t)n;
    return true;
}

int
verb_ignored(const struct verb_context *context, int argc, char **argv)
{
    struct asked asked = { .most = MOST };
    g_autoptr(GError) error = NULL;

    if (!understand(argc, argv, &asked))
        return verb_misused(argv[0]);
    g_autoptr(Db) db = verb_owner(context, &error);
    if (!db || !(asked.id_text ? show(db, &asked, &error) : list(db, &asked, &error)))
        return verb_failed(error);
    return EX_OK;
}
