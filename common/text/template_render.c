#include <string.h>

#include "common/base/error.h"
#include "common/text/template_walk.h"

/* A header's template ends with the line end that an editor puts there; no other one, and
   no NUL, can be part of a header. */
static bool
check_header(const Template *template, GString *text, GError **error)
{
    if (text->len && text->str[text->len - 1] == '\n')
        g_string_truncate(text, text->len - 1);
    if (text->len && text->str[text->len - 1] == '\r')
        g_string_truncate(text, text->len - 1);
    if (!strpbrk(text->str, "\r\n") && strlen(text->str) == text->len)
        return true;
    return error_set(error, ERR_REJECT,
                     "%s: the result has more than one line, and is to be a header",
                     template->name);
}

GString *
template_render(const Template *template, const struct template_input *input,
                struct template_cost *ret_cost, GError **error)
{
    struct template_walk walk = { .input = input };
    bool ok =
        template_walk(&walk, template, error)
        && (input->mode != TEMPLATE_HEADER || check_header(template, walk.out, error));
    if (ret_cost)
        *ret_cost = walk.cost;
    if (ok)
        return walk.out;
    g_string_free(walk.out, TRUE);
    return NULL;
}
