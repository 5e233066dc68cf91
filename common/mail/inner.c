#include "common/mail/inner.h"

#include <stdlib.h>
#include <string.h>

#include "common/mail/charset.h"
#include "common/mail/embedded.h"
#include "common/mail/tnef.h"

static const char *const kind_names[] = {
    [INNER_NONE] = "", [INNER_TNEF] = "tnef:", [INNER_TEXT] = "text:"
};

struct inner_file *
inner_file_new(void)
{
    return g_new0(struct inner_file, 1);
}

void
inner_file_free(void *data)
{
    struct inner_file *file = data;
    if (!file)
        return;
    g_free(file->name);
    g_free(file->content_type);
    g_free(file->content_id);
    g_clear_pointer(&file->content, g_bytes_unref);
    g_free(file);
}

char *
inner_name(char *take_name)
{
    g_autofree char *name = g_strstrip(charset_clean_line(take_name));
    const char *base = name;

    for (const char *c = name; *c; c++)
        if ((*c == '/' || *c == '\\') && c[1])
            base = c + 1;
    return g_strdup(base);
}

enum inner_kind
inner_kind(const char *content_type, const char *name, bool is_body)
{
    if (strcmp(content_type, "application/ms-tnef") == 0
        || strcmp(content_type, "application/vnd.ms-tnef") == 0
        || g_ascii_strcasecmp(name, "winmail.dat") == 0)
        return INNER_TNEF;
    if (is_body && g_str_has_prefix(content_type, "text")
        && strcmp(content_type, "text/html") != 0)
        return INNER_TEXT;
    return INNER_NONE;
}

GPtrArray *
inner_read(enum inner_kind kind, struct slice content, const char *charset,
           const char **ret_problem)
{
    const char *problem = NULL;
    GPtrArray *files = NULL;

    if (kind == INNER_TNEF) {
        g_auto(Tnef) tnef = { 0 };
        tnef_read(content, &tnef);
        problem = tnef.problem;
        files = g_steal_pointer(&tnef.files);
    } else if (kind == INNER_TEXT) {
        files = embedded_read(content, charset, &problem);
    } else {
        files = g_ptr_array_new_with_free_func(inner_file_free);
    }
    if (ret_problem)
        *ret_problem = problem;
    return files;
}

char *
inner_encoding(const char *encoding, enum inner_kind kind, guint number)
{
    return g_strdup_printf("%s %s%u", *encoding ? encoding : "7bit", kind_names[kind],
                           number);
}

bool
inner_split_encoding(const char *encoding, char **ret_outer, enum inner_kind *ret_kind,
                     guint *ret_number)
{
    const char *space = strchr(encoding, ' ');
    if (!space)
        return false;
    *ret_outer = g_strndup(encoding, (size_t)(space - encoding));
    *ret_kind = INNER_NONE;
    *ret_number = 0;
    for (guint i = INNER_TNEF; i < G_N_ELEMENTS(kind_names); i++) {
        if (g_str_has_prefix(space + 1, kind_names[i])) {
            *ret_kind = (enum inner_kind)i;
            *ret_number = (guint)strtoul(space + 1 + strlen(kind_names[i]), NULL, 10);
        }
    }
    return true;
}
