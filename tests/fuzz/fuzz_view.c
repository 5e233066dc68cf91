/* fuzz_view: what is shown of a mail, with its quotes folded, holds the list, reproduces
   itself, and shows the letters that it shows without folds. The input is the body; what
   stands behind a line "==" is known from earlier mails. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mail/view.h"
#include "common/text/html_clean.h"
#include "common/text/html_text.h"
#include "tests/unit/text/html_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* g_error would trap, which libFuzzer doesn't catch. */
#define die(...)                                                                         \
    do {                                                                                 \
        g_printerr(__VA_ARGS__);                                                         \
        abort();                                                                         \
    } while (0)

static const char cid_prefix[] = "/m/1/cid/";
static const char label[] = "...";

static size_t
count_letters(const char *html, size_t n)
{
    g_auto(HtmlText) text = html_text_make((struct slice){ html, n }, HTML_TEXT_NO_LINKS);
    size_t letters = 0;
    for (size_t i = 0; i < text.n; i++)
        letters += g_ascii_isalpha(text.text[i]);
    return letters;
}

static void
check_view(const MailView *view)
{
    const struct html_clean_options options = { .cid_prefix = cid_prefix };
    const char *why = NULL;
    if (!html_check(view->html, view->n, cid_prefix, &why))
        die("%s in \"%s\"", why, view->html);
    g_auto(HtmlCleaned) again =
        html_clean((struct slice){ view->html, view->n }, &options);
    if (strcmp(view->html, again.html) != 0)
        die("not stable: \"%s\" \"%s\"", view->html, again.html);
    g_autofree char *document = mail_view_document(view, "de");
    if (!g_utf8_validate(document, -1, NULL))
        die("wrong UTF-8");
}

static void
check_body(const char *type, struct slice body, struct slice known)
{
    const struct mail_view_options options = {
        .cid_prefix = cid_prefix, .fold_label = label, .known = &known, .n_known = 1
    };
    const struct html_clean_options plain = { .cid_prefix = cid_prefix };
    g_autoptr(GByteArray) raw = g_byte_array_new();
    g_byte_array_append(raw, (const guint8 *)type, (guint)strlen(type));
    g_byte_array_append(raw, (const guint8 *)body.p, (guint)body.n);
    g_autoptr(Mail) mail =
        mail_parse((struct slice){ (const char *)raw->data, raw->len }, NULL, NULL);
    g_assert_nonnull(mail);

    g_auto(MailView) view = mail_view_parsed(mail, &options);
    check_view(&view);
    if (!mail->html || view.cut)
        return;
    g_auto(HtmlCleaned) unfolded = html_clean(slice_from(mail->html), &plain);
    size_t folded = count_letters(view.html, view.n),
           whole = count_letters(unfolded.html, unfolded.n);
    if (folded != whole && !unfolded.text_only)
        die("%zu letters of %zu: \"%s\" \"%s\"", folded, whole, view.html, unfolded.html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n==\n";
    struct slice body = { (const char *)data, size }, known = { "", 0 };
    const char *at = size ? memmem(data, size, mark, strlen(mark)) : NULL;
    if (at) {
        known = slice_sub(body, (size_t)(at - body.p) + strlen(mark), size);
        body.n = (size_t)(at - body.p);
    }
    if (body.n == 0 || !g_utf8_validate(known.n ? known.p : "", (gssize)known.n, NULL))
        return 0;
    check_body("Content-Type: text/html; charset=utf-8\n\n", body, known);
    check_body("Content-Type: text/plain; charset=utf-8\n\n", body, known);
    return 0;
}
