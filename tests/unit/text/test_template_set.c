/* The templates of the mails: those we ship, and what is refused when a set is loaded. */
#include "tests/unit/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/text/template_set.h"

#define SHIPPED TEST_DATA "/../templates"

static const char *const events[] = {
    "acknowledgement", "answer",         "resolved",
    "new_ticket",      "customer_reply", "note",
    "refused",         "transcript",     "assigned",
    "status",          "agent_answer",   "alarm",
    "delivery_failed", "merged",         "split",
    "sign_in",         "sign_up",        "new_device",
    "sign_in_barred",  "reset_password", "verify_address",
    "account_changed", "digest",         "export_ready",
    "rated",           "escalated",
};

static json_t *
example(void)
{
    json_t *document = json_load_file(SHIPPED "/mail/document.json", 0, NULL);
    assert_non_null(document);
    return document;
}

static TemplateSet *
shipped(void)
{
    g_autoptr(GError) error = NULL;
    TemplateSet *set = template_set_load(SHIPPED, &error);
    if (!set)
        fail_msg("%s", error->message);
    return set;
}

/* Lines of a mail fit a terminal, but for those that a value made long. */
static void
check_text(const char *event, const char *locale, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i]; i++) {
        if (g_utf8_strlen(lines[i], -1) > 72)
            fail_msg("%s/%s.txt: wider than 72: %s", locale, event, lines[i]);
        if (g_str_has_suffix(lines[i], " "))
            fail_msg("%s/%s.txt: blanks at the end: %s", locale, event, lines[i]);
    }
    if (strstr(text, "\n\n\n") || text[0] == '\n' || !g_str_has_suffix(text, "\n"))
        fail_msg("%s/%s.txt: empty lines: %s", locale, event, text);
}

static void
check_html(const char *event, const char *locale, const char *html)
{
    static const char *const forbidden[] = { "<img", "<script",    "<link",
                                             "url(", "background", "{{" };
    g_autofree char *lang = g_strdup_printf("<html lang=\"%s\" dir=\"%s\">", locale,
                                            strcmp(locale, "ar") == 0 ? "rtl" : "ltr");
    if (!strstr(html, lang))
        fail_msg("%s/%s.html: no %s", locale, event, lang);
    for (size_t i = 0; i < G_N_ELEMENTS(forbidden); i++)
        if (strstr(html, forbidden[i]))
            fail_msg("%s/%s.html: has %s", locale, event, forbidden[i]);
}

static void
check_events(const TemplateSet *set, const char *locale, const json_t *document)
{
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(rendered_mail) mail = { NULL, NULL, NULL };
        assert_true(template_set_knows(events[i]));
        if (!template_set_render_mail(set, "desk.example", locale, events[i], document,
                                      &mail, &error))
            fail_msg("%s/%s: %s", locale, events[i], error->message);
        assert_null(strpbrk(mail.subject, "\r\n"));
        check_text(events[i], locale, mail.text);
        check_html(events[i], locale, mail.html);
    }
}

static void
test_shipped(void **state)
{
    (void)state;
    g_autoptr(TemplateSet) set = shipped();
    g_autoptr(json_t) document = example();
    check_events(set, "en", document);
    check_events(set, "de", document);
    check_events(set, "ar", document);
}

/* Everything that may be missing is: the mails must still read well. */
static void
test_shipped_with_little(void **state)
{
    static const char little[] =
        "{\"event\":\"x\",\"tenant\":{\"name\":\"d\",\"title\":\"D\"},"
        "\"queue\":{\"name\":\"S\",\"address\":\"s@d\"},"
        "\"ticket\":{\"number\":1,\"subject\":\"\",\"status_is\":{\"open\":true},"
        "\"priority_is\":{\"low\":true},\"owner\":null,\"created_text\":\"now\","
        "\"age\":null,\"due_text\":null,\"tags\":[],\"tags_text\":\"\"},"
        "\"recipient\":{\"name\":null,\"address\":\"a@d\",\"role_is\":{}},"
        "\"requester\":{\"name\":null,\"address\":\"c@d\"},\"message\":null,"
        "\"has_history\":false,\"history\":[],\"participants\":[],"
        "\"actor\":{\"name\":\"A\"},\"detail\":{\"subject\":\"x\",\"text\":\"y\","
        "\"recipient\":\"c@d\",\"status\":null,\"diagnostic\":null,\"will_retry\":true,"
        "\"from_is\":{\"open\":true},\"to_is\":{\"closed\":true},\"reason\":\"r\","
        "\"results\":[],\"refused\":true},\"links\":{\"ticket\":null}}";
    (void)state;
    g_autoptr(TemplateSet) set = shipped();
    g_autoptr(json_t) document = json_loads(little, 0, NULL);
    g_auto(rendered_mail) mail = { NULL, NULL, NULL };
    assert_non_null(document);
    assert_true(
        template_set_render_mail(set, NULL, NULL, "new_ticket", document, &mail, NULL));
    assert_non_null(strstr(mail.text, "your words go to c@d.\n"));
    assert_non_null(strstr(mail.text, "Owner     nobody yet\n"));
    assert_null(strstr(mail.text, "Due"));
    assert_null(strstr(mail.text, "<>"));
    rendered_mail_clear(&mail);
    assert_true(
        template_set_render_mail(set, NULL, NULL, "resolved", document, &mail, NULL));
    assert_true(g_str_has_prefix(mail.text, "Hello,\n\nwe believe"));
    rendered_mail_clear(&mail);
    assert_true(template_set_render_mail(set, NULL, "de_AT.UTF-8", "resolved", document,
                                         &mail, NULL));
    assert_true(g_str_has_prefix(mail.text, "Guten Tag,\n\n"));
}

static void
test_hostile_values(void **state)
{
    (void)state;
    g_autoptr(TemplateSet) set = shipped();
    g_autoptr(json_t) document = example();
    g_autoptr(GError) error = NULL;
    g_auto(rendered_mail) mail = { NULL, NULL, NULL };
    json_t *message = json_object_get(document, "message");
    json_object_set_new(message, "text", json_string("</div><script>x</script>\n{{a}}"));
    assert_true(
        template_set_render_mail(set, NULL, "en", "answer", document, &mail, NULL));
    assert_null(strstr(mail.html, "<script"));
    assert_non_null(strstr(mail.html, "&lt;/div&gt;&lt;script&gt;"));
    assert_non_null(strstr(mail.text, "</div><script>x</script>\n{{a}}\n"));

    json_object_set_new(json_object_get(document, "ticket"), "subject",
                        json_string("x\r\nBcc: all@example"));
    struct rendered_mail untouched = { NULL, NULL, NULL };
    assert_false(template_set_render_mail(set, NULL, "en", "answer", document, &untouched,
                                          &error));
    assert_true(error_is(error, ERR_REJECT));
    assert_null(untouched.subject);
    g_clear_error(&error);
    assert_false(template_set_render_mail(set, NULL, "en", "nothing", document,
                                          &untouched, &error));
    assert_true(error_is(error, ERR_MISSING));
}

/* --- sets of our own, in a folder that goes away --------------------------------------- */

static void
put(const char *folder, const char *path, const char *content)
{
    g_autofree char *full = g_build_filename(folder, path, NULL);
    g_autofree char *above = g_path_get_dirname(full);
    assert_int_equal(g_mkdir_with_parents(above, 0700), 0);
    assert_true(g_file_set_contents(full, content, -1, NULL));
}

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_tree(below);
    }
    g_remove(path);
}

/* A whole set of one word each. */
static char *
make_set(void)
{
    static const char *const kinds[] = { "subject", "txt", "html" };
    char *folder = g_dir_make_tmp("templates-XXXXXX", NULL);
    put(folder, "mail/document.json", "{\"name\":\"Anna\",\"list\":[{\"a\":1}]}");
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
            g_autofree char *path =
                g_strdup_printf("mail/en/%s.%s.mustache", events[i], kinds[k]);
            put(folder, path, "default {{name}}\n");
        }
    return folder;
}

static void
assert_renders(const TemplateSet *set, const char *tenant, const char *locale,
               const char *text)
{
    g_autoptr(json_t) document = json_pack("{s:s}", "name", "Eva");
    g_auto(rendered_mail) mail = { NULL, NULL, NULL };
    assert_true(
        template_set_render_mail(set, tenant, locale, "note", document, &mail, NULL));
    assert_string_equal(mail.text, text);
}

static void
test_tenants_and_locales(void **state)
{
    (void)state;
    g_autofree char *folder = make_set();
    put(folder, "mail/en/note.txt.mustache", "{{name}}{{>sign}}");
    put(folder, "mail/partials/sign.txt.mustache", " ours");
    put(folder, "tenants/acme/mail/partials/sign.mustache", " of acme");
    put(folder, "tenants/acme/mail/pt-BR/note.txt.mustache", "Oi {{name}}{{>sign}}");
    put(folder, "tenants/acme/mail/pt-BR/partials/sign.mustache", " da acme");
    put(folder, "tenants/plain/mail/en/note.txt.mustache", "plain");
    put(folder, "mail/en/note.txt.mustache~", "{{an editor's copy");
    g_autoptr(GError) error = NULL;
    g_autoptr(TemplateSet) set = template_set_load(folder, &error);
    remove_tree(folder);
    if (!set)
        fail_msg("%s", error->message);
    assert_renders(set, NULL, NULL, "Eva ours");
    assert_renders(set, "other", "fr", "Eva ours");
    assert_renders(set, "acme", "en-GB", "Eva of acme");
    assert_renders(set, "acme", "pt_br", "Oi Eva da acme");
    assert_renders(set, "acme", "pt", "Eva of acme");
    assert_renders(set, "plain", "de", "plain");
    assert_renders(set, "../acme", "../../x", "Eva ours");
}

static void
test_refused_sets(void **state)
{
    static const struct {
        const char *path, *content, *want;
    } cases[] = {
        { "mail/en/note.txt.mustache", "\n{{#a}}",
          "mail/en/note.txt.mustache:2:1: section {{#a}} is not closed" },
        { "mail/en/note.txt.mustache", "{{nam}}",
          "mail/en/note.txt.mustache:1:1: there is no name nam; is it name?" },
        { "mail/en/note.html.mustache", "{{{name}}}",
          "mail/en/note.html.mustache:1:1: name would stand unescaped in HTML: write "
          "{{name}}" },
        { "mail/en/note.subject.mustache", "a\nb\n",
          "mail/en/note.subject.mustache: the result has more than one line, and is to "
          "be "
          "a header" },
        { "mail/en/notes.txt.mustache", "",
          "mail/en/notes.txt.mustache: is not <event>.{subject,txt,html}.mustache of a "
          "known event" },
        { "tenants/acme/mail/en/note.txt.mustache", "{{>nothing}}",
          "tenants/acme/mail/en/note.txt.mustache:1:1: there is no partial nothing" },
        { "mail/note.txt.mustache", "",
          "mail/note.txt.mustache: a template stands in mail/<locale>/ or a folder "
          "partials" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folder = make_set();
        g_autoptr(GError) error = NULL;
        put(folder, cases[i].path, cases[i].content);
        assert_null(template_set_load(folder, &error));
        remove_tree(folder);
        assert_true(error_is(error, ERR_REJECT));
        assert_string_equal(error->message, cases[i].want);
    }
}

static void
test_all_errors_at_once(void **state)
{
    (void)state;
    g_autofree char *folder = make_set();
    g_autoptr(GError) error = NULL;
    put(folder, "mail/en/note.txt.mustache", "{{x}}");
    put(folder, "mail/en/answer.txt.mustache", "{{");
    put(folder, "mail/de/note.txt.mustache", "Notiz");
    put(folder, "tenants/acme/mail/partials/p.mustache", "{{y}}");
    put(folder, "mail/partials/p.mustache", "{{name}}");
    put(folder, "mail/en/status.txt.mustache", "{{>p}}");
    assert_null(template_set_load(folder, &error));
    remove_tree(folder);
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
    assert_int_equal(g_strv_length(lines), 3 + 3 * G_N_ELEMENTS(events) - 1);
    assert_string_equal(lines[0],
                        "mail/en/answer.txt.mustache:1:1: a tag that is not closed");
    assert_string_equal(lines[1], "mail/en/note.txt.mustache:1:1: there is no name x");
    assert_string_equal(lines[2],
                        "tenants/acme/mail/partials/p.mustache:1:1: there is no name y");
    assert_non_null(strstr(error->message, "mail/de/answer.html.mustache: is missing"));
}

static void
test_nothing_there(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(template_set_load("/nonexistent", &error));
    assert_true(error_is(error, ERR_MISSING));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),        cmocka_unit_test(test_shipped_with_little),
        cmocka_unit_test(test_hostile_values), cmocka_unit_test(test_tenants_and_locales),
        cmocka_unit_test(test_refused_sets),   cmocka_unit_test(test_all_errors_at_once),
        cmocka_unit_test(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
