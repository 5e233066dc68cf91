/* What a client has or wants a part of: "Range \\n If-Range \\n If-None-Match \\n Accept-Encoding
   \\n body". What is sent is the body, its part that Content-Range names, or nothing. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "portald/http/conditional.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "Range", "If-Range", "If-None-Match",
                                     "Accept-Encoding" };

static void
check_part(const Reply *reply, GBytes *body)
{
    size_t from = 0, last = 0, size = 0, n = g_bytes_get_size(body);
    const char *where = reply_find(reply, "Content-Range");

    g_assert_nonnull(where);
    if (reply->status == 416) {
        g_assert_cmpuint(g_bytes_get_size(reply->body), ==, 0);
        return;
    }
    g_assert_cmpint(sscanf(where, "bytes %zu-%zu/%zu", &from, &last, &size), ==, 3);
    g_assert_true(size == n && from <= last && last < n);
    g_autoptr(GBytes) part = g_bytes_new_from_bytes(body, from, last - from + 1);
    g_assert_true(g_bytes_equal(part, reply->body));
}

static void
check_gzip(const Reply *reply, GBytes *body)
{
    gsize n = 0, small_n = 0;
    const void *plain = g_bytes_get_data(body, &n);
    const void *small = g_bytes_get_data(reply->body, &small_n);
    g_autofree uint8_t *out = g_malloc(n + 1);
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)small,
                        .avail_in = (uInt)small_n,
                        .next_out = out,
                        .avail_out = (uInt)n + 1 };

    g_assert_cmpint(inflateInit2(&stream, 15 + 16), ==, Z_OK);
    g_assert_cmpint(inflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_assert_cmpuint(stream.total_out, ==, n);
    g_assert_true(memcmp(out, plain, n) == 0);
    inflateEnd(&stream);
}

static void
check(const struct request *request, GBytes *body, bool takes_ranges)
{
    g_autoptr(Reply) reply = reply_new(200, "application/json", body);

    reply->takes_ranges = takes_ranges;
    reply_set(reply, "ETag", "\"abc\"");
    conditional_apply(request, reply);
    if (reply->status == 304)
        g_assert_cmpuint(g_bytes_get_size(reply->body), ==, 0);
    else if (reply->status != 200)
        check_part(reply, body);
    else if (reply_find(reply, "Content-Encoding"))
        check_gzip(reply, body);
    else
        g_assert_true(g_bytes_equal(reply->body, body));
    g_assert_true(takes_ranges || reply->status == 200 || reply->status == 304);
    const char *if_match = request_header(request, "If-Match");
    if (if_match)
        conditional_matches(if_match, "\"abc\"");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, line = { 0 };
    struct request request = { .method = HTTP_GET };

    request.fields = values_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (slice_next_line(&rest, &line) && line.n > 0 && !memchr(line.p, 0, line.n)) {
            values_add(request.fields, slice_from(names[i]), line);
            values_add(request.fields, slice_from("If-Match"), line);
        }
    g_autoptr(GBytes) body = g_bytes_new(rest.p, rest.n);
    check(&request, body, true);
    check(&request, body, false);
    g_array_unref(request.fields);
    return 0;
}
