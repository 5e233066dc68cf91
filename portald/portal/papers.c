/* papers: a ticket to be taken along: GET /tickets/{number}/export.pdf and export.mbox; and
   what a reply will look like, POST /api/v1/portal/preview. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/mbox.h"
#include "common/paper/ticket_paper.h"
#include "common/store/papers.h"
#include "common/store/statements.h"
#include "common/text/markdown.h"
#include "portald/auth/scope.h"
#include "portald/pages/locale.h"
#include "portald/pages/page.h"
#include "portald/portal/paper_turn.h"
#include "portald/portal/portal.h"

/* --- PDF ------------------------------------------------------------------------------ */

/* The document's values as they are read, and what keeps them. */
struct words {
    const struct request *request;
    struct locale locale;
    GPtrArray *texts; /* owned */
};

static const char *
keep(struct words *words, char *text)
{
    g_ptr_array_add(words->texts, text);
    return text;
}

static const char *
string_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *
date_in(struct words *words, const json_t *object, const char *key)
{
    int64_t at = json_integer_value(json_object_get(object, key));
    return keep(words, locale_date_time(&words->locale, at));
}

/* What people call a value of the desk's. */
static const char *
name_of(const struct request *request, const char *value)
{
    static const struct {
        const char *value, *msgid;
    } names[] = {
        { "open", "Open" },
        { "in_progress", "In progress" },
        { "waiting_customer", "Waiting for you" },
        { "resolved", "Resolved" },
        { "closed", "Closed" },
        { "low", "Low" },
        { "normal", "Normal" },
        { "high", "High" },
        { "urgent", "Urgent" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].value, value) == 0)
            return text_of(request, names[i].msgid);
    return value;
}

static void
fill_files(struct words *words, const json_t *list, struct paper_file *files)
{
    size_t i;
    json_t *file;
    json_array_foreach(list, i, file)
    {
        json_int_t size = json_integer_value(json_object_get(file, "size"));
        files[i].name = string_in(file, "name");
        files[i].size = keep(words, locale_size(&words->locale, (uint64_t)MAX(size, 0)));
    }
}

static void
fill_message(struct words *words, const json_t *said, struct paper_message *message)
{
    bool agent = json_is_true(json_object_get(said, "is_agent"));
    const json_t *files = json_object_get(said, "attachments");
    struct paper_file *room = g_new0(struct paper_file, json_array_size(files) + 1);

    keep(words, (char *)room);
    fill_files(words, files, room);
    *message = (struct paper_message){
        .author = string_in(said, "author"),
        .role = agent ? text_of(words->request, "Support") : NULL,
        .at = date_in(words, said, "at"),
        .text = slice_from(string_in(said, "text")),
        .files = room,
        .n_files = json_array_size(files),
    };
}

/* The paper of this locale's country. */
static bool
is_letter(const char *locale)
{
    return g_str_has_suffix(locale, "-US") || g_str_has_suffix(locale, "-CA")
           || g_str_has_suffix(locale, "-MX");
}

static GBytes *
print_ticket(struct words *words, const json_t *document, GError **error)
{
    const struct request *request = words->request;
    const json_t *said = json_object_get(document, "messages");
    size_t n = json_array_size(said);
    g_autofree struct paper_message *messages = g_new0(struct paper_message, n + 1);
    const char *today =
        keep(words, locale_date(&words->locale, clock_now_us() / CLOCK_SECOND));
    const struct paper_fact facts[] = {
        { text_of(request, "Status"), name_of(request, string_in(document, "status")) },
        { text_of(request, "Priority"),
          name_of(request, string_in(document, "priority")) },
        { text_of(request, "Category"), string_in(document, "category_label") },
        { text_of(request, "From"), string_in(document, "requester") },
        { text_of(request, "Opened"), date_in(words, document, "created_at") },
    };

    for (size_t i = 0; i < n; i++)
        fill_message(words, json_array_get(said, i), &messages[i]);
    const struct paper_ticket ticket = {
        .locale = words->locale.language,
        .letter = is_letter(words->locale.language),
        .desk = request->caller.tenant_title,
        .number = keep(words, g_strdup_printf("#%s", request->params[0])),
        .subject = string_in(document, "subject"),
        .printed =
            keep(words, g_strdup_printf("%s %s", text_of(request, "Printed:"), today)),
        .cut = text_of(request,
                       "Not all is printed here: the mail archive of the ticket has it."),
        .attachments = text_of(request, "Attachments"),
        .facts = facts,
        .n_facts = G_N_ELEMENTS(facts),
        .messages = messages,
        .n_messages = n,
    };
    return ticket_paper(&ticket, error);
}

/* A file of ours, to be kept. */
static Reply *
reply_file(const struct request *request, const char *type, const char *extension,
           GBytes *content)
{
    g_autofree char *field = g_strdup_printf("attachment; filename=\"ticket-%s.%s\"",
                                             request->params[0], extension);
    Reply *reply = reply_new(200, type, content);
    reply_set(reply, "Content-Disposition", field);
    return reply;
}

static bool
number_of(const struct request *request, int64_t *ret_number, GError **error)
{
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(request->params[0], 10, 1, INT64_MAX, &number, NULL))
        return error_set(error, ERR_MISSING, "there is no such ticket");
    *ret_number = (int64_t)number;
    return true;
}

static Reply *
make_pdf(const struct request *request, void *data, GError **error)
{
    (void)data;
    int64_t number = 0;
    g_autofree char *text =
        number_of(request, &number, error)
            ? request_document(request, SQL_PAPER_TICKET, error,
                               db_uuid(request->caller.person), db_int(number),
                               db_text(request->caller.locale))
            : NULL;
    if (!text)
        return NULL;
    g_autoptr(json_t) document = json_loads(text, 0, NULL);
    g_autoptr(GTimeZone) zone = locale_zone(request->caller.time_zone);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct words words = { .request = request,
                           .locale = { .texts = site_texts(request->site),
                                       .language = request->caller.locale,
                                       .zone = zone },
                           .texts = texts };
    g_autoptr(GBytes) pdf = print_ticket(&words, document, error);
    return pdf ? reply_file(request, "application/pdf", "pdf", pdf) : NULL;
}

static Reply *
pdf_get(const struct request *request, GError **error)
{
    return paper_turn_take(request, make_pdf, NULL, error);
}

/* --- mbox ----------------------------------------------------------------------------- */

static bool
add_mail(const struct paper_mail *mail, void *data, GError **error)
{
    (void)error;
    mbox_append(data, mail->envelope_from, mail->time_us, mail->raw);
    return true;
}

static Reply *
make_mbox(const struct request *request, void *data, GError **error)
{
    (void)data;
    int64_t number = 0;
    size_t left_out = 0;
    g_autoptr(GString) mbox = g_string_new(NULL);
    g_autoptr(DbTx) tx =
        number_of(request, &number, error) ? request_begin(request, true, error) : NULL;
    g_autoptr(DbRows) rows =
        tx ? db_query(tx, SQL_PAPER_TICKET, error, db_uuid(request->caller.person),
                      db_int(number), db_text(request->caller.locale))
           : NULL;
    if (rows && db_rows_count(rows) == 0) {
        error_set(error, ERR_MISSING, "there is no such ticket");
        return NULL;
    }
    if (!rows
        || !papers_each_mail(tx, request->caller.person, number, LIMIT_MBOX_BYTES,
                             add_mail, mbox, &left_out, error))
        return NULL;
    if (left_out)
        return reply_problem(413,
                             "the mails of this ticket are too large to be fetched at "
                             "once; your data export has all of them");
    g_autoptr(GBytes) bytes = g_bytes_new(mbox->str, mbox->len);
    return reply_file(request, "application/mbox", "mbox", bytes);
}

static Reply *
mbox_get(const struct request *request, GError **error)
{
    return paper_turn_take(request, make_mbox, NULL, error);
}

/* --- preview -------------------------------------------------------------------------- */

static Reply *
preview_post(const struct request *request, GError **error)
{
    const char *markdown = json_string_value(json_object_get(request->json, "markdown"));
    if (!markdown)
        return reply_flaws(&(struct reply_flaw){ "/markdown", "is to be a text" }, 1);
    g_autofree char *html = markdown_html(slice_from(markdown));
    g_autoptr(json_t) answer = json_pack("{s:s}", "html", html);
    g_autofree char *text = json_dumps(answer, JSON_COMPACT);
    (void)error;
    return reply_json(200, text);
}

static const struct operation preview = {
    .id = "previewMarkdown",
    .summary = "What a message will look like",
    .tag = "Tickets",
    .body = "PreviewRequest",
    .answer = "Preview",
};

static const struct route routes[] = {
    { HTTP_GET, "/tickets/{number:int}/export.pdf", WHO_PERSON, pdf_get, 0, NULL },
    { HTTP_GET, "/tickets/{number:int}/export.mbox", WHO_PERSON, mbox_get, 0, NULL },
    { HTTP_POST, "/t/{token}/preview", WHO_LINK, preview_post, 6 * LIMIT_POST_BYTES,
      NULL },
    { HTTP_POST, "/api/v1/portal/preview", WHO_LINK, preview_post,
      6 * LIMIT_POST_BYTES /* as JSON may escape it */, &preview },
};

const struct route_table papers_routes = { routes, G_N_ELEMENTS(routes) };
