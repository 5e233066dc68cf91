#include "portald/auth/letter.h"

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/db/listen.h"
#include "common/store/people.h"
#include "common/store/statements.h"
#include "portald/auth/device.h"

bool
letter_send(DbTx *tx, const struct request *request, const char *template,
            struct uuid person, const char *address, json_t *detail, GError **error)
{
    g_autoptr(json_t) taken = detail;
    const char *locale = request->caller.locale;
    json_object_set_new(taken, "locale", json_string(locale ? locale : "en"));
    g_autofree char *text = json_dumps(taken, JSON_COMPACT);
    if (!text)
        return error_set(error, ERR_BUG, "the detail of a mail is no JSON");
    return db_execute(tx, SQL_ACCOUNT_MAIL, NULL, error, db_uuid(uuid_make()),
                      db_text(template), db_uuid(person), db_text(address),
                      db_text(text));
}

bool
letter_change(DbTx *tx, const struct request *request, struct uuid person,
              const char *change, GError **error)
{
    g_autoptr(DbRows) rows = db_query(tx, SQL_PERSON_READ, error, db_uuid(person));
    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_MISSING, "the person is no longer here");

    g_autofree char *device = device_label(request_header(request, "User-Agent"));
    g_autofree char *at = clock_format_rfc3339(clock_now_us());
    return letter_send(tx, request, "account_changed", person, db_get_text(rows, 0, 6),
                       json_pack("{s:{s:b}, s:s, s:s, s:s}", "change_is", change, 1,
                                 "device", device, "peer", request->peer, "at", at),
                       error);
}

char *
letter_base_url(DbTx *tx, const struct request *request, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_DOMAIN_KNOWN, error, db_text(request->host));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0)
        return g_strdup(site_config(request->site)->portal.base_url);
    return g_strdup_printf("%s://%s", request->is_https ? "https" : "http",
                           request->host);
}

void
letter_ring(const struct request *request)
{
    Db *db = site_db(request->site, NULL);
    if (!db)
        return;
    db_ring(db, BELL_OUTBOX);
    db_ring_flush(db); /* somebody waits in front of their mailbox */
}
