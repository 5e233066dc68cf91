#include "maild/imap/session.h"

#include <string.h>

#include "common/base/error.h"
#include "common/http/oauth.h"
#include "maild/imap/words.h"

static bool
connect_server(Session *s, const struct session_options *options, GError **error)
{
    const struct config_mailbox *mailbox = options->mailbox;
    const struct stream_options to = {
        .host = mailbox->host,
        .port = mailbox->port,
        .ca_file = mailbox->ca_file,
        .stop_fd = options->stop_fd,
        .alive = options->alive,
        .alive_data = options->alive_data,
    };
    bool preauth = false;

    g_autoptr(Stream) stream = stream_connect(&to, error);
    if (!stream || (mailbox->tls == TLS_IMPLICIT && !stream_start_tls(stream, error)))
        return false;
    s->imap = imap_greet(g_steal_pointer(&stream), &preauth, error);
    if (!s->imap)
        return false;
    /* Whoever greets so keeps us from STARTTLS, and from proving who we are. */
    return !preauth
           || error_set(error, ERR_RETRY, "the server wants no authentication (PREAUTH)");
}

static bool
ask_capabilities(Session *s, GError **error)
{
    return imap_command(s->imap, error, "CAPABILITY");
}

static bool
start_tls(Session *s, const struct config_mailbox *mailbox, GError **error)
{
    if (mailbox->tls == TLS_IMPLICIT || mailbox->tls == TLS_NONE)
        return true;
    if (!imap_can(s->imap, "STARTTLS"))
        return error_set(error, ERR_RETRY, "the server does not offer STARTTLS");
    /* What was said in the clear counts for nothing (RFC 3501 §6.2.1). */
    return imap_command(s->imap, error, "STARTTLS")
           && stream_start_tls(imap_stream(s->imap), error) && ask_capabilities(s, error);
}

/* --- authentication --------------------------------------------------------------- */

static bool
authenticate_plain(Session *s, const struct config_auth *auth, GError **error)
{
    g_autoptr(GString) message = g_string_new(NULL); /* RFC 4616 */
    g_string_append_c(message, '\0');
    g_string_append_len(message, auth->user, (gssize)strlen(auth->user) + 1);
    g_string_append(message, auth->password);
    g_autofree char *base64 = g_base64_encode((const guchar *)message->str, message->len);
    return imap_authenticate(s->imap, "PLAIN", base64, imap_can(s->imap, "SASL-IR"),
                             error);
}

static bool
authenticate_login(Session *s, const struct config_auth *auth, GError **error)
{
    g_autofree char *user = words_quote(auth->user, error);
    g_autofree char *password = user ? words_quote(auth->password, error) : NULL;

    if (!password)
        return false;
    if (imap_can(s->imap, "LOGINDISABLED"))
        return error_set(error, ERR_DENIED, "the server takes no LOGIN here");
    return imap_command(s->imap, error, "LOGIN %s %s", user, password);
}

static bool
authenticate_xoauth2(Session *s, const struct session_options *options, GError **error)
{
    g_autofree char *response =
        oauth_format_xoauth2(options->mailbox->auth.user, options->access_token);
    if (!imap_can(s->imap, "AUTH=XOAUTH2"))
        return error_set(error, ERR_DENIED, "the server does not offer XOAUTH2");
    return imap_authenticate(s->imap, "XOAUTH2", response, imap_can(s->imap, "SASL-IR"),
                             error);
}

static bool
authenticate(Session *s, const struct session_options *options, GError **error)
{
    const struct config_auth *auth = &options->mailbox->auth;
    if (auth->method == AUTH_XOAUTH2)
        return authenticate_xoauth2(s, options, error);
    if (auth->method == AUTH_PLAIN && imap_can(s->imap, "AUTH=PLAIN"))
        return authenticate_plain(s, auth, error);
    return authenticate_login(s, auth, error);
}

/* --- the folder ------------------------------------------------------------------- */

static bool
select_folder(Session *s, const struct config_mailbox *mailbox, GError **error)
{
    g_autofree char *folder = words_encode_folder(mailbox->folder, error);
    if (!folder || !imap_select(s->imap, folder, &s->folder, error))
        return false;
    return !s->folder.read_only
           || error_set(error, ERR_RETRY, "%s can be read only", mailbox->folder);
}

static bool
note_target(Session *s, const struct config_mailbox *mailbox, GError **error)
{
    if (mailbox->after != IMAP_MOVE)
        return true;
    g_autofree char *encoded = words_encode_folder(mailbox->move_to, error);
    s->move_to = encoded ? words_quote(encoded, error) : NULL;
    return s->move_to != NULL;
}

static void
note_capabilities(Session *s)
{
    s->can_idle = imap_can(s->imap, "IDLE");
    s->can_move = imap_can(s->imap, "MOVE");
    s->can_expunge = imap_can(s->imap, "UIDPLUS");
}

Session *
session_open(const struct session_options *options, GError **error)
{
    const struct config_mailbox *mailbox = options->mailbox;
    g_autoptr(Session) s = g_new0(Session, 1);

    if (!note_target(s, mailbox, error) || !connect_server(s, options, error)
        || !ask_capabilities(s, error) || !start_tls(s, mailbox, error)
        || !authenticate(s, options, error) || !ask_capabilities(s, error)
        || !select_folder(s, mailbox, error))
        return NULL;
    note_capabilities(s);
    return g_steal_pointer(&s);
}

void
session_free(Session *s)
{
    if (!s)
        return;
    imap_free(s->imap);
    g_free(s->move_to);
    g_free(s);
}
