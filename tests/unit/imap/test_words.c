#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/error.h"
#include "maild/imap/words.h"

struct pair {
    const char *in, *want; /* NULL: refused */
};

typedef char *(*Encoder)(const char *text, GError **error);

static void
check(Encoder encode, const struct pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *exact = g_strdup(pairs[i].in);
        g_autoptr(GError) error = NULL;
        g_autofree char *got = encode(exact, &error);
        if (g_strcmp0(got, pairs[i].want) != 0)
            fail_msg("%s: got %s, wanted %s", pairs[i].in, got, pairs[i].want);
        if (!got)
            assert_true(error_is(error, ERR_REJECT));
    }
}

static void
test_quote(void **state)
{
    static const struct pair pairs[] = {
        { "plain", "\"plain\"" },  { "", "\"\"" },
        { "a b", "\"a b\"" },      { "say \"hi\" \\ ho", "\"say \\\"hi\\\" \\\\ ho\"" },
        { "a\r\nb LOGOUT", NULL }, { "a\nb", NULL },
        { "tab\t", NULL },         { "del\x7f", NULL },
        { "pässword", NULL },
    };
    (void)state;
    check(words_quote, pairs, G_N_ELEMENTS(pairs));
}

static void
test_folder(void **state)
{
    static const struct pair pairs[] = {
        { "INBOX", "INBOX" },
        { "Desk/Open", "Desk/Open" },
        { "Tom & Jerry", "Tom &- Jerry" },
        { "&", "&-" },
        { "~peter/mail/台北/日本語",
          "~peter/mail/&U,BTFw-/&ZeVnLIqe-" }, /* RFC 3501 §5.1.3 */
        { "Entwürfe", "Entw&APw-rfe" },
        { "é&é", "&AOk-&-&AOk-" },
        { "😀", "&2D3eAA-" },
        { "ÿ", "&AP8-" },
        { "", NULL },
        { "a\r\nb", NULL },
        { "a\x7f", NULL },
        { "a\xc2\x85", NULL }, /* NEL, a control character */
        { "\xff", NULL },
    };
    (void)state;
    check(words_encode_folder, pairs, G_N_ELEMENTS(pairs));
}

static void
test_set(void **state)
{
    static const uint32_t uids[] = { 1, 2, 3, 5, 7, 8, UINT32_MAX - 1, UINT32_MAX };
    static const struct {
        size_t from, n;
        const char *want;
    } cases[] = {
        { 0, 8, "1:3,5,7:8,4294967294:4294967295" },
        { 0, 1, "1" },
        { 0, 2, "1:2" },
        { 3, 1, "5" },
        { 7, 1, "4294967295" },
        { 0, 0, "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree uint32_t *exact =
            g_memdup2(uids + cases[i].from, cases[i].n * sizeof *uids);
        g_autofree char *set = words_format_set(exact, cases[i].n);
        assert_string_equal(set, cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
