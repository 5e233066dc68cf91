/* tickets_new: a new ticket, by form or by the API. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"
#include "portald/api/change.h"
#include "portald/pages/dress.h"
#include "portald/pages/frame.h"
#include "portald/pages/page.h"
#include "portald/portal/fields.h"
#include "portald/portal/tickets.h"

#define FIELD_PREFIX "field."

/* A request for a new ticket, and what is wrong with it. */
typedef struct NewTicket {
    const struct request *request;
    json_t *choices;      /* portal_choices */
    json_t *fields;       /* the tenant's own, as they are kept */
    json_t *flaws;        /* [{id, pointer, text}]: for the form, and for the API */
    bool is_conversation; /* the answer is a conversation */
    /* what came of it */
    char *document;
    int64_t number;
} NewTicket;

static void
new_ticket_clear(NewTicket *new)
{
    json_decref(new->choices);
    json_decref(new->fields);
    json_decref(new->flaws);
    g_free(new->document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NewTicket, new_ticket_clear)

/* --- what is wrong ---------------------------------------------------------------- */

static void
flaw(NewTicket *new, const char *id, const char *pointer, const char *text)
{
    json_array_append_new(new->flaws, json_pack("{s:s, s:s, s:s}", "id", id, "pointer",
                                                pointer, "text", text));
}

/* A choice is a word, or has one as its key. */
static const char *
word_of(const json_t *item)
{
    return json_string_value(json_is_object(item) ? json_object_get(item, "key") : item);
}

static bool
is_among(const json_t *list, const char *word)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *key = word_of(item);
        if (key && strcmp(key, word) == 0)
            return true;
    }
    return false;
}

static bool
is_blank(const char *text)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    return !*trimmed;
}

static void
check_words(NewTicket *new)
{
    const struct request *r = new->request;
    const char *subject = handed_text(r, "subject"), *text = handed_text(r, "text");

    if (is_blank(subject))
        flaw(new, "subject", "/subject", text_of(r, "Please write a subject."));
    else if (g_utf8_strlen(subject, -1) > LIMIT_POST_SUBJECT_CHARS)
        flaw(new, "subject", "/subject", text_of(r, "The subject is too long."));
    if (is_blank(text) && !handed_has_files(r))
        flaw(new, "text", "/text", text_of(r, "Please write what happened."));
    else if (text && strlen(text) > LIMIT_POST_BYTES)
        flaw(new, "text", "/text", text_of(r, "The text is too long."));
}

static void
check_choice(NewTicket *new, const char *name, const char *list)
{
    const char *word = handed_text(new->request, name);
    g_autofree char *pointer = g_strconcat("/", name, NULL);

    if (word && *word && !is_among(json_object_get(new->choices, list), word))
        flaw(new, name, pointer, text_of(new->request, "This can’t be chosen."));
}

/* The values of the tenant's own fields: an object of the JSON body, or field.KEY. */
static json_t *
given_fields(const struct request *request)
{
    json_t *given = json_deep_copy(json_object_get(request->json, "custom_fields"));

    if (!json_is_object(given)) {
        json_decref(given);
        given = json_object();
    }
    for (guint i = 0; request->form && i < request->form->values->len; i++) {
        const struct value *value =
            &g_array_index(request->form->values, struct value, i);
        if (g_str_has_prefix(value->name, FIELD_PREFIX))
            json_object_set_new(given, value->name + strlen(FIELD_PREFIX),
                                json_string(value->value));
    }
    return given;
}

static void
check_fields(NewTicket *new)
{
    const struct request *r = new->request;
    g_autoptr(GArray) problems = fields_problems_new();
    g_autoptr(json_t) given = given_fields(r);

    json_decref(new->fields);
    new->fields = fields_read(json_object_get(new->choices, "fields"), given, problems);
    for (guint i = 0; i < problems->len; i++) {
        const struct field_problem *problem =
            &g_array_index(problems, struct field_problem, i);
        g_autofree char *id = g_strconcat(FIELD_PREFIX, problem->key, NULL);
        g_autofree char *pointer = g_strconcat("/custom_fields/", problem->key, NULL);
        flaw(new, id, pointer,
             problem->flaw == FIELD_MISSING ? text_of(r, "Please fill this in.")
                                            : text_of(r, "This value does not fit."));
    }
}

static bool
read_choices(NewTicket *new, DbTx *tx, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(tx, SQL_PORTAL_CHOICES, error, db_text(new->request->caller.locale));

    if (!rows)
        return false;
    json_decref(new->choices);
    new->choices = json_loads(db_get_text(rows, 0, 0), 0, NULL);
    return new->choices || error_set(error, ERR_BUG, "the choices are no JSON");
}

static bool
check(NewTicket *new, DbTx *tx, GError **error)
{
    json_decref(new->flaws);
    new->flaws = json_array();
    if (!read_choices(new, tx, error))
        return false;
    check_words(new);
    check_choice(new, "category", "categories");
    check_choice(new, "priority", "priorities");
    check_fields(new);
    return json_array_size(new->flaws) == 0
           || error_set(error, ERR_REJECT, "the ticket is not as it must be");
}

/* --- opening ---------------------------------------------------------------------- */

/* What was not chosen is the queue's. */
static const char *
chosen(const struct request *request, const char *name)
{
    const char *word = handed_text(request, name);
    return word && *word ? word : NULL;
}

/* The ticket that this one goes on with, where the form names one. */
static bool
link_earlier(const NewTicket *new, const struct desk_context *desk,
             struct uuid conversation, GError **error)
{
    const char *text = handed_text(new->request, "follows");
    const struct caller *caller = &new->request->caller;
    int64_t number = text ? g_ascii_strtoll(text, NULL, 10) : 0;

    if (number <= 0)
        return true;
    g_autoptr(DbRows) rows =
        db_query(desk->tx, SQL_PORTAL_TICKET_FIND, error, db_int(number), db_null(),
                 db_uuid(caller->person), db_null());
    if (!rows)
        return false;
    return db_rows_count(rows) == 0
           || apply_link(desk, conversation, db_get_uuid(rows, 0, 0), "follow_up", error);
}

static bool
work(DbTx *tx, void *data, GError **error)
{
    NewTicket *new = data;
    const struct request *request = new->request;
    struct desk_context desk = request_desk(request, tx);
    struct uuid conversation;

    g_clear_pointer(&new->document, g_free);
    if (!check(new, tx, error))
        return false;
    g_autoptr(Handed) handed = handed_take(request, tx, error);
    if (!handed)
        return false;
    g_autofree char *fields = json_dumps(new->fields, JSON_COMPACT);
    const struct post_opening opening = {
        .subject = handed_text(request, "subject"),
        .category = chosen(request, "category"),
        .priority = chosen(request, "priority"),
        .custom_fields = fields,
        .channel = desk.door,
        .source = desk.door,
    };
    if (!post_open(&desk, &opening, &handed->words, &conversation, error)
        || !link_earlier(new, &desk, conversation, error))
        return false;
    new->document = ticket_document(request, tx, conversation, error);
    if (!new->document)
        return false;
    g_autoptr(json_t) ticket = json_loads(new->document, 0, NULL);
    new->number = json_integer_value(json_object_get(ticket, "number"));
    return true;
}

/* --- API -------------------------------------------------------------------------- */

static Reply *
answer_flaws(const NewTicket *new)
{
    size_t n = json_array_size(new->flaws);
    g_autofree struct reply_flaw *flaws = g_new0(struct reply_flaw, n);

    for (size_t i = 0; i < n; i++) {
        json_t *item = json_array_get(new->flaws, i);
        flaws[i].pointer = json_string_value(json_object_get(item, "pointer"));
        flaws[i].detail = json_string_value(json_object_get(item, "text"));
    }
    return reply_flaws(flaws, n);
}

static Reply *
api_work(const struct request *request, DbTx *tx, void *data, GError **error)
{
    NewTicket *new = data;
    g_autoptr(GError) failure = NULL;

    if (!work(tx, new, &failure)) {
        if (json_array_size(new->flaws) > 0)
            return answer_flaws(new);
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    g_autoptr(json_t) ticket = json_loads(new->document, 0, NULL);
    g_autofree char *location =
        g_strdup_printf("%s/%s", request->route->pattern,
                        json_string_value(json_object_get(ticket, "id")));
    g_autofree char *conversation =
        new->is_conversation ? conversation_document(new->document) : NULL;
    Reply *reply = reply_json(201, conversation ? conversation : new->document);
    reply_set(reply, "Location", location);
    return reply;
}

static Reply *
create_api(const struct request *request, GError **error)
{
    g_auto(NewTicket) new = { .request = request };
    return handed_check_files(request, error) ? change_run(request, api_work, &new, error)
                                              : NULL;
}

static Reply *
start_api(const struct request *request, GError **error)
{
    g_auto(NewTicket) new = { .request = request, .is_conversation = true };
    return frame_check_feature(request, "messages", error)
                   && handed_check_files(request, error)
               ? change_run(request, api_work, &new, error)
               : NULL;
}

/* --- the form --------------------------------------------------------------------- */

/* [{value, label, value_is, is_chosen}]: the options of a select. */
static json_t *
options_of(const json_t *list, const char *chosen_word)
{
    json_t *options = json_array(), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *word = word_of(item);
        const char *label = json_string_value(json_object_get(item, "label"));
        if (!word)
            continue;
        json_t *is = json_object();
        json_object_set_new(is, word, json_true());
        json_array_append_new(options,
                              json_pack("{s:s, s:s, s:o, s:b}", "value", word, "label",
                                        label ? label : word, "value_is", is, "is_chosen",
                                        chosen_word && strcmp(chosen_word, word) == 0));
    }
    return options;
}

static const char *
flaw_of(const NewTicket *new, const char *id)
{
    json_t *item;
    size_t i;

    json_array_foreach(
        new->flaws, i,
        item) if (strcmp(json_string_value(json_object_get(item, "id")), id)
                  == 0) return json_string_value(json_object_get(item, "text"));
    return NULL;
}

static void
add_flaw_texts(const NewTicket *new, json_t *form)
{
    static const char *const ids[] = { "subject", "text", "category", "priority" };

    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *name = g_strconcat(ids[i], "_error", NULL);
        const char *text = flaw_of(new, ids[i]);
        json_object_set_new(form, name, text ? json_string(text) : json_null());
    }
}

/* The tenant's own fields as controls, with what was typed. */
static json_t *
controls_of(const NewTicket *new)
{
    json_t *controls = json_array(), *field;
    size_t i;

    json_array_foreach(json_object_get(new->choices, "fields"), i, field)
    {
        const char *key = json_string_value(json_object_get(field, "key"));
        const char *label = json_string_value(json_object_get(field, "label"));
        if (!key)
            continue;
        g_autofree char *id = g_strconcat(FIELD_PREFIX, key, NULL);
        const char *typed = request_field(new->request, id), *text = flaw_of(new, id);
        json_t *control =
            json_pack("{s:s, s:s, s:s, s:b, s:s?, s:b}", "id", id, "label",
                      label ? label : key, "value", typed ? typed : "", "required",
                      json_is_true(json_object_get(field, "required")), "error", text,
                      "is_checked", typed && strcmp(typed, "on") == 0);
        json_object_set(control, "type", json_object_get(field, "type"));
        json_object_set_new(control, "options",
                            options_of(json_object_get(field, "options"), typed));
        json_array_append_new(controls, control);
    }
    return controls;
}

static const char *
typed_or(const struct request *request, const char *name, const char *otherwise)
{
    const char *typed = request_field(request, name);
    if (!typed)
        typed = request_query(request, name);
    return typed ? typed : otherwise;
}

static Reply *
form_page(const NewTicket *new, const char *problem, GError **error)
{
    const struct request *r = new->request;
    json_t *form = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "subject",
                             typed_or(r, "subject", ""), "text", typed_or(r, "text", ""),
                             "follows", typed_or(r, "follows", ""), "categories",
                             options_of(json_object_get(new->choices, "categories"),
                                        typed_or(r, "category", "general")),
                             "priorities",
                             options_of(json_object_get(new->choices, "priorities"),
                                        typed_or(r, "priority", "normal")),
                             "fields", controls_of(new));
    g_autoptr(json_t) document = json_pack("{s:o}", "form", form);
    json_t *errors = new->flaws ? json_deep_copy(new->flaws) : json_array();

    add_flaw_texts(new, form);
    dress(r, form);
    if (problem)
        json_array_append_new(errors,
                              json_pack("{s:s, s:s}", "id", "text", "text", problem));
    json_object_set_new(document, "has_errors",
                        json_boolean(json_array_size(errors) > 0));
    json_object_set_new(document, "errors", errors);
    json_object_set_new(document, "upload_bytes", json_integer(LIMIT_POST_FILE_BYTES));
    json_object_set_new(document, "upload_count", json_integer(LIMIT_POST_FILES));
    return page_render(r, "ticket_new", document, error);
}

static Reply *
new_page(const struct request *request, GError **error)
{
    g_auto(NewTicket) new = { .request = request };
    g_autoptr(DbTx) tx = request_begin(request, true, error);

    /* A page may read for itself, so nothing is open when it is made. */
    return tx && read_choices(&new, tx, error) && db_tx_commit(&tx, error)
               ? form_page(&new, NULL, error)
               : NULL;
}

static Reply *
create_page(const struct request *request, GError **error)
{
    g_auto(NewTicket) new = { .request = request };
    g_autoptr(GError) failure = NULL;

    if (!handed_check_files(request, error))
        return NULL;
    if (request_transact(request, work, &new, &failure)) {
        g_autofree char *path =
            g_strdup_printf("/tickets/%" G_GINT64_FORMAT "?done=opened", new.number);
        return reply_see_other(path);
    }
    if (!error_is(failure, ERR_REJECT) && !error_is(failure, ERR_CONFLICT)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    Reply *reply =
        form_page(&new,
                  json_array_size(new.flaws) > 0
                      ? NULL
                      : text_of(request, "The files are too many or too large, "
                                         "or no longer there."),
                  error);
    if (reply)
        reply->status = 422;
    return reply;
}

static const struct operation create_operation = {
    .id = "createTicket",
    .summary = "Open a ticket",
    .tag = "Tickets",
    .body = "NewTicket",
    .refused = "/uploads",
    .answer = "Ticket",
    .status = 201,
};

static const struct operation start_operation = {
    .id = "startConversation",
    .summary = "Write to the team",
    .tag = "Messages",
    .body = "NewConversation",
    .refused = "/uploads",
    .answer = "Conversation",
    .status = 201,
};

static const struct route routes[] = {
    { HTTP_GET, "/tickets/new", WHO_PERSON, new_page, 0, NULL },
    { HTTP_POST, "/tickets", WHO_PERSON, create_page,
      LIMIT_POST_FILE_BYTES + LIMIT_HTTP_FORM_BYTES, NULL },
    { HTTP_POST, "/api/v1/portal/tickets", WHO_PERSON, create_api, LIMIT_HTTP_FORM_BYTES,
      &create_operation },
    { HTTP_POST, "/api/v1/portal/conversations", WHO_PERSON, start_api,
      LIMIT_HTTP_FORM_BYTES, &start_operation },
};
const struct route_table tickets_new_routes = { routes, G_N_ELEMENTS(routes) };
