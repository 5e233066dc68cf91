/* Mail as it is in the field: what RFC 5322 and MIME don't allow, or allow and nobody expects.
   Each is read by mail_inspect, of which one field is looked at. */
#include "tests/unit/test.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/mail/inspect.h"

#define RAW(bytes) bytes, sizeof(bytes) - 1

/* One field as compact JSON; "name" is the file name of the first attachment. */
static char *
field_of(const char *raw, size_t n, const char *field)
{
    g_autofree char *exact = g_memdup2(raw, n); /* no NUL: overreads show */
    char *text = mail_inspect((struct slice){ exact, n }, NULL, NULL);
    assert_non_null(text);
    g_autoptr(json_t) o = json_loads(text, 0, NULL);
    free(text);
    const json_t *value = json_object_get(o, field);
    if (strcmp(field, "name") == 0)
        value = json_object_get(json_array_get(json_object_get(o, "attachments"), 0),
                                "filename");
    assert_non_null(value);
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
}

static void
test_oddities(void **state)
{
    static const struct {
        const char *name, *raw;
        size_t n;
        const char *field, *want;
    } cases[] = {
        { "a name that is a path",
          RAW("From: a@b.example\r\nContent-Type: image/png\r\nContent-Disposition: "
              "attachment; filename=\"C:\\\\Users\\\\ann\\\\bill.png\"\r\n\r\nx"),
          "name", "\"bill.png\"" },
        { "a name on a share",
          RAW("From: a@b.example\r\nContent-Type: image/png\r\nContent-Disposition: "
              "attachment; filename*=utf-8''%5C%5Cserver%5Cbill.png\r\n\r\nx"),
          "name", "\"bill.png\"" },
        { "a name with a slash",
          RAW("From: a@b.example\r\nContent-Type: image/png\r\nContent-Disposition: "
              "attachment; filename=\"bill 3/2024.png\"\r\n\r\nx"),
          "name", "\"bill 3/2024.png\"" },
        { "text/enriched",
          RAW("From: a@b.example\r\nContent-Type: text/enriched; charset=utf-8\r\n\r\n"
              "<bold>Now</bold> is\r\nthe <color><param>red</param>time</color>\r\n\r\n"
              "1 << 2, a <b c>\r\n<nofill>x\r\ny</nofill>\r\n"),
          "text", "\"Now is the time\\n1 < 2, a <b c> x\\ny \"" },
        { "text/richtext",
          RAW("From: a@b.example\r\nContent-Type: text/richtext\r\n\r\n"
              "<bold>Now</bold> is\r\nthe<nl>time, 1 <lt> 2<comment>no</comment>"),
          "text", "\"Now is the\\ntime, 1 < 2\"" },
        { "text/rtf",
          RAW("From: a@b.example\r\nContent-Type: text/rtf\r\n\r\n"
              "{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}\\f0 Gr\\'fc\\'dfe\\par Ann}"),
          "text", "\"Grüße\\nAnn\"" },
        { "text/rtf that is none",
          RAW("From: a@b.example\r\nContent-Type: text/rtf\r\n\r\nHello {you}"), "text",
          "\"Hello {you}\"" },
        { "application/rtf as one form of a body",
          RAW("From: a@b.example\r\nContent-Type: multipart/alternative; "
              "boundary=b\r\n\r\n--b\r\nContent-Type: application/rtf\r\n\r\n"
              "{\\rtf1 Hello}\r\n--b--\r\n"),
          "text", "\"Hello\"" },
        { "application/rtf beside a body",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=b\r\n\r\n--b\r\n\r\nSee there.\r\n--b\r\n"
              "Content-Type: application/rtf\r\n\r\n{\\rtf1 Hello}\r\n--b--\r\n"),
          "text", "\"See there.\"" },
        { "language by its words",
          RAW("From: a@b.example\r\n\r\nBitte sehen Sie nach, ob der Drucker nicht "
              "auch bei mir auf dem Tisch ist.\r\n"),
          "language", "\"de\"" },
        { "language as it says",
          RAW("From: a@b.example\r\nContent-Language: nl-BE\r\n\r\nBitte sehen Sie "
              "nach, ob der Drucker nicht auch bei mir auf dem Tisch ist.\r\n"),
          "language", "\"nl-BE\"" },
        { "too few words for a language", RAW("From: a@b.example\r\n\r\nSiehe da.\r\n"),
          "language", "null" },
        { "several References",
          RAW("From: a@b.example\r\nReferences: <one@a> <two@a>\r\nReferences: "
              "<three@a>\r\n\r\nx"),
          "references", "[\"one@a\",\"two@a\"]" },
        { "an empty References before the full one",
          RAW("From: a@b.example\r\nReferences:\r\nReferences: <three@a>\r\n\r\nx"),
          "references", "[\"three@a\"]" },
        { "base64 with a list's footer",
          RAW("From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n"
              "VGhlIHByaW50ZXIgaXMgb24gZmlyZSBhZ2Fpbi4=\r\n"
              "_______________\r\nTo leave: list-leave@lists.example\r\n"),
          "text",
          "\"The printer is on fire again.\\n_______________\\nTo leave: "
          "list-leave@lists.example\\n\"" },
        { "base64 without padding, with a footer",
          RAW("From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n"
              "VGhlIHByaW50ZXIgaXMgb24gZmlyZS4u\r\n-- \r\nsent to: all\r\n"),
          "text", "\"The printer is on fire..\\n-- \\nsent to: all\\n\"" },
        { "no base64 at all though its first line could be",
          RAW("From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n"
              "Dear\r\nmy printer is on fire.\r\n"),
          "text", "\"Dear\\nmy printer is on fire.\\n\"" },
        { "no Content-Type over a multipart",
          RAW("From: a@b.example\r\nMIME-Version: 1.0\r\n\r\nThis is MIME.\r\n\r\n"
              "--sep\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
              "--sep\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n--sep--\r\n"),
          "text", "\"hello\"" },
        { "no Content-Type over what quotes a part",
          RAW("From: a@b.example\r\n\r\nIt begins so:\r\n\r\n"
              "--sep\r\nContent-Type: text/plain\r\n\r\nhello\r\n"),
          "text",
          "\"It begins so:\\n\\n--sep\\nContent-Type: text/plain\\n\\nhello\\n\"" },
        { "cp1252 euro under iso-8859-15",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=iso-8859-15\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\244 5"),
          "text", "\"€ 5\"" },
        { "iso-8859-2",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=iso-8859-2\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\263\363d\274"),
          "text", "\"łódź\"" },
        { "windows-1250",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=windows-1250\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\263\363d\237"),
          "text", "\"łódź\"" },
        { "windows-1253",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=windows-1253\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\343\345\351\341"),
          "text", "\"γεια\"" },
        { "windows-1255",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=windows-1255\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\371\354\345\355"),
          "text", "\"שלום\"" },
        { "windows-1256",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=windows-1256\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\343\321\315\310\307"),
          "text", "\"مرحبا\"" },
        { "koi8-u",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=koi8-u\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\367\311\247\304"),
          "text", "\"Виїд\"" },
        { "big5",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=big5\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\247A\246n"),
          "text", "\"你好\"" },
        { "euc-kr",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=euc-kr\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\276\310\263\347"),
          "text", "\"안녕\"" },
        { "euc-jp",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=euc-jp\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\306\374\313\334"),
          "text", "\"日本\"" },
        { "hz-gb-2312",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=hz-gb-2312\r\nContent-Transfer-Encoding: "
              "7bit\r\n\r\n~{<:Ky2;SC~}"),
          "text", "\"己所不用\"" },
        { "iso-2022-kr",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=iso-2022-kr\r\nContent-Transfer-Encoding: "
              "7bit\r\n\r\n\033$)C\016>H3g\017"),
          "text", "\"안녕\"" },
        { "iso-2022-cn-ish none",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=iso-2022-jp-2\r\nContent-Transfer-Encoding: "
              "7bit\r\n\r\n\033$BF|K\\\033(B"),
          "text", "\"日本\"" },
        { "iso-2022-jp undeclared", RAW("From: a@b.example\r\n\r\n\033$BF|K\\\033(B"),
          "text", "\"日本\"" },
        { "utf-16 with BOM",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-16\r\nContent-Transfer-Encoding: "
              "base64\r\n\r\n//5nAHIA/ABuAA=="),
          "text", "\"grün\"" },
        { "utf-16le",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-16le\r\nContent-Transfer-Encoding: "
              "base64\r\n\r\nZwByAPwAbgA="),
          "text", "\"grün\"" },
        { "utf-8 BOM",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: "
              "8bit\r\n\r\n\357\273\277gr\303\274n"),
          "text", "\"grün\"" },
        { "utf-7 text",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-7\r\nContent-Transfer-Encoding: 7bit\r\n\r\nGr+APw-n "
              "+2D3eAA-"),
          "text", "\"Grün 😀\"" },
        { "charset x-unknown with utf8",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=x-unknown\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\303\274n"),
          "text", "\"grün\"" },
        { "charset unknown-8bit",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=unknown-8bit\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\374n"),
          "text", "\"grün\"" },
        { "charset =utf-8 quoted bad",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset='utf-8'\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\303\274n"),
          "text", "\"grün\"" },
        { "charset utf-8 twice",
          RAW("From: a@b.example\r\nContent-Type: text/plain; charset=utf-8; "
              "charset=latin1\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\303\274n"),
          "text", "\"grün\"" },
        { "base64 declared, plain",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nHello, this is "
              "plain.\r\n"),
          "text", "\"Hello, this is plain.\\n\"" },
        { "qp declared, stray =",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na = "
              "b, 100=% =\r\nx"),
          "text", "\"a = b, 100=% x\"" },
        { "qp lower hex",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: "
              "quoted-printable\r\n\r\ngr=c3=bcn"),
          "text", "\"grün\"" },
        { "qp soft with blanks",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\none = "
              " \r\ntwo"),
          "text", "\"one two\"" },
        { "encoding with comment",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable "
              "(x)\r\n\r\ngr=C3=BCn"),
          "text", "\"grün\"" },
        { "encoding utf-8 (unknown)",
          RAW("From: a@b.example\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Transfer-Encoding: utf-8\r\n\r\ngr\303\274n"),
          "text", "\"grün\"" },
        { "multipart with base64 declared",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=x\r\nContent-Transfer-Encoding: "
              "base64\r\n\r\n--x\r\n\r\nHi\r\n--x--\r\n"),
          "text", "\"Hi\"" },
        { "boundary with spaces quoted",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"a b "
              "c\"\r\n\r\n--a b c\r\n\r\nHi\r\n--a b c--\r\n"),
          "text", "\"Hi\"" },
        { "boundary with trailing blanks",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x "
              " \r\n\r\nHi\r\n--x-- \r\n"),
          "text", "\"Hi\"" },
        { "boundary unquoted with =",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=a=_b\r\n\r\n--a=_b\r\n\r\nHi\r\n--a=_b--\r\n"),
          "text", "\"Hi\"" },
        { "boundary never appears",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nHi "
              "there\r\n"),
          "text", "\"Hi there\\n\"" },
        { "multipart of 0 parts + html only",
          RAW("From: a@b.example\r\nContent-Type: multipart/alternative; "
              "boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Hi\r\n"),
          "text", "\"Hi\"" },
        { "subject raw latin1 and encoded",
          RAW("From: a@b.example\r\nSubject: gr\374n =?utf-8?Q?=C3=BC?=\r\n\r\n"),
          "subject", "\"grün ü\"" },
        { "subject raw utf8", RAW("From: a@b.example\r\nSubject: gr\303\274n\r\n\r\n"),
          "subject", "\"grün\"" },
        { "subject raw shift_jis? koi8",
          RAW("From: a@b.example\r\nSubject: \360\322\311\327\305\324\r\nContent-Type: "
              "text/plain; charset=koi8-r\r\n\r\n\360\322"),
          "subject", "\"Привет\"" },
        { "subject raw gb2312 with charset",
          RAW("From: a@b.example\r\nSubject: \304\343\272\303\r\nContent-Type: "
              "text/plain; charset=gb2312\r\n\r\n\304\343"),
          "subject", "\"你好\"" },
        { "subject Q with raw space+8bit",
          RAW("From: a@b.example\r\nSubject: =?utf-8?Q?gr\303\274n hier?=\r\n\r\n"),
          "subject", "\"grün hier\"" },
        { "subject B with space inside",
          RAW("From: a@b.example\r\nSubject: =?utf-8?B?R3LD vG4=?=\r\n\r\n"), "subject",
          "\"Grün\"" },
        { "subject 2022-jp raw",
          RAW("From: a@b.example\r\nSubject: \033$BF|K\\\033(B\r\n\r\n"), "subject",
          "\"日本\"" },
        { "subject iso-2022-jp split states",
          RAW("From: a@b.example\r\nSubject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=\r\n "
              "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=\r\n\r\n"),
          "subject", "\"日本日本\"" },
        { "encoded word in quotes in From",
          RAW("From: \"=?utf-8?Q?M=C3=BCller?=\" <m@b.example>\r\n\r\n"), "from",
          "[{\"address\":\"m@b.example\",\"name\":\"Müller\"}]" },
        { "encoded word with comma in From",
          RAW("From: =?utf-8?Q?M=C3=BCller=2C_Ann?= <m@b.example>\r\n\r\n"), "from",
          "[{\"address\":\"m@b.example\",\"name\":\"Müller, Ann\"}]" },
        { "group",
          RAW("From: a@b.example\r\nTo: Team: a@b.example, Bob <b@b.example>;, "
              "c@b.example\r\n\r\n"),
          "to",
          "[{\"address\":\"a@b.example\",\"name\":\"\"},{\"address\":\"b@b.example\","
          "\"name\":\"Bob\"},{\"address\":\"c@b.example\",\"name\":\"\"}]" },
        { "undisclosed", RAW("From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\n"),
          "to", "[]" },
        { "semicolons", RAW("From: a@b.example\r\nTo: a@b.example; c@b.example\r\n\r\n"),
          "to",
          "[{\"address\":\"a@b.example\",\"name\":\"\"},{\"address\":\"c@b.example\","
          "\"name\":\"\"}]" },
        { "comment name", RAW("From: m@b.example (Ann M)\r\n\r\n"), "from",
          "[{\"address\":\"m@b.example\",\"name\":\"Ann M\"}]" },
        { "mailto in angle", RAW("From: Ann <mailto:m@b.example>\r\n\r\n"), "from",
          "[{\"address\":\"m@b.example\",\"name\":\"Ann\"}]" },
        { "double angle", RAW("From: Ann <<m@b.example>>\r\n\r\n"), "from",
          "[{\"address\":\"m@b.example\",\"name\":\"Ann\"}]" },
        { "source route", RAW("From: <@x.example,@y.example:m@b.example>\r\n\r\n"),
          "from", "[{\"address\":\"m@b.example\",\"name\":\"\"}]" },
        { "date RFC 822 zone EST",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 EST\r\n\r\n"), "date",
          "\"2025-03-04T15:15:00Z\"" },
        { "date two-digit year",
          RAW("From: a@b.example\r\nDate: 4 Mar 25 10:15 +0100\r\n\r\n"), "date",
          "\"2025-03-04T09:15:00Z\"" },
        { "date no seconds, no day",
          RAW("From: a@b.example\r\nDate: 4 Mar 2025 10:15 +0100\r\n\r\n"), "date",
          "\"2025-03-04T09:15:00Z\"" },
        { "date asctime",
          RAW("From: a@b.example\r\nDate: Tue Mar  4 10:15:00 2025\r\n\r\n"), "date",
          "\"2025-03-04T10:15:00Z\"" },
        { "date iso", RAW("From: a@b.example\r\nDate: 2025-03-04T10:15:00+01:00\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date iso with blank",
          RAW("From: a@b.example\r\nDate: 2025-03-04 10:15:00 +0100\r\n\r\n"), "date",
          "\"2025-03-04T09:15:00Z\"" },
        { "date zone with colon",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 +01:00\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date GMT+1",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 GMT+0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date comment",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 +0100 (CET)\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date wrong day",
          RAW("From: a@b.example\r\nDate: Mon, 4 Mar 2025 10:15:00 +0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date German months",
          RAW("From: a@b.example\r\nDate: Di, 4 M\303\244r 2025 10:15:00 +0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date dashes",
          RAW("From: a@b.example\r\nDate: Tue, 04-Mar-2025 10:15:00 +0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date dots",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10.15.00 +0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date folded comment",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar (x)\r\n 2025 10:15:00 "
              "+0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date -0000",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 -0000\r\n\r\n"),
          "date", "\"2025-03-04T10:15:00Z\"" },
        { "date military",
          RAW("From: a@b.example\r\nDate: Tue, 4 Mar 2025 10:15:00 Z\r\n\r\n"), "date",
          "\"2025-03-04T10:15:00Z\"" },
        { "date leap second",
          RAW("From: a@b.example\r\nDate: 31 Dec 2016 23:59:60 +0000\r\n\r\n"), "date",
          "\"2016-12-31T23:59:59Z\"" },
        { "date full month",
          RAW("From: a@b.example\r\nDate: Tuesday, March 4, 2025 10:15:00 +0100\r\n\r\n"),
          "date", "\"2025-03-04T09:15:00Z\"" },
        { "date CEST",
          RAW("From: a@b.example\r\nDate: Tue, 3 Jun 2025 10:15:00 CEST\r\n\r\n"), "date",
          "\"2025-06-03T08:15:00Z\"" },
        { "mbox From line",
          RAW("From a@b.example Tue Mar  4 10:15:00 2025\nFrom: a@b.example\nSubject: "
              "x\n\nHi\n"),
          "subject", "\"x\"" },
        { ">From in header",
          RAW(">From a@b.example Tue\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nHi"),
          "subject", "\"x\"" },
        { "NUL in body", RAW("From: a@b.example\r\n\r\nHi\000there"), "text",
          "\"Hithere\"" },
        { "blank before colon", RAW("From : a@b.example\r\nSubject : x\r\n\r\n"),
          "subject", "\"x\"" },
        { "blank lines before header",
          RAW("\r\n\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nHi"), "subject", "\"x\"" },
        { "ids without angle",
          RAW("From: a@b.example\r\nMessage-ID: abc@x.example\r\nIn-Reply-To: "
              "xyz@y.example\r\n\r\n"),
          "message_id", "\"abc@x.example\"" },
        { "in-reply-to prose",
          RAW("From: a@b.example\r\nIn-Reply-To: Your message of \"Tue\" "
              "<abc@x.example>\r\n\r\n"),
          "in_reply_to", "[\"abc@x.example\"]" },
        { "references folded, comma",
          RAW("From: a@b.example\r\nReferences: <a@x>,<b@x>\r\n\t<c@x>\r\n\r\n"),
          "references", "[\"a@x\",\"b@x\",\"c@x\"]" },
        { "id with blanks",
          RAW("From: a@b.example\r\nMessage-ID: < abc@x.example >\r\n\r\n"), "message_id",
          "\"abc@x.example\"" },
        { "language header",
          RAW("From: a@b.example\r\nContent-Language: de-DE, en\r\n\r\nHallo"),
          "language", "\"de-DE\"" },
        { "apple split: text,img,text",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=x\r\n\r\n--x\r\nContent-Type: "
              "text/plain\r\n\r\none\r\n--x\r\nContent-Type: image/png; "
              "name=a.png\r\nContent-Disposition: inline; "
              "filename=a.png\r\nContent-Transfer-Encoding: "
              "base64\r\n\r\niVBORw0KGgo=\r\n--x\r\nContent-Type: "
              "text/plain\r\n\r\ntwo\r\n--x--"),
          "text", "\"one\\ntwo\"" },
        { "inline text attachment named",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/plain; "
              "name=log.txt\r\nContent-Disposition: inline; "
              "filename=log.txt\r\n\r\nlog\r\n--x--"),
          "text", "\"one\"" },
        { "html only",
          RAW("From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>a</p><p>b</p>"),
          "text", "\"a\\n\\nb\"" },
        { "html with meta charset only",
          RAW("From: a@b.example\r\nContent-Type: text/html\r\n\r\n<meta "
              "charset=iso-8859-2><p>\263\363d\274"),
          "text", "\"łódź\"" },
        { "html declared utf-8, meta says latin1",
          RAW("From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<meta "
              "charset=iso-8859-1><p>gr\303\274n"),
          "text", "\"grün\"" },
        { "type is garbage", RAW("From: a@b.example\r\nContent-Type: text\r\n\r\nHi"),
          "text", "\"Hi\"" },
        { "type is empty", RAW("From: a@b.example\r\nContent-Type: \r\n\r\nHi"), "text",
          "\"Hi\"" },
        { "name*=utf-8''x raw quoted",
          RAW("From: a@b.example\r\nContent-Type: multipart/mixed; "
              "boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: "
              "application/pdf\r\nContent-Disposition: attachment; "
              "filename*=\"utf-8''gr%C3%BCn.pdf\"\r\n\r\nx\r\n--x--"),
          "name", "\"grün.pdf\"" },
        { "flowed delsp",
          RAW("From: a@b.example\r\nContent-Type: text/plain; format=flowed; "
              "delsp=yes\r\n\r\nab \r\ncd\r\n"),
          "text", "\"abcd\\n\"" },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *got = field_of(cases[i].raw, cases[i].n, cases[i].field);
        if (strcmp(got, cases[i].want) != 0) {
            print_error("%s: %s is not %s\n", cases[i].name, got, cases[i].want);
            failed++;
        }
        free(got);
    }
    assert_int_equal(failed, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_oddities) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
