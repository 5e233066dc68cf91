/* Frames: what clients put above what they quote.
 *
 * An attribution is recognised by what it is made of: a verb of writing (reply_words), a
 * date or time, an address, a colon at its end, a quote behind it. No single one is enough;
 * people write dates and addresses too. A header block is a run of "Label: value" lines. */
#include "common/mail/reply_lines.h"

#include <string.h>

#include "common/mail/reply_words.h"

enum {
    ATTRIBUTION_LINES = 6, /* a long address may be wrapped this often */
    ATTRIBUTION_BYTES = 600,
    HEADER_GAP = 3, /* lines that a field may run on to: long lists of recipients */
    HEADER_LINES = 60,
};

/* --- what a text is made of --------------------------------------------------------- */

static bool
has_address(struct slice s)
{
    const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
    return at && at > s.p && at + 1 < s.p + s.n && !g_ascii_isspace(at[-1])
           && !g_ascii_isspace(at[1]);
}

static size_t
digits_at(struct slice s, size_t i)
{
    size_t n = 0;
    while (i + n < s.n && g_ascii_isdigit(s.p[i + n]))
        n++;
    return n;
}

/* A clock time ("14:03", "14.03", "14h03", "2:03") or the parts of a date with their
   separators ("3/12/24", "2024-12-03", "3. 12. 2024") or a year of four digits. */
static bool
has_date(struct slice s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = digits_at(s, i);
        if (n == 0) {
            i++;
            continue;
        }
        bool year = n == 4 && (s.p[i] == '1' || s.p[i] == '2')
                    && (s.p[i + 1] == '9' || s.p[i + 1] == '0');
        /* Thai and Persian calendars write 25xx and 14xx. */
        year = year
               || (n == 4
                   && (memcmp(s.p + i, "25", 2) == 0 || memcmp(s.p + i, "14", 2) == 0));
        if (year)
            return true;
        char mark = i + n < s.n ? s.p[i + n] : ' ';
        size_t second = n <= 2 && strchr(":.h/-", mark) ? digits_at(s, i + n + 1) : 0;
        if (second == 2 || (second == 1 && (mark == '/' || mark == '-')))
            return true;
        i += n;
    }
    /* ٠–٩, ۰–۹ and 年 月 日, 년 월 일: other ways of writing a date. */
    return memmem(s.p, s.n, "年", strlen("年")) || memmem(s.p, s.n, "년", strlen("년"))
           || memmem(s.p, s.n, "\331\240", 2) || memmem(s.p, s.n, "\331\241", 2)
           || memmem(s.p, s.n, "\331\242", 2) || memmem(s.p, s.n, "\333\261", 2)
           || memmem(s.p, s.n, "\333\262", 2);
}

static bool
ends_with(struct slice s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

static bool
ends_in_colon(struct slice s)
{
    while (s.n && strchr("*_ >", s.p[s.n - 1]))
        s.n--; /* "*wrote:*" in bold */
    return ends_with(s, ":") || ends_with(s, "：");
}

/* How many of `c` it begins, or ends, with. */
static size_t
run_at_start(struct slice s, char c)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == c)
        n++;
    return n;
}

static size_t
run_at_end(struct slice s, char c)
{
    size_t n = 0;
    while (n < s.n && s.p[s.n - 1 - n] == c)
        n++;
    return n;
}

static bool
in_dashes(struct slice s)
{
    return run_at_start(s, '-') >= 2 && run_at_end(s, '-') >= 2
           && run_at_start(s, '-') < s.n;
}

/* --- attributions ------------------------------------------------------------------- */

/* The lines [from .. to) as one, parted by blanks, quote marks left out. */
static GString *
join(const GArray *lines, size_t from, size_t to)
{
    GString *s = g_string_new(NULL);
    for (size_t i = from; i < to; i++) {
        struct slice content = line_at(lines, i)->content;
        if (s->len && content.n)
            g_string_append_c(s, ' ');
        g_string_append_len(s, content.p, (gssize)MIN(content.n, ATTRIBUTION_BYTES + 1u));
    }
    return s;
}

/* The next line that isn't blank is quoted by a mark of its own. */
static bool
quote_follows(const GArray *lines, size_t i)
{
    while (i < lines->len && line_at(lines, i)->whole.n == 0)
        i++;
    if (i >= lines->len)
        return false;
    const struct line *line = line_at(lines, i);
    return line_quoted(line) || run_at_start(line->whole, '|') > 0;
}

/* "26.06.2014, 14:41, "Ann" <ann@example.com>:": without a verb it must be nothing else
   than a date, a name and an address. */
static bool
is_bare_attribution(struct slice s)
{
    while (s.n && strchr(":* ", s.p[s.n - 1]))
        s.n--;
    return s.n && s.p[s.n - 1] == '>' && has_date(slice_sub(s, 0, 80));
}

/* Cut the colon, and what may stand around it, off the end. */
static char *
without_colon(char *folded)
{
    size_t n = strlen(folded);
    while (n && strchr(": _>)", folded[n - 1]))
        folded[--n] = '\0';
    return folded;
}

/* Decide over the text of some lines together. */
static bool
is_attribution(const GString *text, bool quote_behind)
{
    struct slice s = { text->str, text->len };
    if (s.n == 0 || s.n > ATTRIBUTION_BYTES)
        return false;

    bool colon = ends_in_colon(s), date = has_date(s), address = has_address(s);
    bool dashes = in_dashes(s);
    if (!colon && !dashes && !(date && (quote_behind || address)))
        return false; /* nearly every line ends here */
    if (!date && !address && !dashes && !quote_behind)
        return false;

    g_autofree char *folded = words_fold(s);
    if (!words_have_verb(folded))
        return date && address && (quote_behind || (colon && is_bare_attribution(s)));
    if (dashes)
        return true;
    bool opened = words_have_opener(folded) || g_ascii_isdigit(folded[0]);
    if (!colon)
        return date && opened && (quote_behind || words_end_in_verb(folded));
    if (quote_behind)
        return date || address || s.n < 100;
    if (date)
        return opened
               || (address
                   && (strchr(folded, '<') || words_end_in_verb(without_colon(folded))));
    return strchr(folded, '<') && words_end_in_verb(without_colon(folded));
}

/* True when a line can be the beginning of an attribution that goes on in the next. */
static bool
begins_attribution(const struct line *line)
{
    if (line_blank(line) || line->depth)
        return false;
    char last = line->content.p[line->content.n - 1];
    if (line->content.n > 300 || strchr("!?", last))
        return false;
    g_autofree char *folded = words_fold(line->content);
    bool digit = g_ascii_isdigit(folded[0]);
    return has_date(line->content)
           && (digit || words_have_opener(folded)
               || (memchr(line->content.p, ',', line->content.n) && last != '.'));
}

/* A name or address left over from the line before: "<ann@example.com> wrote:". */
static bool
continues(const struct line *line)
{
    return line->content.n
           && (line->content.p[0] == '<' || slice_starts_nocase(line->content, "mailto:")
               || line->depth == 1);
}

static bool
has_words(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("-> \t", s.p[i]))
            return true;
    return false;
}

/* "reply On Wed, Apr 4, 2012 at 3:59 PM, bob@example.com wrote:": where the attribution
   begins in a line that begins with other words. 0: at its beginning. */
static size_t
attribution_offset(struct slice s)
{
    static const char *const starts[] = {
        " On ", "-On ", " Am ", " Le ", " El ", " Op "
    };
    for (size_t k = 0; k < G_N_ELEMENTS(starts); k++) {
        const char *p = memmem(s.p, s.n, starts[k], strlen(starts[k]));
        if (!p || !has_words(slice_sub(s, 0, (size_t)(p - s.p))))
            continue;
        struct slice rest = slice_sub(s, (size_t)(p - s.p) + 4, s.n);
        if (rest.n > 5 && has_date(rest)
            && (g_ascii_isdigit(rest.p[0]) || rest.p[3] == ',' || rest.p[3] == ' '
                || rest.p[3] == '.' || rest.p[2] == '.'))
            return (size_t)(p - s.p) + 1;
    }
    return 0;
}

static bool
attribution_ending_at(const GArray *lines, size_t end, size_t floor,
                      struct frame *ret_frame)
{
    bool quote = quote_follows(lines, end + 1), found = false;
    size_t from = end, best = 0;
    for (size_t n = 0; n < ATTRIBUTION_LINES; n++) {
        g_autoptr(GString) text = join(lines, from, end + 1);
        const struct line *first = line_at(lines, from);
        if (is_attribution(text, quote)
            && (!found || begins_attribution(first) || continues(line_at(lines, best)))) {
            best = from;
            found = true;
        }
        if (from == floor || text->len > ATTRIBUTION_BYTES)
            break;
        const struct line *above = line_at(lines, from - 1);
        if (line_blank(above)) { /* one blank line, where an address was torn off */
            if (!continues(first) || from - 1 == floor)
                break;
            from--;
        } else if (above->depth && !first->depth)
            break;
        from--;
    }
    if (!found)
        return false;

    struct slice first = line_at(lines, best)->content;
    size_t offset = 0;
    g_autofree char *folded = words_fold(first);
    if (!words_have_opener(folded) && !in_dashes(first)
        && line_at(lines, best)->depth == 0)
        offset = attribution_offset(first);
    *ret_frame = (struct frame){
        FRAME_ATTRIBUTION, best, end + 1,
        offset ? (size_t)(first.p - line_at(lines, best)->whole.p) + offset : 0
    };
    return true;
}

/* "> wrote:" behind an address that was torn off its line. */
static bool
is_torn_tail(const GArray *lines, size_t i)
{
    if (i == 0 || i >= lines->len)
        return false;
    const struct line *line = line_at(lines, i), *above = line_at(lines, i - 1);
    return line->depth == 1 && line->content.n && line->content.n < 40
           && ends_in_colon(line->content) && above->depth == 0
           && has_address(above->content);
}

/* Cheap: whether a line can be the last of an attribution. */
static bool
may_end_attribution(const GArray *lines, size_t i)
{
    const struct line *line = line_at(lines, i);
    struct slice s = line->content;
    if (s.n == 0 || s.n > ATTRIBUTION_BYTES)
        return false;
    if (line->depth)
        return is_torn_tail(lines, i);
    if (is_torn_tail(lines, i + 1))
        return false;
    return ends_in_colon(s) || in_dashes(s) || has_address(s)
           || quote_follows(lines, i + 1);
}

/* --- header blocks ------------------------------------------------------------------ */

static struct slice
value_of(struct slice line)
{
    const char *colon = memchr(line.p, ':', line.n);
    const char *wide = memmem(line.p, line.n, "：", strlen("："));
    if (wide && (!colon || wide < colon))
        return slice_trim(
            slice_sub(line, (size_t)(wide - line.p) + strlen("："), line.n));
    return colon ? slice_trim(slice_sub(line, (size_t)(colon - line.p) + 1, line.n))
                 : (struct slice){ "", 0 };
}

struct block_facts {
    bool label[WORDS_OTHER + 1];
    bool from_address, date_value;
    size_t fields;
};

static void
note_field(struct header_block *block, struct block_facts *facts, const GArray *lines,
           size_t i, enum words_label label)
{
    struct slice value = value_of(line_at(lines, i)->content);
    if (label == WORDS_FROM && !facts->label[WORDS_FROM]) {
        block->from_line = i;
        facts->from_address =
            has_address(value)
            || (i + 1 < lines->len && has_address(line_at(lines, i + 1)->content));
    }
    if (label == WORDS_DATE && !facts->label[WORDS_DATE]) {
        block->date_line = i;
        facts->date_value = has_date(value);
    }
    /* All on one line, as some webmail folds it: "From: a@b.example Date: Thu, 24 Mar". */
    if (label == WORDS_FROM && facts->from_address && has_date(value))
        facts->date_value = true;
    if (label == WORDS_SUBJECT && !facts->label[WORDS_SUBJECT])
        block->subject_line = i;
    facts->label[label] = true;
    facts->fields++;
}

/* People write "From: Berlin, To: Prague, Date: 3 May" too; a block of mail has a subject,
   or an address behind its From. */
static bool
is_block(const struct block_facts *facts, bool sure)
{
    const bool *label = facts->label;
    if (!label[WORDS_FROM])
        return label[WORDS_SUBJECT] && label[WORDS_DATE] && label[WORDS_TO];
    if (label[WORDS_SUBJECT] || sure)
        return facts->fields > 1;
    return facts->from_address
           && (facts->date_value || (label[WORDS_TO] && label[WORDS_DATE]));
}

bool
frame_header_block(const GArray *lines, size_t i, bool sure,
                   struct header_block *ret_block)
{
    struct header_block block = { i, (size_t)-1, (size_t)-1, (size_t)-1 };
    struct block_facts facts = { 0 };
    unsigned depth = line_at(lines, i)->depth;
    size_t gap = 0;
    for (size_t at = i; at < lines->len && at < i + HEADER_LINES; at++) {
        const struct line *line = line_at(lines, at);
        enum words_label label = line->label;
        if (line->depth != depth || (line_blank(line) && facts.fields >= 2))
            break;
        if (label != WORDS_NO_LABEL) {
            note_field(&block, &facts, lines, at, label);
            block.to = at + 1;
            gap = 0;
        } else if (++gap > HEADER_GAP || facts.fields == 0)
            break;
    }
    if (!is_block(&facts, sure))
        return false;
    /* What runs on behind the last field, up to the blank line, belongs to it. */
    size_t end = block.to;
    while (end < lines->len && end < block.to + HEADER_GAP
           && !line_blank(line_at(lines, end)))
        end++;
    if (end < lines->len && line_blank(line_at(lines, end)) && block.to - i < HEADER_LINES
        && line_at(lines, block.to - 1)->content.n > 60)
        block.to = end;
    *ret_block = block;
    return true;
}

/* --- separators --------------------------------------------------------------------- */

/* A line drawn across: "________________________________", "-----". */
static bool
is_rule(struct slice s)
{
    return s.n >= 5 && strchr("_-=*", s.p[0]) && run_at_start(s, s.p[0]) == s.n;
}

/* Samsung's mail program loses the line end behind its separator, and all that follow:
   "-------- Original message --------From: Ann <ann@x.example> Date: …". */
static struct slice
without_glued(struct slice s)
{
    static const char dashes[] = "--------";
    size_t n = run_at_start(s, '-');
    struct slice words = slice_sub(s, n, MIN(s.n, 100u));
    const char *end = n >= 5 ? memmem(words.p, words.n, dashes, strlen(dashes)) : NULL;
    if (!end)
        return s;
    size_t to = (size_t)(end - s.p);
    return slice_sub(s, 0, to + run_at_start(slice_sub(s, to, s.n), '-'));
}

static enum words_separator
separator_of(const struct line *line)
{
    struct slice s = without_glued(line->content);
    bool dashes = run_at_start(s, '-') >= 2 || run_at_start(s, '_') >= 2
                  || run_at_start(s, '=') >= 2 || slice_starts_nocase(s, "—");
    if (s.n < 4 || s.n > 200 || !(dashes || ends_in_colon(s)))
        return WORDS_NO_SEPARATOR;
    g_autofree char *folded = words_fold(s);
    enum words_separator found = words_separator(folded);
    /* Without dashes only "Begin forwarded message:" is a separator. */
    return dashes || found == WORDS_FORWARD ? found : WORDS_NO_SEPARATOR;
}

static size_t
skip_blank(const GArray *lines, size_t i)
{
    while (i < lines->len && line_blank(line_at(lines, i)))
        i++;
    return i;
}

/* A separator, a header block, or a rule with a header block behind it. */
static bool
header_frame_at(const GArray *lines, size_t i, struct frame *ret_frame)
{
    struct header_block block;
    enum words_separator separator = separator_of(line_at(lines, i));
    if (separator != WORDS_NO_SEPARATOR) {
        size_t next = skip_blank(lines, i + 1);
        bool headers = next < lines->len && frame_header_block(lines, next, true, &block);
        *ret_frame =
            (struct frame){ separator == WORDS_FORWARD ? FRAME_FORWARD : FRAME_HEADERS, i,
                            headers ? block.to : i + 1, 0 };
        return true;
    }
    size_t at = i;
    if (is_rule(line_at(lines, i)->content)) {
        at = skip_blank(lines, i + 1);
        if (at >= lines->len)
            return false;
    }
    enum words_label label = line_at(lines, at)->label;
    if (label == WORDS_NO_LABEL || label == WORDS_OTHER
        || !frame_header_block(lines, at, at > i, &block))
        return false;
    *ret_frame = (struct frame){ FRAME_HEADERS, i, block.to, 0 };
    return true;
}

bool
frame_is_rule(const struct line *line)
{
    return is_rule(line->content);
}

bool
frame_find(struct frame_search *search, size_t i, struct frame *ret_frame)
{
    const GArray *lines = search->lines;
    if (!line_quoted(line_at(lines, i)) && header_frame_at(lines, i, ret_frame))
        return true;
    if (search->budget == 0 || !may_end_attribution(lines, i))
        return false;
    search->budget--;
    return attribution_ending_at(lines, i, search->floor, ret_frame);
}
