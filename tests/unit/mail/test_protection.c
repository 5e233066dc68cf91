#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/mail.h"

#define HEAD "From: ada@x.example\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
#define ARMOUR "-----BEGIN PGP MESSAGE-----\r\n\r\nAAAA\r\n-----END PGP MESSAGE-----\r\n"
#define CLEARSIGNED                                                                      \
    "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhello\r\n"                \
    "-----BEGIN PGP SIGNATURE-----\r\n\r\nAAAA\r\n-----END PGP SIGNATURE-----\r\n"
#define TEXT "Content-Type: text/plain\r\n\r\n"
#define SIGNED_TOP(rest)                                                                 \
    HEAD "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT                \
         "hello\r\n--b\r\n" rest "--b--\r\n"
#define PGP_SIGNATURE "Content-Type: application/pgp-signature\r\n\r\nsig\r\n"
#define PGP_VERSION "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
#define PGP_DATA "Content-Type: application/octet-stream\r\n\r\n" ARMOUR
/* ContentInfo with 1.2.840.113549.1.7.2 (signed), .3 (enveloped), .6 (encryptedData) */
#define PKCS7(type, base64)                                                              \
    HEAD "Content-Type: " type "\r\nContent-Transfer-Encoding: base64\r\n\r\n" base64    \
         "\r\n"
#define DER_SIGNED "MIAGCSqGSIb3DQEHAqCAMIACAQEx"
#define DER_ENVELOPED "MIAGCSqGSIb3DQEHA6CAMIACAQAx"
#define DER_OTHER "MIAGCSqGSIb3DQEHBqCAMIACAQAx"

static Mail *
parse_exact(const char *raw, struct slice *ret_exact)
{
    size_t n = strlen(raw);
    *ret_exact = (struct slice){ g_memdup2(raw, n), n };
    Mail *mail = mail_parse(*ret_exact, NULL, NULL);
    assert_non_null(mail);
    return mail;
}

static void
test_kinds(void **state)
{
    static const struct {
        const char *name, *raw;
        enum mail_protection_kind kind;
        enum mail_protocol protocol;
        bool is_inline, whole;
    } cases[] = {
        { "plain", HEAD TEXT "hello\r\n", MAIL_PLAIN, 0, false, false },
        { "no part at all", HEAD "\r\n", MAIL_PLAIN, 0, false, false },
        { "PGP/MIME signed", SIGNED_TOP(PGP_SIGNATURE), MAIL_SIGNED, MAIL_OPENPGP, false,
          true },
        { "S/MIME signed",
          SIGNED_TOP("Content-Type: application/pkcs7-signature\r\n\r\nsig\r\n"),
          MAIL_SIGNED, MAIL_SMIME, false, true },
        { "three parts", SIGNED_TOP(PGP_SIGNATURE "--b\r\n" TEXT "more\r\n"), MAIL_SIGNED,
          MAIL_OPENPGP, false, false },
        { "no signature", SIGNED_TOP(TEXT "sig\r\n"), MAIL_SIGNED, MAIL_SMIME, false,
          false },
        { "PGP/MIME encrypted",
          HEAD "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n" PGP_VERSION
               "--b\r\n" PGP_DATA "--b--\r\n",
          MAIL_ENCRYPTED, MAIL_OPENPGP, false, true },
        { "encrypted, with a third part",
          HEAD "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n" PGP_VERSION
               "--b\r\n" PGP_DATA "--b\r\n" TEXT "x\r\n--b--\r\n",
          MAIL_ENCRYPTED, MAIL_OPENPGP, false, false },
        { "EFAIL: HTML around somebody's ciphertext",
          HEAD "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
               "Content-Type: text/html\r\n\r\n<img src=\"http://e.example/\r\n--o\r\n"
               "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n" PGP_VERSION
               "--b\r\n" PGP_DATA "--b--\r\n--o\r\n"
               "Content-Type: text/html\r\n\r\n\">\r\n--o--\r\n",
          MAIL_ENCRYPTED, MAIL_OPENPGP, false, false },
        { "a list's footer",
          HEAD "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
               "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT
               "hi\r\n--b\r\n" PGP_SIGNATURE "--b--\r\n--o\r\n" TEXT
               "footer\r\n--o--\r\n",
          MAIL_SIGNED, MAIL_OPENPGP, false, false },
        { "inline encrypted", HEAD TEXT ARMOUR, MAIL_ENCRYPTED, MAIL_OPENPGP, true,
          true },
        { "inline signed", HEAD TEXT CLEARSIGNED, MAIL_SIGNED, MAIL_OPENPGP, true, true },
        { "words before armour", HEAD TEXT "see:\r\n" ARMOUR, MAIL_ENCRYPTED,
          MAIL_OPENPGP, true, false },
        { "words behind armour", HEAD TEXT ARMOUR "see\r\n", MAIL_ENCRYPTED, MAIL_OPENPGP,
          true, false },
        { "two armours", HEAD TEXT ARMOUR "see\r\n" ARMOUR, MAIL_ENCRYPTED, MAIL_OPENPGP,
          true, false },
        { "quoted armour",
          HEAD TEXT "> -----BEGIN PGP MESSAGE-----\r\n> A\r\n"
                    "> -----END PGP MESSAGE-----\r\n",
          MAIL_PLAIN, 0, false, false },
        { "opaque signed", PKCS7("application/pkcs7-mime; name=smime.p7m", DER_SIGNED),
          MAIL_SIGNED, MAIL_SMIME, false, true },
        { "enveloped, claims to be signed",
          PKCS7("application/x-pkcs7-mime; smime-type=signed-data", DER_ENVELOPED),
          MAIL_ENCRYPTED, MAIL_SMIME, false, true },
        { "enveloped, by its name only",
          PKCS7("application/octet-stream; name=smime.p7m", DER_ENVELOPED),
          MAIL_ENCRYPTED, MAIL_SMIME, false, true },
        { "neither", PKCS7("application/pkcs7-mime", DER_OTHER), MAIL_PLAIN, MAIL_SMIME,
          false, false },
        { "empty pkcs7", PKCS7("application/pkcs7-mime", ""), MAIL_PLAIN, MAIL_SMIME,
          false, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct slice exact;
        g_autoptr(Mail) mail = parse_exact(cases[i].raw, &exact);
        const struct mail_protection *p = &mail->protection;
        if (p->kind != cases[i].kind || p->whole != cases[i].whole
            || (p->kind && p->protocol != cases[i].protocol)
            || p->is_inline != cases[i].is_inline)
            fail_msg("%s: got kind %d, protocol %d, whole %d, inline %d", cases[i].name,
                     p->kind, p->protocol, p->whole, p->is_inline);
        g_free((char *)exact.p);
    }
}

static void
assert_bytes(GBytes *bytes, const char *want)
{
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(p, want, n);
}

/* RFC 1847 §2.1: the signed bytes are the part with its header, line ends CR LF, without
   the one before the boundary. */
static void
test_signed_content(void **state)
{
    static const char *const forms[] = {
        SIGNED_TOP(PGP_SIGNATURE),
        "From: a@x.example\nContent-Type: multipart/signed; boundary=b\n\n--b\n"
        "Content-Type: text/plain\n\nhello\n--b\nContent-Type: "
        "application/pgp-signature\n\nsig\n--b--\n",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        struct slice exact;
        g_autoptr(Mail) mail = parse_exact(forms[i], &exact);
        g_autoptr(GBytes) content = mail_signed_content(exact, &mail->protection);
        g_autoptr(GBytes) data = mail_protected_data(exact, &mail->protection);
        assert_bytes(content, TEXT "hello");
        assert_bytes(data, "sig");
        g_free((char *)exact.p);
    }
}

/* The entity's own From and Subject change nothing. */
static void
test_opened(void **state)
{
    static const char entity[] = "Subject: inner\r\nFrom: boss@x.example\r\n"
                                 "Content-Type: text/html\r\n\r\n<p>secret</p>\r\n";
    struct slice exact, opened;
    (void)state;
    g_autoptr(Mail) outer =
        parse_exact(PKCS7("application/pkcs7-mime", DER_ENVELOPED), &exact);
    g_autoptr(GBytes) bytes = mail_opened(exact, &outer->protection, slice_from(entity));
    opened.p = g_bytes_get_data(bytes, &opened.n);
    g_autoptr(Mail) mail = mail_parse(opened, NULL, NULL);
    const struct mail_address *from = mail->from->pdata[0];
    assert_int_equal(mail->from->len, 1);
    assert_string_equal(from->address, "ada@x.example");
    assert_string_equal(mail->subject, "outer");
    assert_string_equal(mail->html, "<p>secret</p>\n");
    g_free((char *)exact.p);
}

static void
test_opened_inline(void **state)
{
    struct slice exact, opened;
    (void)state;
    g_autoptr(Mail) outer = parse_exact(HEAD TEXT ARMOUR, &exact);
    g_autoptr(GBytes) bytes =
        mail_opened(exact, &outer->protection, slice_from("Subject: no\r\n\r\nüber\r\n"));
    opened.p = g_bytes_get_data(bytes, &opened.n);
    g_autoptr(Mail) mail = mail_parse(opened, NULL, NULL);
    assert_string_equal(mail->subject, "outer");
    assert_string_equal(mail->text, "Subject: no\n\nüber\n");
    g_free((char *)exact.p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_signed_content),
        cmocka_unit_test(test_opened),
        cmocka_unit_test(test_opened_inline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
