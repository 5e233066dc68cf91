#include "common/mail/address.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"
#include "common/mail/encoded_word.h"

void
mail_address_free(struct mail_address *address)
{
    if (!address)
        return;
    g_free(address->name);
    g_free(address->address);
    g_free(address->original);
    g_free(address);
}

/* --- normalising one address --------------------------------------------------------- */

static bool
is_atext(unsigned char c)
{
    return c >= 0x80 || g_ascii_isalnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* A quoted local part without its quotes where it is an atom anyway, else as it is. NULL
   when it holds what no address of ours shall hold. */
static char *
normalise_local(struct slice local)
{
    if (local.n == 0 || local.n > 64 * 4)
        return NULL;
    if (local.n >= 2 && local.p[0] == '"' && local.p[local.n - 1] == '"') {
        struct slice inner = slice_sub(local, 1, local.n - 1);
        bool atom = inner.n > 0;
        for (size_t i = 0; i < inner.n; i++) {
            unsigned char c = (unsigned char)inner.p[i];
            if (c < 33 || c == 127 || strchr("<>\"\\", c))
                return NULL;
            atom = atom && is_atext(c);
        }
        return slice_dup(atom ? inner : local);
    }
    for (size_t i = 0; i < local.n; i++) {
        unsigned char c = (unsigned char)local.p[i];
        /* ":" ";" "," "[" "]" "(" ")" are met in local parts of old gateways; only what
           could break out of a command or a header is refused. */
        if (c < 33 || c == 127 || strchr("<>\"\\,;()@", c))
            return NULL;
    }
    return slice_dup(local);
}

static bool
is_domain_literal(const char *domain)
{
    size_t n = strlen(domain);
    return n > 2 && domain[0] == '[' && domain[n - 1] == ']'
           && strspn(domain + 1, "0123456789abcdefABCDEF.:IPvipv") == n - 2;
}

/* The domain in lower-case A-labels, without a trailing dot; NULL when it is none. */
static char *
normalise_domain(struct slice domain)
{
    g_autofree char *text = slice_dup(domain);
    size_t n = strlen(text);
    while (n && text[n - 1] == '.')
        text[--n] = 0;
    if (n == 0 || !g_utf8_validate(text, -1, NULL))
        return NULL;
    if (is_domain_literal(text))
        return g_ascii_strdown(text, -1);

    g_autofree char *ascii =
        g_hostname_is_non_ascii(text) ? g_hostname_to_ascii(text) : g_strdup(text);
    if (!ascii || !*ascii || strlen(ascii) > 255) /* IDNA maps some letters to nothing */
        return NULL;
    g_autofree char *lower = g_ascii_strdown(ascii, -1);
    for (const char *p = lower; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("-._", *p))
            return NULL;
        if (*p == '.' && (p == lower || p[1] == '.'))
            return NULL;
    }
    return g_steal_pointer(&lower);
}

char *
address_normalise(struct slice text)
{
    text = slice_trim(text);
    if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
        text = slice_trim(slice_sub(text, 1, text.n - 1));
    if (slice_starts_nocase(text, "mailto:"))
        text = slice_sub(text, 7, text.n);
    const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
    if (!at || text.n > LIMIT_ADDRESS_BYTES || memchr(text.p, 0, text.n))
        return NULL;

    size_t i = (size_t)(at - text.p);
    g_autofree char *local = normalise_local(slice_sub(text, 0, i));
    g_autofree char *domain = normalise_domain(slice_sub(text, i + 1, text.n));
    if (!local || !domain || !g_utf8_validate(local, -1, NULL))
        return NULL;
    g_autofree char *lower = g_utf8_strdown(local, -1);
    return g_strconcat(lower, "@", domain, NULL);
}

/* --- reading a list ------------------------------------------------------------------ */

/* One mailbox as it is read: the words outside of <>, what stood within <>, comments. */
struct mailbox {
    GString *phrase; /* undecoded; quoted strings without their quotes */
    GString *angle;  /* NULL until a "<" was seen */
    GString *comment;
    const char *start;
    bool quoted; /* the phrase holds a quoted string */
};

static void
mailbox_reset(struct mailbox *m, const char *start)
{
    g_string_truncate(m->phrase, 0);
    g_string_truncate(m->comment, 0);
    if (m->angle)
        g_string_free(g_steal_pointer(&m->angle), true);
    m->start = start;
    m->quoted = false;
}

/* A source route ("@a,@b:ann@example.org", RFC 5322 §4.4) before the address. */
static struct slice
without_route(const char *angle)
{
    struct slice s = slice_trim(slice_from(angle));
    const char *colon = s.n && s.p[0] == '@' ? memchr(s.p, ':', s.n) : NULL;
    return colon ? slice_sub(s, (size_t)(colon - s.p) + 1, s.n) : s;
}

/* White space within what should be one address ("ann @example.org") is dropped, but for
   that in quotes, which would make it another one. */
static char *
squeeze(struct slice s)
{
    GString *out = g_string_new(NULL);
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        quoted ^= s.p[i] == '"';
        if (quoted || !strchr(" \t", s.p[i]) || !s.p[i])
            g_string_append_c(out, s.p[i]);
    }
    return g_string_free(out, false);
}

static char *
to_address(const char *raw)
{
    g_autofree char *tight = squeeze(without_route(raw));
    g_autofree char *decoded = encoded_word_decode(tight);
    char *found = address_normalise(slice_from(decoded));
    if (found)
        return found;

    /* `'ann@example.org'`, `<<ann@example.org>>`, "ann@example.org." */
    g_autofree char *bare = g_strdup(decoded);
    g_strdelimit(bare, "<>\"'", ' ');
    g_strstrip(bare);
    return strpbrk(bare, " \t") ? NULL : address_normalise(slice_from(bare));
}

static char *
to_name(const struct mailbox *m)
{
    bool blank = strspn(m->phrase->str, " \t") == m->phrase->len;
    const char *raw = blank ? m->comment->str : m->phrase->str;
    g_autofree char *name = encoded_word_decode(raw);
    g_strstrip(name);
    size_t n = strlen(name);
    if (n >= 2 && (name[0] == '\'' || name[0] == '"') && name[n - 1] == name[0])
        return g_strndup(name + 1, n - 2);
    return g_steal_pointer(&name);
}

/* Words without <>: either the address itself ("ann@example.org"), or a name whose
   brackets were lost ("Ann ann@example.org"). */
static void
split_bare(struct mailbox *m)
{
    const char *at = strrchr(m->phrase->str, '@');
    if (!at)
        return;
    const char *start = at, *end = at;
    while (start > m->phrase->str && !strchr(" \t", start[-1]))
        start--;
    end += strcspn(end, " \t");
    if (start == at || end == at + 1) { /* "ann @ example.org" */
        m->angle = g_string_new(m->phrase->str);
        g_string_truncate(m->phrase, 0);
        return;
    }
    m->angle = g_string_new_len(start, end - start);
    g_string_erase(m->phrase, start - m->phrase->str, end - start);
}

static void
mailbox_finish(struct mailbox *m, const char *end, GPtrArray *list)
{
    struct slice original =
        slice_trim((struct slice){ m->start, (size_t)(end - m->start) });
    if (original.n == 0)
        return;
    if (!m->angle)
        split_bare(m);

    struct mail_address *a = g_new0(struct mail_address, 1);
    g_autofree char *text = slice_dup(original);
    a->original = encoded_word_decode(text);
    a->address = to_address(m->angle ? m->angle->str : m->phrase->str);
    if (!a->address)
        a->address = g_strdup("");
    if (!m->angle && *a->address)
        g_string_truncate(m->phrase, 0);
    a->name = to_name(m);
    if (*a->address == 0 && *a->name == 0 && m->angle && m->angle->len == 0)
        mail_address_free(a); /* "<>" */
    else
        g_ptr_array_add(list, a);
}

/* A quoted string: its content goes to `out`. Returns what follows it. An unclosed quote
   is an ordinary character, or the rest of the list would be lost in it. */
static const char *
read_quoted(const char *p, GString *out, bool keep_quotes, bool *closes)
{
    GString *inner = g_string_new(NULL);
    const char *q = p + 1;
    for (; *q && *q != '"'; q++) {
        if (*q == '\\' && q[1])
            q++;
        g_string_append_c(inner, *q);
    }
    if (*q == '"') {
        if (keep_quotes)
            g_string_append_c(out, '"');
        g_string_append_len(out, inner->str, (gssize)inner->len);
        if (keep_quotes)
            g_string_append_c(out, '"');
    } else {
        *closes = false;
    }
    g_string_free(inner, true);
    return *q == '"' ? q + 1 : p + 1;
}

/* A quoted local part ("ann b"@example.org) is one word: its end alone would be somebody
   else's address. */
static void
keep_whole(char *local)
{
    for (char *c = local; *c; c++)
        if (strchr(" \t<>@\"", *c))
            *c = '\\'; /* no address that we know has it: this one names nobody */
}

/* A comment, with comments within; its text goes to `out`. An unclosed one ends the
   value. */
static const char *
read_comment(const char *p, GString *out)
{
    int depth = 0;
    if (out->len)
        g_string_append_c(out, ' ');
    for (; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '(' && depth++ == 0)
            continue;
        else if (*p == ')' && --depth == 0)
            return p + 1;
        g_string_append_c(out, *p);
    }
    return p;
}

/* How far an encoded word at p goes, though it holds what would end a word ("," or a
   space): 0 when it is none, or when a mailbox begins within. */
static size_t
word_length(const char *p)
{
    size_t n = 2;
    for (int marks = 0; n < 300 && p[n]; n++) {
        if (strchr("<>@\"", p[n]))
            return 0;
        marks += p[n] == '?' && marks < 2;
        if (marks == 2 && p[n] == '?' && p[n + 1] == '=' && p[n - 2] != '?')
            return n + 2;
    }
    return 0;
}

/* What stands in <>, up to ">"; if there is none before the next "," the list goes on
   there. */
static const char *
read_angle(const char *p, struct mailbox *m)
{
    if (!m->angle)
        m->angle = g_string_new(NULL);
    else
        g_string_truncate(m->angle, 0);
    for (p++; *p == '<'; p++)
        ;
    bool route = *p == '@';
    while (*p && *p != '>' && (*p != ',' || route)) {
        if (*p == ':')
            route = false;
        bool closes = true;
        if (*p == '"' && m->angle->len == 0)
            p = read_quoted(p, m->angle, true, &closes);
        else
            g_string_append_c(m->angle, *p++);
    }
    while (*p == '>')
        p++;
    return p;
}

/* True when this colon ends a group's name ("Team: a@x, b@x;"): only words before it, and
   what follows isn't the end. A colon in a name without quotes is common in broken mail,
   so a ";" must follow somewhere. */
static bool
is_group(const struct mailbox *m, const char *last_semicolon, const char *p)
{
    return !m->angle && last_semicolon && p < last_semicolon
           && !strchr(m->phrase->str, '@');
}

bool
address_read_list(const char *value, GPtrArray *list)
{
    struct mailbox m = { .phrase = g_string_new(NULL),
                         .comment = g_string_new(NULL),
                         .start = value };
    const char *last_semicolon = strrchr(value, ';');
    bool quotes_close = true;
    const char *p = value;

    while (*p && list->len < LIMIT_ADDRESSES) {
        if (*p == '"' && quotes_close) {
            gsize start = m.phrase->len;
            m.quoted = true;
            p = read_quoted(p, m.phrase, false, &quotes_close);
            if (*p == '@' && !m.angle)
                keep_whole(m.phrase->str + start);
        } else if (*p == '=' && p[1] == '?' && word_length(p)) {
            size_t n = word_length(p);
            g_string_append_len(m.phrase, p, (gssize)n);
            p += n;
        } else if (*p == '(') {
            p = read_comment(p, m.comment);
        } else if (*p == '<') {
            p = read_angle(p, &m);
        } else if (*p == ',' || *p == ';') {
            mailbox_finish(&m, p, list);
            mailbox_reset(&m, ++p);
        } else if (*p == ':' && is_group(&m, last_semicolon, p)) {
            mailbox_reset(&m, ++p);
        } else {
            g_string_append_c(m.phrase, *p++);
        }
    }
    bool complete = p[strspn(p, " \t,;")] == 0;
    if (complete && list->len < LIMIT_ADDRESSES)
        mailbox_finish(&m, p, list);
    mailbox_reset(&m, p);
    g_string_free(m.phrase, true);
    g_string_free(m.comment, true);
    return complete;
}

/* --- whom we may answer -------------------------------------------------------------- */

/* Whole local parts, and beginnings or ends of them, that no person reads. */
static const char *const daemons[] = { "mailer-daemon", "mailerdaemon", "postmaster",
                                       "abuse",         "root",         "daemon",
                                       "nobody",        "listserv",     "majordomo",
                                       "mdaemon",       "autoreply",    "auto-reply",
                                       "autoresponder", "bounce",       "bounces" };
static const char *const silent[] = { "noreply",      "no-reply",      "no_reply",
                                      "no.reply",     "donotreply",    "do-not-reply",
                                      "do_not_reply", "do.not.reply",  "dontreply",
                                      "dont-reply",   "nepasrepondre", "ne-pas-repondre",
                                      "nao-responda", "no-responder",  "noresponder" };
static const char *const ends[] = { "-bounces", "-bounce",        "-owner",
                                    "-request", "-noreply",       "-no-reply",
                                    "+noreply", "-admin-bounces", "-daemon" };

bool
address_may_answer(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    if (!at || at == address)
        return false;
    g_autofree char *local = g_ascii_strdown(address, at - address);
    for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
        size_t n = strlen(daemons[i]);
        if (g_str_has_prefix(local, daemons[i])
            && (local[n] == 0 || strchr("+=", local[n])))
            return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        if (g_str_has_prefix(local, silent[i]))
            return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(local, ends[i]))
            return false;
    }
    return !g_str_has_prefix(local, "owner-") && !g_str_has_prefix(local, "bounce-")
           && !g_str_has_prefix(local, "bounces-") && !g_str_has_prefix(local, "srs0=")
           && !g_str_has_prefix(local, "prvs=");
}
