/* Which lines consist of words that we have sent or stored already.
 *
 * Clients rewrap what they quote, drop its marks, translate its frame; its words stay. The
 * words of all known texts go into a set of runs of five; a word of the mail is known when
 * it stands in such a run, and a line when all its words are. Five in a row is long enough
 * that people don't repeat it by chance, and short enough that a quoted line of three words
 * is found by what stands before and behind it. */
#include "common/mail/reply_lines.h"

#include <stdint.h>

#include "common/base/limits.h"

enum { RUN = 5 };

/* Words of a line of which one may be unknown: a link that was rewritten on its way. */
enum { LONG_LINE = 10 };

/* Known words that must stand together where no mark shows a quote. */
enum { PLAIN_RUN_WORDS = 12 };

struct word {
    uint64_t hash;
    size_t line;
};

static uint64_t
mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x100000001b3u; /* FNV-1a's prime */
}

/* Scripts without blanks between words: each character counts as one. */
static bool
is_ideograph(gunichar c)
{
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF)
           || (c >= 0xAC00 && c <= 0xD7AF);
}

static void
add_words(GArray *words, struct slice text, size_t line)
{
    uint64_t hash = 0;
    for (size_t i = 0; i <= text.n;) {
        gunichar c = ' ';
        size_t n = 1;
        if (i < text.n) {
            c = g_utf8_get_char_validated(text.p + i, (gssize)(text.n - i));
            n = c >= (gunichar)-2 ? 1 : (size_t)g_unichar_to_utf8(c, NULL);
        }
        bool letter = c < (gunichar)-2 && g_unichar_isalnum(c);
        if (hash && (!letter || is_ideograph(c))) {
            struct word word = { hash, line };
            g_array_append_val(words, word);
            hash = 0;
        }
        if (letter)
            hash = mix(hash ? hash : 0xcbf29ce484222325u, g_unichar_tolower(c));
        if (letter && is_ideograph(c)) {
            struct word word = { hash, line };
            g_array_append_val(words, word);
            hash = 0;
        }
        i += n;
    }
}

static void *
run_key(const GArray *words, size_t at)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < RUN; i++)
        hash = mix(hash, g_array_index(words, struct word, at + i).hash);
    return GSIZE_TO_POINTER((size_t)(hash | 1));
}

static GHashTable *
known_runs(const struct slice *known, size_t n_known)
{
    GHashTable *runs = g_hash_table_new(g_direct_hash, g_direct_equal);
    size_t budget = LIMIT_KNOWN_BYTES;
    for (size_t i = 0; i < n_known; i++) {
        g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(struct word));
        struct slice text = slice_sub(known[i], 0, budget);
        budget -= text.n;
        add_words(words, text, 0);
        for (size_t w = 0; w + RUN <= words->len; w++)
            g_hash_table_add(runs, run_key(words, w));
    }
    return runs;
}

/* Per word, whether it stands in a known run. */
static bool *
known_words(const GArray *words, GHashTable *runs)
{
    bool *known = g_new0(bool, words->len + 1);
    size_t until = 0;
    for (size_t i = 0; i < words->len; i++) {
        if (i + RUN <= words->len && g_hash_table_contains(runs, run_key(words, i)))
            until = i + RUN;
        known[i] = i < until;
    }
    return known;
}

/* People close each mail with the same words, and repeat what they said. Lines that no
   mark shows as quoted are taken for a quote only where many known words stand together. */
static void
forget_short_runs(GArray *lines, const size_t *line_words)
{
    for (size_t i = 0; i < lines->len;) {
        size_t from = i, words = 0;
        for (; i < lines->len; i++) {
            const struct line *line = line_at(lines, i);
            if (line->depth || line->marked || !(line->known || line_blank(line)))
                break;
            words += line_words[i];
        }
        for (size_t k = from; k < i && words < PLAIN_RUN_WORDS; k++)
            line_at(lines, k)->known = false;
        i = MAX(i, from + 1);
    }
}

bool
lines_mark_known(GArray *lines, const struct slice *known, size_t n_known, bool *ret_all,
                 bool *ret_some)
{
    g_autoptr(GHashTable) runs = known_runs(known, n_known);
    if (g_hash_table_size(runs) == 0)
        return false;

    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(struct word));
    for (size_t i = 0; i < lines->len; i++)
        add_words(words, line_at(lines, i)->content, i);

    g_autofree bool *is_known = known_words(words, runs);
    for (size_t w = 0; w < words->len;) {
        size_t line = g_array_index(words, struct word, w).line, n = 0, hits = 0;
        for (; w < words->len && g_array_index(words, struct word, w).line == line; w++) {
            n++;
            hits += is_known[w];
        }
        ret_all[line] = hits == n || (n >= LONG_LINE && hits + 1 >= n);
        if (ret_some)
            ret_some[line] = hits > 0;
    }
    return true;
}

static size_t *
count_words(const GArray *lines)
{
    size_t *counts = g_new0(size_t, lines->len + 1);
    for (size_t i = 0; i < lines->len; i++) {
        g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(struct word));
        if (line_at(lines, i)->known)
            add_words(words, line_at(lines, i)->content, i);
        counts[i] = words->len;
    }
    return counts;
}

void
lines_take_known(GArray *lines, const struct slice *known, size_t n_known)
{
    g_autofree bool *all = g_new0(bool, lines->len + 1);
    g_autofree bool *some = g_new0(bool, lines->len + 1);
    if (n_known == 0 || !lines_mark_known(lines, known, n_known, all, some))
        return;
    for (size_t i = 0; i < lines->len; i++) {
        line_at(lines, i)->known = line_at(lines, i)->all_known = all[i];
        line_at(lines, i)->some_known = some[i];
    }
    g_autofree size_t *counts = count_words(lines);
    forget_short_runs(lines, counts);
}
