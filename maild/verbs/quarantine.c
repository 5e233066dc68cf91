/* maild quarantine list|show|retry|drop: mail that could not be read. */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/db/listen.h"
#include "common/store/admin.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/document.h"
#include "maild/verbs/kept.h"
#include "maild/verbs/verb.h"

static bool
list(Db *db, GError **error)
{
    g_autofree char *text = admin_list_quarantine(db, error);
    if (!text)
        return false;

    g_autoptr(json_t) document = document_parse(text);
    const json_t *entries = json_object_get(document, "quarantined"), *entry;
    size_t i;
    if (json_array_size(entries) == 0)
        puts("quarantine is empty");
    json_array_foreach(entries, i, entry)
    {
        kept_print_entry(entry);
    }
    return true;
}

static bool
show(Db *db, struct uuid id, bool raw_only, GError **error)
{
    g_autoptr(GBytes) raw = NULL;
    g_autofree char *text = admin_read_quarantined(db, id, &raw, error);
    if (!text)
        return false;
    if (raw_only) {
        fwrite(g_bytes_get_data(raw, NULL), 1, g_bytes_get_size(raw), stdout);
        return true;
    }
    g_autoptr(json_t) entry = document_parse(text);
    kept_print_entry(entry);
    printf("  came by %s from %s, tried %lld times\n", document_text(entry, "door"),
           document_text(entry, "peer"), document_number(entry, "tries"));
    kept_print_head(raw);
    return true;
}

static bool
retry(Db *db, struct uuid id, GError **error)
{
    if (!admin_retry_quarantined(db, id, error))
        return false;
    db_ring(db, BELL_INBOUND);
    puts("it will be read again");
    return true;
}

static bool
drop(Db *db, struct uuid id, GError **error)
{
    if (!admin_drop_quarantined(db, id, error))
        return false;
    puts("dropped; its bytes are kept");
    return true;
}

static bool
act(Db *db, const char *what, struct uuid id, bool raw, GError **error)
{
    if (strcmp(what, "show") == 0)
        return show(db, id, raw, error);
    if (strcmp(what, "retry") == 0)
        return retry(db, id, error);
    return drop(db, id, error);
}

/* "list", or one of the others with an id. */
static bool
understand(int argc, char **argv, const char **ret_what, const char **ret_id, bool *raw)
{
    static const char *const with_id[] = { "show", "retry", "drop", NULL };
    const struct verb_option options[] = { { "raw", NULL, raw }, { NULL, NULL, NULL } };
    const char *words[2] = { NULL, NULL };

    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        *ret_what = argv[1];
        return true;
    }
    if (!verb_arguments(argc, argv, options, words, 2)
        || !g_strv_contains(with_id, words[0]))
        return false;
    *ret_what = words[0];
    *ret_id = words[1];
    return true;
}

int
verb_quarantine(const struct verb_context *context, int argc, char **argv)
{
    const char *what = NULL, *id_text = NULL;
    bool raw = false;
    struct uuid id = { { 0 } };
    g_autoptr(GError) error = NULL;

    if (!understand(argc, argv, &what, &id_text, &raw))
        return verb_misused(argv[0]);
    if (id_text && !uuid_parse(slice_from(id_text), &id)) {
        error_set(&error, ERR_REJECT, "\"%s\" is no id: see `maild quarantine list`",
                  id_text);
        return verb_failed(error);
    }
    g_autoptr(Db) db = verb_owner(context, &error);
    if (!db || !(id_text ? act(db, what, id, raw, &error) : list(db, &error)))
        return verb_failed(error);
    return EX_OK;
}
