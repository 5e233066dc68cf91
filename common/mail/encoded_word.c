#include "common/mail/encoded_word.h"

#include <glib.h>
#include <string.h>

#include "common/mail/charset.h"

struct word {
    struct slice charset;
    char encoding; /* 'B' or 'Q' */
    struct slice text;
    const char *end; /* behind the closing ?= */
};

/* True when the word goes on behind a "?=" at p: it is text there that should have been
   encoded ("what?=20now?="), since another close follows without any space or opening. */
static bool
text_goes_on(const char *p)
{
    if (!g_ascii_isxdigit(p[2]) || !g_ascii_isxdigit(p[3]) || g_ascii_islower(p[2]))
        return false;
    for (int i = 4; i < 200 && p[i] && p[i] != ' '; i++) {
        if (p[i] == '=' && p[i + 1] == '?')
            return false;
        if (p[i] == '?' && p[i + 1] == '=')
            return true;
    }
    return false;
}

/* The closing "?=" of an encoded word's text, NULL when there is none in the value. */
static const char *
find_close(const char *p, char encoding)
{
    for (p = strstr(p, "?="); p; p = strstr(p + 1, "?=")) {
        if (encoding != 'Q' || !text_goes_on(p))
            return p;
    }
    return NULL;
}

enum word_result { WORD_READ, WORD_NONE, WORD_NO_CLOSE };

static enum word_result
read_word(const char *p, struct word *ret_word)
{
    const char *charset = p + 2;
    const char *q = charset;
    while (g_ascii_isgraph(*q) && *q != '?')
        q++;
    if (*q != '?' || q == charset || q - charset > 60)
        return WORD_NONE;
    char encoding = g_ascii_toupper(q[1]);
    if ((encoding != 'B' && encoding != 'Q') || q[2] != '?')
        return WORD_NONE;
    const char *text = q + 3;
    const char *close = find_close(text, encoding);
    if (!close)
        return WORD_NO_CLOSE;
    *ret_word = (struct word){ .charset = { charset, (size_t)(q - charset) },
                               .encoding = encoding,
                               .text = { text, (size_t)(close - text) },
                               .end = close + 2 };
    const char *star = memchr(charset, '*', ret_word->charset.n); /* RFC 2231 §5 */
    if (star)
        ret_word->charset.n = (size_t)(star - charset);
    return WORD_READ;
}

static void
decode_q(struct slice text, GString *out)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '=' && i + 2 < text.n && g_ascii_isxdigit(text.p[i + 1])
            && g_ascii_isxdigit(text.p[i + 2])) {
            int v = g_ascii_xdigit_value(text.p[i + 1]) * 16
                    + g_ascii_xdigit_value(text.p[i + 2]);
            g_string_append_c(out, (char)v);
            i += 2;
        } else {
            g_string_append_c(out, c == '_' ? ' ' : c);
        }
    }
}

static void
decode_b(struct slice text, GString *out)
{
    int state = 0;
    guint save = 0;
    g_autofree guchar *bytes = g_malloc(text.n / 4 * 3 + 6);
    gsize n = g_base64_decode_step(text.p, text.n, bytes, &state, &save);
    g_string_append_len(out, (const char *)bytes, (gssize)n);
    /* Missing padding: the step function keeps an unfinished group to itself. */
    if ((state & 3) != 0 && text.n && text.p[text.n - 1] != '=') {
        n = g_base64_decode_step("===", (gsize)(4 - (state & 3)), bytes, &state, &save);
        g_string_append_len(out, (const char *)bytes, (gssize)n);
    }
}

static bool
same_charset(struct slice a, struct slice b)
{
    return a.n == b.n && g_ascii_strncasecmp(a.p, b.p, a.n) == 0;
}

/* Decode a run of words of one charset: their bytes are joined before they are converted,
   since senders split within a character. Returns where the run ends. */
static const char *
decode_run(struct word word, GString *out)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    struct slice charset = word.charset;
    for (;;) {
        if (word.encoding == 'B')
            decode_b(word.text, bytes);
        else
            decode_q(word.text, bytes);
        const char *next = word.end + strspn(word.end, " \t");
        struct word more;
        if (next[0] != '=' || next[1] != '?' || read_word(next, &more) != WORD_READ
            || !same_charset(more.charset, charset))
            break;
        word = more;
    }
    g_autofree char *name = slice_dup(charset);
    g_autofree char *text =
        charset_to_utf8((struct slice){ bytes->str, bytes->len }, name, NULL);
    g_string_append(out, text);
    return word.end;
}

/* Decoded text of what stands between encoded words. */
static void
append_plain(GString *out, const char *from, const char *to)
{
    g_autofree char *text =
        charset_to_utf8((struct slice){ from, (size_t)(to - from) }, NULL, NULL);
    g_string_append(out, text);
}

char *
encoded_word_decode(const char *value)
{
    g_autoptr(GString) out = g_string_sized_new(strlen(value) + 1);
    const char *plain = value; /* start of what is not yet written */
    bool after_word = false;

    for (const char *p = strstr(value, "=?"); p;) {
        struct word word;
        enum word_result result = read_word(p, &word);
        if (result == WORD_NO_CLOSE) /* then nothing behind is a word either */
            break;
        if (result == WORD_NONE) {
            p = strstr(p + 2, "=?");
            continue;
        }
        /* RFC 2047 §6.2: white space between two encoded words is no text. */
        if (!after_word || strspn(plain, " \t") < (size_t)(p - plain))
            append_plain(out, plain, p);
        plain = decode_run(word, out);
        after_word = true;
        p = strstr(plain, "=?");
    }
    append_plain(out, plain, plain + strlen(plain));
    return charset_clean_line(g_string_free(g_steal_pointer(&out), false));
}
