#include "common/mail/reply_words.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/mail/reply_tables.h"

char *
words_fold(struct slice line)
{
    GString *s = g_string_sized_new(64);
    g_autofree char *valid = /* the empty slice may have no bytes to point to */
        g_utf8_make_valid(line.n ? line.p : "", (gssize)MIN(line.n, 1000u));
    g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *lower = g_utf8_casefold(normal ? normal : valid, -1);
    for (const char *p = lower; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool mark = c == '*' || c == 0x200B || c == 0xFEFF || c == 0x200E || c == 0x200F
                    || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (!mark)
            g_string_append_unichar(s, c == 0x2019 ? '\'' : c);
    }
    return g_strstrip(g_string_free(s, FALSE));
}

/* Scripts that put no blanks between words, so that a word has no ends to look for. */
static bool
unspaced(gunichar c)
{
    return c >= 0x0E00 && !(c >= 0x1E00 && c <= 0x1FFF);
}

static bool
ends_word(const char *p)
{
    gunichar c = g_utf8_get_char(p);
    return !*p || !g_unichar_isalpha(c);
}

static bool
begins_word(const char *text, const char *p)
{
    const char *before = g_utf8_find_prev_char(text, p);
    return !before || !g_unichar_isalpha(g_utf8_get_char(before));
}

static bool
has_word(const char *text, const char *word)
{
    bool whole = !unspaced(g_utf8_get_char(word));
    for (const char *p = text; (p = strstr(p, word)); p++)
        if (!whole || (begins_word(text, p) && ends_word(p + strlen(word))))
            return true;
    return false;
}

static bool
begins_with_word(const char *text, const char *word)
{
    return g_str_has_prefix(text, word)
           && (unspaced(g_utf8_get_char(word)) || ends_word(text + strlen(word)));
}

bool
words_have_verb(const char *folded)
{
    for (size_t i = 0; words_verbs[i]; i++)
        if (has_word(folded, words_verbs[i]))
            return true;
    return false;
}

bool
words_end_in_verb(const char *folded)
{
    for (size_t i = 0; words_verbs[i]; i++) {
        size_t n = strlen(folded), verb = strlen(words_verbs[i]);
        if (g_str_has_suffix(folded, words_verbs[i])
            && begins_word(folded, folded + n - verb))
            return true;
    }
    return false;
}

bool
words_have_opener(const char *folded)
{
    for (size_t i = 0; words_openers[i]; i++)
        if (begins_with_word(folded, words_openers[i]))
            return true;
    return false;
}

/* Every line with a colon or dashes asks, so these two are hashed: name -> label or
   separator. Made once, kept to the end. */
static GHashTable *label_names, *separator_names;

static void
make_tables(void)
{
    static gsize made;
    if (!g_once_init_enter(&made))
        return;
    label_names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; words_labels[i].name; i++)
        g_hash_table_insert(label_names, (void *)(uintptr_t)words_labels[i].name,
                            GINT_TO_POINTER(words_labels[i].label));
    separator_names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; words_separators[i].name; i++)
        g_hash_table_insert(separator_names, (void *)(uintptr_t)words_separators[i].name,
                            GINT_TO_POINTER(words_separators[i].separator));
    g_once_init_leave(&made, 1);
}

enum words_label
words_label(const char *folded)
{
    const char *colon = strchr(folded, ':');
    if (!colon || colon - folded > 40)
        return WORDS_NO_LABEL;
    g_autofree char *name = g_strstrip(g_strndup(folded, (gsize)(colon - folded)));
    make_tables();
    return (enum words_label)GPOINTER_TO_INT(g_hash_table_lookup(label_names, name));
}

static bool
is_drawn(gunichar c)
{
    return (c < 0x80 && strchr("-_=:<> ", (char)c)) || (c >= 0x2012 && c <= 0x2015)
           || g_unichar_isspace(c);
}

/* What stands between the dashes. */
static char *
without_dashes(const char *folded)
{
    const char *from = folded, *to = folded + strlen(folded);
    while (from < to && is_drawn(g_utf8_get_char(from)))
        from = g_utf8_next_char(from);
    while (to > from && is_drawn(g_utf8_get_char(g_utf8_prev_char(to))))
        to = g_utf8_prev_char(to);
    return g_strndup(from, (gsize)(to - from));
}

enum words_separator
words_separator(const char *folded)
{
    g_autofree char *name = without_dashes(folded);
    make_tables();
    if (g_str_has_prefix(name, "forwarded by "))
        return WORDS_FORWARD;
    return (enum words_separator)GPOINTER_TO_INT(
        g_hash_table_lookup(separator_names, name));
}

/* A short line of few words that ends in a device: "Someone from mobile". */
static bool
names_device(const char *text)
{
    size_t words = 1;
    for (const char *p = text; *p; p++)
        words += *p == ' ';
    if (words > 6 || strchr(text, '?')
        || !(has_word(text, "from") || has_word(text, "sent") || has_word(text, "via")))
        return false;
    for (size_t i = 0; words_devices[i]; i++)
        if (has_word(text, words_devices[i]))
            return true;
    return false;
}

/* Runs of blanks as one, none at the ends, no dash at the beginning. */
static char *
words_squeeze(const char *text)
{
    GString *s = g_string_new(NULL);
    for (const char *p = text + strspn(text, "- \t"); *p; p++)
        if (*p != ' ' || (s->len && p[1] != ' ' && p[1] != '\0'))
            g_string_append_c(s, *p);
    return g_string_free(s, FALSE);
}

/* "Sent from my desk, where all is much easier than on a phone" is a sentence of the
   sender's; "Sent from my phone, please excuse typos" isn't. */
static bool
is_sentence(const char *text)
{
    static const char *const excuses[] = {
        "excuse",  "excusez", "typo",        "typos",      "typoze", "brevity", "pardon",
        "forgive", "sorry",   "entschuldig", "tippfehler", "kürze",  "verzeih", "désolé",
        "errores", "disculp", "erros",       "errori",     "scus",   "fouten",
    };
    const char *comma = strchr(text, ',');
    size_t words = 0;
    for (const char *p = comma; p && *p; p++)
        words += *p == ' ';
    for (size_t i = 0; i < G_N_ELEMENTS(excuses); i++)
        if (strstr(text, excuses[i]))
            return false;
    return words >= 4;
}

bool
words_sent_from(const char *folded)
{
    g_autofree char *plain = g_strdup(folded);
    g_strdelimit(plain, "[]<>()_~", ' '); /* "Get [Outlook for iOS](https://…)" */
    g_autofree char *text = words_squeeze(plain);
    if (!*text || strlen(text) > 200 || is_sentence(text))
        return false;
    for (size_t i = 0; words_sent_from_rows[i]; i++)
        if (begins_with_word(text, words_sent_from_rows[i]))
            return true;
    return names_device(text);
}

bool
words_forward_prefix(const char *folded)
{
    for (size_t i = 0; words_forward_prefixes[i]; i++)
        if (strcmp(folded, words_forward_prefixes[i]) == 0)
            return true;
    return false;
}
