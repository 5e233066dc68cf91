#include "common/mail/body.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/embedded.h"
#include "common/mail/enriched.h"
#include "common/mail/flowed.h"
#include "common/mail/rtf.h"
#include "common/mail/transfer.h"
#include "common/text/html_filter.h"
#include "common/text/html_text.h"

/* A stretch of the body in both forms: either may be missing. */
struct piece {
    char *text;
    char *html;
};

struct reader {
    struct slice raw;
    const Structure *structure;
    GPtrArray *errors;
    bool *is_body;
    size_t text_left, html_left; /* of the limits, which hold for all parts together */
    bool full;                   /* a part was left a file for want of room */
};

static void
piece_clear(struct piece *p)
{
    g_clear_pointer(&p->text, g_free);
    g_clear_pointer(&p->html, g_free);
}

static void
note(const struct reader *r, const struct mime_node *node, const char *problem)
{
    g_ptr_array_add(r->errors, g_strdup_printf("part %s: %s", node->path, problem));
}

/* --- leaves -------------------------------------------------------------------------- */

/* How the content of a part is shown. */
enum form { FORM_FILE, FORM_PLAIN, FORM_HTML, FORM_ENRICHED, FORM_RICHTEXT, FORM_RTF };

static enum form
form_of(const struct mime_node *node)
{
    static const struct {
        const char *type;
        enum form form;
    } forms[] = {
        { "text/plain", FORM_PLAIN },       { "text", FORM_PLAIN },
        { "text/html", FORM_HTML },         { "application/xhtml+xml", FORM_HTML },
        { "text/enriched", FORM_ENRICHED }, { "text/richtext", FORM_RICHTEXT },
        { "text/rtf", FORM_RTF },           { "application/rtf", FORM_RTF },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (strcmp(node->type, forms[i].type) == 0)
            return forms[i].form;
    }
    return FORM_FILE;
}

static bool
is_html(const struct mime_node *node)
{
    return form_of(node) == FORM_HTML;
}

/* Rich text and RTF are a body where they are its only form or one of several, or come
   first; behind other words they are documents. */
static bool
is_document(const Structure *structure, guint index)
{
    const struct mime_node *node = structure_node(structure, index);
    enum form form = form_of(node);
    if ((form != FORM_RICHTEXT && form != FORM_RTF) || node->parent < 0
        || index == (guint)node->parent + 1)
        return false;
    const char *within = structure_node(structure, (guint)node->parent)->type;
    return strcmp(within, "multipart/alternative") != 0;
}

/* A file, whatever its type: Content-Disposition says so, or it has a name of its own.
   The one part of a mail that has nothing else is its text even with a name. */
static bool
is_attachment(const struct mime_node *node)
{
    if (strcmp(node->disposition, "attachment") == 0)
        return true;
    return *node->name && node->parent >= 0;
}

/* yEnc is no text in any charset, and would mislead the guess at one. Uuencode is, and
   stays where it stands, unless it would push words over the limit. NULL: nothing to cut. */
static GString *
cut_files(struct slice text)
{
    return embedded_cut(text,
                        text.n > LIMIT_TEXT_BYTES ? EMBEDDED_CUT_ALL : EMBEDDED_CUT_YENC);
}

/* What HTML says of its own charset, where its part says nothing: <meta charset=x>, or
   <meta http-equiv=Content-Type content="text/html; charset=x">. NULL: nothing. */
static char *
meta_charset(struct slice html)
{
    static const char word[] = "charset=";
    if (html.n == 0)
        return NULL;
    g_autofree char *head = g_ascii_strdown(html.p, (gssize)html.n);
    const char *meta = strstr(head, "<meta");
    const char *at = meta ? strstr(meta, word) : NULL;
    if (!at)
        return NULL;
    at += strlen(word);
    at += strspn(at, "\"' ");
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-_:.");
    /* It could be read as ASCII up to here, so it is no UTF-16. */
    return length && !g_str_has_prefix(at, "utf-16") ? g_strndup(at, length) : NULL;
}

static bool
is_rtf(const struct mime_node *node, struct slice content)
{
    return form_of(node) == FORM_RTF && slice_starts_nocase(content, "{\\rtf");
}

/* RTF names its own charset, so its bytes are read as they are. */
static char *
read_rtf(struct reader *r, const struct mime_node *node, struct slice content)
{
    char *text = rtf_text(content);
    if (content.n > LIMIT_RTF_BYTES || strlen(text) > r->text_left)
        note(r, node, "text is very long: cut off, the whole is in the original");
    r->text_left -= MIN(strlen(text), r->text_left);
    return text;
}

static char *
decode_text(struct reader *r, const struct mime_node *node)
{
    const char *problem = NULL;
    struct slice encoded = slice_sub(r->raw, node->offset, node->offset + node->length);
    g_autoptr(GBytes) bytes = transfer_decode(encoded, node->encoding);
    gsize n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    size_t *left = is_html(node) ? &r->html_left : &r->text_left, limit = *left;
    if (is_rtf(node, (struct slice){ p, n }))
        return read_rtf(r, node, (struct slice){ p, n });
    g_autoptr(GString) words = is_html(node) ? NULL : cut_files((struct slice){ p, n });
    if (words) {
        p = words->str;
        n = words->len;
    }
    if (n > limit)
        note(r, node, "text is very long: cut off, the whole is in the original");
    *left -= MIN(n, limit);
    g_autofree char *meta = is_html(node) && !*node->charset
                                ? meta_charset((struct slice){ p, MIN(n, 2048u) })
                                : NULL;
    char *text = charset_to_utf8((struct slice){ p, MIN(n, limit) },
                                 meta ? meta : node->charset, &problem);
    if (problem)
        note(r, node, problem);
    return charset_clean_text(text);
}

/* The words of text in this part's form. Takes `text`, gives one that the caller owns. */
static char *
plain_of(const struct mime_node *node, char *take_text)
{
    g_autofree char *text = take_text;
    switch (form_of(node)) {
    case FORM_ENRICHED:
    case FORM_RICHTEXT:
        return enriched_text(slice_from(text), form_of(node) == FORM_RICHTEXT);
    case FORM_RTF:
    case FORM_PLAIN:
    case FORM_HTML:
    case FORM_FILE:
        break;
    }
    return node->flowed ? flowed_join(text, node->delsp) : g_steal_pointer(&text);
}

static struct piece
read_leaf(struct reader *r, guint index)
{
    const struct mime_node *node = structure_node(r->structure, index);
    struct piece piece = { NULL, NULL };
    if (form_of(node) == FORM_FILE || is_attachment(node)
        || is_document(r->structure, index))
        return piece;
    if ((is_html(node) ? r->html_left : r->text_left) == 0) {
        r->full = true;
        return piece;
    }

    r->is_body[index] = true;
    char *text = decode_text(r, node);
    if (is_html(node)) {
        piece.html = text;
        return piece;
    }
    piece.text = plain_of(node, text);
    return piece;
}

/* --- putting pieces together --------------------------------------------------------- */

/* Text as HTML, so that it can stand between HTML parts. */
static char *
text_as_html(const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    return g_strconcat("<div style=\"white-space: pre-wrap\">", escaped, "</div>\n",
                       NULL);
}

const char *
body_html_problem(unsigned cut)
{
    if (cut & HTML_CUT_BYTES)
        return "HTML is very long: cut off, the whole is in the original";
    if (cut & (HTML_CUT_TAGS | HTML_CUT_DEPTH))
        return "HTML of very many or very deep tags: some are left out, their text stays";
    return NULL;
}

static char *
html_as_text(const char *html, GPtrArray *errors)
{
    g_auto(HtmlText) text = html_text_make(slice_from(html), 0);
    const char *problem = body_html_problem(text.cut);
    if (problem)
        g_ptr_array_add(errors, g_strdup(problem));
    return g_strndup(text.text, text.n);
}

static char *
piece_text(const struct piece *p, GPtrArray *errors)
{
    if (p->text && (!p->html || strspn(p->text, " \t\n") < strlen(p->text)))
        return g_strdup(p->text);
    return p->html ? html_as_text(p->html, errors) : NULL;
}

static bool
is_empty(const char *text)
{
    return !text || strspn(text, " \t\n") == strlen(text);
}

/* Join all in order. HTML comes out if any of them has it. */
static struct piece
join(GArray *pieces, GPtrArray *errors)
{
    struct piece out = { NULL, NULL };
    g_autoptr(GString) text = g_string_new(NULL), html = g_string_new(NULL);
    bool any_html = false, any_text = false;
    for (guint i = 0; i < pieces->len; i++)
        any_html = any_html || g_array_index(pieces, struct piece, i).html;

    for (guint i = 0; i < pieces->len; i++) {
        const struct piece *p = &g_array_index(pieces, struct piece, i);
        g_autofree char *plain = piece_text(p, errors);
        if (plain) {
            any_text = true;
            if (text->len && text->str[text->len - 1] != '\n')
                g_string_append_c(text, '\n');
            g_string_append(text, plain);
        }
        if (p->html) {
            g_string_append(html, p->html);
        } else if (any_html && !is_empty(p->text)) {
            g_autofree char *made = text_as_html(p->text);
            g_string_append(html, made);
        }
    }
    if (any_text)
        out.text = g_string_free(g_steal_pointer(&text), false);
    if (any_html)
        out.html = g_string_free(g_steal_pointer(&html), false);
    return out;
}

/* RFC 2046 §5.1.4: the same in several forms. The first text that isn't empty, and the
   last (richest) HTML. */
static struct piece
choose(GArray *pieces)
{
    struct piece out = { NULL, NULL };
    for (guint i = 0; i < pieces->len; i++) {
        const struct piece *p = &g_array_index(pieces, struct piece, i);
        if (p->text && is_empty(out.text)) {
            g_free(out.text);
            out.text = g_strdup(p->text);
        }
        if (p->html) {
            g_free(out.html);
            out.html = g_strdup(p->html);
        }
    }
    return out;
}

static struct piece read_node(struct reader *r, guint index);

/* multipart/related shows its root (RFC 2387); the rest is what the root refers to. Apple
   Mail puts further text there, so text parts without a Content-ID count as well. */
static bool
is_shown(const struct mime_node *parent, const struct mime_node *child, bool first)
{
    return first || strcmp(parent->type, "multipart/related") != 0
           || (!*child->content_id && strcmp(child->type, "text/html") == 0)
           || g_str_has_prefix(child->type, "multipart/");
}

static struct piece
read_multipart(struct reader *r, guint index)
{
    const struct mime_node *node = structure_node(r->structure, index);
    g_autoptr(GArray) pieces = g_array_new(false, false, sizeof(struct piece));
    g_array_set_clear_func(pieces, (GDestroyNotify)(void (*)(void))piece_clear);
    bool first = true;

    for (guint i = index + 1; i < r->structure->nodes->len; i++) {
        const struct mime_node *child = structure_node(r->structure, i);
        if (child->depth <= node->depth)
            break;
        if (child->parent != (int)index)
            continue;
        if (is_shown(node, child, first)) {
            struct piece piece = read_node(r, i);
            if (piece.text || piece.html)
                g_array_append_val(pieces, piece);
        }
        first = false;
    }
    if (pieces->len == 1) {
        struct piece only = g_array_index(pieces, struct piece, 0);
        g_array_index(pieces, struct piece, 0) = (struct piece){ NULL, NULL };
        return only;
    }
    bool alternative = strcmp(node->type, "multipart/alternative") == 0;
    return alternative ? choose(pieces) : join(pieces, r->errors);
}

static struct piece
read_node(struct reader *r, guint index)
{
    return structure_node(r->structure, index)->is_multipart ? read_multipart(r, index)
                                                             : read_leaf(r, index);
}

/* Clip to a limit at a character's start. */
static void
clip(char *text, size_t limit, GPtrArray *errors)
{
    if (!text || strlen(text) <= limit)
        return;
    char *end = g_utf8_find_prev_char(text, text + limit);
    if (end)
        *end = 0;
    g_ptr_array_add(errors,
                    g_strdup("text is very long: cut off, the whole is in the original"));
}

void
body_read(struct slice raw, const Structure *structure, GPtrArray *errors,
          struct body *ret_body)
{
    struct reader r = { .raw = raw,
                        .structure = structure,
                        .errors = errors,
                        .text_left = LIMIT_TEXT_BYTES,
                        .html_left = LIMIT_HTML_BYTES };
    r.is_body = g_new0(bool, structure->nodes->len);

    struct piece piece = read_node(&r, 0);
    char *text = piece_text(&piece, errors);
    if (r.full)
        g_ptr_array_add(errors, g_strdup("more text than is shown: the parts beyond it "
                                         "are left as files"));
    ret_body->text = text ? text : g_strdup("");
    ret_body->html = g_steal_pointer(&piece.html);
    ret_body->is_body = r.is_body;
    ret_body->text_is_of_html = ret_body->html && !piece.text;
    clip(ret_body->text, LIMIT_TEXT_BYTES, errors);
    clip(ret_body->html, LIMIT_HTML_BYTES, errors);
    piece_clear(&piece);
}

void
body_adopt(struct body *body, char *take_text, char *take_html, GPtrArray *errors)
{
    if (!take_text && !take_html)
        return;
    g_free(body->text);
    g_free(body->html);
    clip(take_html, LIMIT_HTML_BYTES, errors);
    body->html = take_html;
    body->text_is_of_html = !take_text;
    body->text = take_text ? take_text : html_as_text(take_html, errors);
    clip(body->text, LIMIT_TEXT_BYTES, errors);
}
