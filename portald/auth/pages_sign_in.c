/* The pages of the sign-in (sign_in.h): /sign-in and what is below it. */
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/address.h"
#include "portald/auth/auth_routes.h"
#include "portald/auth/browser.h"
#include "portald/auth/caller.h"
#include "portald/auth/letter.h"
#include "portald/auth/next.h"
#include "portald/auth/rate.h"
#include "portald/auth/sign_in.h"
#include "portald/auth/typed_address.h"
#include "portald/pages/page.h"

static const char *
field(const struct request *request, const char *name)
{
    const char *value = request_field(request, name);
    return value ? value : "";
}

/* A page of the sign-in: these facts (taken) in its one part, and what was wrong with what
   was typed (a msgid, NULL: nothing). */
static Reply *
show(const struct request *request, const char *page, const char *part, json_t *facts,
     const char *problem, GError **error)
{
    json_object_set_new(facts, "error",
                        json_string(problem ? text_of(request, problem) : ""));
    json_object_set_new(facts, "has_error", json_boolean(problem != NULL));
    g_autoptr(json_t) document = json_pack("{s:o}", part, facts);
    Reply *reply = page_render(request, page, document, error);
    if (reply && problem)
        reply->status = 422;
    return reply;
}

/* The sign-in that this browser waits in. False with error; *ret_sign_in NULL: none. */
static bool
find_waiting(const struct request *request, const char *const *kinds,
             SignIn **ret_sign_in, GError **error)
{
    g_autoptr(GError) failure = NULL;
    *ret_sign_in = sign_in_of_browser(request, browser_token(request), kinds, &failure);
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return !failure;
}

/* --- the form ----------------------------------------------------------------------- */

struct form {
    const char *address, *next;
    const char *error; /* a msgid; NULL: none */
    bool is_reset;
};

static Reply *
show_form(const struct request *request, const struct form *form, GError **error)
{
    return show(request, "sign_in", "form",
                json_pack("{s:s, s:s, s:b}", "address",
                          form->address ? form->address : "", "next",
                          next_or_home(form->next), "is_reset", form->is_reset),
                form->error, error);
}

static Reply *
sign_in_get(const struct request *request, GError **error)
{
    const char *next = request_query(request, "next");
    if (request->caller.role >= CALLER_CUSTOMER && !request_query(request, "again"))
        return reply_see_other(next_or_home(next));
    return show_form(request, &(struct form){ .next = next }, error);
}

static Reply *
reset_get(const struct request *request, GError **error)
{
    return show_form(
        request, &(struct form){ .next = "/account/password", .is_reset = true }, error);
}

/* --- by mail ------------------------------------------------------------------------ */

static Reply *
begin_by_mail(const struct request *request, enum sign_in_mail mail, const char *next,
              GError **error)
{
    const char *address = field(request, "address");
    const char *fault = typed_address_fault(address);
    if (fault)
        return show_form(request,
                         &(struct form){ address, next, fault, mail == SIGN_IN_RESET },
                         error);

    g_autoptr(GError) problem = NULL;
    Reply *refusal = sign_in_may_mail(request, address, &problem);
    if (refusal || problem) {
        if (problem)
            g_propagate_error(error, g_steal_pointer(&problem));
        return refusal;
    }
    g_autofree char *browser = sign_in_begin(request, mail, address, next, error);
    if (!browser)
        return NULL;
    Reply *reply = reply_see_other("/sign-in/sent");
    browser_remember(request, reply, browser);
    return reply;
}

static Reply *
sign_in_post(const struct request *request, GError **error)
{
    return begin_by_mail(request, SIGN_IN_LINK, field(request, "next"), error);
}

static Reply *
reset_post(const struct request *request, GError **error)
{
    return begin_by_mail(request, SIGN_IN_RESET, "/account/password", error);
}

static const char *const by_mail[] = { "link", "reset", NULL };

static Reply *
show_sent(const struct request *request, const char *problem, GError **error)
{
    g_autoptr(SignIn) s = NULL;
    if (!find_waiting(request, by_mail, &s, error))
        return NULL;
    return show(request, "sign_in_sent", "sent",
                json_pack("{s:s, s:b, s:i}", "address", s ? s->address : "", "is_waiting",
                          s != NULL, "minutes", LIMIT_SIGN_IN_MINUTES),
                problem, error);
}

static Reply *
sent_get(const struct request *request, GError **error)
{
    return show_sent(request, NULL, error);
}

/* --- on to the session -------------------------------------------------------------- */

/* Signed in: the session that the browser had before, perhaps another person's, ends. */
static Reply *
leave_old(const struct request *request, Reply *take_reply, GError **error)
{
    letter_ring(request);
    if (session_end(request, error))
        return take_reply;
    reply_free(take_reply);
    return NULL;
}

static Reply *
end_here(const struct request *request, SignIn *sign_in, GError **error)
{
    bool needs_code = false;
    if (!sign_in_needs_code(request, sign_in, &needs_code, error))
        return NULL;
    if (needs_code) {
        g_autofree char *browser = NULL;
        if (!sign_in_await_code(request, sign_in, &browser, error))
            return NULL;
        Reply *reply = reply_see_other("/sign-in/second");
        browser_remember(request, reply, browser);
        return reply;
    }
    struct sign_in_end end = { .request = request,
                               .sign_in = sign_in,
                               .begin = browser_begin };
    if (!sign_in_finish(&end, error)) {
        reply_free(end.reply);
        return NULL;
    }
    if (!end.done)
        return reply_problem(410, "this link was used already");
    return leave_old(request, end.reply, error);
}

static Reply *
code_post(const struct request *request, GError **error)
{
    bool right = false;
    g_autoptr(SignIn) s = NULL;
    if (!find_waiting(request, by_mail, &s, error))
        return NULL;
    if (!s)
        return show_sent(request, NULL, error);
    if (!sign_in_code_is(request, s, field(request, "code"), &right, error))
        return NULL;
    if (!right)
        return show_sent(request,
                         s->tries + 1 >= LIMIT_CODE_TRIES
                             ? "The code was wrong too often. Ask for a new mail."
                             : "That is not the code.",
                         error);
    return end_here(request, s, error);
}

/* The sign-in of the link that was opened. NULL, with the answer, where there is none. */
static SignIn *
of_link(const struct request *request, Reply **ret_reply, GError **error)
{
    g_autoptr(GError) failure = NULL;
    SignIn *s =
        sign_in_of_token(request, request->params[0], browser_token(request), &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (!s || s->is_over || strcmp(s->kind, "address") == 0) {
        sign_in_free(s);
        *ret_reply =
            reply_problem(410, "a link from a mail signs in once, and for a short time");
        return NULL;
    }
    return s;
}

/* A button, where it was asked for; elsewhere the code to type there. */
static Reply *
link_get(const struct request *request, GError **error)
{
    Reply *reply = NULL;
    g_autoptr(SignIn) s = of_link(request, &reply, error);
    if (!s)
        return reply;
    g_autofree char *code = sign_in_code(request, s);
    g_autoptr(json_t) document =
        json_pack("{s:{s:b, s:s, s:s, s:s, s:b}}", "link", "is_here", s->same_browser,
                  "token", request->params[0], "code", s->same_browser ? "" : code,
                  "address", s->address, "is_new", uuid_is_nil(s->person));
    return page_render(request, "sign_in_link", document, error);
}

static Reply *
link_post(const struct request *request, GError **error)
{
    Reply *reply = NULL;
    g_autoptr(SignIn) s = of_link(request, &reply, error);
    if (!s)
        return reply;
    if (!s->same_browser)
        return reply_problem(403, "open the link in the browser that you asked with");
    return end_here(request, s, error);
}

/* --- by password -------------------------------------------------------------------- */

static Reply *
password_post(const struct request *request, GError **error)
{
    const char *address = field(request, "address"), *next = field(request, "next");
    const char *fault = typed_address_fault(address);
    if (fault)
        return show_form(request, &(struct form){ address, next, fault, false }, error);
    g_autofree char *normal = address_normalise(slice_from(address));
    const struct rate_ask asks[] = { { RATE_PASSWORD_ADDRESS, normal ? normal : "" },
                                     { RATE_PASSWORD_PEER, request->peer } };
    g_autoptr(GError) problem = NULL;
    Reply *refusal = rate_check(request, asks, G_N_ELEMENTS(asks), &problem);
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    if (refusal || (error && *error))
        return refusal;

    g_autoptr(SignIn) s = NULL;
    bool barred = false;
    if (!sign_in_by_password(request, address, field(request, "password"),
                             next_or_home(next), &s, &barred, error))
        return NULL;
    if (!s)
        return show_form(request,
                         &(struct form){ address, next,
                                         barred ? "There were too many wrong passwords. "
                                                  "From here only a link from a mail "
                                                  "signs in for now."
                                                : "Address or password is wrong.",
                                         false },
                         error);
    return end_here(request, s, error);
}

/* --- the second code ---------------------------------------------------------------- */

static const char *const second_kind[] = { "second", NULL };

static Reply *
show_second(const struct request *request, const char *problem, GError **error)
{
    return show(request, "sign_in_second", "form", json_object(), problem, error);
}

static Reply *
second_get(const struct request *request, GError **error)
{
    return show_second(request, NULL, error);
}

static Reply *
check_rate(const struct request *request, struct uuid person, GError **error)
{
    char id[UUID_TEXT_SIZE];
    const struct rate_ask ask = { RATE_CODE_PERSON, uuid_format(person, id) };
    return rate_check(request, &ask, 1, error);
}

static Reply *
second_post(const struct request *request, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(SignIn) s =
        sign_in_of_browser(request, browser_token(request), second_kind, &problem);
    Reply *refusal = s ? check_rate(request, s->person, &problem) : NULL;
    if (problem)
        g_propagate_error(error, g_steal_pointer(&problem));
    if (refusal || (error && *error))
        return refusal;
    if (!s)
        return reply_see_other("/sign-in");

    struct sign_in_end end = { .request = request,
                               .sign_in = s,
                               .code = field(request, "code"),
                               .begin = browser_begin };
    if (!sign_in_finish(&end, error)) {
        reply_free(end.reply);
        return NULL;
    }
    if (!end.done)
        return show_second(request, "That is not the code.", error);
    return leave_old(request, end.reply, error);
}

/* --- sign out ----------------------------------------------------------------------- */

static Reply *
sign_out_post(const struct request *request, GError **error)
{
    if (!session_end(request, error))
        return NULL;
    Reply *reply = reply_see_other("/sign-in?done=signed-out");
    session_forget(request, reply);
    return reply;
}

#define FORM LIMIT_SMALL_FORM_BYTES

static const struct route routes[] = {
    { HTTP_GET, "/sign-in", WHO_ANYBODY, sign_in_get, 0, NULL },
    { HTTP_POST, "/sign-in", WHO_ANYBODY, sign_in_post, FORM, NULL },
    { HTTP_GET, "/sign-in/sent", WHO_ANYBODY, sent_get, 0, NULL },
    { HTTP_POST, "/sign-in/code", WHO_ANYBODY, code_post, FORM, NULL },
    { HTTP_GET, "/sign-in/link/{token}", WHO_ANYBODY, link_get, 0, NULL },
    { HTTP_POST, "/sign-in/link/{token}", WHO_ANYBODY, link_post, FORM, NULL },
    { HTTP_POST, "/sign-in/password", WHO_ANYBODY, password_post, FORM, NULL },
    { HTTP_GET, "/sign-in/reset", WHO_ANYBODY, reset_get, 0, NULL },
    { HTTP_POST, "/sign-in/reset", WHO_ANYBODY, reset_post, FORM, NULL },
    { HTTP_GET, "/sign-in/second", WHO_ANYBODY, second_get, 0, NULL },
    { HTTP_POST, "/sign-in/second", WHO_ANYBODY, second_post, FORM, NULL },
    { HTTP_POST, "/sign-out", WHO_ANYBODY, sign_out_post, FORM, NULL },
};

const struct route_table sign_in_routes = { routes, G_N_ELEMENTS(routes) };
