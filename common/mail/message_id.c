#include "common/mail/message_id.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/charset.h"

/* What stood between < and > (or alone), without white space, as valid UTF-8. NULL when
   nothing is left, or what can't be an id. */
static char *
clean_id(struct slice s)
{
    s = slice_trim(s);
    while (s.n && (s.p[0] == '<' || s.p[0] == '"'))
        s = slice_trim(slice_sub(s, 1, s.n));
    if (s.n == 0 || s.n > LIMIT_MESSAGE_ID_BYTES)
        return NULL;
    GString *out = g_string_sized_new(s.n);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c > 32 && c != 127 && c != '<' && c != '>')
            g_string_append_c(out, (char)c);
    }
    g_autofree char *raw = g_string_free(out, false);
    if (*raw == 0)
        return NULL;
    char *id = charset_clean_line(charset_to_utf8(slice_from(raw), NULL, NULL));
    g_strdelimit(id, " ", '_'); /* where control characters of 8-bit charsets stood */
    return id;
}

/* The next word that can be an id where brackets are missing: it has an @. */
static bool
next_bare(const char **p, struct slice *ret_word)
{
    for (;;) {
        *p += strspn(*p, " \t,;");
        size_t n = strcspn(*p, " \t,;<");
        if (n == 0)
            return false;
        *ret_word = (struct slice){ *p, n };
        *p += n;
        if (memchr(ret_word->p, '@', n))
            return true;
    }
}

/* Cut the next id off *p. */
static char *
next_id(const char **p)
{
    while (**p) {
        struct slice word;
        if (**p == '<') {
            size_t n = strcspn(*p + 1, "<>");
            word = (struct slice){ *p + 1, n };
            *p += 1 + n;
            *p += **p == '>';
        } else if (!next_bare(p, &word)) {
            *p += **p && **p != '<';
            continue;
        }
        char *id = clean_id(word);
        if (id)
            return id;
    }
    return NULL;
}

char *
message_id_read(const char *value)
{
    const char *open = strchr(value, '<');
    if (open) {
        const char *p = open;
        char *id = next_id(&p);
        if (id)
            return id;
    }
    return clean_id(slice_from(value));
}

char **
message_id_read_list(const char *value, bool *ret_cut)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    const char *p = value;
    for (char *id; (id = next_id(&p));) {
        if (g_hash_table_contains(seen, id)) {
            g_free(id);
            continue;
        }
        g_hash_table_add(seen, id);
        g_ptr_array_add(ids, id);
    }
    if (ret_cut)
        *ret_cut = ids->len > LIMIT_REFERENCES;
    if (ids->len > LIMIT_REFERENCES)
        g_ptr_array_remove_range(ids, LIMIT_REFERENCES / 2, ids->len - LIMIT_REFERENCES);
    g_ptr_array_add(ids, NULL);
    return (char **)g_ptr_array_free(ids, false);
}
