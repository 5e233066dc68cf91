/* Forms: "Content-Type \\n body". What is read is text, within bounds, and files lie in the
   body; urlencoded text can be written and read again. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const Values *values)
{
    g_autofree char *text = values_format_form(values);
    g_autoptr(GArray) again = values_new();

    g_assert_true(values_parse_form(again, slice_from(text), NULL));
    g_assert_cmpuint(again->len, ==, values->len);
    for (guint i = 0; i < values->len; i++) {
        const struct value *a = &g_array_index(values, struct value, i);
        const struct value *b = &g_array_index(again, struct value, i);
        g_assert_cmpstr(a->name, ==, b->name);
        g_assert_cmpstr(a->value, ==, b->value);
    }
}

static void
check_files(const Form *form, struct slice body)
{
    for (guint i = 0; i < form->files->len; i++) {
        const struct form_file *file = &g_array_index(form->files, struct form_file, i);
        g_assert_true(file->content.p >= body.p
                      && file->content.p + file->content.n <= body.p + body.n);
        g_assert_true(g_utf8_validate(file->field, -1, NULL));
        g_assert_true(g_utf8_validate(file->content_type, -1, NULL));
        g_assert_true(g_utf8_validate(file->name, -1, NULL));
        g_assert_null(strpbrk(file->name, "/\\\r\n"));
        for (const char *c = file->name; *c; c++)
            g_assert_false(g_ascii_iscntrl(*c));
        for (const char *c = file->content_type; *c; c++)
            g_assert_false(g_ascii_iscntrl(*c));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = { (const char *)data, size }, line = { 0 };
    g_autoptr(GError) error = NULL;

    if (!slice_next_line(&body, &line))
        return 0;
    g_autofree char *type = slice_dup(line);
    g_autoptr(Form) form = form_parse(type, body, &error);
    if (!form) {
        g_assert_true(!error || error_is(error, ERR_REJECT));
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(form->values->len + form->files->len, <=, LIMIT_HTTP_VALUES);
    for (guint i = 0; i < form->values->len; i++) {
        const struct value *value = &g_array_index(form->values, struct value, i);
        g_assert_true(g_utf8_validate(value->name, -1, NULL));
        g_assert_true(g_utf8_validate(value->value, -1, NULL));
    }
    check_again(form->values);
    check_files(form, body);
    return 0;
}
