/*
 * The specification's required modules, version 1.4: one case of our own for each of its
 * named tests, and some for what lies between them. Inheritance has a file of its own.
 */
#include "tests/unit/test.h"

#include <glib.h>

#include "tests/unit/text/template_cases.h"

static void
test_comments(void **state)
{
    static const struct template_case cases[] = {
        { "inline", "one{{! gone }}two", NULL, "onetwo", NULL },
        { "several lines", "one{{!\n gone\n too\n}}two\n", NULL, "onetwo\n", NULL },
        { "standalone", "a\n{{! gone }}\nb\n", NULL, "a\nb\n", NULL },
        { "standalone, indented", "a\n   {{! gone }}\nb\n", NULL, "a\nb\n", NULL },
        { "standalone, CR LF", "a\r\n{{! gone }}\r\nb", NULL, "a\r\nb", NULL },
        { "first line", "  {{! gone }}\n!", NULL, "!", NULL },
        { "last line", "!\n  {{! gone }}", NULL, "!\n", NULL },
        { "standalone over lines", "a\n{{!\ngone\n}}\nb\n", NULL, "a\nb\n", NULL },
        { "indented over lines", "a\n  {{!\n  gone\n  }}\nb\n", NULL, "a\nb\n", NULL },
        { "not standalone", "  7 {{! seven }}\n", NULL, "  7 \n", NULL },
        { "blanks around stay", "1 {{! no }} 2", NULL, "1  2", NULL },
        { "no variable", "c: {{! v }}:", "{\"! v \":1,\"!v\":2,\"v\":3}", "c: :", NULL },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_delimiters(void **state)
{
    static const struct template_case cases[] = {
        { "changed", "{{=<% %>=}}<%v%>", "{\"v\":\"ok\"}", "ok", NULL },
        { "brackets", "<{{=[ ]=}}[v]>", "{\"v\":\"ok\"}", "<ok>", NULL },
        { "sections",
          "[\n{{#s}}\n {{v}}\n |v|\n{{/s}}\n\n{{= | | =}}\n|#s|\n {{v}}\n |v|\n|/s|\n]\n",
          "{\"s\":true,\"v\":\"V\"}", "[\n V\n |v|\n\n {{v}}\n V\n]\n", NULL },
        { "inverted",
          "[\n{{^s}}\n {{v}}\n |v|\n{{/s}}\n\n{{= | | =}}\n|^s|\n {{v}}\n |v|\n|/s|\n]\n",
          "{\"s\":false,\"v\":\"V\"}", "[\n V\n |v|\n\n {{v}}\n V\n]\n", NULL },
        { "not in a partial", "<{{>p}}>\n{{= | | =}}\n<|>p|>\n", "{\"v\":1}",
          "<.1.>\n<.1.>\n", "{\"p\":\".{{v}}.\"}" },
        { "not behind a partial", "<{{>p}}>\n<.{{v}}. .|v|.>\n", "{\"v\":1}",
          "<.1.  .1.>\n<.1. .|v|.>\n", "{\"p\":\".{{v}}. {{= | | =}} .|v|.\"}" },
        { "blanks around", "1 {{=@ @=}} 2", NULL, "1  2", NULL },
        { "inline", " 1 {{=@ @=}}\n", NULL, " 1 \n", NULL },
        { "standalone", "a\n{{=@ @=}}\nb\n", NULL, "a\nb\n", NULL },
        { "standalone, indented", "a\n  {{=@ @=}}\nb\n", NULL, "a\nb\n", NULL },
        { "standalone, CR LF", "a\r\n{{= @ @ =}}\r\nb", NULL, "a\r\nb", NULL },
        { "first line", "  {{=@ @=}}\n=", NULL, "=", NULL },
        { "last line", "=\n  {{=@ @=}}", NULL, "=\n", NULL },
        { "padded", "1{{= @   @ =}}2", NULL, "12", NULL },
        { "raw in other delimiters", "{{=<% %>=}}<%{v}%> <%& v %>", "{\"v\":\"<\"}",
          "< <", NULL },
        { "and back", "{{=<% %>=}}<%v%><%={{ }}=%>{{v}}<%v%>", "{\"v\":1}", "11<%v%>",
          NULL },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_interpolation(void **state)
{
    static const struct template_case cases[] = {
        { "no tags", "only {braces} here\n", NULL, "only {braces} here\n", NULL },
        { "a name", "for {{who}}.\n", "{\"who\":\"you\"}", "for you.\n", NULL },
        { "is not read again", "{{a}}: {{b}}", "{\"a\":\"{{b}}\",\"b\":\"{{a}}\"}",
          "{{b}}: {{a}}", NULL },
        { "escaped", "{{v}}", "{\"v\":\"& \\\" < > '\"}", "&amp; &quot; &lt; &gt; &#39;",
          NULL },
        { "triple", "{{{v}}}", "{\"v\":\"& \\\" < > '\"}", "& \" < > '", NULL },
        { "ampersand", "{{&v}}", "{\"v\":\"& \\\" < > '\"}", "& \" < > '", NULL },
        { "integer", "'{{n}} {{{n}}} {{&n}}'", "{\"n\":85}", "'85 85 85'", NULL },
        { "large integer", "{{n}}", "{\"n\":-9223372036854775808}",
          "-9223372036854775808", NULL },
        { "decimal", "'{{n}} {{{n}}} {{&n}}'", "{\"n\":1.210}", "'1.21 1.21 1.21'",
          NULL },
        { "whole real", "{{a}} {{b}}", "{\"a\":2.0,\"b\":0.1}", "2 0.1", NULL },
        { "null", "({{v}}) ({{{v}}}) ({{&v}})", "{\"v\":null}", "() () ()", NULL },
        { "missing", "({{v}}) ({{{v}}}) ({{&v}})", NULL, "() () ()", NULL },
        { "dotted", "{{a.b}} {{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":\"x\"}}", "x x", NULL },
        { "dotted, triple", "{{{a.b}}} {{#a}}{{{b}}}{{/a}}", "{\"a\":{\"b\":\"<\"}}",
          "< <", NULL },
        { "dotted, ampersand", "{{&a.b}} {{#a}}{{&b}}{{/a}}", "{\"a\":{\"b\":\"<\"}}",
          "< <", NULL },
        { "dotted, deep", "{{a.b.c.d.e}}",
          "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"x\"}}}}}", "x", NULL },
        { "broken chain", "'{{a.b.c}}'", "{\"a\":{}}", "''", NULL },
        { "broken chain stays broken", "'{{a.b.c.n}}'",
          "{\"a\":{\"b\":{}},\"c\":{\"n\":\"no\"}}", "''", NULL },
        { "first part as any name", "{{#a}}{{b.c.d}}{{/a}}",
          "{\"a\":{\"b\":{\"c\":{\"d\":\"x\"}}},\"b\":{\"c\":{\"d\":\"no\"}}}", "x",
          NULL },
        { "former resolution decides", "'{{#a}}{{b.c}}{{/a}}'",
          "{\"a\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "''", NULL },
        { "no key with a dot", "'{{a.b}}'", "{\"a.b\":\"no\"}", "''", NULL },
        { "no masking by such a key", "{{a.b}}", "{\"a.b\":\"no\",\"a\":{\"b\":\"x\"}}",
          "x", NULL },
        { "leading dot", "{{#a}}{{.n}}{{/a}}{{#b}}{{.n}}{{/b}}",
          "{\"a\":{},\"b\":{\"n\":\"x\"},\"n\":\"no\"}", "x", NULL },
        { "dot", "{{.}}", "\"x\"", "x", NULL },
        { "dot, escaped", "{{.}}", "\"& \\\" < >\"", "&amp; &quot; &lt; &gt;", NULL },
        { "dot, triple", "{{{.}}}", "\"& \\\" < >\"", "& \" < >", NULL },
        { "dot, ampersand", "{{&.}}", "\"& \\\" < >\"", "& \" < >", NULL },
        { "dot, integer", "{{.}}", "85", "85", NULL },
        { "dot, decimal", "{{.}}", "1.21", "1.21", NULL },
        { "blanks around", "| {{v}} | {{{v}}} | {{&v}} |", "{\"v\":\"-\"}",
          "| - | - | - |", NULL },
        { "alone on a line", "  {{v}}\n  {{{v}}}\n  {{&v}}\n", "{\"v\":\"-\"}",
          "  -\n  -\n  -\n", NULL },
        { "padded", "|{{ v }}|{{{ v }}}|{{& v }}|", "{\"v\":\"-\"}", "|-|-|-|", NULL },
        { "booleans", "{{t}} {{f}}", "{\"t\":true,\"f\":false}", "true false", NULL },
        { "list and object", "[{{l}}{{o}}]", "{\"l\":[1],\"o\":{\"a\":1}}", "[]", NULL },
        { "empty template", "", NULL, "", NULL },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_sections(void **state)
{
    static const char levels[] =
        "{{#a}}\n{{1}}\n{{#b}}\n{{1}}{{2}}{{1}}\n{{#c.d}}\n{{1}}{{2}}{{4}}{{2}}{{1}}\n"
        "{{#5}}\n{{1}}{{2}}{{4}}{{5}}{{4}}{{2}}{{1}}\n{{4}}{{.}}6{{.}}{{4}}\n{{/5}}\n"
        "{{4}}\n{{/c.d}}\n{{2}}\n{{/b}}\n{{1}}\n{{/a}}\n";
    static const struct template_case cases[] = {
        { "true", "'{{#v}}in{{/v}}'", "{\"v\":true}", "'in'", NULL },
        { "false", "'{{#v}}in{{/v}}'", "{\"v\":false}", "''", NULL },
        { "null", "'{{#v}}in{{/v}}'", "{\"v\":null}", "''", NULL },
        { "context", "{{#c}}hi {{n}}{{/c}}", "{\"c\":{\"n\":\"x\"}}", "hi x", NULL },
        { "outer contexts", "{{#s}}{{a}},{{b}},{{c.d}}{{/s}}",
          "{\"a\":1,\"b\":\"no\",\"s\":{\"b\":2},\"c\":{\"d\":3}}", "1,2,3", NULL },
        { "a value is its context", "{{#v}}{{.}} is {{v}}{{/v}}", "{\"v\":\"x\"}",
          "x is x", NULL },
        { "lists in lists",
          "{{#t}}{{#m}}{{n.l}}{{k}}.{{#b}}{{n.u}}{{k}}{{x}}.{{/b}}{{/m}}{{/t}}",
          "{\"t\":[{\"n\":{\"u\":\"A\",\"l\":\"a\"},"
          "\"m\":[{\"k\":1,\"b\":[{\"x\":\"x\"},{\"x\":\"y\"}]}]}]}",
          "a1.A1x.A1y.", NULL },
        { "deeply nested", levels,
          "{\"a\":{\"1\":1},\"b\":{\"2\":2},\"c\":{\"3\":3,\"d\":{\"4\":4,\"5\":5}}}",
          "1\n121\n12421\n1245421\n45654\n4\n2\n1\n", NULL },
        { "list", "{{#l}}{{n}}{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2},{\"n\":3}]}", "123",
          NULL },
        { "empty list", "'{{#l}}in{{/l}}'", "{\"l\":[]}", "''", NULL },
        { "empty text and zero", "'{{#a}}in{{/a}}{{#b}}in{{/b}}{{#c}}in{{/c}}'",
          "{\"a\":\"\",\"b\":0,\"c\":0.0}", "''", NULL },
        { "twice", "{{#b}}\n* 1\n{{/b}}\n* {{t}}\n{{#b}}\n* 3\n{{/b}}\n",
          "{\"b\":true,\"t\":2}", "* 1\n* 2\n* 3\n", NULL },
        { "nested, true", "|A {{#b}}B {{#b}}C{{/b}} D{{/b}} E|", "{\"b\":true}",
          "|A B C D E|", NULL },
        { "nested, false", "|A {{#b}}B {{#b}}C{{/b}} D{{/b}} E|", "{\"b\":false}",
          "|A  E|", NULL },
        { "missing", "[{{#m}}in{{/m}}]", NULL, "[]", NULL },
        { "dot, text", "{{#l}}({{.}}){{/l}}", "{\"l\":[\"a\",\"b\"]}", "(a)(b)", NULL },
        { "dot, integer", "{{#l}}({{.}}){{/l}}", "{\"l\":[1,2]}", "(1)(2)", NULL },
        { "dot, decimal", "{{#l}}({{.}}){{/l}}", "{\"l\":[1.10,2.20]}", "(1.1)(2.2)",
          NULL },
        { "dot, list", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{\"l\":[[1,2],[\"a\"]]}",
          "(12)(a)", NULL },
        { "dot, escaped", "{{#l}}({{.}}){{/l}}", "{\"l\":[\"&\",\"<\"]}", "(&amp;)(&lt;)",
          NULL },
        { "dot, triple", "{{#l}}({{{.}}}){{/l}}", "{\"l\":[\"&\",\"<\"]}", "(&)(<)",
          NULL },
        { "dot, ampersand", "{{#l}}({{&.}}){{/l}}", "{\"l\":[\"&\",\"<\"]}", "(&)(<)",
          NULL },
        { "dot at the root", "{{#.}}({{v}}){{/.}}", "[{\"v\":1},{\"v\":2}]", "(1)(2)",
          NULL },
        { "dotted, true", "{{#a.b.c}}in{{/a.b.c}}", "{\"a\":{\"b\":{\"c\":true}}}", "in",
          NULL },
        { "dotted, false", "'{{#a.b.c}}in{{/a.b.c}}'", "{\"a\":{\"b\":{\"c\":false}}}",
          "''", NULL },
        { "dotted, broken", "'{{#a.b.c}}in{{/a.b.c}}'", "{\"a\":{}}", "''", NULL },
        { "blanks around", " | {{#b}}\t|\t{{/b}} | \n", "{\"b\":true}", " | \t|\t | \n",
          NULL },
        { "blanks inside", " | {{#b}} {{! no }}\n {{/b}} | \n", "{\"b\":true}",
          " |  \n  | \n", NULL },
        { "indented inline", " {{#b}}1{{/b}}\n {{#b}}2{{/b}}\n", "{\"b\":true}",
          " 1\n 2\n", NULL },
        { "standalone", "1\n{{#b}}\n2\n{{/b}}\n3\n", "{\"b\":true}", "1\n2\n3\n", NULL },
        { "standalone, indented", "1\n  {{#b}}\n2\n\t{{/b}}\n3\n", "{\"b\":true}",
          "1\n2\n3\n", NULL },
        { "standalone, CR LF", "|\r\n{{#b}}\r\n{{/b}}\r\n|", "{\"b\":true}", "|\r\n|",
          NULL },
        { "first line", "  {{#b}}\n1{{/b}}\n2", "{\"b\":true}", "1\n2", NULL },
        { "last line", "1{{#b}}\n2\n  {{/b}}", "{\"b\":true}", "1\n2\n", NULL },
        { "padded", "|{{# b }}={{/ b }}|", "{\"b\":true}", "|=|", NULL },
        { "empty object", "{{#o}}in{{/o}}", "{\"o\":{}}", "in", NULL },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_inverted(void **state)
{
    static const struct template_case cases[] = {
        { "false", "'{{^v}}in{{/v}}'", "{\"v\":false}", "'in'", NULL },
        { "true", "'{{^v}}in{{/v}}'", "{\"v\":true}", "''", NULL },
        { "null", "'{{^v}}in{{/v}}'", "{\"v\":null}", "'in'", NULL },
        { "object", "'{{^v}}in{{/v}}'", "{\"v\":{\"n\":1}}", "''", NULL },
        { "list", "'{{^v}}in{{/v}}'", "{\"v\":[{\"n\":1}]}", "''", NULL },
        { "empty list", "'{{^v}}in{{/v}}'", "{\"v\":[]}", "'in'", NULL },
        { "twice", "{{^b}}\n* 1\n{{/b}}\n* {{t}}\n{{^b}}\n* 3\n{{/b}}\n",
          "{\"b\":false,\"t\":2}", "* 1\n* 2\n* 3\n", NULL },
        { "nested, false", "|A {{^b}}B {{^b}}C{{/b}} D{{/b}} E|", "{\"b\":false}",
          "|A B C D E|", NULL },
        { "nested, true", "|A {{^b}}B {{^b}}C{{/b}} D{{/b}} E|", "{\"b\":true}", "|A  E|",
          NULL },
        { "missing", "[{{^m}}in{{/m}}]", NULL, "[in]", NULL },
        { "dotted, true", "'{{^a.b.c}}in{{/a.b.c}}'", "{\"a\":{\"b\":{\"c\":true}}}",
          "''", NULL },
        { "dotted, false", "'{{^a.b.c}}in{{/a.b.c}}'", "{\"a\":{\"b\":{\"c\":false}}}",
          "'in'", NULL },
        { "dotted, broken", "'{{^a.b.c}}in{{/a.b.c}}'", "{\"a\":{}}", "'in'", NULL },
        { "blanks around", " | {{^b}}\t|\t{{/b}} | \n", NULL, " | \t|\t | \n", NULL },
        { "blanks inside", " | {{^b}} {{! no }}\n {{/b}} | \n", NULL, " |  \n  | \n",
          NULL },
        { "indented inline", " {{^b}}1{{/b}}\n {{^b}}2{{/b}}\n", NULL, " 1\n 2\n", NULL },
        { "standalone", "1\n{{^b}}\n2\n{{/b}}\n3\n", NULL, "1\n2\n3\n", NULL },
        { "standalone, indented", "1\n  {{^b}}\n2\n\t{{/b}}\n3\n", NULL, "1\n2\n3\n",
          NULL },
        { "standalone, CR LF", "|\r\n{{^b}}\r\n{{/b}}\r\n|", NULL, "|\r\n|", NULL },
        { "first line", "  {{^b}}\n1{{/b}}\n2", NULL, "1\n2", NULL },
        { "last line", "1{{^b}}\n2\n  {{/b}}", NULL, "1\n2\n", NULL },
        { "padded", "|{{^ b }}={{/ b }}|", NULL, "|=|", NULL },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_partials(void **state)
{
    static const struct template_case cases[] = {
        { "found", "'{{>p}}'", NULL, "'in'", "{\"p\":\"in\"}" },
        { "not found", "'{{>p}}'", NULL, "''", NULL },
        { "context", "'{{>p}}'", "{\"v\":1}", "'*1*'", "{\"p\":\"*{{v}}*\"}" },
        { "recursion", "{{>n}}", "{\"v\":\"X\",\"l\":[{\"v\":\"Y\",\"l\":[]}]}", "X<Y<>>",
          "{\"n\":\"{{v}}<{{#l}}{{>n}}{{/l}}>\"}" },
        { "nested", "{{>o}}", "{\"a\":1,\"b\":2}", "1 2",
          "{\"o\":\"{{a}} {{>i}}\",\"i\":\"{{b}}\"}" },
        { "blanks around", "| {{>p}} |", NULL, "| \t|\t |", "{\"p\":\"\\t|\\t\"}" },
        { "inline is not indented", "  {{v}}  {{> p}}\n", "{\"v\":\"|\"}", "  |  >\n>\n",
          "{\"p\":\">\\n>\"}" },
        { "standalone, CR LF", "|\r\n{{>p}}\r\n|", NULL, "|\r\n>|", "{\"p\":\">\"}" },
        { "first line", "  {{>p}}\n>", NULL, "  >\n  >>", "{\"p\":\">\\n>\"}" },
        { "last line", ">\n  {{>p}}", NULL, ">\n  >\n  >", "{\"p\":\">\\n>\"}" },
        { "values are not indented", "1\n  {{>p}}\n2\n", "{\"v\":\"<\\n-\"}",
          "1\n  |\n  <\n-\n  |\n2\n", "{\"p\":\"|\\n{{{v}}}\\n|\\n\"}" },
        { "padded", "|{{> p }}|", NULL, "|[]|", "{\"p\":\"[]\"}" },
        { "indentation adds up", " {{>a}}\n", NULL, " a\n   b\n   b\n a\n",
          "{\"a\":\"a\\n  {{>b}}\\na\\n\",\"b\":\"b\\nb\\n\"}" },
        { "sections in an indented one", "  {{>p}}\n.", "{\"l\":[1,2]}",
          "  [\n  1\n  2\n  ]\n  (1\n  2\n  )\n.",
          "{\"p\":\"[\\n{{#l}}\\n{{.}}\\n{{/l}}\\n]\\n({{#l}}{{.}}\\n{{/l}})\\n\"}" },
        { "a comment in an indented one", " {{>p}}\n.", NULL, " 1\n 2\n.",
          "{\"p\":\"{{! x }}\\n{{! y }}1\\n2\\n\"}" },
    };
    (void)state;
    check_cases(cases, G_N_ELEMENTS(cases));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments),      cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_interpolation), cmocka_unit_test(test_sections),
        cmocka_unit_test(test_inverted),      cmocka_unit_test(test_partials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
