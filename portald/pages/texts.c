#include "portald/pages/texts.h"

#include <stdint.h>
#include <string.h>

#include "common/base/error.h"

struct Texts {
    GHashTable *by_language; /* "de" -> GHashTable of msgid -> msgstr */
    GPtrArray *languages;    /* of char *, NULL at the end */
};

/* --- PO --------------------------------------------------------------------------- */

enum po_field { PO_NONE, PO_ID, PO_TEXT, PO_OTHER };

struct po {
    GHashTable *entries;
    const char *name;
    unsigned line;
    enum po_field field;
    GString *id, *text;
    bool fuzzy, next_fuzzy;
};

static void
end_entry(struct po *po)
{
    if (po->id->len > 0 && po->text->len > 0 && !po->fuzzy)
        g_hash_table_insert(po->entries, g_strdup(po->id->str), g_strdup(po->text->str));
    g_string_truncate(po->id, 0);
    g_string_truncate(po->text, 0);
    po->fuzzy = po->next_fuzzy;
    po->next_fuzzy = false;
}

static bool
read_string(struct po *po, struct slice quoted, GError **error)
{
    GString *out = po->field == PO_ID ? po->id : po->field == PO_TEXT ? po->text : NULL;

    quoted = slice_trim(quoted);
    if (quoted.n < 2 || quoted.p[0] != '"' || quoted.p[quoted.n - 1] != '"')
        return error_set(error, ERR_REJECT, "%s:%u: a string in quotes is expected",
                         po->name, po->line);
    g_autofree char *inner = slice_dup(slice_sub(quoted, 1, quoted.n - 1));
    g_autofree char *plain = g_strcompress(inner);
    if (out)
        g_string_append(out, plain);
    return true;
}

static bool
read_line(struct po *po, struct slice line, GError **error)
{
    static const struct {
        const char *word;
        enum po_field field;
    } words[] = { { "msgid ", PO_ID }, { "msgstr ", PO_TEXT }, { "msgctxt ", PO_OTHER } };

    line = slice_trim(line);
    if (line.n == 0)
        return true;
    if (line.p[0] == '#') {
        if (line.n > 1 && line.p[1] == ',' && memmem(line.p, line.n, "fuzzy", 5))
            po->next_fuzzy = true;
        return true;
    }
    if (line.p[0] == '"')
        return read_string(po, line, error);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!slice_starts_nocase(line, words[i].word))
            continue;
        if (words[i].field == PO_ID)
            end_entry(po);
        po->field = words[i].field;
        return read_string(po, slice_sub(line, strlen(words[i].word), line.n), error);
    }
    return error_set(error, ERR_REJECT, "%s:%u: neither msgid nor msgstr", po->name,
                     po->line);
}

bool
texts_parse(GHashTable *entries, struct slice text, const char *name, GError **error)
{
    struct po po = { .entries = entries,
                     .name = name,
                     .id = g_string_new(NULL),
                     .text = g_string_new(NULL) };
    struct slice line;
    bool good = text.n == 0 || g_utf8_validate(text.p, (gssize)text.n, NULL);

    if (!good)
        error_set(error, ERR_REJECT, "%s is not UTF-8", name);
    while (good && slice_next_line(&text, &line)) {
        po.line++;
        good = read_line(&po, line, error);
    }
    end_entry(&po);
    g_string_free(po.id, TRUE);
    g_string_free(po.text, TRUE);
    return good;
}

/* --- loading ---------------------------------------------------------------------- */

static void
unref_table(void *table)
{
    g_hash_table_unref(table);
}

static bool
load_file(Texts *texts, const char *folder, const char *file, GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *content = NULL;
    gsize n = 0;

    if (!g_file_get_contents(path, &content, &n, NULL))
        return error_set(error, ERR_MISSING, "%s can't be read", path);
    GHashTable *entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *language = g_strndup(file, strlen(file) - strlen(".po"));
    g_hash_table_insert(texts->by_language, language, entries);
    g_ptr_array_add(texts->languages, language);
    return texts_parse(entries, (struct slice){ content, n }, path, error);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

Texts *
texts_load(const char *directory, GError **error)
{
    g_autoptr(Texts) texts = g_new0(Texts, 1);
    g_autofree char *folder = g_build_filename(directory, "texts", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    texts->by_language =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_table);
    texts->languages = g_ptr_array_new();
    for (const char *file; dir && (file = g_dir_read_name(dir));)
        if (g_str_has_suffix(file, ".po") && !load_file(texts, folder, file, error))
            return NULL;
    g_ptr_array_sort(texts->languages, compare_names);
    g_ptr_array_insert(texts->languages, 0, (char *)(uintptr_t) "en");
    g_ptr_array_add(texts->languages, NULL);
    return g_steal_pointer(&texts);
}

void
texts_free(Texts *texts)
{
    if (!texts)
        return;
    g_hash_table_unref(texts->by_language);
    g_ptr_array_unref(texts->languages);
    g_free(texts);
}

/* --- use -------------------------------------------------------------------------- */

const char *const *
texts_languages(const Texts *texts)
{
    return (const char *const *)texts->languages->pdata;
}

const char *
texts_get(const Texts *texts, const char *language, const char *msgid)
{
    GHashTable *entries = g_hash_table_lookup(texts->by_language, language);
    const char *text = entries ? g_hash_table_lookup(entries, msgid) : NULL;
    return text ? text : msgid;
}

/* The language of ours that a tag ("de-AT", "de") means; NULL when we have none. */
static const char *
find_language(const Texts *texts, struct slice tag)
{
    for (const char *const *have = texts_languages(texts); *have; have++) {
        size_t n = strlen(*have);
        if (tag.n >= n && slice_starts_nocase(tag, *have)
            && (tag.n == n || tag.p[n] == '-' || tag.p[n] == '_'))
            return *have;
    }
    return NULL;
}

/* "q=0.8", "q=1" as thousandths; 1000 where there is none. */
static int
quality(const char *range)
{
    const char *q = strstr(range, "q=");
    return q ? (int)(g_ascii_strtod(q + 2, NULL) * 1000.0) : 1000;
}

static const char *
choose_accepted(const Texts *texts, const char *accepted)
{
    g_auto(GStrv) ranges = g_strsplit(accepted, ",", 32);
    const char *best = NULL;
    int best_quality = 0;

    for (char **range = ranges; *range; range++) {
        struct slice tag = slice_trim((struct slice){ *range, strcspn(*range, ";") });
        const char *have = find_language(texts, tag);
        int q = quality(*range);
        if (have && q > best_quality) {
            best = have;
            best_quality = q;
        }
    }
    return best;
}

const char *
texts_choose(const Texts *texts, const char *chosen, const char *accepted,
             const char *fallback)
{
    const char *have = chosen ? find_language(texts, slice_from(chosen)) : NULL;

    if (!have && accepted)
        have = choose_accepted(texts, accepted);
    if (!have && fallback)
        have = find_language(texts, slice_from(fallback));
    return have ? have : "en";
}

bool
texts_is_rtl(const char *language)
{
    static const char *const rtl[] = { "ar", "fa", "he", "ur" };

    for (size_t i = 0; i < G_N_ELEMENTS(rtl); i++)
        if (strcmp(language, rtl[i]) == 0)
            return true;
    return false;
}

static void
append_text(GString *out, const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c == '"')
            g_string_append(out, "&quot;");
        else
            g_string_append_c(out, *c);
}

/* A msgid may be broken over lines in a page's source. */
static char *
collapse_space(struct slice text)
{
    g_autoptr(GString) out = g_string_sized_new(text.n);

    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isspace(text.p[i]))
            g_string_append_c(out, text.p[i]);
        else if (out->len == 0 || out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
texts_translate(const Texts *texts, const char *language, struct slice source)
{
    g_autoptr(GString) out = g_string_sized_new(source.n);
    size_t at = 0;

    while (at < source.n) {
        const char *open = memmem(source.p + at, source.n - at, "[[", 2);
        size_t start = open ? (size_t)(open - source.p) : source.n;
        const char *close = open ? memmem(open + 2, source.n - start - 2, "]]", 2) : NULL;
        if (!close)
            break;
        g_string_append_len(out, source.p + at, (gssize)(start - at));
        g_autofree char *msgid =
            collapse_space((struct slice){ open + 2, (size_t)(close - open) - 2 });
        const char *text = texts_get(texts, language, msgid);
        if (text == msgid)
            g_string_append(out, msgid);
        else
            append_text(out, text);
        at = (size_t)(close - source.p) + 2;
    }
    g_string_append_len(out, source.p + at, (gssize)(source.n - at));
    return g_string_free(g_steal_pointer(&out), FALSE);
}
