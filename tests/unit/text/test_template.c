/* What the specification doesn't say: errors, modes, limits, the name check. */
#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "tests/unit/text/template_fixture.h"

/* `count` times the text. */
static char *
repeat(const char *text, size_t count)
{
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        g_string_append(all, text);
    return g_string_free(all, FALSE);
}

static void
test_errors(void **state)
{
    static const struct {
        const char *source, *want;
    } cases[] = {
        { "a\nb {{#x}} c", "t:2:3: section {{#x}} is not closed" },
        { "\n\n      {{^x}}", "t:3:7: section {{^x}} is not closed" },
        { "{{<x}}", "t:1:1: parent {{<x}} is not closed" },
        { "{{$x}}", "t:1:1: block {{$x}} is not closed" },
        { "äö {{#x}}{{/y}}", "t:1:10: {{/y}} stands where {{#x}} is to be closed" },
        { "{{/y}}", "t:1:1: {{/y}} closes nothing" },
        { "x {{y", "t:1:3: a tag that is not closed" },
        { "x {{", "t:1:3: a tag that is not closed" },
        { "{{{y}}", "t:1:1: a tag that is not closed" },
        { "{{}}", "t:1:1: a tag without a name" },
        { "{{# }}", "t:1:1: a tag without a name" },
        { "{{a b}}", "t:1:1: a name with white space in it" },
        { "{{=x=}}",
          "t:1:1: new delimiters are two words without '=', as in {{=<% %>=}}" },
        { "{{=x y z=}}",
          "t:1:1: new delimiters are two words without '=', as in {{=<% %>=}}" },
        { "{{==}}",
          "t:1:1: new delimiters are two words without '=', as in {{=<% %>=}}" },
        { "ab\xff", "t:1:3: not UTF-8" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(compile_exact(cases[i].source, "t", &error));
        assert_true(error_is(error, ERR_REJECT));
        assert_string_equal(error->message, cases[i].want);
    }
}

static void
test_modes(void **state)
{
    static const struct {
        const char *source, *document, *want; /* NULL: refused */
        enum template_mode mode;
    } cases[] = {
        { "{{v}}", "{\"v\":\"<&\\n\"}", "<&\n", TEMPLATE_TEXT },
        { "Re: {{v}}\n", "{\"v\":\"<&\"}", "Re: <&", TEMPLATE_HEADER },
        { "Re: {{v}}\r\n", "{\"v\":\"a\\tb\"}", "Re: a\tb", TEMPLATE_HEADER },
        { "Re: {{v}}", "{\"v\":\"a\\nBcc: x\"}", NULL, TEMPLATE_HEADER },
        { "Re: {{{v}}}", "{\"v\":\"a\\rBcc: x\"}", NULL, TEMPLATE_HEADER },
        { "Re: {{v}}", "{\"v\":\"a\\n\"}", NULL, TEMPLATE_HEADER },
        { "Re: {{#v}}{{.}}{{/v}}", "{\"v\":[\"a\",\"\\n\"]}", NULL, TEMPLATE_HEADER },
        { "Re:\n{{v}}", "{\"v\":\"a\"}", NULL, TEMPLATE_HEADER },
        { "Re: {{v}}\n\n", "{\"v\":\"a\"}", NULL, TEMPLATE_HEADER },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        GString *got = render_text(cases[i].source, cases[i].document, NULL,
                                   cases[i].mode, NULL, &error);
        if (cases[i].want) {
            assert_non_null(got);
            assert_string_equal(got->str, cases[i].want);
            g_string_free(got, TRUE);
            continue;
        }
        if (got)
            fail_msg("case %zu was taken", i);
        assert_true(error_is(error, ERR_REJECT));
    }
}

/* A NUL can come from JSON that was read with JSON_ALLOW_NUL. */
static void
test_header_nul(void **state)
{
    (void)state;
    g_autoptr(json_t) document = json_object();
    json_object_set_new(document, "v", json_stringn("a\0b", 3));
    g_autoptr(Template) template = compile_exact("{{v}}", "t", NULL);
    const struct template_input input = { document, TEMPLATE_HEADER, NULL };
    g_autoptr(GError) error = NULL;
    assert_null(template_render(template, &input, NULL, &error));
    assert_string_equal(
        error->message,
        "t:1:1: {{v}} has a line break or NUL, which may not stand in a header");
}

static void
assert_refused(const char *source, const char *document, const char *partials,
               const char *why)
{
    g_autoptr(GError) error = NULL;
    struct template_cost cost = { 0 };
    GString *text = render_text(source, document, partials, TEMPLATE_TEXT, &cost, &error);
    assert_null(text);
    assert_true(error_is(error, ERR_REJECT));
    if (!strstr(error->message, why))
        fail_msg("%s", error->message);
    assert_true(cost.steps <= LIMIT_TEMPLATE_STEPS + 2 * LIMIT_TEMPLATE_DEPTH);
    assert_true(cost.deepest <= LIMIT_TEMPLATE_DEPTH);
}

static void
test_limits(void **state)
{
    (void)state;
    g_autofree char *deep = repeat("{{#a}}", LIMIT_TEMPLATE_DEPTH + 1);
    g_autoptr(GError) error = NULL;
    assert_null(compile_exact(deep, "t", &error));
    assert_non_null(strstr(error->message, "nested too deeply"));

    g_autofree char *large = repeat("x", LIMIT_TEMPLATE_BYTES + 1);
    g_clear_error(&error);
    assert_null(compile_exact(large, "t", &error));
    assert_non_null(strstr(error->message, "larger than"));

    g_autofree char *name = repeat("n", LIMIT_TEMPLATE_NAME + 1);
    g_autofree char *tag = g_strdup_printf("{{%s}}", name);
    g_clear_error(&error);
    assert_null(compile_exact(tag, "t", &error));

    assert_refused("{{>p}}", NULL, "{\"p\":\"{{>p}}\"}", "nested too deeply");
    assert_refused("{{<p}}{{/p}}", NULL, "{\"p\":\" {{<p}}{{/p}}\\n\"}",
                   "nested too deeply");
    assert_refused("{{>p}}", NULL, "{\"p\":\"  {{>p}}\\n\"}", "nested too deeply");
    assert_refused("{{<p}}{{/p}}", NULL, "{\"p\":\"{{$b}}{{<p}}{{/p}}{{/b}}\"}",
                   "nested too deeply");
}

/* Lists in lists, and partials that call each other twice, would take the time of a power
   for no output at all. */
static void
test_powers(void **state)
{
    (void)state;
    g_autofree char *ones = repeat("1,", 999);
    g_autofree char *list = g_strdup_printf("{\"l\":[%s1]}", ones);
    g_autofree char *open = repeat("{{#l}}", 20), *close = repeat("{{/l}}", 20);
    g_autofree char *lists = g_strconcat(open, close, NULL);
    assert_refused(lists, list, NULL, "steps");

    GString *partials = g_string_new("{");
    for (int i = 0; i < 50; i++)
        g_string_append_printf(partials, "\"p%d\":\"{{>p%d}}{{>p%d}}\",", i, i + 1,
                               i + 1);
    g_string_append(partials, "\"p50\":\"\"}");
    assert_refused("{{>p0}}", NULL, partials->str, "steps");
    g_string_free(partials, TRUE);

    g_autofree char *word = repeat("x", 8000);
    g_autofree char *output = g_strdup_printf("{{#l}}%s{{/l}}", word);
    assert_refused(output, list, NULL, "larger than 4194304 bytes");
}

/* Steps and operations of a source that is `n` times a piece. */
struct growth {
    size_t operations, steps;
};

static struct growth
measure(const char *piece, const char *tail, const char *document, const char *partials,
        size_t n)
{
    g_autofree char *pieces = repeat(piece, n);
    g_autofree char *source = g_strconcat(pieces, tail, NULL);
    g_autoptr(Template) template = compile_exact(source, "t", NULL);
    assert_non_null(template);
    struct template_cost cost = { 0 };
    GString *text = render_text(source, document, partials, TEMPLATE_HTML, &cost, NULL);
    assert_non_null(text);
    g_string_free(text, TRUE);
    return (struct growth){ template_operations(template), cost.steps };
}

/* Ten times the source takes ten times the work, whatever the source is made of. */
static void
test_linear(void **state)
{
    static const char many[] = "{\"e\":[],\"v\":1,\"a\":{\"b\":{\"c\":{}}}}";
    static const struct {
        const char *name, *piece, *tail, *partials;
    } cases[] = {
        { "empty lists", "{{#e}}{{#e}}{{#e}}{{v}}{{/e}}{{/e}}{{/e}}", "", NULL },
        { "delimiters", "{{=<% %>=}}<%v%><%={{ }}=%>", "", NULL },
        { "delimiters alone on lines", "  {{=<% %>=}}  \n  <%={{ }}=%>  \n", "", NULL },
        { "lines", "\n", "", NULL },
        { "blanks and tags", "        {{v}}        {{! }}", "", NULL },
        { "braces", "{ { { ", "", NULL },
        { "names of nothing", "{{a.b.c.d.e.f}}", "", NULL },
        { "blocks", "{{$b}}{{/b}}", "", NULL },
        { "arguments of one parent", "{{<p}}{{$x}}\n\n  1\n{{/x}}{{/p}}", "",
          "{\"p\":\"{{$x}}{{/x}}\"}" },
        { "partials", "  {{>p}}\n", "", "{\"p\":\"1\\n2\\n\"}" },
        { "blank lines behind blocks", "{{$b}}\n\n\n{{/b}}", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct growth small =
            measure(cases[i].piece, cases[i].tail, many, cases[i].partials, 100);
        struct growth large =
            measure(cases[i].piece, cases[i].tail, many, cases[i].partials, 1000);
        if (large.operations > 10 * small.operations + 20
            || large.steps > 10 * small.steps + 20
            || small.operations > 100 * strlen(cases[i].piece))
            fail_msg("%s: %zu -> %zu operations, %zu -> %zu steps", cases[i].name,
                     small.operations, large.operations, small.steps, large.steps);
    }
}

static void
test_names(void **state)
{
    static const char example[] =
        "{\"ticket\":{\"number\":42,\"subject\":\"x\",\"tags\":[\"vip\"],\"due\":null},"
        "\"people\":[{\"name\":\"Anna\"}],\"none\":[],\"body_html\":\"<p>\"}";
    static const char partials[] =
        "{\"sign\":\"{{ticket.nmber}}\",\"ok\":\"{{#x}}{{/x}}\","
        "\"again\":\"{{#people}}{{>again}}{{/people}}\","
        "\"p\":\"{{#people}}{{$b}}{{/b}}{{/people}}\"}";
    static const struct {
        const char *source, *want; /* NULL: nothing to report */
    } cases[] = {
        { "{{ticket.number}} {{#ticket}}{{subject}}{{#tags}}{{.}}{{/tags}}{{/ticket}}",
          NULL },
        { "{{#ticket.due}}{{.}}{{/ticket.due}}{{^ticket.due}}none{{/ticket.due}}", NULL },
        { "{{#people}}{{name}} {{ticket.number}}{{/people}}", NULL },
        { "{{>again}}", NULL },
        { "{{{body_html}}}", NULL },
        { "{{<p}}{{$b}}{{name}}{{/b}}{{/p}}", NULL },
        { "\n {{tiket.number}}", "t:2:2: there is no name tiket.number; is it ticket?" },
        { "{{ticket.nummer}}",
          "t:1:1: there is no name ticket.nummer; is it ticket.number?" },
        { "{{#people}}{{nam}}{{/people}}", "t:1:12: there is no name nam; is it name?" },
        { "{{name}}", "t:1:1: there is no name name" },
        { "{{^ticket.due}}{{qqq}}{{/ticket.due}}", "t:1:16: there is no name qqq" },
        { "{{#nobody}}{{/nobody}}", "t:1:1: there is no name nobody" },
        { "{{ticket}}", "t:1:1: ticket is an object: open it with {{#ticket}}" },
        { "{{people}}", "t:1:1: people is a list: open it with {{#people}}" },
        { "{{{ticket.subject}}}", "t:1:1: ticket.subject would stand unescaped in HTML: "
                                  "write {{ticket.subject}}" },
        { "{{>sign}}", "sign:1:1: there is no name ticket.nmber; is it ticket.number?" },
        { "{{^none}}{{/none}}{{#none}}{{x}}{{/none}}",
          "t:1:19: none has no element in the example" },
        { "{{>nothing}}", "t:1:1: there is no partial nothing" },
        { "{{a}}{{b}}", "t:1:1: there is no name a\nt:1:6: there is no name b" },
        { "{{<p}}{{$b}}{{subject}}{{/b}}{{/p}}", "t:1:13: there is no name subject" },
    };
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, partials);
    g_autoptr(json_t) document = json_loads(example, 0, NULL);
    const struct template_input input = { document, TEMPLATE_HTML, &fixture.partials };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) template = compile_exact(cases[i].source, "t", NULL);
        bool ok = template_check_names(template, &input, &error);
        if (ok != (cases[i].want == NULL))
            fail_msg("%s: %s", cases[i].source, error ? error->message : "taken");
        if (!ok)
            assert_string_equal(error->message, cases[i].want);
    }
    fixture_clear(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),     cmocka_unit_test(test_modes),
        cmocka_unit_test(test_header_nul), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_powers),     cmocka_unit_test(test_linear),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
