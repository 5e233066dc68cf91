/*
 * parts: what a message carries: its files, and its HTML in a frame of its own.
 *
 *     …/messages/{id}/parts/{ordinal}            a file, to be kept
 *     …/messages/{id}/parts/{ordinal}/preview    to be looked at, where it may be
 *     …/messages/{id}/view[?images=1]            the mail's HTML
 *     /cid/{token}/{id}                          a picture within that HTML
 *
 * The addresses of pictures in the frame are signed, for one message and an hour: they need
 * no cookie, and the frame's policy lets nothing else of this site be loaded. The frame has
 * this site's origin, so that the page can measure it, but no script runs in it. Once remote
 * pictures are asked for, a mail may name any address of this site as one: the browser then
 * asks with its cookies, for something that changes nothing and that nobody can read.
 */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/mail/view.h"
#include "common/store/statements.h"
#include "portald/pages/page.h"
#include "portald/portal/download.h"
#include "portald/portal/tickets.h"

/* --- which message ---------------------------------------------------------------- */

/* The ticket and the message that the path names; whether it is in it, the statements
   ask. */
static bool
find_message(const struct request *request, DbTx *tx, struct ticket_found *ret_ticket,
             struct uuid *ret_message, GError **error)
{
    return ticket_find(request, tx, ret_ticket, error)
           && (uuid_parse(slice_from(request->params[1]), ret_message)
               || error_set(error, ERR_MISSING, "there is no such message"));
}

static Download *
find_part(const struct request *request, DbTx *tx, GError **error)
{
    struct ticket_found ticket;
    struct uuid message;
    int64_t ordinal = g_ascii_strtoll(request->params[2], NULL, 10);

    if (!find_message(request, tx, &ticket, &message, error))
        return NULL;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_FILE, error, db_uuid(ticket.conversation),
                 db_uuid(message), db_int(ordinal));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) > 0)
        return download_read(tx, message, ordinal, error);
    error_set(error, ERR_MISSING, "there is no such file");
    return NULL;
}

static Reply *
part_get(const struct request *request, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(Download) download = tx ? find_part(request, tx, error) : NULL;
    return download ? download_reply(download, error) : NULL;
}

static Reply *
preview_get(const struct request *request, GError **error)
{
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(Download) download = tx ? find_part(request, tx, error) : NULL;
    return download ? download_preview(download, error) : NULL;
}

/* --- pictures in a frame ---------------------------------------------------------- */

/* What is signed: whose message it is, and until when. */
struct picture_pass {
    uint8_t tenant[16], message[16];
    int64_t until; /* seconds since 1970 */
};
#define PASS_MAC_BYTES 16
#define PASS_SECONDS 3600

static struct sha256
sign(const struct request *request, const struct picture_pass *pass)
{
    static const char label[] = "portal picture ";
    char text[sizeof label - 1 + sizeof *pass];
    GBytes *secret = site_config(request->site)->secret;
    struct slice key = { g_bytes_get_data(secret, NULL), g_bytes_get_size(secret) };

    memcpy(text, label, sizeof label - 1);
    memcpy(text + sizeof label - 1, pass, sizeof *pass);
    return crypto_hmac(key, (struct slice){ text, sizeof text });
}

/* "/cid/<pass and its signature>/" */
static char *
picture_prefix(const struct request *request, struct uuid message)
{
    struct picture_pass pass = { .until = clock_now_us() / CLOCK_SECOND + PASS_SECONDS };
    char bytes[sizeof pass + PASS_MAC_BYTES];

    memcpy(pass.tenant, request->caller.tenant.b, sizeof pass.tenant);
    memcpy(pass.message, message.b, sizeof pass.message);
    struct sha256 mac = sign(request, &pass);
    memcpy(bytes, &pass, sizeof pass);
    memcpy(bytes + sizeof pass, mac.b, PASS_MAC_BYTES);
    g_autofree char *token = crypto_base64url((struct slice){ bytes, sizeof bytes });
    return g_strdup_printf("/cid/%s/", token);
}

static bool
read_pass(const struct request *request, struct picture_pass *ret_pass)
{
    g_autoptr(GBytes) bytes = crypto_base64url_decode(slice_from(request->params[0]));
    gsize n = 0;
    const char *p = bytes ? g_bytes_get_data(bytes, &n) : NULL;

    if (n != sizeof *ret_pass + PASS_MAC_BYTES)
        return false;
    memcpy(ret_pass, p, sizeof *ret_pass);
    struct sha256 mac = sign(request, ret_pass);
    return crypto_equal((struct slice){ p + sizeof *ret_pass, PASS_MAC_BYTES },
                        (struct slice){ (const char *)mac.b, PASS_MAC_BYTES })
           && ret_pass->until > clock_now_us() / CLOCK_SECOND;
}

static Download *
find_picture(DbTx *tx, struct uuid message, const char *content_id, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PORTAL_PART_OF_CONTENT_ID, error,
                                      db_uuid(message), db_text(content_id));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such picture");
        return NULL;
    }
    return download_read(tx, message, db_get_int(rows, 0, 0), error);
}

static Reply *
picture_get(const struct request *request, GError **error)
{
    struct picture_pass pass;
    struct db_tx_options options = { .viewer = DB_VIEWER_DESK, .read_only = true };
    struct uuid message;

    if (!read_pass(request, &pass))
        return reply_problem(404, "there is no such picture");
    memcpy(options.tenant.b, pass.tenant, sizeof pass.tenant);
    memcpy(message.b, pass.message, sizeof pass.message);
    Db *db = site_db(request->site, error);
    g_autoptr(DbTx) tx = db ? db_tx_begin(db, &options, error) : NULL;
    g_autoptr(Download) download =
        tx ? find_picture(tx, message, request->params[1], error) : NULL;
    Reply *reply = download ? download_preview(download, error) : NULL;
    if (reply)
        reply_set(reply, "Cross-Origin-Resource-Policy", "cross-origin");
    return reply;
}

/* --- the mail's HTML -------------------------------------------------------------- */

static DbRows *
read_raw(const struct request *request, DbTx *tx, struct uuid *ret_message,
         GError **error)
{
    struct ticket_found ticket;

    if (!find_message(request, tx, &ticket, ret_message, error))
        return NULL;
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_MESSAGE, error, db_uuid(ticket.conversation),
                 db_uuid(*ret_message));
    if (rows && (db_rows_count(rows) == 0 || !db_get_bool(rows, 0, 1))) {
        error_set(error, ERR_MISSING, "this message has no view of its own");
        return NULL;
    }
    return g_steal_pointer(&rows);
}

/* Pictures come from /cid/ alone. The page around the frame may look into it, to give it its
   height and to see whether pictures wait (allow-same-origin); nothing in it runs all the
   same, for allow-scripts is in neither sandbox, this one or the iframe's own. */
static char *
policy_of(const struct request *request, bool images)
{
    g_autoptr(GString) policy = g_string_new(mail_view_policy(images));
    g_autofree char *from = g_strdup_printf("img-src %s/cid/", request->origin);

    g_string_replace(policy, "img-src 'self'", from, 1);
    g_string_replace(policy, "sandbox ", "sandbox allow-same-origin ", 1);
    g_string_append(policy, "; frame-ancestors 'self'");
    return g_string_free(g_steal_pointer(&policy), FALSE);
}

static Reply *
show(const struct request *request, struct slice raw, struct uuid message, GError **error)
{
    const char *asked = request_query(request, "images");
    bool images = asked && strcmp(asked, "1") == 0;
    g_autofree char *path = picture_prefix(request, message);
    g_autofree char *prefix = g_strconcat(request->origin, path, NULL);
    const struct mail_view_options options = { .cid_prefix = prefix,
                                               .remote_images = images,
                                               .fold_label =
                                                   text_of(request, "Quoted text") };
    g_auto(MailView) view = { 0 };

    if (!mail_view(raw, &options, &view, error))
        return NULL;
    g_autofree char *page = mail_view_document(&view, NULL);
    g_autofree char *policy = policy_of(request, images);
    Reply *reply = reply_text(200, "text/html; charset=utf-8", page);
    reply_set(reply, "Content-Security-Policy", policy);
    reply_set(reply, "X-Frame-Options", "SAMEORIGIN");
    return reply;
}

static Reply *
view_get(const struct request *request, GError **error)
{
    struct uuid message;
    g_autoptr(DbTx) tx = request_begin(request, true, error);
    g_autoptr(DbRows) rows = tx ? read_raw(request, tx, &message, error) : NULL;

    return rows ? show(request, db_get_bytes(rows, 0, 0), message, error) : NULL;
}

#define MESSAGE "/messages/{id:uuid}"
#define PART MESSAGE "/parts/{ordinal:int}"

static const struct route routes[] = {
    { HTTP_GET, "/tickets/{number:int}" PART, WHO_PERSON, part_get, 0, NULL },
    { HTTP_GET, "/tickets/{number:int}" PART "/preview", WHO_PERSON, preview_get, 0,
      NULL },
    { HTTP_GET, "/tickets/{number:int}" MESSAGE "/view", WHO_PERSON, view_get, 0, NULL },
    { HTTP_GET, "/t/{token}" PART, WHO_LINK, part_get, 0, NULL },
    { HTTP_GET, "/t/{token}" PART "/preview", WHO_LINK, preview_get, 0, NULL },
    { HTTP_GET, "/t/{token}" MESSAGE "/view", WHO_LINK, view_get, 0, NULL },
    { HTTP_GET, "/cid/{pass}/{id}", WHO_PUBLIC, picture_get, 0, NULL },
};
const struct route_table parts_routes = { routes, G_N_ELEMENTS(routes) };
