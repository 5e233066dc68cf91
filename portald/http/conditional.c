#include "portald/http/conditional.h"

#include <string.h>
#include <zlib.h>

#include "common/base/limits.h"

/* Whether a list of entity tags names this one; weakly, as If-None-Match compares. */
static bool
names_tag(const char *field, const char *etag, bool weak)
{
    g_auto(GStrv) tags = g_strsplit(field, ",", LIMIT_HTTP_VALUES);

    for (char **tag = tags; *tag; tag++) {
        const char *text = g_strstrip(*tag);
        if (strcmp(text, "*") == 0)
            return true;
        if (weak && g_str_has_prefix(text, "W/"))
            text += 2;
        if (strcmp(text, etag) == 0)
            return true;
    }
    return false;
}

bool
conditional_matches(const char *if_match, const char *etag)
{
    return names_tag(if_match, etag, false);
}

static bool
read_offset(const char **p, size_t *ret)
{
    char *end = NULL;

    if (!g_ascii_isdigit(**p))
        return false;
    guint64 number = g_ascii_strtoull(*p, &end, 10);
    if (end - *p > 18)
        return false;
    *p = end;
    *ret = (size_t)number;
    return true;
}

enum range_kind
range_parse(const char *field, size_t size, size_t *ret_from, size_t *ret_to)
{
    size_t first = 0, last = 0;

    if (g_ascii_strncasecmp(field, "bytes=", 6) != 0)
        return RANGE_NONE;
    const char *p = field + 6;
    bool has_first = read_offset(&p, &first);
    if (*p++ != '-')
        return RANGE_NONE;
    bool has_last = read_offset(&p, &last);
    if (*p || (!has_first && !has_last) || (has_first && has_last && last < first))
        return RANGE_NONE;
    if (!has_first) { /* the last so many bytes */
        if (last == 0 || size == 0)
            return RANGE_OUTSIDE;
        first = last >= size ? 0 : size - last;
        has_last = false;
    }
    if (first >= size)
        return RANGE_OUTSIDE;
    *ret_from = first;
    *ret_to = has_last && last < size ? last + 1 : size;
    return RANGE_PART;
}

static void
set_body(Reply *reply, GBytes *body)
{
    g_bytes_unref(reply->body);
    reply->body = body;
}

static void
cut(const struct request *request, Reply *reply)
{
    const char *field = request_header(request, "Range");
    const char *condition = request_header(request, "If-Range");
    const char *etag = reply_find(reply, "ETag");
    size_t size = g_bytes_get_size(reply->body);
    size_t from = 0, to = 0;

    reply_set(reply, "Accept-Ranges", "bytes");
    if (!field || (condition && (!etag || strcmp(condition, etag) != 0)))
        return;
    enum range_kind kind = range_parse(field, size, &from, &to);
    if (kind == RANGE_NONE)
        return;
    g_autofree char *where =
        kind == RANGE_PART ? g_strdup_printf("bytes %zu-%zu/%zu", from, to - 1, size)
                           : g_strdup_printf("bytes */%zu", size);
    reply_set(reply, "Content-Range", where);
    reply->status = kind == RANGE_PART ? 206 : 416;
    set_body(reply, kind == RANGE_PART
                        ? g_bytes_new_from_bytes(reply->body, from, to - from)
                        : g_bytes_new_static("", 0));
}

GBytes *
gzip_bytes(GBytes *plain)
{
    gsize n = 0;
    const void *data = g_bytes_get_data(plain, &n);
    z_stream stream = { 0 };

    /* 15 bits of window; 16 more say gzip instead of zlib */
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t room = deflateBound(&stream, n);
    g_autofree uint8_t *out = g_malloc(room);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)n;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    int status = deflate(&stream, Z_FINISH);
    size_t size = stream.total_out;
    deflateEnd(&stream);
    if (status != Z_STREAM_END || size >= n)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&out), size);
}

static bool
takes_gzip(const struct request *request)
{
    const char *field = request_header(request, "Accept-Encoding");
    const char *word = field ? strstr(field, "gzip") : NULL;
    return word && !g_str_has_prefix(word, "gzip;q=0,") && strcmp(word, "gzip;q=0") != 0;
}

/* Pages are not compressed: they carry a secret (the form's token) beside what others
   wrote, and the length of both together would tell (BREACH). The API's answers hold no
   secret that a browser adds on its own. */
static void
compress_json(const struct request *request, Reply *reply)
{
    const char *type = reply_find(reply, "Content-Type");
    size_t n = g_bytes_get_size(reply->body);

    if (!type || strcmp(type, "application/json") != 0 || n < 1400 || n > UINT_MAX)
        return;
    reply_set(reply, "Vary", "Accept-Encoding");
    GBytes *small = takes_gzip(request) ? gzip_bytes(reply->body) : NULL;
    if (!small)
        return;
    set_body(reply, small);
    reply_set(reply, "Content-Encoding", "gzip");
}

void
conditional_apply(const struct request *request, Reply *reply)
{
    const char *etag = reply_find(reply, "ETag");
    const char *known = request_header(request, "If-None-Match");

    if (reply->status != 200 || request->method != HTTP_GET)
        return;
    if (etag && known && names_tag(known, etag, true)) {
        reply->status = 304;
        set_body(reply, g_bytes_new_static("", 0));
        return;
    }
    if (reply->takes_ranges)
        cut(request, reply);
    else
        compress_json(request, reply);
}
