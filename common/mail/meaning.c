#include "common/mail/meaning.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/mail/embedded.h"
#include "common/mail/param.h"
#include "common/text/language.h"

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
    g_autoptr(GString) words =
        mail->text_is_of_html ? NULL : embedded_cut(in.text, EMBEDDED_CUT_ALL);
    if (words)
        in.text = (struct slice){ words->str, words->len };
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

/* --- its language ---------------------------------------------------------------------- */

char *
mail_language(const Mail *mail, const char *words)
{
    if (mail->language && *mail->language)
        return g_strdup(mail->language);
    return g_strdup(language_guess(slice_from(words)));
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

/* --- what it invites to --------------------------------------------------------------- */

static bool
is_calendar(const struct mail_part *part)
{
    return strcmp(part->content_type, "text/calendar") == 0
           || strcmp(part->content_type, "application/ics") == 0
           || (strcmp(part->content_type, "application/octet-stream") == 0
               && g_str_has_suffix(part->name, ".ics"));
}

/* RFC 6047 §2.4 wants the method in the Content-Type as well; some write it only there. */
static void
add_method(const struct mail_part *part, Calendar *calendar)
{
    if (*calendar->method)
        return;
    g_autoptr(Params) type = params_read_type(part->parameters);
    g_autofree char *method = params_get(type, "method");
    g_free(calendar->method);
    calendar->method = g_ascii_strup(method, -1);
}

bool
mail_calendar(const Mail *mail, struct slice raw, Calendar *ret_calendar)
{
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        g_autoptr(GBytes) content =
            is_calendar(part) ? mail_part_decode(raw, part, NULL) : NULL;
        if (!content)
            continue;
        gsize n = 0;
        const char *p = g_bytes_get_data(content, &n);
        n = MIN(n, LIMIT_TEXT_BYTES);
        g_autofree char *text = mail_part_text((struct slice){ p, n }, part->charset);
        if (calendar_read(slice_from(text), ret_calendar)) {
            add_method(part, ret_calendar);
            return true;
        }
    }
    return false;
}
