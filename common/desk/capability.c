#include "common/desk/capability.h"

#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/store/statements.h"

#define TOKEN_BYTES 15

static const char *const kind_names[] = {
    [CAPABILITY_REPLY] = "reply",
    [CAPABILITY_VIEW] = "view",
    [CAPABILITY_PART] = "part",
};

static struct slice
slice_of_bytes(GBytes *bytes)
{
    struct slice s = { NULL, 0 };
    if (bytes)
        s.p = g_bytes_get_data(bytes, &s.n);
    return s;
}

struct capability_keys
capability_keys_of(const Config *config)
{
    return (struct capability_keys){ slice_of_bytes(config->secret),
                                     slice_of_bytes(config->previous_secret) };
}

/* Everything that the row promises, in a fixed layout, behind a label that keeps the two
   uses of the key apart. */
static char *
sign(struct slice key, const char *label, const struct capability *c)
{
    struct {
        char label[16];
        struct uuid tenant, id, conversation, person, message;
        int64_t kind, ordinal, expires_at;
    } row;
    memset(&row, 0, sizeof row);
    g_strlcpy(row.label, label, sizeof row.label);
    row.tenant = c->tenant;
    row.id = c->id;
    row.conversation = c->conversation;
    row.person = c->person;
    row.message = c->message;
    row.kind = GINT64_TO_LE((int64_t)c->kind);
    row.ordinal = GINT64_TO_LE(c->ordinal);
    row.expires_at = GINT64_TO_LE(c->expires_at);

    struct sha256 mac =
        crypto_hmac(key, (struct slice){ (const char *)&row, sizeof row });
    return crypto_base32(mac.b, TOKEN_BYTES);
}

char *
capability_token(struct slice key, const struct capability *capability)
{
    return sign(key, "token", capability);
}

char *
capability_message_id(struct slice key, const struct capability *capability,
                      const char *domain)
{
    g_autofree char *signature = sign(key, "message-id", capability);
    return g_strdup_printf("p.%s@%s", signature, domain);
}

struct sha256
capability_digest(struct slice token)
{
    g_autofree char *lower = g_ascii_strdown(token.p, (gssize)token.n);
    return crypto_sha256((struct slice){ lower, token.n });
}

char *
capability_address(const char *queue_address, const char *token)
{
    const char *at = strrchr(queue_address, '@');
    return g_strdup_printf("%.*s+%s%s", (int)(at - queue_address), queue_address, token,
                           at);
}

bool
capability_token_in(const char *address, struct slice *ret_token)
{
    uint8_t bytes[TOKEN_BYTES];
    const char *at = strrchr(address, '@');
    if (!at || at - address < CAPABILITY_TOKEN_CHARS + 2)
        return false;

    struct slice token = { at - CAPABILITY_TOKEN_CHARS, CAPABILITY_TOKEN_CHARS };
    if (token.p[-1] != '+' || !crypto_base32_decode(token, bytes, TOKEN_BYTES))
        return false;
    *ret_token = token;
    return true;
}

bool
capability_add(DbTx *tx, struct slice key, const struct capability *c, GError **error)
{
    g_autofree char *token = capability_token(key, c);
    struct sha256 digest = capability_digest(slice_from(token));

    return db_execute(tx, SQL_CAPABILITY_ADD, NULL, error, db_uuid(c->id),
                      db_text(kind_names[c->kind]), db_uuid(c->conversation),
                      db_uuid(c->person), db_uuid(c->message), db_int(c->ordinal),
                      db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }),
                      db_time(c->expires_at));
}

static enum capability_kind
kind_of_name(const char *name)
{
    for (size_t kind = 0; kind < G_N_ELEMENTS(kind_names); kind++)
        if (strcmp(kind_names[kind], name) == 0)
            return (enum capability_kind)kind;
    g_error("a capability of unknown kind: %s", name);
}

static bool
signed_with(struct slice key, const struct capability *c, struct slice token)
{
    if (key.n == 0)
        return false;
    g_autofree char *wanted = capability_token(key, c);
    g_autofree char *lower = g_ascii_strdown(token.p, (gssize)token.n);
    return crypto_equal(slice_from(wanted), slice_from(lower));
}

bool
capability_find(DbTx *tx, const struct capability_keys *keys, struct slice token,
                struct capability_found *ret_found, GError **error)
{
    struct sha256 digest = capability_digest(token);
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_CAPABILITY_READ, error,
                 db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }));
    if (!rows || db_rows_count(rows) == 0)
        return false;

    struct capability_found found = {
        .capability = { .tenant = db_tx_tenant(tx),
                        .id = db_get_uuid(rows, 0, 0),
                        .kind = kind_of_name(db_get_text(rows, 0, 1)),
                        .conversation = db_get_uuid(rows, 0, 3),
                        .person = db_get_uuid(rows, 0, 4),
                        .message = db_get_uuid(rows, 0, 5),
                        .ordinal = db_get_int(rows, 0, 6),
                        .expires_at = db_get_time(rows, 0, 7) },
        .goes_to = db_get_uuid(rows, 0, 2),
        .expired = db_get_bool(rows, 0, 8) || db_get_bool(rows, 0, 9),
    };
    if (!signed_with(keys->present, &found.capability, token)
        && !signed_with(keys->previous, &found.capability, token))
        return false;
    *ret_found = found;
    return true;
}

bool
capability_find_tenant(Db *db, struct slice token, struct uuid *ret_tenant,
                       GError **error)
{
    struct sha256 digest = capability_digest(token);
    g_autoptr(DbRows) rows =
        db_call(db, SQL_CAPABILITY_FIND, error,
                db_bytes((struct slice){ (const char *)digest.b, SHA256_SIZE }));
    if (!rows)
        return false;
    *ret_tenant = db_rows_count(rows) ? db_get_uuid(rows, 0, 0) : (struct uuid){ { 0 } };
    return true;
}

bool
capability_use(DbTx *tx, struct uuid id, GError **error)
{
    return db_execute(tx, SQL_CAPABILITY_USE, NULL, error, db_uuid(id));
}
