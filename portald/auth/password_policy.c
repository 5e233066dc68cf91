/* The policy of password.h; pure. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/slice.h"
#include "portald/auth/password.h"

/* What may stand around a common word and leave it one: "monkey2026!!". */
#define DECORATION_CHARS 6

/* What has to be there beside the person's own name or address. */
#define OWN_CHARS 7

static const char *const common[] = {
#include "portald/auth/password_common.inc"
};

/* Rows that fingers run along, and what is counted. */
static const char *const rows[] = {
    "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789012345678901234567890",
};

static int
compare_common(const void *wanted, const void *entry)
{
    return strcmp(wanted, *(const char *const *)entry);
}

static bool
is_listed(const char *word)
{
    return bsearch(word, common, G_N_ELEMENTS(common), sizeof *common, compare_common);
}

/* The word in the middle, in letters: signs and digits around it are taken off, those
   within it are read as the letters that they stand for; a 1 is an i or an l. */
static char *
core_of(const char *folded, char one, size_t *ret_taken)
{
    static const char from[] = "0134578@$!", to[] = "o?eastbasi";
    size_t start = 0, end = strlen(folded);
    while (start < end && !g_ascii_isalpha(folded[start]) && (folded[start] & 0x80) == 0)
        start++;
    while (end > start && !g_ascii_isalpha(folded[end - 1])
           && (folded[end - 1] & 0x80) == 0)
        end--;

    *ret_taken = start + strlen(folded) - end;
    char *core = g_strndup(folded + start, end - start);
    for (char *c = core; *c; c++) {
        const char *found = strchr(from, *c);
        if (found)
            *c = *c == '1' ? one : to[found - from];
    }
    return core;
}

static bool
is_common(const char *folded)
{
    if (is_listed(folded))
        return true;
    for (const char *one = "il"; *one; one++) {
        size_t taken = 0;
        g_autofree char *core = core_of(folded, *one, &taken);
        if (taken <= DECORATION_CHARS && *core && is_listed(core))
            return true;
    }
    return false;
}

/* The shortest piece that the text consists of, over and over, in bytes. */
static size_t
period_of(const char *text)
{
    size_t n = strlen(text);
    for (size_t period = 1; period <= n / 2; period++)
        if (strncmp(text, text + period, n - period) == 0)
            return period;
    return n;
}

static bool
runs_along(const char *row, const char *text)
{
    g_autofree char *back = g_strdup(row);
    g_strreverse(back);
    return strstr(row, text) || strstr(back, text);
}

static bool
is_simple(const char *folded)
{
    bool seen[256] = { false };
    size_t different = 0;
    for (const unsigned char *c = (const unsigned char *)folded; *c; c++)
        if (!seen[*c]) {
            seen[*c] = true;
            different++;
        }
    size_t period = period_of(folded);
    if (different < 4 || period < strlen(folded)) {
        g_autofree char *piece = g_strndup(folded, period);
        if (different < 4 || period < LIMIT_PASSWORD_CHARS || is_common(piece))
            return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (runs_along(rows[i], folded))
            return true;
    return false;
}

/* Whether the password is this word with little beside it. */
static bool
is_mostly(const char *folded, const char *word)
{
    size_t n = strlen(word);
    if (n < 3)
        return false;
    return strstr(folded, word) && strlen(folded) - n < OWN_CHARS;
}

static bool
is_mostly_one_of(const char *folded, const char *text, const char *separators)
{
    g_autofree char *low = g_utf8_strdown(text, -1);
    g_auto(GStrv) words = g_strsplit_set(low, separators, -1);
    g_autofree char *together = g_strjoinv("", words);
    bool found = is_mostly(folded, low) || is_mostly(folded, together);
    for (char **word = words; !found && *word; word++)
        found = is_mostly(folded, *word);
    return found;
}

enum password_fault
password_judge(const char *password, const char *address, const char *name)
{
    g_autofree char *same = g_utf8_normalize(password, -1, G_NORMALIZE_ALL_COMPOSE);
    if (!same || g_utf8_strlen(same, -1) < LIMIT_PASSWORD_CHARS)
        return PASSWORD_SHORT;
    if (strlen(same) > LIMIT_PASSWORD_BYTES)
        return PASSWORD_LONG;

    g_autofree char *folded = g_utf8_strdown(same, -1);
    if (is_common(folded))
        return PASSWORD_COMMON;
    if (is_simple(folded))
        return PASSWORD_SIMPLE;
    if ((address && is_mostly_one_of(folded, address, "@.+_-"))
        || (name && is_mostly_one_of(folded, name, " .,-'")))
        return PASSWORD_PERSONAL;
    return PASSWORD_GOOD;
}

const char *
password_fault_text(enum password_fault fault)
{
    static const char *const texts[] = {
        [PASSWORD_SHORT] = "The password has to have at least 10 characters.",
        [PASSWORD_LONG] = "The password is too long.",
        [PASSWORD_COMMON] = "This password is one of those that are tried first. Take "
                            "several words that do not belong together.",
        [PASSWORD_SIMPLE] = "This password repeats itself or runs along the keys. Take "
                            "several words that do not belong together.",
        [PASSWORD_PERSONAL] = "The password must not be your name or your address.",
    };
    return texts[fault];
}
