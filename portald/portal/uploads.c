/* uploads: files that are handed in before the message they belong to. */
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/pages/frame.h"
#include "portald/portal/tickets.h"

struct upload {
    const struct request *request;
    const struct form_file *file;
    char *document; /* NULL: there is no room */
};

static bool
add(DbTx *tx, void *data, GError **error)
{
    struct upload *upload = data;
    const struct form_file *file = upload->file;

    g_clear_pointer(&upload->document, g_free);
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_UPLOAD_ADD, error, db_uuid(uuid_make()),
        db_uuid(upload->request->caller.person),
        db_text(*file->name ? file->name : "file"), db_text(file->content_type),
        db_bytes(file->content), db_int(LIMIT_UPLOADS), db_int(LIMIT_UPLOAD_BYTES),
        upload->request->caller.role == CALLER_LINK
            ? db_uuid(upload->request->caller.conversation)
            : db_null());
    if (rows && db_rows_count(rows) > 0)
        upload->document = g_strdup(db_get_text(rows, 0, 0));
    return rows != NULL;
}

static Reply *
upload_post(const struct request *request, GError **error)
{
    struct upload upload = { .request = request };

    if (!frame_check_feature(request, "attachments", error))
        return NULL;
    if (!request->form || request->form->files->len != 1) {
        static const struct reply_flaw none = { "/file", "one file is expected" };
        return reply_flaws(&none, 1);
    }
    upload.file = &g_array_index(request->form->files, struct form_file, 0);
    if (!request_transact(request, add, &upload, error))
        return NULL;
    if (!upload.document)
        return reply_problem(409, "too many files wait already: send or remove some");
    g_autofree char *document = upload.document;
    return reply_json(201, document);
}

static bool
take_away(DbTx *tx, void *data, GError **error)
{
    const struct request *request = data;
    struct uuid id = { { 0 } };
    size_t n = 0;

    uuid_parse(slice_from(request->params[0]), &id);
    if (!db_execute(tx, SQL_UPLOAD_REMOVE, &n, error, db_uuid(id),
                    db_uuid(request->caller.person)))
        return false;
    return n > 0 || error_set(error, ERR_MISSING, "there is no such file");
}

static Reply *
upload_delete(const struct request *request, GError **error)
{
    return request_transact(request, take_away, (void *)(uintptr_t)request, error)
               ? reply_no_content()
               : NULL;
}

static const struct operation post_operation = {
    .id = "addUpload",
    .summary = "Hand in a file, to be named in a message",
    .tag = "Tickets",
    .body = "UploadForm",
    .body_type = "multipart/form-data",
    .answer = "Upload",
    .status = 201,
};
static const struct operation delete_operation = {
    .id = "removeUpload",
    .summary = "Take back a file that no message has named",
    .tag = "Tickets",
};

static const struct route routes[] = {
    { HTTP_POST, "/t/{token}/uploads", WHO_LINK, upload_post,
      LIMIT_POST_FILE_BYTES + 65536, NULL },
    { HTTP_POST, "/api/v1/portal/uploads", WHO_PERSON, upload_post,
      LIMIT_POST_FILE_BYTES + 65536, &post_operation },
    { HTTP_DELETE, "/api/v1/portal/uploads/{id:uuid}", WHO_PERSON, upload_delete, 0,
      &delete_operation },
};
const struct route_table uploads_routes = { routes, G_N_ELEMENTS(routes) };
