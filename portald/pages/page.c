#include "portald/pages/page.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "portald/http/assets.h"
#include "portald/pages/dress.h"
#include "portald/pages/frame.h"
#include "portald/pages/pages.h"

const char *
text_of(const struct request *request, const char *msgid)
{
    const char *locale = request->caller.locale;
    return texts_get(site_texts(request->site), locale ? locale : "en", msgid);
}

/* --- what every page has ---------------------------------------------------------- */

/* What a redirect left to say: ?done=CODE. Only texts of ours can be shown that way. */
static const struct {
    const char *code, *msgid;
} done_texts[] = {
    { "saved", "Your changes are saved." },
    { "sent", "Your message is sent." },
    { "opened", "Your ticket is open. We answer here and by mail." },
    { "closed", "The ticket is closed." },
    { "reopened", "The ticket is open again." },
    { "rated", "Thank you for your rating." },
    { "escalated", "We were told that this is urgent." },
    { "signed-out", "You are signed out." },
    { "removed", "It is removed." },
    { "closing", "Your account will be closed. To keep it, sign in within two weeks." },
    { "links-ended", "The links that you were sent to this ticket are no longer good." },
    { "test-sent", "A test mail is on its way to you." },
    { "archived", "The conversation is put away." },
    { "link-sent", "A mail with a link is on its way. Open it here." },
};

static const char *
done_text(const struct request *request)
{
    const char *code = request_query(request, "done");

    for (size_t i = 0; code && i < G_N_ELEMENTS(done_texts); i++)
        if (strcmp(done_texts[i].code, code) == 0)
            return text_of(request, done_texts[i].msgid);
    return NULL;
}

/* The part of the site, for the navigation: "/tickets/7" is in "tickets". */
static json_t *
place_of(const struct request *request)
{
    static const char *const places[] = { "tickets", "messages", "notifications",
                                          "account", "admin" };
    /* "GET ?a HTTP/1.1" has no path at all */
    const char *path = *request->path == '/' ? request->path + 1 : "";
    json_t *place = json_object();
    bool found = false;

    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        size_t n = strlen(places[i]);
        bool here =
            strncmp(path, places[i], n) == 0 && (path[n] == '/' || path[n] == '\0');
        json_object_set_new(place, places[i], json_boolean(here));
        found |= here;
    }
    json_object_set_new(place, "dashboard",
                        json_boolean(!found && strcmp(request->path, "/") == 0));
    return place;
}

char *
page_initials(const char *name, const char *address)
{
    g_autoptr(GString) initials = g_string_new(NULL);
    const char *from = name && *name ? name : address ? address : "?";
    bool start = true;

    for (const char *c = from; *c && g_utf8_strlen(initials->str, -1) < 2;
         c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (start && g_unichar_isalnum(u))
            g_string_append_unichar(initials, g_unichar_toupper(u));
        start = !g_unichar_isalnum(u);
    }
    return g_string_free(g_steal_pointer(&initials), FALSE);
}

static json_t *
viewer_of(const struct request *request)
{
    static const char *const roles[] = { "nobody", "link", "customer", "agent", "admin" };
    const struct caller *caller = &request->caller;
    const char *address = caller->address ? caller->address : "";
    g_autofree char *initials = page_initials(caller->name, caller->address);

    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "name",
                     caller->name && *caller->name ? caller->name : address, "address",
                     address, "initials", initials, "role", roles[caller->role],
                     "is_agent", caller->role >= CALLER_AGENT, "is_admin",
                     caller->role >= CALLER_ADMIN);
}

/* Where a page hears what happens: a signed link's under the link. "" for nobody. */
static char *
live_url(const struct request *request)
{
    if (request->caller.role >= CALLER_CUSTOMER)
        return g_strdup("/live");
    if (request->caller.role == CALLER_LINK && g_str_has_prefix(request->path, "/t/"))
        return g_strdup_printf("/t/%s/live", request->params[0]);
    return g_strdup("");
}

/* Whose words a page's scripts keep in the browser. */
static char *
owner_of(const struct caller *caller)
{
    const char *address = caller->address ? caller->address : "";
    if (caller->role >= CALLER_CUSTOMER)
        return g_strdup(address);
    return caller->role == CALLER_LINK ? g_strconcat("link:", address, NULL)
                                       : g_strdup("");
}

static json_t *
page_of(const struct request *request, const json_t *frame)
{
    const struct caller *caller = &request->caller;
    const char *locale = caller->locale ? caller->locale : "en";
    const char *done = done_text(request);
    g_autofree char *unread = frame_unread(frame);
    g_autofree char *live = live_url(request);
    g_autofree char *owner = owner_of(caller);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:s, s:o}",
                     "live_url", live, "owner", owner, "path", request->path, "lang",
                     locale, "dir", texts_is_rtl(locale) ? "rtl" : "ltr", "theme",
                     caller->theme ? caller->theme : "system", "csrf",
                     caller->csrf ? caller->csrf : "", "assets",
                     assets_path(site_assets(request->site)), "is_signed_in",
                     caller->role >= CALLER_CUSTOMER, "has_flash", done != NULL, "flash",
                     done ? done : "", "unread", unread, "nav_is", place_of(request));
}

Reply *
page_render(const struct request *request, const char *name, const json_t *document,
            GError **error)
{
    const char *locale = request->caller.locale ? request->caller.locale : "en";
    g_autoptr(json_t) whole = json_deep_copy(document);
    g_autoptr(json_t) frame = frame_read(request);

    dress(request, whole);
    json_t *page = page_of(request, frame);
    json_object_set(page, "announcements", json_object_get(frame, "announcements"));
    json_object_set_new(whole, "viewer", viewer_of(request));
    json_object_set_new(whole, "brand", frame_brand(frame));
    json_object_set_new(whole, "page", page);
    GString *html = pages_render(site_pages(request->site), locale, name, whole, error);
    if (!html)
        return NULL;
    g_autoptr(GBytes) body = g_string_free_to_bytes(html);
    Reply *reply = reply_new(200, "text/html; charset=utf-8", body);
    reply_set(reply, "Content-Language", locale);
    reply_set(reply, "Vary", "Cookie, Accept-Language");
    reply_set_page_policy(reply);
    return reply;
}

Reply *
page_render_text(const struct request *request, const char *name, const char *document,
                 GError **error)
{
    json_error_t where;
    g_autoptr(json_t) json = json_loads(document, 0, &where);

    if (!json) {
        error_set(error, ERR_BUG, "the document of a page is no JSON: %s", where.text);
        return NULL;
    }
    return page_render(request, name, json, error);
}

/* --- problems --------------------------------------------------------------------- */

static const struct {
    unsigned status;
    const char *title, *advice;
} problem_texts[] = {
    { 400, "That did not work", "The request could not be read. Go back and try again." },
    { 403, "This is not open to you",
      "Sign in with another account, or ask who gave you the link." },
    { 404, "There is nothing here",
      "The address may be mistyped, or what was here is gone." },
    { 405, "That did not work", "The page can't be used that way." },
    { 409, "It changed meanwhile", "Open the page again and look before you go on." },
    { 410, "This link is no longer good", "Ask for a new one, or sign in." },
    { 413, "That is too large", "Send less, or smaller files." },
    { 421, "There is no help desk at this address", "Check the address." },
    { 422, "Something is missing", "Go back and fill in what is marked." },
    { 429, "Too many tries", "Wait a little, then try again." },
    { 503, "We can't be reached just now", "Try again in a minute. Nothing is lost." },
};

/* What an error says, where it is in their language, and not what the title says already. */
static const char *
detail_text(const struct request *request, const char *detail, const char *title)
{
    const char *locale = request->caller.locale ? request->caller.locale : "en";
    const char *text = detail ? text_of(request, detail) : NULL;

    if (!text || g_ascii_strcasecmp(detail, title) == 0)
        return NULL;
    return text != detail || strcmp(locale, "en") == 0 ? text : NULL;
}

/* A link that ran out still opens for the person it was sent to; "" where a sign-in is no
   help. */
static char *
sign_in_url(const struct request *request, unsigned status)
{
    if (status != 410 || request->method != HTTP_GET
        || request->caller.role >= CALLER_CUSTOMER
        || !g_str_has_prefix(request->path, "/t/"))
        return g_strdup("");
    return g_strconcat("/sign-in?next=", request->path, NULL);
}

static json_t *
problem_document(const struct request *request, const Reply *reply)
{
    const char *title = "Something went wrong here";
    const char *advice = "It is written down, and we look into it. Try again later.";
    gsize n = 0;
    const char *body = g_bytes_get_data(reply->body, &n);
    g_autoptr(json_t) problem = json_loadb(body, n, 0, NULL);
    const char *detail = json_string_value(json_object_get(problem, "detail"));

    for (size_t i = 0; i < G_N_ELEMENTS(problem_texts); i++)
        if (problem_texts[i].status == reply->status) {
            title = problem_texts[i].title;
            advice = problem_texts[i].advice;
        }
    detail = detail_text(request, detail, title);
    g_autofree char *sign_in = sign_in_url(request, reply->status);
    return json_pack("{s:{s:s, s:i, s:s, s:s, s:s, s:b}}", "problem", "sign_in_url",
                     sign_in, "status", (int)reply->status, "title",
                     text_of(request, title), "advice", text_of(request, advice),
                     "detail", detail ? detail : "", "has_detail", detail != NULL);
}

/* Fields that the page must carry on: when to try again, what is allowed. */
static void
keep_fields(const Reply *from, Reply *to)
{
    static const char *const kept[] = { "Retry-After", "Allow", "Connection" };

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        const char *value = reply_find(from, kept[i]);
        if (value)
            reply_set(to, kept[i], value);
    }
}

Reply *
page_of_problem(const struct request *request, Reply *reply)
{
    const char *accept = request_header(request, "Accept");

    if (!reply_is_problem(reply) || !request->path || request_is_api(request) || !accept
        || !strstr(accept, "text/html"))
        return reply;
    /* What was refused before anybody looked who asks still says so in their language. */
    struct request shown = *request;
    if (!shown.caller.locale)
        shown.caller.locale = (char *)(uintptr_t)texts_choose(
            site_texts(request->site), NULL, request_header(request, "Accept-Language"),
            NULL);
    g_autoptr(json_t) document = problem_document(&shown, reply);
    Reply *page = page_render(&shown, "problem", document, NULL);
    if (!page)
        return reply;
    page->status = reply->status;
    keep_fields(reply, page);
    reply_free(reply);
    return page;
}
