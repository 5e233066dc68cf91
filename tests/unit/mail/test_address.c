#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/message_id.h"

static void
test_normalise(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "plain", "ann@example.org", "ann@example.org" },
        { "case", "Ann.B@EXAMPLE.org", "ann.b@example.org" },
        { "in brackets", " <ann@example.org> ", "ann@example.org" },
        { "subaddress", "help+ab12@desk.example", "help+ab12@desk.example" },
        { "IDN", "info@Bücher.example", "info@xn--bcher-kva.example" },
        { "UTF-8 local part", "Jürgen@example.org", "jürgen@example.org" },
        { "quotes for show", "\"ann\"@example.org", "ann@example.org" },
        { "quotes that are needed", "\"a,b\"@example.org", "\"a,b\"@example.org" },
        { "dot at the end", "ann@example.org.", "ann@example.org" },
        { "domain literal", "ann@[192.0.2.1]", "ann@[192.0.2.1]" },
        { "mailto", "mailto:ann@example.org", "ann@example.org" },
        { "no at", "ann", NULL },
        { "two ats", "a@b@example.org", NULL },
        { "nothing before", "@example.org", NULL },
        { "nothing behind", "ann@", NULL },
        { "space", "an n@example.org", NULL },
        { "line break", "ann@example.org\r\nDATA", NULL },
        { "break within", "an\nn@example.org", NULL },
        { "bracket within", "a<b@example.org", NULL },
        { "quote within quotes", "\"a\\\"b\"@example.org", NULL },
        { "empty label", "ann@example..org", NULL },
        { "bad domain", "ann@exa$mple.org", NULL },
        { "domain of soft hyphens only", "ann@\xc2\xad", NULL },
        { "bad utf-8", "ann\xff@example.org", NULL },
        { "empty", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        g_autofree char *got = address_normalise((struct slice){ exact, n });
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].name, got);
    }
    g_autofree char *long_local = g_strnfill(400, 'a');
    g_autofree char *long_address = g_strconcat(long_local, "@example.org", NULL);
    assert_null(address_normalise(slice_from(long_address)));
}

/* A list as "name <address>|…". */
static char *
list_as_text(const char *value)
{
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    address_read_list(value, list);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *a = list->pdata[i];
        g_string_append_printf(out, "%s%s <%s>", i ? "|" : "", a->name, a->address);
    }
    return g_string_free(out, false);
}

static void
test_list(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        { "bare", "ann@example.org", " <ann@example.org>" },
        { "name", "Ann B <ann@example.org>", "Ann B <ann@example.org>" },
        { "quoted comma", "\"B, Ann\" <ann@example.org>, x@y.example",
          "B, Ann <ann@example.org>| <x@y.example>" },
        { "escaped quote", "\"A \\\"x\\\"\" <a@b.example>", "A \"x\" <a@b.example>" },
        { "comment as name", "ann@example.org (Ann (B))", "Ann (B) <ann@example.org>" },
        { "group", "Team: a@x.example, B <b@x.example>;, c@x.example",
          " <a@x.example>|B <b@x.example>| <c@x.example>" },
        { "empty group", "undisclosed-recipients:;", "" },
        { "semicolons", "a@x.example; b@x.example", " <a@x.example>| <b@x.example>" },
        { "route", "<@r.example,@s.example:ann@example.org>", " <ann@example.org>" },
        { "encoded name", "=?utf-8?Q?J=C3=BCrgen?= <j@x.example>",
          "Jürgen <j@x.example>" },
        { "encoded and quoted", "\"=?utf-8?Q?J=C3=BC?=\" <j@x.example>",
          "Jü <j@x.example>" },
        { "comma in an encoded word", "=?utf-8?q?B, Ann?= <a@x.example>, b@x.example",
          "B, Ann <a@x.example>| <b@x.example>" },
        { "single quotes", "'ann@example.org' <ann@example.org>",
          "ann@example.org <ann@example.org>" },
        { "doubled brackets", "Ann <<ann@example.org>>", "Ann <ann@example.org>" },
        { "lost brackets", "Ann ann@example.org", "Ann <ann@example.org>" },
        { "bracket not closed", "Ann <ann@example.org, Bo <bo@x.example>",
          "Ann <ann@example.org>|Bo <bo@x.example>" },
        { "quote not closed", "\"Ann <ann@example.org>, bo@x.example",
          "Ann <ann@example.org>| <bo@x.example>" },
        { "quoted local part", "\"ann b\"@example.org, \"x@y.example z\"@example.org",
          " <>| <>" },
        { "quoted in brackets", "<\"ann b\"@example.org>", " <>" },
        { "no address", "MAILER-DAEMON", "MAILER-DAEMON <>" },
        { "empty ones", ", ,<>,", "" },
        { "spaces in an address", "<ann @ example.org>", " <ann@example.org>" },
        { "line break in quotes", "\"a\r\nb\" <a@x.example>", "a b <a@x.example>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = list_as_text(cases[i].value);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
}

static void
test_list_is_bounded(void **state)
{
    (void)state;
    g_autoptr(GString) value = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(value, "a%d@example.org, ", i);
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    assert_false(address_read_list(value->str, list));
    assert_int_equal(list->len, LIMIT_ADDRESSES);
}

static void
test_may_answer(void **state)
{
    static const char *const yes[] = { "ann@example.org",       "rooter@example.org",
                                       "bounceroo@example.org", "abused@example.org",
                                       "support@example.org",   "postmasters@example.org",
                                       "noah@example.org" };
    static const char *const no[] = { "",
                                      "ann",
                                      "mailer-daemon@example.org",
                                      "MAILER-DAEMON@example.org",
                                      "postmaster@example.org",
                                      "no-reply@example.org",
                                      "noreply-12@example.org",
                                      "do_not_reply@example.org",
                                      "bounce+ab@example.org",
                                      "users-bounces@example.org",
                                      "owner-users@example.org",
                                      "users-request@example.org",
                                      "root@example.org",
                                      "abuse@example.org",
                                      "srs0=ab=cd=example.org=ann@relay.example" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
        if (!address_may_answer(yes[i]))
            fail_msg("%s may be answered", yes[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++) {
        if (address_may_answer(no[i]))
            fail_msg("%s may not be answered", no[i]);
    }
}

static void
test_message_ids(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        { "two", "<a@b> <c@d>", "a@b|c@d" },
        { "no space", "<a@b><c@d>", "a@b|c@d" },
        { "commas", "<a@b>, <c@d>", "a@b|c@d" },
        { "each once", "<a@b> <c@d> <a@b>", "a@b|c@d" },
        { "folded within", "<a\t@b>", "a@b" },
        { "without brackets", "a@b c@d", "a@b|c@d" },
        { "Outlook's words", "Your message of Tue <a@b>", "a@b" },
        { "not closed", "<a@b <c@d>", "a@b|c@d" },
        { "cut off", "<a@b> <c@", "a@b|c@" },
        { "without at", "<abc>", "abc" },
        { "nothing", "<> < >", "" },
        { "control characters", "<a\x01@b>", "a@b" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) ids = message_id_read_list(cases[i].value, NULL);
        g_autofree char *got = g_strjoinv("|", ids);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got '%s'", cases[i].name, got);
    }
    g_autofree char *one = message_id_read(" <a@b> ");
    assert_string_equal(one, "a@b");
    assert_null(message_id_read("  "));
}

static void
test_references_keep_both_ends(void **state)
{
    (void)state;
    g_autoptr(GString) value = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(value, "<%d@x> ", i);
    g_auto(GStrv) ids = message_id_read_list(value->str, NULL);
    assert_int_equal(g_strv_length(ids), LIMIT_REFERENCES);
    assert_string_equal(ids[0], "0@x");
    assert_string_equal(ids[LIMIT_REFERENCES - 1], "999@x");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalise),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_is_bounded),
        cmocka_unit_test(test_may_answer),
        cmocka_unit_test(test_message_ids),
        cmocka_unit_test(test_references_keep_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
