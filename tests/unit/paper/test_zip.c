#include "tests/unit/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/paper/zip.h"

static bool
collect(struct slice bytes, void *data, GError **error)
{
    (void)error;
    g_string_append_len(data, bytes.p, (gssize)bytes.n);
    return true;
}

static bool
refuse(struct slice bytes, void *data, GError **error)
{
    (void)bytes;
    size_t *left = data;
    return (*left)-- > 0 || error_set(error, ERR_RETRY, "the disk is full");
}

/* What another reader finds in it: each name, and the sum of its content. */
static char *
list(const GString *archive)
{
    static const char program[] = "import sys, zipfile, zlib\n"
                                  "z = zipfile.ZipFile(sys.argv[1])\n"
                                  "assert z.testzip() is None\n"
                                  "for i in z.infolist():\n"
                                  "    print(i.filename, i.file_size, z.read(i)[:5], "
                                  "'%d-%02d-%02d %02d:%02d:%02d' % i.date_time)\n";
    g_autofree char *path = NULL, *complaints = NULL;
    char *out = NULL;
    int status = 0;
    int fd = g_file_open_tmp("zip-XXXXXX", &path, NULL);
    assert_true(fd >= 0 && g_close(fd, NULL));
    assert_true(g_file_set_contents(path, archive->str, (gssize)archive->len, NULL));
    const char *const argv[] = { "python3", "-c", program, path, NULL };
    assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH,
                             NULL, NULL, &out, &complaints, &status, NULL));
    g_unlink(path);
    if (status != 0)
        fail_msg("%s", complaints);
    return out;
}

static void
test_read_by_another(void **state)
{
    g_autoptr(GString) archive = g_string_new(NULL), large = g_string_new(NULL);
    g_autoptr(Zip) zip = zip_new(collect, archive);
    g_autoptr(GError) error = NULL;
    int64_t time = INT64_C(1763696174) * CLOCK_SECOND;
    (void)state;
    while (large->len < 3 << 20)
        g_string_append_printf(large, "%zu", large->len);
    assert_true(zip_put(zip, "profile.json", time, slice_from("{}"), &error));
    assert_true(zip_put(zip, "empty", 0, slice_from(""), &error));
    assert_true(zip_begin(zip, "Grüße/日本.txt", time, &error));
    for (size_t at = 0; at < large->len; at += 1000)
        assert_true(zip_add(
            zip, slice_sub((struct slice){ large->str, large->len }, at, at + 1000),
            &error));
    assert_true(zip_end(zip, &error));
    assert_true(zip_put(zip, "../../etc/pass:wd\n", time, slice_from("x"), &error));
    assert_true(zip_put(zip, "/abs", time, slice_from("y"), &error));
    assert_true(zip_finish(zip, &error));
    assert_int_equal(zip_size(zip), archive->len);
    assert_int_equal(zip_entries(zip), 5);

    g_autofree char *got = list(archive);
    g_autofree char *want =
        g_strdup_printf("profile.json 2 b'{}' 2025-11-21 03:36:14\n"
                        "empty 0 b'' 1980-01-01 00:00:00\n"
                        "Grüße/日本.txt %zu b'01234' 2025-11-21 "
                        "03:36:14\n"
                        "_/_/etc/pass_wd_ 1 b'x' 2025-11-21 03:36:14\n"
                        "_/abs 1 b'y' 2025-11-21 03:36:14\n",
                        large->len);
    assert_string_equal(got, want);
}

static void
test_sink_fails(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        size_t left = k;
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_new(refuse, &left);
        bool good = zip_put(zip, "a", 0, slice_from("content"), &error)
                    && zip_finish(zip, &error);
        assert_false(good);
        assert_true(error_is(error, ERR_RETRY));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_by_another),
        cmocka_unit_test(test_sink_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
