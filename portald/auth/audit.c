#include "portald/auth/audit.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/store/statements.h"
#include "portald/auth/device.h"
#include "portald/auth/scope.h"

bool
audit_add(DbTx *tx, const struct request *request, struct uuid person, const char *kind,
          const char *detail, GError **error)
{
    g_autofree char *device = device_label(request_header(request, "User-Agent"));
    return db_execute(tx, SQL_AUDIT_ADD, NULL, error, db_uuid(uuid_make()),
                      db_uuid(person), db_uuid(request->caller.person), db_text(kind),
                      db_text(request->peer), db_text(device), db_text(detail));
}

struct failure {
    const struct request *request;
    struct uuid person;
    const char *kind, *detail;
};

static bool
add_failure(DbTx *tx, void *data, GError **error)
{
    const struct failure *f = data;
    return audit_add(tx, f->request, f->person, f->kind, f->detail, error);
}

void
audit_failure(const struct request *request, struct uuid person, const char *kind,
              const char *detail)
{
    struct failure failure = { request, person, kind, detail };
    char id[UUID_TEXT_SIZE] = "";
    g_autoptr(GError) error = NULL;

    if (!uuid_is_nil(person))
        uuid_format(person, id);
    log_info("account refused", log_str("kind", kind), log_str("person", id),
             log_str("peer", request->peer));
    if (!request_transact(request, add_failure, &failure, &error))
        log_warning("audit lost", log_str("kind", kind), log_error_field(error));
}
