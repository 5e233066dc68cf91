#include "portald/http/form.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"

static void
file_clear(void *data)
{
    struct form_file *file = data;
    g_free(file->field);
    g_free(file->name);
    g_free(file->content_type);
}

static Form *
form_new(void)
{
    Form *form = g_new0(Form, 1);
    form->values = values_new();
    form->files = g_array_new(FALSE, FALSE, sizeof(struct form_file));
    g_array_set_clear_func(form->files, file_clear);
    return form;
}

void
form_free(Form *form)
{
    if (!form)
        return;
    g_array_unref(form->values);
    g_array_unref(form->files);
    g_free(form);
}

/* The value of a parameter: `; name=token` or `; name="quoted"`. Browsers escape a quote in
   a file's name as %22 (WHATWG HTML §4.10.21.8). NULL when it is not there. */
static char *
parameter(struct slice field, const char *name)
{
    size_t name_n = strlen(name);

    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] != ';')
            continue;
        struct slice rest = slice_trim(slice_sub(field, i + 1, field.n));
        if (rest.n <= name_n || !slice_starts_nocase(rest, name) || rest.p[name_n] != '=')
            continue;
        struct slice value = slice_sub(rest, name_n + 1, rest.n);
        bool quoted = value.n > 0 && value.p[0] == '"';
        size_t end = quoted ? 1 : 0;
        while (end < value.n && value.p[end] != (quoted ? '"' : ';'))
            end++;
        return slice_dup(slice_sub(value, quoted ? 1 : 0, end));
    }
    return NULL;
}

/* The next place where `needle` stands, as an offset; haystack.n when nowhere. */
static size_t
find(struct slice haystack, size_t from, struct slice needle)
{
    const char *found = from >= haystack.n ? NULL
                                           : memmem(haystack.p + from, haystack.n - from,
                                                    needle.p, needle.n);
    return found ? (size_t)(found - haystack.p) : haystack.n;
}

struct part_header {
    char *field, *file, *type;
};

static void
read_header(struct slice header, struct part_header *ret)
{
    struct slice line;

    while (slice_next_line(&header, &line)) {
        const char *colon = memchr(line.p, ':', line.n);
        if (!colon)
            continue;
        struct slice name = slice_trim(slice_sub(line, 0, (size_t)(colon - line.p)));
        struct slice value =
            slice_trim(slice_sub(line, (size_t)(colon - line.p) + 1, line.n));
        if (slice_equal_nocase(name, "content-disposition") && !ret->field
            && !ret->file) {
            ret->field = parameter(value, "name");
            ret->file = parameter(value, "filename");
        } else if (slice_equal_nocase(name, "content-type") && !ret->type) {
            ret->type = slice_dup(value);
        }
    }
}

static bool
is_text(const char *text)
{
    return !text || g_utf8_validate(text, -1, NULL);
}

/* Names and types go on into fields of mails and answers: a lone CR or a tab, which a part's
   header may hold, is a space there. */
static char *
without_controls(char *text)
{
    for (char *c = text; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return text;
}

static char *
base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *back = strrchr(name, '\\');
    const char *last = slash > back ? slash : back;
    return without_controls(g_strdup(last ? last + 1 : name));
}

static bool
add_part(Form *form, struct part_header *part, struct slice content, GError **error)
{
    if (form->values->len + form->files->len >= LIMIT_HTTP_VALUES)
        return error_set(error, ERR_REJECT, "more than %d fields", LIMIT_HTTP_VALUES);
    if (!part->field || !is_text(part->field) || !is_text(part->file)
        || !is_text(part->type))
        return error_set(error, ERR_REJECT, "a part of the form has no name");
    if (!part->file) {
        if (content.n && !g_utf8_validate(content.p, (gssize)content.n, NULL))
            return error_set(error, ERR_REJECT, "a field is not UTF-8 text");
        values_add(form->values, slice_from(part->field), content);
        return true;
    }
    if (!*part->file && content.n == 0)
        return true; /* an input without a file */
    struct form_file file = { .field = g_steal_pointer(&part->field),
                              .name = base_name(part->file),
                              .content_type = part->type ? without_controls(
                                                  g_steal_pointer(&part->type))
                                                         : g_strdup(""),
                              .content = content };
    g_array_append_val(form->files, file);
    return true;
}

/* One part, from behind its delimiter line. */
static bool
read_part(Form *form, struct slice part, GError **error)
{
    struct part_header header = { 0 };
    size_t end = find(part, 0, (struct slice){ "\r\n\r\n", 4 });

    if (end == part.n || end > LIMIT_HTTP_HEADER_BYTES)
        return error_set(error, ERR_REJECT,
                         "a part of the form has no end of its header");
    read_header(slice_sub(part, 0, end + 2), &header);
    bool good = add_part(form, &header, slice_sub(part, end + 4, part.n), error);
    g_free(header.field);
    g_free(header.file);
    g_free(header.type);
    return good;
}

static bool
read_multipart(Form *form, const char *boundary, struct slice body, GError **error)
{
    g_autofree char *first = g_strdup_printf("--%s", boundary);
    g_autofree char *next = g_strdup_printf("\r\n--%s", boundary);
    struct slice delimiter = slice_from(next);

    size_t at = find(body, 0, slice_from(first));
    if (at == body.n)
        return error_set(error, ERR_REJECT, "the form does not hold its boundary");
    at += strlen(first);
    for (;;) {
        if (at + 2 <= body.n && memcmp(body.p + at, "--", 2) == 0)
            return true;
        if (at + 2 > body.n || memcmp(body.p + at, "\r\n", 2) != 0)
            return error_set(error, ERR_REJECT, "the form ends within a part");
        /* An empty header would share its CR LF with the delimiter. */
        size_t end = find(body, at, delimiter);
        if (end == body.n)
            return error_set(error, ERR_REJECT, "the form ends within a part");
        if (!read_part(form, slice_sub(body, at + 2, end), error))
            return false;
        at = end + delimiter.n;
    }
}

Form *
form_parse(const char *content_type, struct slice body, GError **error)
{
    struct slice type = slice_from(content_type ? content_type : "");

    if (slice_starts_nocase(type, "application/x-www-form-urlencoded")) {
        g_autoptr(Form) form = form_new();
        return values_parse_form(form->values, body, error) ? g_steal_pointer(&form)
                                                            : NULL;
    }
    if (!slice_starts_nocase(type, "multipart/form-data"))
        return NULL;
    g_autofree char *boundary = parameter(type, "boundary");
    if (!boundary || !*boundary || strlen(boundary) > 70) { /* RFC 2046 §5.1.1 */
        error_set(error, ERR_REJECT, "the form has no boundary");
        return NULL;
    }
    g_autoptr(Form) form = form_new();
    return read_multipart(form, boundary, body, error) ? g_steal_pointer(&form) : NULL;
}
