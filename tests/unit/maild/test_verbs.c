#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "maild/verbs/arguments.h"

static void
test_arguments(void **state)
{
    static const struct {
        const char *name;
        const char *argv[8];
        bool good;
        const char *value; /* of --name; NULL: not given */
        bool flag;
    } cases[] = {
        { "words only", { "v", "a", "b" }, true, NULL, false },
        { "value behind", { "v", "a", "--name", "x", "b" }, true, "x", false },
        { "value joined", { "v", "--name=x=y", "a", "b" }, true, "x=y", false },
        { "empty value", { "v", "--name=", "a", "b" }, true, "", false },
        { "flag", { "v", "a", "b", "--flag" }, true, NULL, true },
        { "flag with value", { "v", "a", "b", "--flag=1" }, false, NULL, false },
        { "value missing", { "v", "a", "b", "--name" }, false, NULL, false },
        { "unknown", { "v", "a", "b", "--nam" }, false, NULL, false },
        { "word missing", { "v", "a" }, false, NULL, false },
        { "word too many", { "v", "a", "b", "c" }, false, NULL, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *value = NULL, *words[2] = { NULL, NULL };
        bool flag = false;
        const struct verb_option options[] = { { "name", &value, NULL },
                                               { "flag", NULL, &flag },
                                               { NULL, NULL, NULL } };
        int argc = 0;
        while (cases[i].argv[argc])
            argc++;
        bool good = verb_arguments(argc, (char **)cases[i].argv, options, words, 2);
        if (good != cases[i].good)
            fail_msg("%s: %d", cases[i].name, good);
        if (good
            && (g_strcmp0(value, cases[i].value) != 0 || flag != cases[i].flag
                || strcmp(words[0], "a") != 0 || strcmp(words[1], "b") != 0))
            fail_msg("%s: %s %d %s %s", cases[i].name, value, flag, words[0], words[1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests_name("verbs", tests, NULL, NULL);
}
