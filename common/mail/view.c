#include "common/mail/view.h"

#include <string.h>

#include "common/mail/embedded.h"
#include "common/mail/reply.h"
#include "common/text/html_clean.h"
#include "common/text/html_write.h"
#include "common/text/text_html.h"

static struct reply_input
input_of(const Mail *mail, const struct mail_view_options *options, struct slice text)
{
    return (struct reply_input){ .text = text,
                                 .subject = slice_from(mail->subject),
                                 .known = options->known,
                                 .n_known = options->n_known };
}

static const struct html_region *
regions_of(const GArray *regions)
{
    return (const struct html_region *)(void *)regions->data;
}

static void
drop_signatures(GArray *regions)
{
    for (guint i = regions->len; i > 0; i--)
        if (regions_of(regions)[i - 1].mark != HTML_MARK_QUOTE)
            g_array_remove_index(regions, i - 1);
}

static MailView
view_html(const Mail *mail, const struct mail_view_options *options)
{
    struct slice html = slice_from(mail->html);
    g_auto(HtmlText) text = html_text_make(html, 0);
    struct reply_input in = input_of(mail, options, (struct slice){ text.text, text.n });
    in.regions = regions_of(text.regions);
    in.n_regions = text.regions->len;
    g_autoptr(GArray) folds = reply_regions(&in);
    drop_signatures(folds); /* short: nobody wants to click for them */

    const struct html_clean_options clean = {
        .cid_prefix = options->cid_prefix,
        .remote_images = options->remote_images,
        .folds = regions_of(folds),
        .n_folds = folds->len,
        .fold_label = options->fold_label,
    };
    HtmlCleaned cleaned = html_clean(html, &clean);
    return (MailView){
        .html = cleaned.html,
        .n = cleaned.n,
        .remote_images = cleaned.remote_images,
        .folded = cleaned.folded,
        .cut = cleaned.cut || cleaned.text_only,
    };
}

static MailView
view_text(const Mail *mail, const struct mail_view_options *options)
{
    MailView view = { .is_text = true };
    struct slice text = slice_from(mail->text);
    g_autoptr(GString) words = embedded_cut(text, EMBEDDED_CUT_ALL);
    if (words)
        text = (struct slice){ words->str, words->len };
    struct reply_input in = input_of(mail, options, text);
    g_autoptr(GArray) regions = reply_regions(&in);
    view.html = text_html(text, regions_of(regions), regions->len, options->fold_label,
                          &view.folded);
    view.n = strlen(view.html);
    return view;
}

MailView
mail_view_parsed(const Mail *mail, const struct mail_view_options *options)
{
    static const struct mail_view_options none = { 0 };
    if (!options)
        options = &none;
    return mail->html ? view_html(mail, options) : view_text(mail, options);
}

bool
mail_view(struct slice raw, const struct mail_view_options *options, MailView *ret_view,
          GError **error)
{
    g_autoptr(Mail) mail = mail_parse(raw, NULL, error);
    if (!mail)
        return false;
    *ret_view = mail_view_parsed(mail, options);
    return true;
}

void
mail_view_clear(MailView *view)
{
    g_clear_pointer(&view->html, g_free);
    view->n = 0;
}

/* --- the page around it --------------------------------------------------------------- */

/* Mail is written for white paper: what brings colours of its own stays on it. Only a text
   without HTML follows the reader's dark screen. */
static const char style_sheet[] =
    "body{margin:0;padding:12px;font:15px/normal system-ui,sans-serif;color:#1a1a1a;"
    "background:#fff;overflow-wrap:anywhere}"
    "img{max-width:100%}img[width]:not([style*=height]){height:auto}"
    "blockquote[data-mark]{margin:6px 0 6px 2px;padding:0 0 0 10px;border-left:3px solid "
    "#c9ced6}"
    "details[data-mark]{margin:10px 0}"
    "details[data-mark]>summary{cursor:pointer;color:#57606a;width:max-content}"
    "[data-mark=signature]{color:#57606a;margin-top:10px}"
    "img[data-remote-src]:not([src]){outline:1px dashed #c9ced6}";

static const char dark_style_sheet[] =
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181d}"
    "a{color:#7ab7ff}blockquote[data-mark]{border-color:#444c56}"
    "details[data-mark]>summary,[data-mark=signature]{color:#9aa4af}}";

char *
mail_view_document(const MailView *view, const char *language)
{
    GString *out = g_string_new("<!DOCTYPE html><html");
    if (language && *language)
        html_append_attribute(out, "lang", language);
    g_string_append_printf(out,
                           "><head><meta charset=\"utf-8\">"
                           "<meta name=\"referrer\" content=\"no-referrer\">"
                           "<meta name=\"viewport\" content=\"width=device-width\">"
                           "<title></title><style>%s%s</style></head><body>",
                           style_sheet, view->is_text ? dark_style_sheet : "");
    g_string_append_len(out, view->html, (gssize)view->n);
    g_string_append(out, "</body></html>\n");
    return g_string_free(out, FALSE);
}

const char *
mail_view_policy(bool remote_images)
{
    return remote_images
               ? "sandbox allow-popups allow-popups-to-escape-sandbox; "
                 "default-src 'none'; img-src 'self' data: http: https:; "
                 "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
               : "sandbox allow-popups allow-popups-to-escape-sandbox; "
                 "default-src 'none'; img-src 'self' data:; "
                 "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
}
