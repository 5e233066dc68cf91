#include "portald/portal/download.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/mail/mail.h"

/* --- names and types -------------------------------------------------------------- */

/* Whatever the sender called it: only a plain type/subtype goes into the field. */
static const char *
safe_type(const char *type)
{
    size_t slashes = 0;

    for (const char *c = type; *c; c++) {
        slashes += *c == '/';
        if (!g_ascii_isalnum(*c) && *c != '/' && *c != '-' && *c != '.' && *c != '+')
            return "application/octet-stream";
    }
    return slashes == 1 ? type : "application/octet-stream";
}

/* RFC 6266: the name for everybody, and the true one (RFC 8187) for who reads it. */
static char *
disposition(const char *way, const char *name)
{
    const char *given = *name ? name : "attachment";
    g_autofree char *plain = g_str_to_ascii(given, "C");
    g_autofree char *encoded = g_uri_escape_string(given, NULL, FALSE);

    for (char *c = plain; *c; c++)
        if (!g_ascii_isalnum(*c) && *c != '.' && *c != '-' && *c != '_')
            *c = '_';
    return g_strdup_printf("%s; filename=\"%s\"; filename*=UTF-8''%s", way, plain,
                           encoded);
}

/* Text without control characters but those of lines. */
static bool
is_text(struct slice content)
{
    if (!g_utf8_validate(content.p, (gssize)content.n, NULL))
        return false;
    for (size_t i = 0; i < content.n; i++) {
        unsigned char c = (unsigned char)content.p[i];
        if (c == 0x7f || (c < ' ' && !strchr("\t\n\r\f", c)))
            return false;
    }
    return true;
}

static bool
starts_with(struct slice content, const char *mark, size_t n)
{
    return content.n >= n && memcmp(content.p, mark, n) == 0;
}

const char *
download_shown_type(struct slice content)
{
    static const struct {
        const char *mark;
        size_t n;
        const char *type;
    } marks[] = {
        { "\x89PNG\r\n\x1a\n", 8, "image/png" },
        { "\xff\xd8\xff", 3, "image/jpeg" },
        { "GIF87a", 6, "image/gif" },
        { "GIF89a", 6, "image/gif" },
        { "%PDF-", 5, "application/pdf" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (starts_with(content, marks[i].mark, marks[i].n))
            return marks[i].type;
    if (starts_with(content, "RIFF", 4)
        && starts_with(slice_sub(content, 8, content.n), "WEBP", 4))
        return "image/webp";
    return is_text(content) ? "text/plain; charset=utf-8" : NULL;
}

/* --- answers ---------------------------------------------------------------------- */

static Reply *
send_bytes(GBytes *content, const char *type, const char *field)
{
    struct slice bytes = { g_bytes_get_data(content, NULL), g_bytes_get_size(content) };
    g_autofree char *digest = crypto_sha256_hex(bytes);
    g_autofree char *etag = g_strdup_printf("\"%.22s\"", digest);
    Reply *reply = reply_new(200, type, content);

    reply->takes_ranges = true;
    reply_set(reply, "ETag", etag);
    reply_set(reply, "Cache-Control", "private, no-cache");
    reply_set(reply, "Content-Disposition", field);
    reply_set(reply, "Content-Security-Policy", "sandbox; default-src 'none'");
    return reply;
}

static GBytes *
decode(const Download *download, GError **error)
{
    const struct mail_part part = { .encoding = download->encoding,
                                    .length = download->encoded.n };
    return mail_part_decode(download->encoded, &part, error);
}

Reply *
download_reply(const Download *download, GError **error)
{
    g_autoptr(GBytes) content = decode(download, error);
    g_autofree char *field = disposition("attachment", download->name);

    return content ? send_bytes(content, safe_type(download->content_type), field) : NULL;
}

Reply *
download_preview(const Download *download, GError **error)
{
    g_autoptr(GBytes) content = decode(download, error);
    if (!content)
        return NULL;
    struct slice bytes = { g_bytes_get_data(content, NULL), g_bytes_get_size(content) };
    const char *type = download_shown_type(bytes);
    g_autofree char *field = disposition(type ? "inline" : "attachment", download->name);
    Reply *reply = send_bytes(content, type ? type : "application/octet-stream", field);

    /* Browsers' own viewers of PDF don't start in a sandbox; scripts of the document run in
       none of them with a right of ours. */
    if (type && strcmp(type, "application/pdf") == 0)
        reply_set(reply, "Content-Security-Policy",
                  "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'");
    return reply;
}
