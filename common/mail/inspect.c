#include "common/mail/inspect.h"

#include <jansson.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/mail/body.h"
#include "common/mail/meaning.h"
#include "common/text/html_clean.h"

static json_t *
text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *
strings(char *const *list)
{
    json_t *array = json_array();
    for (; *list; list++)
        json_array_append_new(array, json_string(*list));
    return array;
}

static json_t *
addresses(const GPtrArray *list)
{
    json_t *array = json_array();
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *a = list->pdata[i];
        json_array_append_new(
            array, json_pack("{s:s, s:s}", "name", a->name, "address", a->address));
    }
    return array;
}

static json_t *
attachments(const Mail *mail)
{
    json_t *array = json_array();
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *p = mail->parts->pdata[i];
        if (p->is_body)
            continue;
        json_array_append_new(
            array, json_pack("{s:o, s:s, s:I, s:s, s:b, s:o, s:s}", "filename",
                             text_or_null(p->name), "content_type", p->content_type,
                             "size", (json_int_t)p->size, "sha256", p->sha256, "inline",
                             (int)p->is_inline, "content_id", text_or_null(p->content_id),
                             "part", p->path));
    }
    return array;
}

static json_t *
bounce(const struct mail_bounce *b)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "action", b->action, "status",
                     text_or_null(b->status), "recipient", text_or_null(b->recipient),
                     "original_message_id", text_or_null(b->original_message_id),
                     "diagnostic", text_or_null(b->diagnostic));
}

static json_t *
bounces(const Mail *mail)
{
    if (mail->bounces->len == 0)
        return json_null();
    if (mail->bounces->len == 1)
        return bounce(mail->bounces->pdata[0]);
    json_t *array = json_array();
    for (guint i = 0; i < mail->bounces->len; i++)
        json_array_append_new(array, bounce(mail->bounces->pdata[i]));
    return array;
}

static json_t *
authentication(const struct mail_authentication *a)
{
    if (!a->authserv_id)
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "authserv_id", a->authserv_id,
                     "dmarc", text_or_null(a->dmarc), "dmarc_domain",
                     text_or_null(a->dmarc_domain), "dkim", text_or_null(a->dkim),
                     "dkim_domain", text_or_null(a->dkim_domain), "spf",
                     text_or_null(a->spf), "spf_domain", text_or_null(a->spf_domain));
}

static void
set_header(json_t *o, const Mail *mail)
{
    g_autofree char *date = mail->date_us ? clock_format_rfc3339(mail->date_us) : NULL;
    json_object_set_new(o, "message_id", json_string(mail->message_id));
    json_object_set_new(o, "in_reply_to", strings(mail->in_reply_to));
    json_object_set_new(o, "references", strings(mail->references));
    json_object_set_new(o, "date", text_or_null(date));
    json_object_set_new(o, "subject", json_string(mail->subject));
    json_object_set_new(o, "from", addresses(mail->from));
    json_object_set_new(o, "to", addresses(mail->to));
    json_object_set_new(o, "cc", addresses(mail->cc));
    json_object_set_new(o, "reply_to", addresses(mail->reply_to));
}

/* Once is enough: what a step leaves out, the next one may leave out as well. */
static void
note_once(GPtrArray *errors, const char *problem)
{
    if (problem && !g_ptr_array_find_with_equal_func(errors, problem, g_str_equal, NULL))
        g_ptr_array_add(errors, g_strdup(problem));
}

/* As it may be shown; pictures of the mail itself keep their cid:. */
static json_t *
clean_html(const char *html, GPtrArray *errors)
{
    const struct html_clean_options options = { .cid_prefix = "cid:" };
    if (!html)
        return json_null();
    g_auto(HtmlCleaned) cleaned = html_clean(slice_from(html), &options);
    note_once(errors, body_html_problem(cleaned.cut));
    if (cleaned.text_only)
        note_once(errors, "HTML that reads differently each time: shown as text");
    return json_stringn(cleaned.html, cleaned.n);
}

static void
set_body(json_t *o, const Mail *mail)
{
    g_auto(ReplySplit) split = mail_split(mail, NULL, 0);
    json_object_set_new(o, "text", json_string(mail->text));
    json_object_set_new(o, "reply", json_string(split.reply));
    json_object_set_new(o, "quoted", json_string(split.quoted));
    json_object_set_new(o, "signature", json_string(split.signature));
    json_object_set_new(o, "html", clean_html(mail->html, mail->errors));
    g_autofree char *language = mail_language(mail, split.reply);
    json_object_set_new(o, "language", text_or_null(language));
}

static json_t *
forwarded(const Mail *mail, struct slice raw)
{
    g_auto(Forwarded) f = { 0 };
    if (!mail_forwarded(mail, raw, &f))
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "from", f.from, "date", f.date, "subject",
                     f.subject, "text", f.text);
}

static json_t *
calendar(const Mail *mail, struct slice raw)
{
    g_auto(Calendar) c = { 0 };
    if (!mail_calendar(mail, raw, &c))
        return json_null();
    if (c.cut)
        note_once(mail->errors, "very long calendar: read as far as the limits go");
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "method", text_or_null(c.method),
                     "summary", c.summary, "start", text_or_null(c.start), "end",
                     text_or_null(c.end), "organizer", text_or_null(c.organizer));
}

/* What the structure says; inspect has no keys and checks nothing. */
static json_t *
protection(const struct mail_protection *p)
{
    if (p->kind == MAIL_PLAIN)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:b}", "kind",
                     p->kind == MAIL_SIGNED ? "signed" : "encrypted", "protocol",
                     mail_protocol_name(p->protocol), "form",
                     p->is_inline ? "inline" : "mime", "whole", (int)p->whole);
}

static void
set_meaning(json_t *o, const Mail *mail, struct slice raw)
{
    json_object_set_new(o, "attachments", attachments(mail));
    json_object_set_new(o, "auto", json_string(mail_auto_name(mail->automatic)));
    json_object_set_new(o, "bounce", bounces(mail));
    json_object_set_new(o, "forwarded", forwarded(mail, raw));
    json_object_set_new(o, "calendar", calendar(mail, raw));
    json_object_set_new(o, "authentication", authentication(&mail->authentication));
    json_object_set_new(o, "crypto", protection(&mail->protection));
    json_t *errors = json_array();
    for (guint i = 0; i < mail->errors->len; i++)
        json_array_append_new(errors, json_string(mail->errors->pdata[i]));
    json_object_set_new(o, "errors", errors);
}

char *
mail_inspect(struct slice raw, const struct mail_options *options, GError **error)
{
    g_autoptr(Mail) mail = mail_parse(raw, options, error);
    if (!mail)
        return NULL;
    g_autoptr(json_t) o = json_object();
    set_header(o, mail);
    set_body(o, mail);
    set_meaning(o, mail, raw);
    char *text = json_dumps(o, JSON_COMPACT);
    if (!text)
        error_set(error, ERR_BUG, "a field of the mail is no valid UTF-8");
    return text;
}
