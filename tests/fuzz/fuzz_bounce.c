/* fuzz_bounce: delivery reports. The input is the message/delivery-status part of a report
   (RFC 3464), the text of one that has no such part, and a message as it is: whatever is
   read of them can go into the database and into a mail. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char report[] =
    "From: MAILER-DAEMON@mx.example\r\nTo: help@desk.example\r\nReturn-Path: <>\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"=b\"\r\n"
    "\r\n--=b\r\n\r\nYour mail could not be delivered.\r\n--=b\r\n"
    "Content-Type: message/delivery-status\r\n\r\n";
static const char words[] =
    "From: MAILER-DAEMON@mx.example\r\nTo: help@desk.example\r\nReturn-Path: <>\r\n"
    "Subject: Undelivered Mail Returned to Sender\r\n\r\n";

static void
check_line(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p; p++)
        g_assert_true((unsigned char)*p >= 32 && *p != 127);
}

/* RFC 3463 §2: class, subject and detail. */
static bool
is_status(const char *status)
{
    return *status == 0
           || g_regex_match_simple("^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$", status, 0, 0);
}

static void
check_bounce(const struct mail_bounce *b)
{
    static const char *const actions[] = { "failed",  "delayed",  "delivered",
                                           "relayed", "expanded", NULL };
    g_assert_true(g_strv_contains(actions, b->action));
    g_assert_true(is_status(b->status));
    check_line(b->recipient);
    check_line(b->original_message_id);
    g_assert_true(g_utf8_validate(b->diagnostic, -1, NULL));
    if (*b->recipient) {
        g_autofree char *again = address_normalise(slice_from(b->recipient));
        g_assert_cmpstr(again, ==, b->recipient);
    }
}

static void
check_mail(const char *head, struct slice rest)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    g_byte_array_append(raw, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(raw, (const guint8 *)rest.p, (guint)rest.n);
    g_autoptr(Mail) mail =
        mail_parse((struct slice){ (const char *)raw->data, raw->len }, NULL, NULL);
    g_assert_nonnull(mail);
    g_assert_cmpuint(mail->bounces->len, <=, LIMIT_ADDRESSES);
    for (guint i = 0; i < mail->bounces->len; i++)
        check_bounce(mail->bounces->pdata[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    if (size == 0)
        return 0;
    check_mail(report, in);
    check_mail(words, in);
    check_mail("", in);
    return 0;
}
