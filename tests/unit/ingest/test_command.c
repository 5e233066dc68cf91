#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "maild/ingest/command.h"

/* verbs: n note, c close, r resolve, o open, a assign, p priority, t tag, u untag, l link,
   m merge, s split, S split-one, ? unknown */
static const struct {
    const char *name, *text, *verbs, *rest;
} cases[] = {
    { "plain answer", "Dear Carla,\nturn it off.", "", "Dear Carla,\nturn it off." },
    { "empty", "", "", "" },
    { "close alone", "#close", "c", "" },
    { "close and words", "#close\nBye.", "c", "Bye." },
    { "blank lines around", "\n\n#close\n\nBye.\n\n", "c", "Bye." },
    { "two commands", "#note\n#close\nShe paid.", "nc", "She paid." },
    { "note with words behind it", "#note she paid", "n", "she paid" },
    { "note with a colon and more", "#note: she paid\ntwice", "n", "she paid\ntwice" },
    { "upper case", "#CLOSE", "c", "" },
    { "resolve", "#resolved\nDone.", "r", "Done." },
    { "reopen", "#reopen", "o", "" },
    { "CRLF", "#close\r\nBye.\r\n", "c", "Bye." },
    { "unknown", "#frobnicate\nhello", "?", "hello" },
    { "known with words it does not take", "#close the door", "?", "" },
    { "a hash that is no command", "#1 is still broken", "?", "" },
    { "a hash alone", "#", "?", "" },
    { "not at the top", "Hello\n#close", "", "Hello\n#close" },
    { "assign", "#assign anna@desk.example", "a", "" },
    { "assign to nobody named", "#assign", "?", "" },
    { "priority, tags", "#priority high\n#tag vip -old\n#untag new\nHi.", "ptu", "Hi." },
    { "link", "#link 12", "l", "" },
    { "merge, with its mark", "#merge #12\nSame as the other.", "m",
      "Same as the other." },
    { "merge into no number", "#merge the other one", "?", "" },
    { "merge into too large a number", "#merge 99999999999999999999", "?", "" },
    { "merge into nothing", "#merge", "?", "" },
    { "merge into zero", "#merge 0", "?", "" },
    { "split", "#split", "s", "" },
    { "split with a subject", "#split The other matter", "s", "" },
    { "split one", "#split-one", "S", "" },
    { "unknown among known", "#note\n#assing anna\nx", "n?", "x" },
};

static char *
verbs_of(const Commands *commands)
{
    static const char letters[] = {
        [COMMAND_NOTE] = 'n',    [COMMAND_CLOSE] = 'c',  [COMMAND_RESOLVE] = 'r',
        [COMMAND_OPEN] = 'o',    [COMMAND_ASSIGN] = 'a', [COMMAND_PRIORITY] = 'p',
        [COMMAND_TAG] = 't',     [COMMAND_UNTAG] = 'u',  [COMMAND_LINK] = 'l',
        [COMMAND_MERGE] = 'm',   [COMMAND_SPLIT] = 's',  [COMMAND_SPLIT_ONE] = 'S',
        [COMMAND_UNKNOWN] = '?',
    };
    GString *verbs = g_string_new(NULL);
    for (guint i = 0; i < commands->list->len; i++)
        g_string_append_c(verbs,
                          letters[g_array_index(commands->list, struct command, i).verb]);
    return g_string_free(verbs, FALSE);
}

static void
test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        g_autoptr(Commands) got = commands_read((struct slice){ exact, n });
        g_autofree char *verbs = verbs_of(got);
        if (strcmp(verbs, cases[i].verbs) != 0 || strcmp(got->text, cases[i].rest) != 0)
            fail_msg("%s: '%s' and '%s'", cases[i].name, verbs, got->text);
        assert_int_equal(got->has_unknown, strchr(cases[i].verbs, '?') != NULL);
        assert_int_equal(got->has_note, strchr(cases[i].verbs, 'n') != NULL);
    }
}

static void
test_too_many(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 10 * LIMIT_COMMANDS; i++)
        g_string_append(text, "#close\n");
    g_autoptr(Commands) got = commands_read((struct slice){ text->str, text->len });
    assert_true(got->has_unknown); /* so none of them is obeyed */
    assert_int_equal(got->list->len, 2 * LIMIT_COMMANDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
