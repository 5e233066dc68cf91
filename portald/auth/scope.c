#include "portald/auth/scope.h"

#include "common/base/error.h"
#include "common/db/listen.h"
#include "portald/api/once.h"

struct db_tx_options
request_scope(const struct request *request, bool read_only)
{
    const struct caller *caller = &request->caller;
    struct db_tx_options options = { .tenant = caller->tenant,
                                     .person = caller->person,
                                     .conversation = caller->conversation,
                                     .read_only = read_only };

    if (caller->role >= CALLER_AGENT)
        options.viewer = DB_VIEWER_DESK;
    else if (caller->role == CALLER_CUSTOMER)
        options.viewer = DB_VIEWER_PERSON;
    else if (caller->role == CALLER_LINK)
        options.viewer = DB_VIEWER_LINK;
    return options;
}

DbTx *
request_begin(const struct request *request, bool read_only, GError **error)
{
    struct db_tx_options options = request_scope(request, read_only);

    if (uuid_is_nil(options.tenant)) {
        error_set(error, ERR_MISSING, "there is no help desk at this address");
        return NULL;
    }
    Db *db = site_db(request->site, error);
    return db ? db_tx_begin(db, &options, error) : NULL;
}

struct claiming {
    const struct request *request;
    DbWork work;
    void *data;
};

static bool
claim_and_work(DbTx *tx, void *data, GError **error)
{
    const struct claiming *claiming = data;
    return once_claim(claiming->request, tx, error)
           && claiming->work(tx, claiming->data, error);
}

bool
request_transact(const struct request *request, DbWork work, void *data, GError **error)
{
    struct claiming claiming = { request, work, data };
    struct db_tx_options options = request_scope(request, false);

    if (uuid_is_nil(options.tenant))
        return error_set(error, ERR_MISSING, "there is no help desk at this address");
    Db *db = site_db(request->site, error);
    if (!db || !db_transact(db, &options, claim_and_work, &claiming, error))
        return false;
    if (request->once)
        request->once->is_claimed = true;
    db_ring(db, BELL_OUTBOX);
    db_ring(db, BELL_EVENTS);
    db_ring_flush(db); /* this thread may have nothing else to do for long */
    return true;
}

struct desk_context
request_desk(const struct request *request, DbTx *tx)
{
    return (struct desk_context){ .tx = tx,
                                  .config = site_config(request->site),
                                  .door = request_is_api(request) ? "api" : "portal",
                                  .actor = request->caller.person };
}

char *
request_read(const struct request *request, size_t statement, const struct db_bind *binds,
             size_t n, GError **error)
{
    struct db_tx_options options = request_scope(request, true);

    if (uuid_is_nil(options.tenant)) {
        error_set(error, ERR_MISSING, "there is no help desk at this address");
        return NULL;
    }
    Db *db = site_db(request->site, error);
    g_autoptr(DbRows) rows =
        db ? db_read_binds(db, &options, statement, binds, n, error) : NULL;
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0 || db_is_null(rows, 0, 0)) {
        error_set(error, ERR_MISSING, "there is nothing here");
        return NULL;
    }
    return g_strdup(db_get_text(rows, 0, 0));
}
