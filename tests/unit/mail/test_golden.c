/* Each tests/mail/NAME.eml, as `maild inspect` shows it, against NAME.json beside it. With
   UPDATE_GOLDEN=1 in the environment the .json is written anew: read the diff. */
#include "tests/unit/test.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/mail/inspect.h"

#define DUMP (JSON_INDENT(2) | JSON_SORT_KEYS)

static json_t *
inspect(const char *eml)
{
    static const char *const own[] = { "help@desk.example", NULL };
    static const char *const trusted[] = { "mx.desk.example", NULL };
    const struct mail_options options = { trusted, own };
    g_autofree char *content = NULL;
    gsize n = 0;
    assert_true(g_file_get_contents(eml, &content, &n, NULL));
    g_autofree char *exact = g_memdup2(content, n); /* no NUL: overreads show */

    char *text = mail_inspect((struct slice){ exact, n }, &options, NULL);
    assert_non_null(text);
    json_t *o = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(o);
    return o;
}

static void
check(const char *eml)
{
    g_autofree char *stem = g_strndup(eml, strlen(eml) - 4);
    g_autofree char *path = g_strconcat(stem, ".json", NULL);
    g_autoptr(json_t) got = inspect(eml);
    if (getenv("UPDATE_GOLDEN"))
        assert_int_equal(json_dump_file(got, path, DUMP), 0);

    g_autoptr(json_t) want = json_load_file(path, 0, NULL);
    if (json_equal(got, want))
        return;
    char *text = json_dumps(got, DUMP);
    print_error("%s: got\n%s\n", eml, text);
    free(text);
    fail();
}

static void
test_golden(void **state)
{
    (void)state;
    g_autoptr(GDir) dir = g_dir_open(TEST_DATA "/mail", 0, NULL);
    assert_non_null(dir);
    int n = 0;
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(TEST_DATA "/mail", name, NULL);
        if (g_str_has_suffix(name, ".eml")) {
            check(path);
            n++;
        }
    }
    assert_true(n >= 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
