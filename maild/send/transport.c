#include "maild/send/transport.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/mail/address.h"
#include "maild/send/maildir.h"
#include "maild/send/token.h"

#define BROKEN_FOR CLOCK_SECOND /* so that one batch does not wait for each timeout */
#define IDLE_FOR (10 * CLOCK_SECOND) /* some relays wait no longer for the next mail */

struct transport {
    Smtp *smtp;        /* NULL: a Maildir */
    OauthToken *token; /* XOAUTH2; NULL: not yet, or no longer good */
    int64_t used_us;
    int64_t broken_until_us;
    char *problem;
};

struct Transports {
    const Config *config;
    Db *db;
    GHashTable *by_relay; /* struct config_relay -> struct transport */
};

static void
transport_free(void *data)
{
    struct transport *t = data;
    smtp_free(t->smtp);
    oauth_token_free(t->token);
    g_free(t->problem);
    g_free(t);
}

Transports *
transports_new(const Config *config, Db *db)
{
    Transports *transports = g_new0(Transports, 1);
    transports->config = config;
    transports->db = db;
    transports->by_relay = g_hash_table_new_full(NULL, NULL, NULL, transport_free);
    return transports;
}

void
transports_free(Transports *transports)
{
    if (!transports)
        return;
    g_hash_table_destroy(transports->by_relay);
    g_free(transports);
}

static struct transport *
transport_of(Transports *transports, const struct config_relay *relay)
{
    struct transport *t = g_hash_table_lookup(transports->by_relay, relay);
    if (!t) {
        t = g_new0(struct transport, 1);
        t->smtp = relay->kind == RELAY_SMTP ? smtp_new(relay) : NULL;
        g_hash_table_insert(transports->by_relay, (void *)relay, t);
    }
    return t;
}

void
transports_rest(Transports *transports)
{
    GHashTableIter iter;
    void *value = NULL;
    g_hash_table_iter_init(&iter, transports->by_relay);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct transport *t = value;
        if (t->smtp && clock_ticks_us() - t->used_us > IDLE_FOR)
            smtp_close(t->smtp);
    }
}

/* --- sending ---------------------------------------------------------------------- */

static void
send_to_maildir(const struct config_relay *relay, const struct transport_mail *mail,
                struct try_result *ret)
{
    const struct maildir_mail file = { mail->id, mail->envelope_from, mail->recipient,
                                       mail->bytes };
    g_autoptr(GError) error = NULL;
    ret->relay = g_strdup_printf("maildir:%s", relay->directory);
    ret->outcome = TRY_SENT;
    if (!maildir_deliver(relay->directory, &file, &error)) {
        ret->outcome = TRY_LATER;
        ret->reply = g_strdup(error->message);
    }
}

/* Without a token where one is needed, the mail waits. */
static bool
ensure_token(Transports *transports, const struct config_relay *relay,
             struct transport *t, GError **error)
{
    if (relay->auth.method != AUTH_XOAUTH2 || oauth_is_fresh(t->token, clock_now_us()))
        return true;
    g_clear_pointer(&t->token, oauth_token_free);
    t->token = token_get(transports->db, transports->config, &relay->auth, error);
    if (t->token)
        log_info("relay token refreshed", log_str("host", relay->host),
                 log_str("rotated", t->token->refresh_token ? "yes" : "no"));
    return t->token != NULL;
}

static void
note_broken(struct transport *t, const struct try_result *result)
{
    t->broken_until_us = clock_ticks_us() + BROKEN_FOR;
    g_free(t->problem);
    t->problem = g_strdup(result->reply);
    /* It may be the token that they refused, before its time. */
    g_clear_pointer(&t->token, oauth_token_free);
}

static void
send_by_smtp(Transports *transports, const struct config_relay *relay,
             const struct transport_mail *mail, struct try_result *ret)
{
    struct transport *t = transport_of(transports, relay);
    g_autoptr(GError) error = NULL;

    if (clock_ticks_us() < t->broken_until_us) {
        ret->reply = g_strdup(t->problem);
        return;
    }
    if (!ensure_token(transports, relay, t, &error)) {
        ret->reply = g_strdup(error->message);
        note_broken(t, ret);
        return;
    }
    const struct smtp_mail smtp = {
        .envelope_from = mail->envelope_from,
        .recipient = mail->recipient,
        .bytes = mail->bytes,
        .timeout_us = mail->timeout_us,
        .access_token = t->token ? t->token->access_token : NULL,
        .tick = mail->tick,
        .tick_data = mail->tick_data,
    };
    smtp_send(t->smtp, &smtp, ret);
    t->used_us = clock_ticks_us();
    if (ret->is_broken && ret->outcome == TRY_LATER) {
        note_broken(t, ret);
    }
}

/* An address as an SMTP command may carry it: what is not its own normal form could hold
   more than an address. */
static bool
is_safe(const char *address)
{
    g_autofree char *normal = address_normalise(slice_from(address));
    return normal && g_ascii_strcasecmp(normal, address) == 0;
}

void
transport_send(Transports *transports, const struct transport_mail *mail,
               struct try_result *ret)
{
    const struct config_relay *relay =
        config_find_relay(transports->config, mail->tenant);

    ret->outcome = TRY_LATER;
    if (!relay) {
        ret->reply = g_strdup("the configuration has no [relay] for this tenant");
        return;
    }
    if (!is_safe(mail->recipient)
        || (*mail->envelope_from && !is_safe(mail->envelope_from))) {
        ret->outcome = TRY_REFUSED;
        ret->reply = g_strdup("this is not an address that mail can be sent to");
        return;
    }
    if (relay->kind == RELAY_MAILDIR)
        send_to_maildir(relay, mail, ret);
    else
        send_by_smtp(transports, relay, mail, ret);
}
