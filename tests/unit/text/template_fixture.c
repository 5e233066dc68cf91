#include "tests/unit/text/template_fixture.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "tests/unit/test.h"
#include "tests/unit/text/template_cases.h"

static bool
find_partial(void *data, const char *name, const Template **ret_template, GError **error)
{
    (void)error;
    *ret_template = g_hash_table_lookup(data, name);
    return true;
}

Template *
compile_exact(const char *source, const char *name, GError **error)
{
    size_t n = strlen(source);
    g_autofree char *exact = g_memdup2(source, n);
    return template_compile((struct slice){ exact, n }, name, error);
}

void
fixture_init(struct fixture *fixture, const char *partials)
{
    g_autoptr(json_t) object = json_loads(partials ? partials : "{}", 0, NULL);
    assert_non_null(object);
    fixture->templates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify)template_free);
    const char *name = NULL;
    json_t *source = NULL;
    json_object_foreach(object, name, source)
    {
        Template *made = compile_exact(json_string_value(source), name, NULL);
        assert_non_null(made);
        g_hash_table_insert(fixture->templates, g_strdup(name), made);
    }
    fixture->partials = (struct template_partials){ find_partial, fixture->templates };
}

void
fixture_clear(struct fixture *fixture)
{
    g_hash_table_unref(fixture->templates);
}

GString *
render_text(const char *source, const char *document, const char *partials,
            enum template_mode mode, struct template_cost *ret_cost, GError **error)
{
    g_autoptr(json_t) json =
        json_loads(document ? document : "{}", JSON_DECODE_ANY, NULL);
    g_autoptr(Template) template = compile_exact(source, "case", error);
    assert_non_null(json);
    if (!template)
        return NULL;
    struct fixture fixture;
    fixture_init(&fixture, partials);
    const struct template_input input = { json, mode, &fixture.partials };
    GString *text = template_render(template, &input, ret_cost, error);
    fixture_clear(&fixture);
    return text;
}

void
check_cases(const struct template_case *cases, size_t n)
{
    size_t failures = 0;
    for (size_t i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        GString *got = render_text(cases[i].source, cases[i].document, cases[i].partials,
                                   TEMPLATE_HTML, NULL, &error);
        if (!got || strcmp(got->str, cases[i].want) != 0) {
            print_error("%s\n  want: [%s]\n  got:  [%s]\n", cases[i].name, cases[i].want,
                        got ? got->str : error->message);
            failures++;
        }
        if (got)
            g_string_free(got, TRUE);
    }
    assert_int_equal(failures, 0);
}
