#include "portald/pages.h"

#include <stdint.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/text/template.h"

#define SUFFIX ".html.mustache"

struct Pages {
    GHashTable *templates; /* name -> Template */
};

static bool
find_template(void *data, const char *name, const Template **ret_template, GError **error)
{
    const Pages *pages = data;

    (void)error;
    *ret_template = g_hash_table_lookup(pages->templates, name);
    return true;
}

static bool
load_page(Pages *pages, const char *folder, const char *file, GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *source = NULL;
    gsize n = 0;

    if (!g_file_get_contents(path, &source, &n, NULL))
        return error_set(error, ERR_MISSING, "%s can't be read", path);
    Template *template = template_compile((struct slice){ source, n }, file, error);
    if (!template)
        return false;
    char *name = g_strndup(file, strlen(file) - strlen(SUFFIX));
    g_hash_table_insert(pages->templates, name, template);
    return true;
}

static bool
load_folder(Pages *pages, const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    if (!dir)
        return error_set(error, ERR_MISSING, "%s can't be read", folder);
    for (const char *file; (file = g_dir_read_name(dir));)
        if (g_str_has_suffix(file, SUFFIX) && !load_page(pages, folder, file, error))
            return false;
    return true;
}

static bool
check_pages(Pages *pages, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "document.json", NULL);
    json_error_t where;
    g_autoptr(json_t) document = json_load_file(path, 0, &where);
    if (!document)
        return error_set(error, ERR_REJECT, "%s:%d: %s", path, where.line, where.text);

    const struct template_partials partials = { find_template, pages };
    const struct template_input input = { document, TEMPLATE_HTML, &partials };
    GHashTableIter iter;
    void *template;
    g_hash_table_iter_init(&iter, pages->templates);
    while (g_hash_table_iter_next(&iter, NULL, &template))
        if (!template_check_names(template, &input, error))
            return false;
    return true;
}

static void
free_template(void *template)
{
    template_free(template);
}

Pages *
pages_load(const char *directory, GError **error)
{
    g_autoptr(Pages) pages = g_new0(Pages, 1);
    g_autofree char *folder = g_build_filename(directory, "pages", NULL);

    pages->templates =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_template);
    if (!load_folder(pages, folder, error) || !check_pages(pages, folder, error))
        return NULL;
    return g_steal_pointer(&pages);
}

void
pages_free(Pages *pages)
{
    if (!pages)
        return;
    g_hash_table_unref(pages->templates);
    g_free(pages);
}

Reply *
pages_render(const Pages *pages, const char *name, const json_t *document, GError **error)
{
    const struct template_partials partials = { find_template, (void *)(uintptr_t)pages };
    const struct template_input input = { document, TEMPLATE_HTML, &partials };
    const Template *template = g_hash_table_lookup(pages->templates, name);
    if (!template) {
        error_set(error, ERR_BUG, "there is no page %s", name);
        return NULL;
    }
    GString *html = template_render(template, &input, NULL, error);
    if (!html)
        return NULL;
    g_autoptr(GBytes) body = g_string_free_to_bytes(html);
    return reply_new(200, "text/html; charset=utf-8", body);
}
