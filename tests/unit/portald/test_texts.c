/* Texts in languages: PO files, the choice of a language, pages' [[msgid]]. */
#include "tests/unit/test.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/base/error.h"
#include "portald/pages/texts.h"

static const char german[] = "# a comment\n"
                             "msgid \"\"\n"
                             "msgstr \"Language: de\\n\"\n\n"
                             "#: somewhere.c:1\n"
                             "msgid \"Your tickets\"\n"
                             "msgstr \"Ihre \\\"Tickets\\\"\"\n\n"
                             "msgid \"\"\n"
                             "\"Two \"\n"
                             "\"lines\"\n"
                             "msgstr \"\"\n"
                             "\"Zwei \"\n"
                             "\"Zeilen\"\n\n"
                             "#, fuzzy\n"
                             "msgid \"Doubtful\"\n"
                             "msgstr \"Falsch\"\n\n"
                             "msgid \"Open: {{n}}\"\n"
                             "msgstr \"Offen: {{n}}\"\n";

/* Texts with "de" (the PO text above) and an empty "ar". */
static Texts *
load(void)
{
    g_autofree char *directory = g_dir_make_tmp("postern-texts-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(directory, "texts", NULL);
    g_autofree char *de = g_build_filename(folder, "de.po", NULL);
    g_autofree char *ar = g_build_filename(folder, "ar.po", NULL);
    g_autoptr(GError) error = NULL;

    assert_int_equal(g_mkdir(folder, 0700), 0);
    assert_true(g_file_set_contents(de, german, -1, NULL));
    assert_true(g_file_set_contents(ar, "", 0, NULL));
    Texts *texts = texts_load(directory, &error);
    assert_null(error);
    g_remove(de);
    g_remove(ar);
    g_remove(folder);
    g_remove(directory);
    return texts;
}

static void
test_get(void **state)
{
    g_autoptr(Texts) texts = load();

    (void)state;
    assert_string_equal(texts_get(texts, "de", "Your tickets"), "Ihre \"Tickets\"");
    assert_string_equal(texts_get(texts, "de", "Two lines"), "Zwei Zeilen");
    assert_string_equal(texts_get(texts, "de", "Doubtful"), "Doubtful");
    assert_string_equal(texts_get(texts, "de", "unknown"), "unknown");
    assert_string_equal(texts_get(texts, "en", "Your tickets"), "Your tickets");
    assert_string_equal(texts_get(texts, "ar", "Your tickets"), "Your tickets");
}

static void
test_choose(void **state)
{
    static const struct {
        const char *chosen, *accepted, *fallback, *want;
    } cases[] = {
        { NULL, NULL, NULL, "en" },
        { "de", "ar", "en", "de" },
        { "fr", "ar", "de", "ar" },
        { NULL, "fr, de-AT;q=0.8, en;q=0.5", NULL, "de" },
        { NULL, "en;q=0.5, ar;q=0.9", NULL, "ar" },
        { NULL, "de;q=0, en", NULL, "en" },
        { NULL, "fr", "de", "de" },
        { NULL, "fr", "fr", "en" },
        { NULL, "", "de", "de" },
        { "de_DE", NULL, NULL, "de" },
        { "dexter", NULL, NULL, "en" },
    };
    g_autoptr(Texts) texts = load();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(
            texts_choose(texts, cases[i].chosen, cases[i].accepted, cases[i].fallback),
            cases[i].want);
}

static void
test_translate(void **state)
{
    static const char source[] =
        "<p title=\"[[Your tickets]]\">[[Two\n   lines]] [[Open: {{n}}]]"
        " [[Open end</p>";
    g_autoptr(Texts) texts = load();
    g_autofree char *de = texts_translate(texts, "de", slice_from(source));
    g_autofree char *en = texts_translate(texts, "en", slice_from(source));

    (void)state;
    assert_string_equal(de,
                        "<p title=\"Ihre &quot;Tickets&quot;\">Zwei Zeilen Offen: {{n}}"
                        " [[Open end</p>");
    assert_string_equal(en,
                        "<p title=\"Your tickets\">Two lines Open: {{n}} [[Open end</p>");
}

static void
test_broken(void **state)
{
    static const char *const broken[] = { "msgid Your tickets\n", "nonsense\n",
                                          "msgid \"a\"\nmsgstr \"\xff\"\n", "\"\n" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GHashTable) entries =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GError) error = NULL;
        assert_false(texts_parse(entries, slice_from(broken[i]), "x.po", &error));
        assert_true(error_is(error, ERR_REJECT));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_translate),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
