#include "common/mail/tnef.h"

#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/file_type.h"
#include "common/mail/inner.h"
#include "common/mail/mapi.h"
#include "common/mail/rtf.h"

#define SIGNATURE 0x223e9f78u
#define INTERFACE_BYTES 16 /* before the bytes of an object: the GUID of its interface */

/* Attributes (MS-OXTNEF §2.1.3.3). */
enum {
    ATT_SUBJECT = 0x00018004,
    ATT_BODY = 0x0002800c,
    ATT_MESSAGE_PROPERTIES = 0x00069003,
    ATT_CODEPAGE = 0x00069007,
    ATT_ATTACH_BEGIN = 0x00069002, /* attAttachRendData: the first of each attachment */
    ATT_ATTACH_TITLE = 0x00018010,
    ATT_ATTACH_DATA = 0x0006800f,
    ATT_ATTACH_PROPERTIES = 0x00069005,
};

/* Properties (MS-OXPROPS). */
enum {
    PR_SUBJECT = 0x0037,
    PR_BODY = 0x1000,
    PR_RTF_COMPRESSED = 0x1009,
    PR_HTML = 0x1013,
    PR_INTERNET_CODEPAGE = 0x3fde,
    PR_DISPLAY_NAME = 0x3001,
    PR_ATTACH_DATA = 0x3701,
    PR_ATTACH_FILENAME = 0x3704,
    PR_ATTACH_LONG_FILENAME = 0x3707,
    PR_ATTACH_MIME_TAG = 0x370e,
    PR_ATTACH_CONTENT_ID = 0x3712,
    PR_ATTACH_FLAGS = 0x3714, /* 4: rendered within the body */
};

/* What is known of one attachment so far. */
struct attachment {
    bool begun;
    bool is_message; /* content is a TNEF stream */
    bool is_inline;
    struct slice content;
    char *title, *display, *short_name, *long_name, *type, *content_id;
};

struct reader {
    Tnef *out;
    int depth;
    uint32_t codepage;
    uint32_t html_codepage;
    struct slice html, rtf; /* the last ones seen */
    struct attachment now;
};

static void read_stream(struct slice bytes, int depth, Tnef *out);

/* --- values -------------------------------------------------------------------------- */

static char *
from_codepage(struct slice s, uint32_t codepage)
{
    static const struct {
        uint32_t codepage;
        const char *charset;
    } names[] = {
        { 1200, "utf-16le" },     { 20127, "us-ascii" },   { 20866, "koi8-r" },
        { 21866, "koi8-u" },      { 28591, "iso-8859-1" }, { 28592, "iso-8859-2" },
        { 28595, "iso-8859-5" },  { 28597, "iso-8859-7" }, { 28599, "iso-8859-9" },
        { 28605, "iso-8859-15" }, { 51932, "euc-jp" },     { 51949, "euc-kr" },
        { 54936, "gb18030" },     { 65000, "utf-7" },
    };
    g_autofree char *charset =
        codepage ? g_strdup_printf("cp%" G_GUINT32_FORMAT, codepage) : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].codepage == codepage)
            return charset_to_utf8(s, names[i].charset, NULL);
    return charset_to_utf8(s, charset, NULL);
}

/* Up to its NUL. */
static char *
from_string8(struct slice s, uint32_t codepage)
{
    const char *nul = s.n ? memchr(s.p, 0, s.n) : NULL;

    return from_codepage(slice_sub(s, 0, nul ? (size_t)(nul - s.p) : s.n), codepage);
}

static char *
to_text(const struct reader *r, const struct mapi_property *p, size_t limit)
{
    struct slice value = slice_sub(p->value, 0, limit);

    if (p->type == MAPI_UNICODE)
        return charset_to_utf8(slice_sub(value, 0, value.n & ~(size_t)1), "utf-16le",
                               NULL);
    return from_string8(value, r->codepage);
}

static uint32_t
to_number(struct slice s)
{
    uint32_t number = 0;

    mapi_take_u32(&s, &number);
    return number;
}

static void
replace(char **slot, char *value)
{
    g_free(*slot);
    *slot = value;
}

/* --- files --------------------------------------------------------------------------- */

static void
attachment_clear(struct attachment *a)
{
    char *all[] = { a->title,     a->display, a->short_name,
                    a->long_name, a->type,    a->content_id };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
    *a = (struct attachment){ .begun = false };
}

/* The first that says something, on one line. */
static char *
choose_name(const struct attachment *a)
{
    const char *names[] = { a->long_name, a->title, a->short_name, a->display };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = names[i] ? inner_name(g_strdup(names[i])) : NULL;
        if (name && *name)
            return g_steal_pointer(&name);
    }
    return g_strdup("");
}

/* A type as it may stand in a header; else what the name tells. */
static char *
choose_type(const char *stated, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.+-_";
    g_autofree char *type = g_ascii_strdown(stated ? stated : "", -1);
    size_t n = strspn(type, allowed);

    if (n > 0 && type[n] == '/' && type[n + 1]
        && strspn(type + n + 1, allowed) == strlen(type + n + 1) && strlen(type) < 128)
        return g_steal_pointer(&type);
    return g_strdup(file_type_of_name(name));
}

static void
add_file(Tnef *out, struct inner_file *file)
{
    if (out->files->len < LIMIT_PARTS)
        g_ptr_array_add(out->files, file);
    else
        inner_file_free(file);
}

/* A message within: its words as a file, then its files. */
static void
add_message(struct reader *r, const struct attachment *a)
{
    g_auto(Tnef) within = { 0 };
    read_stream(a->content, r->depth + 1, &within);
    g_autofree char *name = choose_name(a);
    const char *title = *name ? name : within.subject ? within.subject : "message";

    if (within.text || within.html) {
        struct inner_file *file = inner_file_new();
        const char *text = within.text ? within.text : within.html;
        file->name = g_strdup_printf("%s.%s", title, within.text ? "txt" : "html");
        file->content_type = g_strdup(within.text ? "text/plain" : "text/html");
        file->content_id = g_strdup("");
        file->content = g_bytes_new(text, strlen(text));
        add_file(r->out, file);
    }
    while (within.files->len)
        add_file(r->out, g_ptr_array_steal_index(within.files, 0));
    if (within.problem)
        r->out->problem = within.problem;
}

static void
end_attachment(struct reader *r)
{
    struct attachment *a = &r->now;

    if (r->out->files->len >= LIMIT_PARTS) {
        r->out->problem = "winmail.dat: very many files: the rest is left out";
        attachment_clear(a);
        return;
    }
    if (a->begun && a->is_message && r->depth < LIMIT_TNEF_DEPTH) {
        add_message(r, a);
    } else if (a->begun) {
        if (a->is_message)
            r->out->problem =
                "winmail.dat: messages very deep in each other: left packed";
        struct inner_file *file = inner_file_new();
        file->name = choose_name(a);
        file->content_type = a->is_message ? g_strdup("application/ms-tnef")
                                           : choose_type(a->type, file->name);
        file->content_id = inner_name(g_strdup(a->content_id ? a->content_id : ""));
        file->is_inline = a->is_inline;
        file->content = g_bytes_new(a->content.p, a->content.n);
        add_file(r->out, file);
    }
    attachment_clear(a);
}

/* An object is a message when what follows its GUID is TNEF; else bytes like any other. */
static void
read_data(struct attachment *a, const struct mapi_property *p)
{
    a->content = p->value;
    if (p->type != MAPI_OBJECT)
        return;
    a->content = slice_sub(p->value, INTERFACE_BYTES, p->value.n);
    a->is_message = to_number(a->content) == SIGNATURE;
}

static void
read_attachment_properties(struct reader *r, struct slice list)
{
    struct attachment *a = &r->now;
    const struct {
        uint16_t id;
        char **slot;
    } texts[] = { { PR_DISPLAY_NAME, &a->display },
                  { PR_ATTACH_FILENAME, &a->short_name },
                  { PR_ATTACH_LONG_FILENAME, &a->long_name },
                  { PR_ATTACH_MIME_TAG, &a->type },
                  { PR_ATTACH_CONTENT_ID, &a->content_id } };
    struct mapi_reader reader = mapi_open(list);
    struct mapi_property p;

    while (mapi_next(&reader, &p)) {
        if (p.is_named)
            continue;
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
            if (p.id == texts[i].id && (p.type == MAPI_STRING8 || p.type == MAPI_UNICODE))
                replace(texts[i].slot, to_text(r, &p, LIMIT_PARAMETER_BYTES));
        if (p.id == PR_ATTACH_DATA)
            read_data(a, &p);
        else if (p.id == PR_ATTACH_FLAGS && p.type == MAPI_LONG)
            a->is_inline = to_number(p.value) & 4;
    }
    if (reader.broken)
        r->out->problem = "winmail.dat: a list of properties is broken: read up to there";
}

/* --- the message --------------------------------------------------------------------- */

static void
read_message_properties(struct reader *r, struct slice list)
{
    struct mapi_reader reader = mapi_open(list);
    struct mapi_property p;

    while (mapi_next(&reader, &p)) {
        bool is_string = p.type == MAPI_STRING8 || p.type == MAPI_UNICODE;
        if (p.is_named)
            continue;
        if (p.id == PR_SUBJECT && is_string)
            replace(&r->out->subject, to_text(r, &p, LIMIT_PARAMETER_BYTES));
        else if (p.id == PR_BODY && is_string)
            replace(&r->out->text, to_text(r, &p, LIMIT_TEXT_BYTES));
        else if (p.id == PR_HTML && p.type == MAPI_UNICODE)
            replace(&r->out->html, to_text(r, &p, LIMIT_HTML_BYTES));
        else if (p.id == PR_HTML && (p.type == MAPI_BINARY || p.type == MAPI_STRING8))
            r->html = p.value;
        else if (p.id == PR_RTF_COMPRESSED && p.type == MAPI_BINARY)
            r->rtf = p.value;
        else if (p.id == PR_INTERNET_CODEPAGE && p.type == MAPI_LONG)
            r->html_codepage = to_number(p.value);
    }
    if (reader.broken)
        r->out->problem = "winmail.dat: a list of properties is broken: read up to there";
}

static bool
is_blank(const char *text)
{
    return !text || strspn(text, " \t\r\n") == strlen(text);
}

static void
finish_body(struct reader *r)
{
    Tnef *out = r->out;

    if (!out->html && r->html.n)
        out->html = from_string8(slice_sub(r->html, 0, LIMIT_HTML_BYTES),
                                 r->html_codepage ? r->html_codepage : r->codepage);
    if (is_blank(out->text) && is_blank(out->html) && r->rtf.n) {
        g_autoptr(GBytes) rtf = rtf_decompress(r->rtf);
        gsize n = 0;
        const char *p = rtf ? g_bytes_get_data(rtf, &n) : NULL;
        replace(&out->text, rtf ? rtf_text((struct slice){ p, n }) : NULL);
    }
    char **bodies[] = { &out->text, &out->html };
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        if (is_blank(*bodies[i]))
            g_clear_pointer(bodies[i], g_free);
        else
            charset_clean_text(*bodies[i]);
    }
    if (out->subject)
        out->subject = inner_name(out->subject);
}

/* --- attributes ---------------------------------------------------------------------- */

static void
read_attribute(struct reader *r, uint32_t id, struct slice data)
{
    if (id == ATT_ATTACH_BEGIN) {
        end_attachment(r);
        r->now.begun = true;
    }
    if (id == ATT_CODEPAGE)
        r->codepage = to_number(data);
    else if (id == ATT_SUBJECT && !r->out->subject)
        r->out->subject =
            from_string8(slice_sub(data, 0, LIMIT_PARAMETER_BYTES), r->codepage);
    else if (id == ATT_BODY && !r->out->text)
        r->out->text = from_string8(slice_sub(data, 0, LIMIT_TEXT_BYTES), r->codepage);
    else if (id == ATT_MESSAGE_PROPERTIES)
        read_message_properties(r, data);
    else if (!r->now.begun)
        return;
    else if (id == ATT_ATTACH_TITLE)
        replace(&r->now.title,
                from_string8(slice_sub(data, 0, LIMIT_PARAMETER_BYTES), r->codepage));
    else if (id == ATT_ATTACH_DATA && !r->now.content.n)
        r->now.content = data;
    else if (id == ATT_ATTACH_PROPERTIES)
        read_attachment_properties(r, data);
}

static void
read_stream(struct slice bytes, int depth, Tnef *out)
{
    struct reader r = { .out = out, .depth = depth };
    struct slice rest = bytes, level, data;
    uint32_t signature, id, n;
    uint16_t number;

    out->files = g_ptr_array_new_with_free_func(inner_file_free);
    if (!mapi_take_u32(&rest, &signature) || signature != SIGNATURE
        || !mapi_take_u16(&rest, &number)) {
        out->problem = "winmail.dat is no TNEF: not unpacked";
        return;
    }
    while (rest.n) {
        if (!mapi_take(&rest, 1, &level) || !mapi_take_u32(&rest, &id)
            || !mapi_take_u32(&rest, &n) || !mapi_take(&rest, n, &data)) {
            out->problem = "winmail.dat is cut off: unpacked up to there";
            break;
        }
        read_attribute(&r, id, data);
        rest = slice_sub(rest, 2, rest.n); /* the checksum */
    }
    end_attachment(&r);
    finish_body(&r);
}

void
tnef_read(struct slice bytes, Tnef *ret_tnef)
{
    Tnef tnef = { 0 };

    read_stream(bytes, 0, &tnef);
    *ret_tnef = tnef;
}

void
tnef_clear(Tnef *tnef)
{
    g_clear_pointer(&tnef->files, g_ptr_array_unref);
    g_clear_pointer(&tnef->subject, g_free);
    g_clear_pointer(&tnef->text, g_free);
    g_clear_pointer(&tnef->html, g_free);
}
