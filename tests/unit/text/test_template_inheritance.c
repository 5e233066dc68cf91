/*
 * The specification's inheritance module: one case of our own for each of its named tests,
 * then the places between them, above all what becomes of line ends and indentation.
 */
#include "tests/unit/test.h"

#include <glib.h>

#include "tests/unit/text/template_cases.h"

static void
test_blocks(void **state)
{
    static const struct template_case cases[] = {
        { "default", "{{$t}}Default{{/t}}\n", NULL, "Default\n", NULL },
        { "default with a value", "{{$b}}a {{v}} c{{/b}}\n", "{\"v\":\"x\"}", "a x c\n",
          NULL },
        { "default with a raw value", "{{$b}}a {{{v}}} c{{/b}}\n", "{\"v\":\"<x>\"}",
          "a <x> c\n", NULL },
        { "default with a section", "{{$b}}a {{#o}}{{v}}{{/o}} c{{/b}}\n",
          "{\"o\":{\"v\":\"x\"}}", "a x c\n", NULL },
        { "default with an inverted one", "{{$b}}a {{^o}}{{v}}{{/o}} c{{/b}}\n",
          "{\"v\":\"x\"}", "a x c\n", NULL },
        { "a value is not read again", "{{$b}}a {{#o}}{{v}}{{/o}} c{{/b}}\n",
          "{\"o\":{\"v\":\"{{x}}\"}}", "a {{x}} c\n", NULL },
        { "inherited default", "{{<p}}{{/p}}\n", NULL, "default",
          "{\"p\":\"{{$b}}default{{/b}}\"}" },
        { "replaced", "{{<p}}{{$b}}mine{{/b}}{{/p}}", NULL, "..mine..",
          "{\"p\":\"..{{$b}}default{{/b}}..\"}" },
        { "data replaces no argument", "{{<p}}{{$v}}mine{{/v}}{{/p}}", "{\"v\":\"no\"}",
          "mine", "{\"p\":\"{{$v}}default{{/v}}\"}" },
        { "data replaces no default", "{{<p}}{{/p}}", "{\"v\":\"no\"}", "default",
          "{\"p\":\"{{$v}}default{{/v}}\"}" },
        { "behind text", "t {{<p}}{{$b}}mine{{/b}}{{/p}}", NULL, "t mine",
          "{\"p\":\"{{$b}}..{{/b}}\"}" },
        { "two with their own", "t {{<p}}{{$b}}1{{/b}}{{/p}} {{<p}}{{$b}}2{{/b}}{{/p}}\n",
          NULL, "t |1 d| |2 d|\n", "{\"p\":\"|{{$b}}..{{/b}}{{$d}} d{{/d}}|\"}" },
        { "lines", "{{<p}}{{$b}}\nup\n\n:)\n{{/b}}{{/p}}", NULL, "up\n\n:)\n",
          "{\"p\":\"{{$b}}down{{/b}}\"}" },
        { "only one of two", "{{<p}}{{$b}}mine{{/b}}{{/p}}", NULL, "one, mine",
          "{\"p\":\"{{$a}}one{{/a}}, {{$b}}two{{/b}}\"}" },
        { "a parent without arguments is a partial", "{{>p}}|{{<p}}{{/p}}", NULL,
          "default|default", "{\"p\":\"{{$b}}default{{/b}}\"}" },
        { "not found", "'{{<p}}{{$b}}mine{{/b}}{{/p}}'", NULL, "''", NULL },
        { "text in a parent is ignored", "{{<p}} no {{$b}}mine{{/b}} no {{/p}}", NULL,
          "mine", "{\"p\":\"{{$b}}default{{/b}}\"}" },
        { "only text in a parent", "{{<p}} no {{v}} no {{/p}}", "{\"v\":\"no\"}",
          "default", "{\"p\":\"{{$b}}default{{/b}}\"}" },
        { "context of the place", "{{<p}}{{$b}}I say {{f}}.{{/b}}{{/p}}",
          "{\"f\":\"apples\",\"n\":{\"f\":\"pears\"}}", "I say pears.",
          "{\"p\":\"{{#n}}{{$b}}You say {{f}}.{{/b}}{{/n}}\"}" },
        { "the last of two arguments", "{{<p}}{{$b}}1{{/b}}{{$b}}2{{/b}}{{/p}}", NULL,
          "2", "{\"p\":\"{{$b}}{{/b}}\"}" },
        { "delimiters in a parent", "{{<p}}{{=| |=}}|$b||v||/b||/p|", "{\"v\":1}", "1",
          "{\"p\":\"{{$b}}{{v}}{{/b}}\"}" },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_levels(void **state)
{
    static const char three[] = "{\"p\":\"{{<o}}{{$a}}p{{/a}}{{/o}}\","
                                "\"o\":\"{{<g}}{{$a}}o{{/a}}{{/g}}\","
                                "\"g\":\"{{$a}}g{{/a}}\"}";
    static const struct template_case cases[] = {
        { "recursion", "{{<p}}{{$f}}mine{{/f}}{{/p}}", NULL, "mine mine mine stop",
          "{\"p\":\"{{$f}}p{{/f}} {{$b}}{{<q}}{{/q}}{{/b}}\","
          "\"q\":\"{{$f}}q{{/f}} {{<p}}{{$b}}stop{{/b}}{{/p}}\"}" },
        { "the child decides", "{{<p}}{{$a}}c{{/a}}{{/p}}", NULL, "c", three },
        { "else the next", "{{<p}}{{/p}}", NULL, "p", three },
        { "a block within a replacement of its name",
          "{{<p}}{{$a}}<{{$a}}in{{/a}}>{{/a}}{{/p}}", NULL, "<in>",
          "{\"p\":\"{{$a}}default{{/a}}\"}" },
        { "a block within an argument", "{{<p}}{{$t}}mine{{/t}}{{/p}}", NULL, "<[mine]>",
          "{\"p\":\"{{<g}}{{$b}}[{{$t}}default{{/t}}]{{/b}}{{/g}}\",\"g\":\"<{{$b}}{{/"
          "b}}>\"}" },
        { "through a partial", "{{<p}}{{$b}}mine{{/b}}{{/p}}", NULL, "[mine]",
          "{\"p\":\"[{{>q}}]\",\"q\":\"{{$b}}default{{/b}}\"}" },
        { "a parent within an argument",
          "{{<p}}{{$b}}{{<q}}{{$c}}mine{{/c}}{{/q}}{{/b}}{{/p}}", NULL, "<(mine)>",
          "{\"p\":\"<{{$b}}{{/b}}>\",\"q\":\"({{$c}}{{/c}})\"}" },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_indentation(void **state)
{
    static const struct template_case cases[] = {
        { "argument of one line", "{{<p}}{{$b}}mine{{/b}}{{/p}}", NULL, "in:\n  mine\n",
          "{\"p\":\"in:\\n  {{$b}}default{{/b}}\\n\"}" },
        { "standalone parent", "Hi,\n  {{<p}}{{/p}}\n", NULL, "Hi,\n  one\n  two\n",
          "{\"p\":\"one\\ntwo\\n\"}" },
        { "block in one line", "{{<p}}{{$b}}\none\ntwo{{/b}}\n{{/p}}\n", NULL,
          "Hi,\n  one\n  two\n", "{\"p\":\"Hi,\\n  {{$b}}{{/b}}\\n\"}" },
        { "taken off here, put on there",
          "{{<p}}{{$b}}\n    one\n    two\n{{/b}}{{/p}}\n", NULL, "Hi,\n  one\n  two\n",
          "{\"p\":\"Hi,\\n  {{$b}}\\n  {{/b}}\\n\"}" },
        { "the default shows it", "{{<p}}{{$b}}\none\ntwo\n{{/b}}{{/p}}\n", NULL,
          "Hi,\n  one\n  two\n", "{\"p\":\"Hi,\\n{{$b}}\\n  default\\n{{/b}}\\n\"}" },
        { "relative to the block around", "{{<p}}{{$n}}\nthree\n{{/n}}{{/p}}\n", NULL,
          "one\n  three\n",
          "{\"p\":\"{{<g}}{{$b}}\\n  one\\n  {{$n}}\\n    two\\n  "
          "{{/n}}\\n{{/b}}{{/g}}\\n\","
          "\"g\":\"{{$b}}default{{/b}}\"}" },
        { "defaults stay as they are", "{{<p}}{{/p}}\n", NULL, "one\n  two\n",
          "{\"p\":\"{{<g}}{{$b}}\\n  one\\n  {{$n}}\\n    two\\n  "
          "{{/n}}\\n{{/b}}{{/g}}\\n\","
          "\"g\":\"{{$b}}default{{/b}}\"}" },
        { "an argument a line gets its line end", "{{<p}}\n{{$b}}mine{{/b}}\n{{/p}}\n.",
          NULL, "<\n  mine\n>\n.", "{\"p\":\"<\\n{{$b}}\\n  default\\n{{/b}}\\n>\\n\"}" },
        { "and not two of them", "{{<p}}\n{{$b}}\nmine\n{{/b}}\n{{/p}}\n.", NULL,
          "<\n mine\n>\n.", "{\"p\":\"<\\n {{$b}}default{{/b}}\\n>\\n\"}" },
        { "an empty argument leaves no line", "{{<p}}{{$b}}{{/b}}{{/p}}", NULL, "<\n>\n",
          "{\"p\":\"<\\n{{$b}}\\n  default\\n{{/b}}\\n>\\n\"}" },
        { "behind text it is not indented", "  {{<p}}{{$b}}\n  1\n  2\n{{/b}}{{/p}}\n",
          NULL, "  a\n  [1\n2\n]\n", "{\"p\":\"a\\n[{{$b}}{{/b}}]\\n\"}" },
        { "indented parent, indented block", "  {{<p}}{{$b}}\n1\n2\n{{/b}}{{/p}}\n", NULL,
          "  a\n    1\n    2\n", "{\"p\":\"a\\n  {{$b}}{{/b}}\\n\"}" },
        { "sections and partials in an argument",
          "{{<p}}{{$b}}\n    {{#l}}\n    - {{.}}\n    {{/l}}\n    {{>q}}\n{{/b}}{{/p}}\n",
          "{\"l\":[1,2]}", "Hi\n  - 1\n  - 2\n  q\n  r\n",
          "{\"p\":\"Hi\\n  {{$b}}\\n  {{/b}}\\n\",\"q\":\"q\\nr\\n\"}" },
        { "text behind a parent", "{{<p}}\n{{/p}} end\n", NULL, "one end\n",
          "{\"p\":\"one\"}" },
        { "CR LF", "{{<p}}\r\n{{$b}}\r\n  1\r\n  2\r\n{{/b}}\r\n{{/p}}\r\n.", NULL,
          "<\r\n\t1\r\n\t2\r\n>\r\n.",
          "{\"p\":\"<\\r\\n\\t{{$b}}{{/b}}\\r\\n>\\r\\n\"}" },
        { "empty lines before the content", "{{<p}}{{$b}}\n\n  1\n{{/b}}{{/p}}", NULL,
          "\n1\n", "{\"p\":\"{{$b}}{{/b}}\"}" },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_indentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
