/* A whole message, as far as it comes out of `maild inspect`. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/inspect.h"
#include "common/mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No control characters but TAB and LF. */
static void
check_text(const char *text, size_t limit)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpuint(strlen(text), <=, limit);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert_true(c >= 32 || c == '\n' || c == '\t');
        g_assert_true(c < 127 || c >= 160);
    }
}

/* The parts lie within the message, and are what they were said to be. */
static void
check_parts(const Mail *mail, struct slice raw)
{
    g_assert_cmpuint(mail->parts->len, <=, LIMIT_PARTS);
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        g_autoptr(GBytes) content = mail_part_decode(raw, part, NULL);
        g_assert_nonnull(content);
        g_assert_cmpuint(g_bytes_get_size(content), ==, part->size);
        gsize n = 0;
        const char *p = g_bytes_get_data(content, &n);
        g_autofree char *text = mail_part_text((struct slice){ p, n }, part->charset);
        check_text(text, SIZE_MAX);
    }
}

/* What is taken out of a protected mail may be put in its place. */
static void
check_protection(const Mail *mail, struct slice raw)
{
    const struct mail_protection *p = &mail->protection;
    if (!p->whole)
        return;
    g_autoptr(GBytes) data = mail_protected_data(raw, p);
    g_autoptr(GBytes) content = mail_signed_content(raw, p);
    struct slice entity, opened;
    entity.p = g_bytes_get_data(content ? content : data, &entity.n);
    g_autoptr(GBytes) bytes = mail_opened(raw, p, entity);
    opened.p = g_bytes_get_data(bytes, &opened.n);
    g_autoptr(Mail) again = mail_parse(opened, NULL, NULL);
    g_assert_cmpuint(again->from->len, ==, mail->from->len);
    g_assert_cmpstr(again->subject, ==, mail->subject);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const own[] = { "help@desk.example", NULL };
    static const char *const trusted[] = { "mx.desk.example", NULL };
    const struct mail_options options = { trusted, own };
    struct slice raw = { (const char *)data, size };

    g_autoptr(Mail) mail = mail_parse(raw, &options, NULL);
    g_assert_nonnull(mail);
    g_assert_true(*mail->message_id != 0);
    check_text(mail->text, LIMIT_TEXT_BYTES);
    check_text(mail->subject, 4 * LIMIT_SUBJECT_CHARS);
    if (mail->html)
        check_text(mail->html, LIMIT_HTML_BYTES);
    check_parts(mail, raw);
    check_protection(mail, raw);

    char *json = mail_inspect(raw, &options, NULL);
    g_assert_nonnull(json);
    g_assert_true(g_utf8_validate(json, -1, NULL));
    free(json);
    return 0;
}
