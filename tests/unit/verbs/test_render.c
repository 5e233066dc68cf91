/* maild render, as an author calls it: what it prints and how it ends. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "maild/verbs/verb.h"

static char *folder;

static void
put(const char *name, const char *content)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *above = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(above, 0700), 0);
    assert_true(g_file_set_contents(path, content, -1, NULL));
}

static int
set_up(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("render-XXXXXX", NULL);
    if (!folder || g_chdir(folder) != 0)
        return -1;
    put("d.json", "{\"v\":\"<&\",\"n\":\"a\\nb\"}");
    put("bad.json", "{\"v\":}");
    put("plain.mustache", "{{v}}|{{>p}}");
    put("mail.txt.mustache", "{{v}}\n");
    put("mail.html", "{{v}}");
    put("mail.subject.mustache", "Re: {{v}}\n");
    put("two.subject.mustache", "Re: {{n}}\n");
    put("open.mustache", "a\n {{#v}}");
    put("away.mustache", "{{>../p}}");
    put("kind.txt", "{{>k}}");
    put("partials/k.txt.mustache", "k of {{v}}");
    put("parts/p.mustache", "p {{v}}");
    put("bare/p", "bare");
    return 0;
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

static int
tear_down(void **state)
{
    (void)state;
    remove_tree(folder);
    g_free(folder);
    return 0;
}

/* Run the verb with standard input and output as files; its status. */
static int
run(const char *command, char **ret_output)
{
    g_auto(GStrv) argv = g_strsplit(command, " ", -1);
    int saved[] = { dup(0), dup(1), dup(2) };
    int out = open("out", O_CREAT | O_TRUNC | O_RDWR, 0600);
    int in = open("plain.mustache", O_RDONLY), quiet = open("/dev/null", O_WRONLY);
    fflush(NULL);
    dup2(in, 0);
    dup2(out, 1);
    dup2(quiet, 2);
    clearerr(stdin);
    int status =
        verb_render(&(struct verb_context){ NULL }, (int)g_strv_length(argv), argv);
    fflush(NULL);
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    close(in);
    close(out);
    close(quiet);
    assert_true(g_file_get_contents("out", ret_output, NULL, NULL));
    return status;
}

static void
test_render(void **state)
{
    static const struct {
        const char *command;
        int status;
        const char *output;
    } cases[] = {
        { "render plain.mustache d.json", 0, "&lt;&amp;|" },
        { "render plain.mustache d.json --partials parts", 0, "&lt;&amp;|p &lt;&amp;" },
        { "render --partials=parts --text plain.mustache d.json", 0, "<&|p <&" },
        { "render plain.mustache d.json --partials bare", 0, "&lt;&amp;|bare" },
        { "render mail.txt.mustache d.json", 0, "<&\n" },
        { "render mail.txt.mustache d.json --html", 0, "&lt;&amp;\n" },
        { "render mail.html d.json", 0, "&lt;&amp;" },
        { "render mail.subject.mustache d.json", 0, "Re: <&" },
        { "render two.subject.mustache d.json", 65, "" },
        { "render two.subject.mustache d.json --text", 0, "Re: a\nb\n" },
        { "render plain.mustache d.json --header", 0, "<&|" },
        { "render - d.json", 0, "&lt;&amp;|" },
        { "render kind.txt d.json", 0, "k of <&" },
        { "render open.mustache d.json", 65, "" },
        { "render away.mustache d.json", 65, "" },
        { "render plain.mustache bad.json", 65, "" },
        { "render nothing.mustache d.json", 66, "" },
        { "render plain.mustache nothing.json", 66, "" },
        { "render plain.mustache d.json --partials nothing", 66, "" },
        { "render", 64, "" },
        { "render plain.mustache", 64, "" },
        { "render plain.mustache d.json d.json", 64, "" },
        { "render --what plain.mustache d.json", 64, "" },
        { "render --html --text plain.mustache d.json", 64, "" },
        { "render - -", 64, "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *output = NULL;
        int status = run(cases[i].command, &output);
        if (status != cases[i].status || strcmp(output, cases[i].output) != 0)
            fail_msg("%s: %d [%s]", cases[i].command, status, output);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_render) };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
