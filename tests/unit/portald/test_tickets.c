/* What a customer's tickets stand on that is pure: cursors, days, own fields, and what of a
   file may be shown. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "portald/portal/download.h"
#include "portald/portal/fields.h"
#include "portald/portal/tickets_list.h"

#define ID "019ac000-0000-7000-8000-000000000001"

static void
test_cursors(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "after.updated.1764266400000000." ID, true },
        { "before.due.-5." ID, true },
        { "after.updated.1." ID ".more", false },
        { "after.secret.1." ID, false },
        { "beside.updated.1." ID, false },
        { "after.updated." ID, false },
        { "after.updated.1x." ID, false },
        { "after.updated.." ID, false },
        { "after.updated.123456789012345678901." ID, false },
        { "after.updated.1.no-id", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ticket_cursor cursor = { 0 };
        g_autofree char *packed = ticket_cursor_pack(cases[i].text);
        g_autofree char *back = ticket_cursor_unpack(packed);

        if (back)
            assert_string_equal(back, cases[i].text);
        if (ticket_cursor_parse(cases[i].text, &cursor) != cases[i].good)
            fail_msg("\"%s\"", cases[i].text);
        g_free(cursor.sort);
    }
    assert_null(ticket_cursor_unpack("not base64!"));
}

static void
test_days(void **state)
{
    static const struct {
        const char *text;
        int days;
        const char *want;
    } cases[] = {
        { "2026-11-27", 0, "2026-11-27T00:00:00Z" },
        { "2026-12-31", 1, "2027-01-01T00:00:00Z" },
        { "2026-11-27T18:00:00+02:00", 1, "2026-11-27T16:00:00Z" },
        { "2026-13-01", 0, NULL },
        { "tomorrow", 0, NULL },
        { "", 0, NULL },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = ticket_day(cases[i].text, cases[i].days);
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("\"%s\": %s", cases[i].text, got);
    }
}

static const char definitions[] =
    "[{\"key\": \"t\", \"type\": \"text\", \"visible_to_customer\": true},"
    " {\"key\": \"n\", \"type\": \"number\", \"visible_to_customer\": true},"
    " {\"key\": \"s\", \"type\": \"select\", \"options\": [\"A\", \"B\"],"
    "  \"required\": true, \"visible_to_customer\": true},"
    " {\"key\": \"c\", \"type\": \"checkbox\", \"visible_to_customer\": true},"
    " {\"key\": \"d\", \"type\": \"date\", \"visible_to_customer\": true},"
    " {\"key\": \"inside\", \"type\": \"text\", \"required\": true}]";

static void
test_fields(void **state)
{
    static const struct {
        const char *given, *want, *flaw; /* flaw: "key:kind" of the first; NULL: none */
    } cases[] = {
        { "{\"s\": \"A\"}", "{\"s\": \"A\"}", NULL },
        { "{\"s\": \"A\", \"t\": \"x\", \"n\": \"12\", \"c\": \"on\", \"d\": "
          "\"2026-02-28\"}",
          "{\"s\": \"A\", \"t\": \"x\", \"n\": 12, \"c\": true, \"d\": \"2026-02-28\"}",
          NULL },
        { "{\"s\": \"A\", \"n\": 1.5, \"c\": false, \"t\": \"\"}",
          "{\"s\": \"A\", \"n\": 1.5, \"c\": false}", NULL },
        { "{}", "{}", "s:0" },
        { "{\"s\": \"\"}", "{}", "s:0" },
        { "{\"s\": \"C\"}", "{}", "s:1" },
        { "{\"s\": \"A\", \"n\": \"many\"}", "{\"s\": \"A\"}", "n:1" },
        { "{\"s\": \"A\", \"n\": \"1e999\"}", "{\"s\": \"A\"}", "n:1" },
        { "{\"s\": \"A\", \"d\": \"2026-02-30\"}", "{\"s\": \"A\"}", "d:1" },
        { "{\"s\": \"A\", \"d\": \"2026-2-3xx\"}", "{\"s\": \"A\"}", "d:1" },
        { "{\"s\": \"A\", \"t\": 5}", "{\"s\": \"A\"}", "t:1" },
        { "{\"s\": \"A\", \"c\": \"yes\"}", "{\"s\": \"A\"}", "c:1" },
        { "{\"s\": \"A\", \"inside\": \"x\"}", "{\"s\": \"A\"}", "inside:2" },
        { "{\"s\": \"A\", \"other\": \"x\"}", "{\"s\": \"A\"}", "other:2" },
    };
    (void)state;
    g_autoptr(json_t) known = json_loads(definitions, 0, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) problems = fields_problems_new();
        g_autoptr(json_t) given = json_loads(cases[i].given, 0, NULL);
        g_autoptr(json_t) want = json_loads(cases[i].want, 0, NULL);
        g_autoptr(json_t) got = fields_read(known, given, problems);
        const struct field_problem *first =
            problems->len ? &g_array_index(problems, struct field_problem, 0) : NULL;
        g_autofree char *flaw =
            first ? g_strdup_printf("%s:%d", first->key, (int)first->flaw) : NULL;

        if (!json_equal(got, want) || g_strcmp0(flaw, cases[i].flaw) != 0)
            fail_msg("%s: %s", cases[i].given, flaw);
    }
}

static void
test_what_is_shown(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        { "png", "\x89PNG\r\n\x1a\n..", 10, "image/png" },
        { "jpeg", "\xff\xd8\xff\xe0", 4, "image/jpeg" },
        { "gif", "GIF89a..", 8, "image/gif" },
        { "webp", "RIFF\0\0\0\0WEBPVP8 ", 16, "image/webp" },
        { "another riff", "RIFF\x01\x01\x01\x01WAVE", 12, NULL },
        { "pdf", "%PDF-1.7\n\xe2\xe3", 11, "application/pdf" },
        { "words",
          "Gr\xc3\xbc\xc3\x9f"
          "e\r\n",
          9, "text/plain; charset=utf-8" },
        { "html is but words", "<script>", 8, "text/plain; charset=utf-8" },
        { "svg is but words", "<svg onload=x>", 14, "text/plain; charset=utf-8" },
        { "latin 1",
          "Gr\xfc\xdf"
          "e",
          5, NULL },
        { "a nul", "a\0b", 3, NULL },
        { "escape", "\x1b[2J", 4, NULL },
        { "half a png", "\x89PN", 3, NULL },
        { "nothing", "", 0, "text/plain; charset=utf-8" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *exact = g_memdup2(cases[i].bytes, cases[i].n);
        struct slice content = { exact ? exact : "", cases[i].n };
        const char *got = download_shown_type(content);
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
