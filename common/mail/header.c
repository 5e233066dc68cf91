#include "common/mail/header.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/encoded_word.h"

bool
header_next_line(struct slice *rest, struct slice *ret_line)
{
    if (rest->n == 0)
        return false;

    size_t end = 0;
    while (end < rest->n && rest->p[end] != '\n' && rest->p[end] != '\r')
        end++;
    size_t next = end;
    while (next < rest->n && rest->p[next] == '\r') /* CR CR LF: one line end, doubled */
        next++;
    if (next < rest->n && rest->p[next] == '\n')
        next++;
    else if (next > end)
        next = end + 1; /* bare CR: each ends a line */
    *ret_line = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, next, rest->n);
    return true;
}

/* RFC 5322 §3.6.8: printable ASCII but colon; white space before the colon is obsolete
   syntax (§4.5.3) that is still met. */
bool
header_split_field(struct slice line, struct header_field *ret_field)
{
    size_t i = 0;
    if (line.n >= 2 && line.p[0] == '-' && line.p[1] == '-') /* a boundary */
        return false;
    while (i < line.n && line.p[i] > 32 && line.p[i] < 127 && line.p[i] != ':')
        i++;
    size_t name = i;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
        i++;
    if (name == 0 || i == line.n || line.p[i] != ':')
        return false;

    ret_field->name = slice_sub(line, 0, name);
    ret_field->value = slice_sub(line, i + 1, line.n);
    return true;
}

static bool
is_blank(struct slice line)
{
    return slice_trim(line).n == 0;
}

static bool
is_mbox_from(struct slice line)
{
    return line.n >= 5
           && (memcmp(line.p, "From ", 5) == 0
               || (line.n >= 6 && memcmp(line.p, ">From ", 6) == 0));
}

/* What the next line is that tells whether a broken block goes on. */
enum ahead { AHEAD_NOTHING, AHEAD_EMPTY, AHEAD_FIELD, AHEAD_WORDS };

struct reader {
    struct slice in, rest;
    GArray *fields;
    struct header_block *block;
    bool of_part;     /* a part's block: it may be empty */
    enum ahead ahead; /* what stands at ahead_at: lines before it need not look again, */
    const char
        *ahead_at; /* or a block of broken lines would take the square of its size */
};

/* Bytes of the block beyond LIMIT_HEADER_BYTES are no part of a value. */
static void
clip_value(struct reader *r, struct slice *value)
{
    const char *limit = r->in.p + MIN(r->in.n, LIMIT_HEADER_BYTES);
    if (value->p + value->n <= limit)
        return;
    r->block->clipped = true;
    value->n = value->p < limit ? (size_t)(limit - value->p) : 0;
}

/* A line that starts with white space belongs to the field before it. */
static void
continue_field(struct reader *r, struct slice line)
{
    struct header_field *last =
        &g_array_index(r->fields, struct header_field, r->fields->len - 1);
    last->value.n = (size_t)(line.p + line.n - last->value.p);
    clip_value(r, &last->value);
}

static bool
is_folded(struct slice line)
{
    return line.n && (line.p[0] == ' ' || line.p[0] == '\t');
}

/* How far is looked ahead, in lines and bytes, when a line is no field. */
#define LOOK_LINES 100
#define LOOK_BYTES 8192

static bool
has_space(struct slice s)
{
    return s.n && (memchr(s.p, ' ', s.n) || memchr(s.p, '\t', s.n));
}

/* A field that any header block has: not what prose happens to look like. */
static bool
is_usual_field(struct slice line)
{
    static const char *const names[] = {
        "From",       "To",       "Cc",           "Subject",       "Date",
        "Message-ID", "Received", "Return-Path",  "MIME-Version",  "Content-Type",
        "Reply-To",   "Sender",   "Delivered-To", "DKIM-Signature"
    };
    struct header_field field;
    if (!header_split_field(line, &field))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (slice_equal_nocase(field.name, names[i]))
            return true;
    }
    return slice_starts_nocase(field.name, "X-");
}

/* The sender isn't known yet, and a usual field is ahead: relays that lost the folding of
   Received and the like have left lines of any form. */
static bool
is_unfolded(const struct reader *r)
{
    struct slice rest = slice_sub(r->rest, 0, LOOK_BYTES), next;
    for (guint i = 0; i < r->fields->len; i++) {
        if (slice_equal_nocase(g_array_index(r->fields, struct header_field, i).name,
                               "From"))
            return false;
    }
    for (int i = 0; i < LOOK_LINES && header_next_line(&rest, &next) && next.n; i++) {
        if (is_usual_field(next))
            return true;
    }
    return false;
}

/* The first of the lines ahead that has a space, is a field, or is empty. */
static enum ahead
look_ahead(struct reader *r)
{
    struct slice rest = slice_sub(r->rest, 0, LOOK_BYTES), next;
    struct header_field field;
    if (r->ahead_at && r->rest.p <= r->ahead_at)
        return r->ahead;
    r->ahead = AHEAD_NOTHING;
    for (int i = 0; i < LOOK_LINES && header_next_line(&rest, &next); i++) {
        if (next.n == 0)
            r->ahead = AHEAD_EMPTY;
        else if (header_split_field(next, &field) || is_mbox_from(next))
            r->ahead = AHEAD_FIELD;
        else if (has_space(next))
            r->ahead = AHEAD_WORDS;
        else
            continue;
        r->ahead_at = next.p;
        break;
    }
    return r->ahead;
}

/* `line` is no field: true when the block goes on behind it, so that only this line (or a
   run of such without any space, where a relay lost the folding of base64) is broken;
   false when it is the first line of a body without an empty line before it. */
static bool
block_goes_on(struct reader *r, struct slice line)
{
    enum ahead ahead = look_ahead(r);
    return ahead == AHEAD_EMPTY ? line.n > 40 && !has_space(line) : ahead == AHEAD_FIELD;
}

/* True when this line was part of the block, false when the block ended before it. */
static bool
take_line(struct reader *r, struct slice line)
{
    struct header_field field;

    if (is_folded(line) && r->fields->len > 0) {
        continue_field(r, line);
        return true;
    }
    if (is_mbox_from(line))
        return true;
    if (!header_split_field(line, &field)) {
        r->block->junk++;
        if (r->of_part)
            return line.p[0] != '-' && block_goes_on(r, line);
        return block_goes_on(r, line) || is_unfolded(r);
    }
    clip_value(r, &field.value);
    if (r->fields->len < LIMIT_HEADER_FIELDS)
        g_array_append_val(r->fields, field);
    else
        r->block->clipped = true;
    return true;
}

/* The block is longer than we read: its end is at the first empty line, of a part also at
   what may be a boundary. */
static void
skip_to_body(struct reader *r)
{
    struct slice line, before;
    r->block->clipped = true;
    while (!r->block->has_empty
           && (before = r->rest, header_next_line(&r->rest, &line))) {
        r->block->has_empty = line.n == 0;
        if (r->of_part && line.n > 2 && line.p[0] == '-' && line.p[1] == '-') {
            r->rest = before;
            return;
        }
    }
}

static bool
goes_on_folded(struct slice rest)
{
    struct slice next;
    return header_next_line(&rest, &next) && is_folded(next) && !is_blank(next);
}

static void
read_lines(struct reader *r)
{
    struct slice line, before;
    while (before = r->rest, header_next_line(&r->rest, &line)) {
        size_t at = r->in.n - before.n;
        if (line.n == 0 && r->fields->len == 0 && at < 8 && !r->of_part)
            continue; /* mbox splitters leave empty lines before the first field */
        if (line.n && is_blank(line) && goes_on_folded(r->rest))
            continue; /* RFC 5322 §4.2: an obsolete fold, of white space only */
        if (is_blank(line)) {
            r->block->has_empty = true;
            return;
        }
        if (at > LIMIT_HEADER_BYTES) {
            skip_to_body(r);
            return;
        }
        if (!take_line(r, line)) {
            r->rest = before;
            return;
        }
    }
}

static void
read_block(struct slice in, bool of_part, struct header_block *ret_block)
{
    struct header_block block = { 0 };
    struct reader r = { .in = in, .rest = in, .block = &block, .of_part = of_part };
    r.fields = g_array_new(false, false, sizeof(struct header_field));

    if (in.n >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        r.rest = slice_sub(in, 3, in.n);
    read_lines(&r);
    if (r.fields->len || (of_part && block.has_empty))
        block.body = in.n - r.rest.n;
    block.count = r.fields->len;
    block.fields = (struct header_field *)(void *)g_array_free(r.fields, false);
    *ret_block = block;
}

void
header_read(struct slice in, struct header_block *ret_block)
{
    read_block(in, false, ret_block);
}

void
header_read_part(struct slice in, struct header_block *ret_block)
{
    read_block(in, true, ret_block);
}

void
header_clear(struct header_block *block)
{
    g_clear_pointer(&block->fields, g_free);
    block->count = 0;
}

const struct header_field *
header_find_nth(const struct header_block *block, const char *name, size_t n)
{
    for (size_t i = 0; i < block->count; i++) {
        if (slice_equal_nocase(block->fields[i].name, name) && n-- == 0)
            return &block->fields[i];
    }
    return NULL;
}

const struct header_field *
header_find(const struct header_block *block, const char *name)
{
    return header_find_nth(block, name, 0);
}

char *
header_unfold(const struct header_field *field)
{
    if (!field)
        return g_strdup("");

    struct slice v = slice_trim(field->value);
    GString *out = g_string_sized_new(v.n + 1);
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '\r' || v.p[i] == '\n')
            continue;
        g_string_append_c(out, v.p[i] ? v.p[i] : ' ');
    }
    return g_string_free(out, false);
}

char *
header_unfold_utf8(const struct header_block *block, const struct header_field *field)
{
    g_autofree char *raw = header_unfold(field);
    return charset_header_to_utf8(raw, block->charset);
}

char *
header_text(const struct header_block *block, const struct header_field *field)
{
    g_autofree char *value = header_unfold_utf8(block, field);
    return encoded_word_decode(value);
}

char *
header_get_unfolded(const struct header_block *block, const char *name)
{
    return header_unfold(header_find(block, name));
}

char *
header_get_text(const struct header_block *block, const char *name)
{
    return header_text(block, header_find(block, name));
}
