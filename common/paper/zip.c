#include "common/paper/zip.h"

#include <string.h>
#include <zlib.h>

#include "common/base/clock.h"
#include "common/base/error.h"

enum {
    VERSION = 20,             /* of the form: what deflate wants */
    FLAGS = 1 << 3 | 1 << 11, /* sizes stand behind the content; names are UTF-8 */
    DEFLATED = 8,
    ENTRIES_MAX = 65000,
};

/* Room below 4 GB for the directory. */
static const int64_t BYTES_MAX = INT64_C(0xF0000000);

struct Zip {
    ZipSink sink;
    void *data;
    z_stream stream;
    int64_t at;         /* bytes written */
    GString *directory; /* entries of the central directory so far */
    size_t n;
    /* The entry that is open. */
    bool open;
    GString *name;
    uint32_t when, crc;
    int64_t began, content_began, content;
};

static void
add16(GString *out, size_t value)
{
    g_string_append_c(out, (char)(value & 0xFF));
    g_string_append_c(out, (char)(value >> 8 & 0xFF));
}

static void
add32(GString *out, int64_t value)
{
    add16(out, (size_t)value & 0xFFFF);
    add16(out, (size_t)value >> 16 & 0xFFFF);
}

static bool
emit(Zip *zip, struct slice bytes, GError **error)
{
    zip->at += (int64_t)bytes.n;
    if (zip->at > BYTES_MAX)
        return error_set(error, ERR_REJECT, "the archive would be larger than 4 GB");
    return zip->sink(bytes, zip->data, error);
}

static bool
emit_string(Zip *zip, const GString *bytes, GError **error)
{
    return emit(zip, (struct slice){ bytes->str, bytes->len }, error);
}

Zip *
zip_new(ZipSink sink, void *data)
{
    Zip *zip = g_new0(Zip, 1);
    zip->sink = sink;
    zip->data = data;
    zip->directory = g_string_new(NULL);
    zip->name = g_string_new(NULL);
    /* Below zero: no zlib header around it. */
    if (deflateInit2(&zip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS,
                     MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY)
        != Z_OK)
        g_error("out of memory");
    return zip;
}

void
zip_free(Zip *zip)
{
    if (!zip)
        return;
    deflateEnd(&zip->stream);
    g_string_free(zip->directory, TRUE);
    g_string_free(zip->name, TRUE);
    g_free(zip);
}

/* --- entries -------------------------------------------------------------------------- */

/* What Windows refuses in a name is replaced for all, so that an archive opens alike. */
static void
set_name(GString *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *short_name =
        g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), 200));
    g_auto(GStrv) segments = g_strsplit(short_name, "/", -1);
    g_string_truncate(name, 0);
    for (char **s = segments; *s; s++) {
        for (char *c = *s; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7F || strchr("\\:*?\"<>|", *c))
                *c = '_';
        bool dots = strspn(*s, ". ") == strlen(*s);
        g_string_append_printf(name, "%s%s", name->len ? "/" : "", dots ? "_" : *s);
    }
}

/* Date and time as MS-DOS has them, in UTC; before 1980 is 1980. */
static uint32_t
dos_time(int64_t time_us)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(time_us / CLOCK_SECOND);
    int year = t ? g_date_time_get_year(t) : 0;
    if (year < 1980 || year > 2107)
        return 1u << 21 | 1u << 16;
    return (uint32_t)(year - 1980) << 25 | (uint32_t)g_date_time_get_month(t) << 21
           | (uint32_t)g_date_time_get_day_of_month(t) << 16
           | (uint32_t)g_date_time_get_hour(t) << 11
           | (uint32_t)g_date_time_get_minute(t) << 5
           | (uint32_t)g_date_time_get_second(t) / 2;
}

bool
zip_begin(Zip *zip, const char *name, int64_t time_us, GError **error)
{
    g_assert(!zip->open);
    if (zip->n >= ENTRIES_MAX)
        return error_set(error, ERR_REJECT, "the archive would have too many files");
    set_name(zip->name, name);
    zip->open = true;
    zip->when = dos_time(time_us);
    zip->crc = (uint32_t)crc32(0, NULL, 0);
    zip->content = 0;
    zip->began = zip->at;
    deflateReset(&zip->stream);

    g_autoptr(GString) head = g_string_new("PK\3\4");
    add16(head, VERSION);
    add16(head, FLAGS);
    add16(head, DEFLATED);
    add32(head, zip->when);
    for (int i = 0; i < 3; i++)
        add32(head, 0); /* checksum and sizes: behind the content */
    add16(head, zip->name->len);
    add16(head, 0);
    g_string_append_len(head, zip->name->str, (gssize)zip->name->len);
    zip->content_began = zip->at + (int64_t)head->len;
    return emit_string(zip, head, error);
}

static bool
deflate_all(Zip *zip, struct slice content, int flush, GError **error)
{
    unsigned char room[16 << 10];
    zip->stream.next_in = (unsigned char *)(uintptr_t)content.p;
    zip->stream.avail_in = (unsigned)content.n;
    do {
        zip->stream.next_out = room;
        zip->stream.avail_out = sizeof room;
        deflate(&zip->stream, flush);
        struct slice made = { (const char *)room, sizeof room - zip->stream.avail_out };
        if (made.n && !emit(zip, made, error))
            return false;
    } while (zip->stream.avail_out == 0);
    return true;
}

bool
zip_add(Zip *zip, struct slice content, GError **error)
{
    /* zlib counts in unsigned int. */
    static const size_t STEP = 1 << 30;
    for (size_t at = 0; at < content.n; at += STEP) {
        struct slice part = slice_sub(content, at, MIN(content.n, at + STEP));
        zip->content += (int64_t)part.n;
        if (zip->content > BYTES_MAX)
            return error_set(error, ERR_REJECT, "a file of the archive has over 4 GB");
        zip->crc =
            (uint32_t)crc32(zip->crc, (const unsigned char *)part.p, (unsigned)part.n);
        if (!deflate_all(zip, part, Z_NO_FLUSH, error))
            return false;
    }
    return true;
}

bool
zip_end(Zip *zip, GError **error)
{
    if (!deflate_all(zip, (struct slice){ NULL, 0 }, Z_FINISH, error))
        return false;
    int64_t packed = zip->at - zip->content_began;
    g_autoptr(GString) behind = g_string_new("PK\7\10");
    add32(behind, zip->crc);
    add32(behind, packed);
    add32(behind, zip->content);

    g_string_append(zip->directory, "PK\1\2");
    add16(zip->directory, 3 << 8 | VERSION); /* made on Unix */
    add16(zip->directory, VERSION);
    add16(zip->directory, FLAGS);
    add16(zip->directory, DEFLATED);
    add32(zip->directory, zip->when);
    g_string_append_len(zip->directory, behind->str + 4, 12);
    add16(zip->directory, zip->name->len);
    for (int i = 0; i < 4; i++)
        add16(zip->directory, 0);                  /* extra, comment, disk, kind */
    add32(zip->directory, INT64_C(0100644) << 16); /* a file, read by all */
    add32(zip->directory, zip->began);
    g_string_append_len(zip->directory, zip->name->str, (gssize)zip->name->len);
    zip->n++;
    zip->open = false;
    return emit_string(zip, behind, error);
}

bool
zip_put(Zip *zip, const char *name, int64_t time_us, struct slice content, GError **error)
{
    return zip_begin(zip, name, time_us, error) && zip_add(zip, content, error)
           && zip_end(zip, error);
}

bool
zip_finish(Zip *zip, GError **error)
{
    g_assert(!zip->open);
    int64_t began = zip->at;
    g_autoptr(GString) end = g_string_new("PK\5\6");
    add32(end, 0); /* one disk */
    add16(end, zip->n);
    add16(end, zip->n);
    add32(end, (int64_t)zip->directory->len);
    add32(end, began);
    add16(end, 0);
    return emit_string(zip, zip->directory, error) && emit_string(zip, end, error);
}

int64_t
zip_size(const Zip *zip)
{
    return zip->at;
}

size_t
zip_entries(const Zip *zip)
{
    return zip->n;
}
