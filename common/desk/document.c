#include "common/desk/document.h"

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "common/text/text.h"

static void
add_quoted(json_t *message)
{
    json_t *text = json_object_get(message, "text");
    if (!text)
        return;
    struct slice words = { json_string_value(text), json_string_length(text) };
    g_autofree char *quoted = text_quote(words);
    json_object_set_new(message, "quoted", json_string(quoted));
}

json_t *
document_for_outbox(DbTx *tx, struct uuid id, bool carry_decrypted, GError **error)
{
    json_error_t bad;
    g_autoptr(DbRows) rows = db_query(
        tx, SQL_DOCUMENT_FOR_OUTBOX, error, db_uuid(id), db_int(LIMIT_CARRIED_CHARS),
        db_int(LIMIT_QUOTED_CHARS), db_bool(carry_decrypted));
    if (!rows)
        return NULL;
    if (db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such mail in the outbox");
        return NULL;
    }
    json_t *document = json_loads(db_get_text(rows, 0, 0), 0, &bad);
    if (!document) {
        error_set(error, ERR_BUG, "the document of a mail is no JSON: %s", bad.text);
        return NULL;
    }
    size_t i;
    json_t *earlier;
    add_quoted(json_object_get(document, "message"));
    json_array_foreach(json_object_get(document, "history"), i, earlier)
        add_quoted(earlier);
    return document;
}
