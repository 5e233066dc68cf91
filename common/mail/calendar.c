#include "common/mail/calendar.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/calendar_time.h"
#include "common/mail/charset.h"

/* One content line, unfolded: slices into `line`. */
struct property {
    struct slice name;   /* "DTSTART" */
    struct slice params; /* ";TZID=Europe/Berlin;VALUE=DATE-TIME", may be empty */
    struct slice value;
};

struct reader {
    struct slice rest;
    GString *line;
    size_t lines;
    bool cut;
};

/* What the event says, as it stood there. */
struct event {
    char *method, *summary, *organizer, *cn;
    char *start, *start_zone, *end, *end_zone, *duration;
};

/* --- lines --------------------------------------------------------------------------- */

/* The next content line, with its continuations joined (RFC 5545 §3.1). */
static bool
next_line(struct reader *r)
{
    struct slice line;

    g_string_truncate(r->line, 0);
    if (r->lines >= LIMIT_CALENDAR_LINES) {
        r->cut = r->cut || r->rest.n > 0;
        return false;
    }
    if (!slice_next_line(&r->rest, &line))
        return false;
    for (;;) {
        size_t room = LIMIT_CALENDAR_VALUE_BYTES - r->line->len;
        r->cut = r->cut || line.n > room;
        g_string_append_len(r->line, line.p, (gssize)MIN(line.n, room));
        r->lines++;
        if (r->rest.n == 0 || (r->rest.p[0] != ' ' && r->rest.p[0] != '\t'))
            return true;
        if (!slice_next_line(&r->rest, &line))
            return true;
        line = slice_sub(line, 1, line.n);
    }
}

/* Where the parameters end: at the first ':' that doesn't stand in quotes. */
static size_t
find_colon(struct slice s, size_t from)
{
    bool quoted = false;
    size_t i = from;

    for (; i < s.n && (quoted || s.p[i] != ':'); i++)
        quoted = quoted != (s.p[i] == '"');
    if (i < s.n)
        return i;
    const char *colon = memchr(s.p + from, ':', s.n - from); /* a quote never closed */
    return colon ? (size_t)(colon - s.p) : s.n;
}

static bool
split(const GString *line, struct property *ret_property)
{
    struct slice s = { line->str, line->len };
    size_t name = 0;

    while (name < s.n && (g_ascii_isalnum(s.p[name]) || s.p[name] == '-'))
        name++;
    if (name == 0 || name == s.n)
        return false;
    size_t colon = find_colon(s, name);
    if (colon == s.n)
        return false;
    *ret_property = (struct property){ slice_sub(s, 0, name), slice_sub(s, name, colon),
                                       slice_sub(s, colon + 1, s.n) };
    return true;
}

/* A parameter's value without its quotes; empty when there is none. */
static struct slice
find_param(struct slice params, const char *name)
{
    struct slice none = { NULL, 0 };

    while (params.n) {
        struct slice one = slice_sub(params, 1, params.n);
        bool quoted = false;
        size_t end = 0;
        for (; end < one.n && (quoted || one.p[end] != ';'); end++)
            quoted = quoted != (one.p[end] == '"');
        params = slice_sub(one, end, one.n);
        one = slice_sub(one, 0, end);

        const char *equals = one.n ? memchr(one.p, '=', one.n) : NULL;
        if (!equals)
            continue;
        size_t at = (size_t)(equals - one.p);
        struct slice value = slice_trim(slice_sub(one, at + 1, one.n));
        if (!slice_equal_nocase(slice_sub(one, 0, at), name))
            continue;
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = slice_sub(value, 1, value.n - 1);
        return value;
    }
    return none;
}

/* --- values -------------------------------------------------------------------------- */

/* Text on one line: valid UTF-8, no control characters, trimmed. */
static char *
clean(struct slice s)
{
    g_autofree char *utf8 = charset_to_utf8(s, "utf-8", NULL);
    return g_strstrip(charset_clean_line(g_steal_pointer(&utf8)));
}

/* RFC 5545 §3.3.11: \\ \; \, and \n. */
static char *
unescape(struct slice s)
{
    g_autoptr(GString) out = g_string_sized_new(s.n);

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            c = s.p[++i];
            if (c == 'n' || c == 'N')
                c = ' ';
        }
        g_string_append_c(out, c);
    }
    return clean((struct slice){ out->str, out->len });
}

static void
keep_first(char **slot, char *value)
{
    if (*slot)
        g_free(value);
    else
        *slot = value;
}

static void
read_property(struct event *e, const struct property *p)
{
    struct slice zone = find_param(p->params, "TZID");

    if (slice_equal_nocase(p->name, "SUMMARY")) {
        keep_first(&e->summary, unescape(p->value));
    } else if (slice_equal_nocase(p->name, "DTSTART") && !e->start) {
        e->start = slice_dup(p->value);
        e->start_zone = slice_dup(zone);
    } else if (slice_equal_nocase(p->name, "DTEND") && !e->end) {
        e->end = slice_dup(p->value);
        e->end_zone = slice_dup(zone);
    } else if (slice_equal_nocase(p->name, "DURATION")) {
        keep_first(&e->duration, slice_dup(p->value));
    } else if (slice_equal_nocase(p->name, "ORGANIZER") && !e->organizer) {
        struct slice at = slice_trim(p->value);
        bool mailto = slice_starts_nocase(at, "mailto:");
        e->organizer = clean(slice_sub(at, mailto ? strlen("mailto:") : 0, at.n));
        e->cn = clean(find_param(p->params, "CN"));
    }
}

/* Up to END:VEVENT; `inner` counts the components within it. */
static void
read_event(struct reader *r, struct event *e)
{
    struct property p;
    int inner = 0;

    while (next_line(r)) {
        if (!split(r->line, &p))
            continue;
        if (slice_equal_nocase(p.name, "BEGIN")) {
            inner++;
        } else if (slice_equal_nocase(p.name, "END")) {
            if (inner-- == 0)
                return;
        } else if (inner == 0) {
            read_property(e, &p);
        }
    }
}

/* Find the first event, and read the METHOD wherever in the calendar it stands. */
static bool
read_calendar(struct reader *r, struct event *e)
{
    struct property p;
    bool found = false;

    while (next_line(r)) {
        if (!split(r->line, &p))
            continue;
        if (slice_equal_nocase(p.name, "METHOD"))
            keep_first(&e->method, clean(p.value));
        if (!found && slice_equal_nocase(p.name, "BEGIN")
            && slice_equal_nocase(slice_trim(p.value), "VEVENT")) {
            read_event(r, e);
            found = true;
        }
    }
    return found;
}

/* --- the result ---------------------------------------------------------------------- */

static char *
or_empty(char *take_text)
{
    return take_text ? take_text : g_strdup("");
}

static char *
write_end(const struct event *e)
{
    struct slice zone = slice_from(e->start_zone);

    if (e->end)
        return calendar_time_read(slice_from(e->end), slice_from(e->end_zone));
    if (e->start && e->duration)
        return calendar_time_after(slice_from(e->start), zone, slice_from(e->duration));
    return NULL;
}

static char *
write_organizer(const struct event *e)
{
    if (!e->organizer)
        return NULL;
    if (!*e->cn || g_ascii_strcasecmp(e->cn, e->organizer) == 0)
        return g_strdup(e->organizer);
    return *e->organizer ? g_strdup_printf("%s <%s>", e->cn, e->organizer)
                         : g_strdup(e->cn);
}

static void
event_clear(struct event *e)
{
    char *all[] = { e->method,     e->summary, e->organizer, e->cn,      e->start,
                    e->start_zone, e->end,     e->end_zone,  e->duration };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

bool
calendar_read(struct slice text, Calendar *ret_calendar)
{
    g_autoptr(GString) line = g_string_new(NULL);
    struct reader r = { .rest = text, .line = line };
    struct event e = { 0 };

    bool found = read_calendar(&r, &e);
    if (found) {
        *ret_calendar = (Calendar){
            .method = g_ascii_strup(e.method ? e.method : "", -1),
            .summary = g_strdup(e.summary ? e.summary : ""),
            .start = or_empty(e.start ? calendar_time_read(slice_from(e.start),
                                                           slice_from(e.start_zone))
                                      : NULL),
            .end = or_empty(write_end(&e)),
            .organizer = or_empty(write_organizer(&e)),
            .cut = r.cut,
        };
    }
    event_clear(&e);
    return found;
}

void
calendar_clear(Calendar *calendar)
{
    g_clear_pointer(&calendar->method, g_free);
    g_clear_pointer(&calendar->summary, g_free);
    g_clear_pointer(&calendar->start, g_free);
    g_clear_pointer(&calendar->end, g_free);
    g_clear_pointer(&calendar->organizer, g_free);
}
