/* maild render TEMPLATE DATA.json [--html|--text|--header] [--partials DIR] */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/text/template.h"
#include "maild/verbs/verb.h"

#define SUFFIX ".mustache"
#define INPUT_BYTES_MAX (64u << 20) /* of standard input: nobody writes such a template */

/* The partials of one call: compiled when first asked for. */
struct store {
    const char *folders[3]; /* where to look, in this order */
    const char *kind;       /* tried behind a name, as the mails' templates have it */
    GHashTable *templates;  /* name -> Template, or NULL for none */
};

static const struct {
    const char *kind;
    enum template_mode mode;
} kinds[] = {
    { "html", TEMPLATE_HTML },
    { "txt", TEMPLATE_TEXT },
    { "subject", TEMPLATE_HEADER },
};

static bool
read_standard_input(GString *text, GError **error)
{
    char block[8192];
    for (size_t n; (n = fread(block, 1, sizeof block, stdin)) > 0;) {
        if (text->len + n > INPUT_BYTES_MAX)
            return error_set(error, ERR_REJECT, "standard input is too large");
        g_string_append_len(text, block, (gssize)n);
    }
    return true;
}

/* A file, or standard input for "-". */
static bool
read_all(const char *path, GString *text, GError **error)
{
    if (strcmp(path, "-") == 0)
        return read_standard_input(text, error);

    g_autoptr(GError) bad = NULL;
    g_autofree char *content = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &content, &n, &bad))
        return error_set(error, ERR_MISSING, "%s", bad->message);
    g_string_append_len(text, content, (gssize)n);
    return true;
}

static Template *
compile_file(const char *path, GError **error)
{
    g_autoptr(GString) source = g_string_new(NULL);
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (!read_all(path, source, error))
        return NULL;
    return template_compile((struct slice){ source->str, source->len }, name, error);
}

static json_t *
read_document(const char *path, GError **error)
{
    json_error_t bad;
    g_autoptr(GString) text = g_string_new(NULL);
    if (!read_all(path, text, error))
        return NULL;
    json_t *document =
        json_loadb(text->str, text->len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &bad);
    if (!document)
        error_set(error, ERR_REJECT, "%s:%d:%d: %s", path, bad.line, bad.column,
                  bad.text);
    return document;
}

/* The file of a partial, or NULL: NAME.mustache, NAME, NAME.txt.mustache. */
static char *
find_file(const struct store *store, const char *name)
{
    g_autofree char *suffixed = g_strconcat(name, SUFFIX, NULL);
    g_autofree char *of_kind = g_strconcat(name, ".", store->kind, SUFFIX, NULL);
    const char *const names[] = { suffixed, name, of_kind };
    for (size_t f = 0; f < G_N_ELEMENTS(store->folders) && store->folders[f]; f++)
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            g_autofree char *path = g_build_filename(store->folders[f], names[i], NULL);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
                return g_steal_pointer(&path);
        }
    return NULL;
}

static bool
leaves_folder(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    return name[0] == '/' || g_strv_contains((const char *const *)parts, "..");
}

static bool
find_partial(void *data, const char *name, const Template **ret_template, GError **error)
{
    struct store *store = data;
    void *known = NULL;
    if (!g_hash_table_lookup_extended(store->templates, name, NULL, &known)) {
        if (leaves_folder(name))
            return error_set(error, ERR_REJECT, "partial %s is outside of its folder",
                             name);
        g_autofree char *path = find_file(store, name);
        known = path ? compile_file(path, error) : NULL;
        if (path && !known)
            return false;
        g_hash_table_insert(store->templates, g_strdup(name), known);
    }
    *ret_template = known;
    return true;
}

static int
render(const char *template_path, const char *data_path, struct store *store,
       enum template_mode mode)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Template) template = compile_file(template_path, &error);
    g_autoptr(json_t) document = template ? read_document(data_path, &error) : NULL;
    if (!document)
        return verb_failed(error);

    const struct template_partials partials = { find_partial, store };
    const struct template_input input = { document, mode, &partials };
    g_autoptr(GString) text = template_render(template, &input, NULL, &error);
    if (!text)
        return verb_failed(error);
    if (fwrite(text->str, 1, text->len, stdout) != text->len || fflush(stdout) != 0) {
        error_set(&error, ERR_RETRY, "standard output can't be written");
        return verb_failed(error);
    }
    return EX_OK;
}

/* From "answer.txt.mustache" or "answer.txt" the index of txt; html for other names. */
static size_t
kind_of(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    if (g_str_has_suffix(name, SUFFIX))
        name[strlen(name) - strlen(SUFFIX)] = '\0';
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(dot + 1, kinds[i].kind) == 0)
            return i;
    return 0;
}

static int
misused(const char *verb, const char *why)
{
    fprintf(stderr, "maild: %s\n", why);
    return verb_misused(verb);
}

/* `partials` NULL: beside the template, or where the mails' templates keep them. */
static int
render_with(const char *const paths[2], const char *partials, int kind)
{
    size_t k = kind >= 0 ? (size_t)kind : kind_of(paths[0]);
    g_autofree char *beside = g_path_get_dirname(paths[0]);
    g_autofree char *below =
        g_build_filename(partials ? partials : beside, "partials", NULL);
    g_autofree char *above = g_build_filename(beside, "..", "partials", NULL);
    g_autoptr(GHashTable) templates = g_hash_table_new_full(
        g_str_hash, g_str_equal, g_free, (GDestroyNotify)template_free);
    struct store store = { { partials ? partials : beside, below,
                             partials ? NULL : above },
                           kinds[k].kind,
                           templates };
    return render(paths[0], paths[1], &store, kinds[k].mode);
}

int
verb_render(const struct verb_context *context, int argc, char **argv)
{
    static const struct option options[] = {
        { "html", no_argument, NULL, 0 },
        { "text", no_argument, NULL, 1 },
        { "header", no_argument, NULL, 2 },
        { "subject", no_argument, NULL, 2 },
        { "partials", required_argument, NULL, 'p' },
        { NULL, 0, NULL, 0 },
    };
    const char *partials = NULL;
    int kind = -1;
    (void)context;
    optind = 0; /* a new scan */
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == '?')
            return verb_misused(argv[0]);
        if (o == 'p')
            partials = optarg;
        else if (kind >= 0 && kind != o)
            return misused(argv[0], "render: only one of --html, --text, --header");
        else
            kind = o;
    }
    if (argc - optind != 2)
        return misused(argv[0], "render: wants a template and a file of JSON");
    const char *const paths[2] = { argv[optind], argv[optind + 1] };
    if (strcmp(paths[0], "-") == 0 && strcmp(paths[1], "-") == 0)
        return misused(argv[0], "render: only one of the two can be standard input");
    if (partials && !g_file_test(partials, G_FILE_TEST_IS_DIR)) {
        fprintf(stderr, "maild: render: %s is not a directory\n", partials);
        return EX_NOINPUT;
    }
    return render_with(paths, partials, kind);
}
