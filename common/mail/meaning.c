#include "common/mail/meaning.h"

#include <string.h>

#include "common/base/clock.h"

/* --- what is new --------------------------------------------------------------------- */

/* What the HTML half marks as quoted is known, wherever it stands in the plain half. */
static void
add_quoted_regions(GArray *known, const HtmlText *html)
{
    for (guint i = 0; i < html->regions->len; i++) {
        const struct html_region *r =
            &g_array_index(html->regions, struct html_region, i);
        struct slice quoted = { html->text + r->from, r->to - r->from };
        if (r->mark == HTML_MARK_QUOTE && quoted.n > 0)
            g_array_append_val(known, quoted);
    }
}

ReplySplit
mail_split(const Mail *mail, const struct slice *known, size_t n_known)
{
    g_auto(HtmlText) html = { 0 };
    g_autoptr(GArray) all = g_array_new(false, false, sizeof(struct slice));
    struct reply_input in = { .text = slice_from(mail->text),
                              .subject = slice_from(mail->subject) };
    if (n_known)
        g_array_append_vals(all, known, (guint)n_known);
    if (mail->html)
        html = html_text_make(slice_from(mail->html), 0);
    if (mail->html && mail->text_is_of_html) {
        in.text = (struct slice){ html.text, html.n };
        in.regions = (const struct html_region *)(void *)html.regions->data;
        in.n_regions = html.regions->len;
    } else if (mail->html) {
        add_quoted_regions(all, &html);
    }
    in.known = (const struct slice *)(void *)all->data;
    in.n_known = all->len;
    return reply_split(&in);
}

/* --- what is passed on --------------------------------------------------------------- */

static char *
full_address(const GPtrArray *from)
{
    const struct mail_address *a = from->len ? from->pdata[0] : NULL;
    if (!a)
        return g_strdup("");
    return *a->name && *a->address ? g_strdup_printf("%s <%s>", a->name, a->address)
                                   : g_strdup(*a->address ? a->address : a->name);
}

static bool
read_inner(struct slice raw, const struct mail_part *part, Forwarded *ret_forwarded)
{
    g_autoptr(GBytes) content = mail_part_decode(raw, part, NULL);
    if (!content)
        return false;
    gsize n = 0;
    const char *p = g_bytes_get_data(content, &n);
    g_autoptr(Mail) inner = mail_parse((struct slice){ p, n }, NULL, NULL);
    if (!inner || inner->from->len == 0)
        return false;
    *ret_forwarded = (Forwarded){
        .from = full_address(inner->from),
        .date = inner->date_us ? clock_format_rfc3339(inner->date_us) : g_strdup(""),
        .subject = g_strdup(inner->subject),
        .text = g_strdup(inner->text),
        .begins = 0,
    };
    return true;
}

bool
mail_forwarded(const Mail *mail, struct slice raw, Forwarded *ret_forwarded)
{
    if (mail->bounces->len || mail->is_feedback)
        return false;
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        if (strcmp(part->content_type, "message/rfc822") == 0
            && read_inner(raw, part, ret_forwarded))
            return true;
    }
    return forward_find(slice_from(mail->text), slice_from(mail->subject), ret_forwarded);
}
