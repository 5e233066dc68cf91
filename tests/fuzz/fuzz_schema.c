/* Schemas, values and queries: "schemas \n value \n query". Any schemas are compiled or
   refused; with those that are good, any value is looked at and ends. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "portald/http/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_flaws(const Flaws *flaws, bool good)
{
    g_assert_cmpuint(flaws->len, <=, LIMIT_FLAWS);
    g_assert_true(good == (flaws->len == 0));
    for (guint i = 0; i < flaws->len; i++) {
        const struct schema_flaw *flaw = &g_array_index(flaws, struct schema_flaw, i);
        g_assert_true(g_utf8_validate(flaw->pointer, -1, NULL));
        g_assert_true(g_utf8_validate(flaw->detail, -1, NULL));
    }
}

static void
look(const Schemas *schemas, const json_t *value, const Values *query)
{
    const char *name;
    json_t *schema;

    json_object_foreach(schemas_all(schemas), name, schema)
    {
        g_autoptr(GArray) flaws = flaws_new(), others = flaws_new();
        check_flaws(flaws, schema_check(schemas, name, value, flaws));
        if (query) {
            g_autoptr(json_t) read = schema_read_query(schemas, name, query, others);
            g_assert_true(json_is_object(read));
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, first = { 0 }, second = { 0 };
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) query = values_new();

    if (size > 4096 || !slice_next_line(&rest, &first))
        return 0;
    slice_next_line(&rest, &second);
    g_autoptr(json_t) all = json_loadb(first.p, first.n, JSON_REJECT_DUPLICATES, NULL);
    g_autoptr(json_t) value =
        second.n ? json_loadb(second.p, second.n, JSON_DECODE_ANY, NULL) : NULL;
    if (!json_is_object(all))
        return 0;
    g_autoptr(Schemas) schemas = schemas_compile(all, &error);
    if (!schemas) {
        g_assert_true(error_is(error, ERR_REJECT));
        return 0;
    }
    look(schemas, value, values_parse_form(query, rest, NULL) ? query : NULL);
    return 0;
}
