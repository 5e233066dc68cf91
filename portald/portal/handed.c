/* handed: what a form or a JSON body brings for a message. */
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/pages/frame.h"
#include "portald/portal/tickets.h"

const char *
handed_text(const struct request *request, const char *name)
{
    if (request->json)
        return json_string_value(json_object_get(request->json, name));
    return request_field(request, name);
}

bool
handed_has_files(const struct request *request)
{
    return (request->form && request->form->files->len > 0)
           || request_field(request, "upload")
           || json_array_size(json_object_get(request->json, "uploads")) > 0;
}

bool
handed_check_files(const struct request *request, GError **error)
{
    return !handed_has_files(request) || frame_check_feature(request, "attachments", NULL)
           || error_set(error, ERR_DENIED, "files are not taken here");
}

Reply *
handed_check_words(const struct request *request)
{
    static const struct reply_flaw nothing = { "/text", "words are needed, or a file" };
    static const struct reply_flaw long_words = { "/text", "the message is too long" };
    const char *text = handed_text(request, "text");
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));

    if (!*trimmed && !handed_has_files(request))
        return reply_flaws(&nothing, 1);
    return strlen(trimmed) > LIMIT_POST_BYTES ? reply_flaws(&long_words, 1) : NULL;
}

/* The ids of uploads that it names, "upload" of a form or "uploads" of a JSON body; text
   that is no id is left to fail. NULL-terminated, the texts borrowed. */
static GPtrArray *
upload_ids(const struct request *request)
{
    GPtrArray *ids = g_ptr_array_new();
    json_t *id;
    size_t n;

    json_array_foreach(json_object_get(request->json, "uploads"), n, id)
        g_ptr_array_add(ids, (void *)(uintptr_t)json_string_value(id));
    for (guint i = 0; request->form && i < request->form->values->len; i++) {
        const struct value *value =
            &g_array_index(request->form->values, struct value, i);
        if (strcmp(value->name, "upload") == 0)
            g_ptr_array_add(ids, value->value);
    }
    g_ptr_array_add(ids, NULL);
    return ids;
}

static bool
are_ids(const GPtrArray *ids)
{
    struct uuid id;

    for (guint i = 0; i + 1 < ids->len; i++)
        if (!ids->pdata[i] || !uuid_parse(slice_from(ids->pdata[i]), &id))
            return false;
    return true;
}

static bool
take_uploads(const struct request *request, DbTx *tx, Handed *handed, GError **error)
{
    g_autoptr(GPtrArray) ids = upload_ids(request);

    if (ids->len == 1)
        return true;
    if (!are_ids(ids) || ids->len > LIMIT_POST_FILES + 1)
        return error_set(error, ERR_REJECT, "more than %d files, or one of no name",
                         LIMIT_POST_FILES);
    handed->uploads = db_query(tx, SQL_UPLOADS_TAKE, error,
                               db_text_array((const char *const *)ids->pdata),
                               db_uuid(request->caller.person));
    if (!handed->uploads)
        return false;
    if (db_rows_count(handed->uploads) != ids->len - 1)
        return error_set(error, ERR_CONFLICT,
                         "a file is no longer there: hand it in again");
    for (size_t i = 0; i < db_rows_count(handed->uploads); i++) {
        struct post_file file = { db_get_text(handed->uploads, i, 0),
                                  db_get_text(handed->uploads, i, 1),
                                  db_get_bytes(handed->uploads, i, 2) };
        g_array_append_val(handed->files, file);
    }
    return true;
}

static void
take_files(const struct request *request, Handed *handed)
{
    for (guint i = 0; request->form && i < request->form->files->len; i++) {
        const struct form_file *given =
            &g_array_index(request->form->files, struct form_file, i);
        struct post_file file = { *given->name ? given->name : "file",
                                  given->content_type, given->content };
        g_array_append_val(handed->files, file);
    }
}

static const char *
evidence_of(const struct request *request)
{
    static const char *const evidence[] = {
        [PROOF_NONE] = "{}",
        [PROOF_COOKIE] = "{\"author\": \"session\"}",
        [PROOF_BEARER] = "{\"author\": \"token\"}",
        [PROOF_KEY] = "{\"author\": \"key\"}",
        [PROOF_LINK] = "{\"author\": \"link\"}",
    };
    return evidence[request->caller.proof];
}

Handed *
handed_take(const struct request *request, DbTx *tx, GError **error)
{
    g_autoptr(Handed) handed = g_new0(Handed, 1);
    const char *text = handed_text(request, "text");

    handed->files = g_array_new(FALSE, FALSE, sizeof(struct post_file));
    handed->author = person_get(tx, request->caller.person, error);
    if (!handed->author || !take_uploads(request, tx, handed, error))
        return NULL;
    take_files(request, handed);
    handed->words = (struct post_words){
        .author = handed->author,
        .text = text ? text : "",
        .files = (const struct post_file *)(const void *)handed->files->data,
        .n_files = handed->files->len,
        .evidence = evidence_of(request),
    };
    return g_steal_pointer(&handed);
}

void
handed_free(Handed *handed)
{
    if (!handed)
        return;
    g_array_unref(handed->files);
    person_free(handed->author);
    db_rows_free(handed->uploads);
    g_free(handed);
}
