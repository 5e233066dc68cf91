/* templates: GET /admin/templates: what our mails say, as this tenant gets them; and one
   sent to oneself to see it arrive. Templates are files, which an admin of the installation
   edits; here they are read as they are now, so that an edit can be looked at before the
   programs are told of it. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/compose.h"
#include "common/store/statements.h"
#include "common/text/template_set.h"
#include "portald/admin/admin.h"
#include "portald/auth/audit.h"
#include "portald/auth/letter.h"
#include "portald/auth/scope.h"
#include "portald/pages/page.h"
#include "portald/pages/texts.h"

static const char *
language_of(const struct request *request)
{
    const char *asked = request_query(request, "lang");
    const char *fallback = request->caller.locale;

    return texts_choose(site_texts(request->site), asked, NULL, fallback);
}

/* The mail of this event with the example's document. */
static bool
render(const struct request *request, const char *event, struct rendered_mail *ret,
       GError **error)
{
    const char *directory = site_config(request->site)->templates;
    g_autoptr(TemplateSet) set = NULL;

    if (!template_set_knows(event))
        return error_set(error, ERR_MISSING, "there is no such template");
    set = template_set_load(directory, error);
    return set
           && template_set_render_mail(set, request->caller.tenant_name,
                                       language_of(request), event,
                                       template_set_example(set), ret, error);
}

static json_t *
list_events(void)
{
    json_t *list = json_array();

    for (const char *const *event = template_events; *event; event++)
        json_array_append_new(list, json_pack("{s:s}", "name", *event));
    return list;
}

static json_t *
list_languages(const struct request *request, const char *chosen)
{
    const char *const *languages = texts_languages(site_texts(request->site));
    json_t *list = json_array();

    for (; *languages; languages++)
        json_array_append_new(list,
                              json_pack("{s:s, s:b}", "code", *languages, "is_chosen",
                                        strcmp(*languages, chosen) == 0));
    return list;
}

static Reply *
templates_get(const struct request *request, GError **error)
{
    json_t *document = json_pack("{s:o}", "templates", list_events());
    return admin_page(request, "admin_templates", document, NULL, NULL, error);
}

/* One that is wrong is shown with what is wrong: that is what the page is for. */
static Reply *
template_get(const struct request *request, GError **error)
{
    g_auto(rendered_mail) mail = { 0 };
    g_autoptr(GError) problem = NULL;
    const char *event = request->params[0], *language = language_of(request);

    if (!render(request, event, &mail, &problem) && !error_is(problem, ERR_REJECT)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    json_t *document = json_pack(
        "{s:{s:s, s:s, s:s, s:s, s:b, s:s}, s:o}", "template", "name", event, "language",
        language, "subject", mail.subject ? mail.subject : "", "text",
        mail.text ? mail.text : "", "is_broken", problem != NULL, "problem",
        problem ? problem->message : "", "languages", list_languages(request, language));
    return admin_page(request, "admin_template", document, NULL, NULL, error);
}

/* The HTML of a mail, for a frame of that page: it may show our words and load nothing. */
static Reply *
html_get(const struct request *request, GError **error)
{
    g_auto(rendered_mail) mail = { 0 };

    if (!render(request, request->params[0], &mail, error))
        return NULL;
    Reply *reply = reply_text(200, "text/html; charset=utf-8", mail.html);
    reply_set(reply, "Content-Security-Policy",
              "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
              "frame-ancestors 'self'");
    reply_set(reply, "X-Frame-Options", "SAMEORIGIN");
    return reply;
}

/* --- a test --------------------------------------------------------------------------- */

struct test {
    const struct request *request;
    const struct rendered_mail *mail;
};

static GBytes *
compose(const struct test *test, const char *from, GError **error)
{
    const struct caller *caller = &test->request->caller;
    const struct mail_box to[] = { { caller->name, caller->address }, { NULL, NULL } };
    char id[UUID_TEXT_SIZE];
    g_autofree char *message_id =
        g_strdup_printf("%s@%s", uuid_format(uuid_make(), id), strrchr(from, '@') + 1);
    const struct mail_draft draft = {
        .from = { caller->tenant_title, from },
        .to = to,
        .subject = test->mail->subject,
        .message_id = message_id,
        .date_us = clock_now_us(),
        .auto_submitted = "auto-generated",
        .text = test->mail->text,
        .html = test->mail->html,
    };
    return mail_compose(&draft, error);
}

static bool
queue(DbTx *tx, void *data, GError **error)
{
    const struct test *test = data;
    const struct caller *caller = &test->request->caller;
    g_autoptr(DbRows) rows = db_query(tx, SQL_QUEUE_ADDRESSES_LIST, error);

    if (!rows)
        return false;
    if (db_rows_count(rows) == 0)
        return error_set(error, ERR_CONFLICT, "this help desk has no queue yet");
    const char *from = db_get_text(rows, 0, 2);
    g_autoptr(GBytes) bytes = compose(test, from, error);
    if (!bytes)
        return false;
    struct slice raw = { g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes) };
    return db_execute(tx, SQL_ADMIN_TEST_MAIL, NULL, error, db_uuid(uuid_make()),
                      db_text(test->request->params[0]), db_uuid(caller->person),
                      db_text(caller->address), db_text(test->mail->subject),
                      db_text(from), db_bytes(raw))
           && audit_add(tx, test->request, caller->person, "test_mail", NULL, error);
}

static Reply *
send_post(const struct request *request, GError **error)
{
    g_auto(rendered_mail) mail = { 0 };
    struct test test = { request, &mail };

    if (!render(request, request->params[0], &mail, error)
        || !request_transact(request, queue, &test, error))
        return NULL;
    letter_ring(request);
    g_autofree char *path = g_strdup_printf("/admin/templates/%s?lang=%s&done=test-sent",
                                            request->params[0], language_of(request));
    return reply_see_other(path);
}

static const struct route routes[] = {
    { HTTP_GET, "/admin/templates", WHO_ADMIN, templates_get, 0, NULL },
    { HTTP_GET, "/admin/templates/{name}", WHO_ADMIN, template_get, 0, NULL },
    { HTTP_GET, "/admin/templates/{name}/html", WHO_ADMIN, html_get, 0, NULL },
    { HTTP_POST, "/admin/templates/{name}/send", WHO_ADMIN, send_post,
      LIMIT_SMALL_FORM_BYTES, NULL },
};
const struct route_table admin_template_routes = { routes, G_N_ELEMENTS(routes) };
