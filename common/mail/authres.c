#include "common/mail/authres.h"

#include <string.h>

/* The value without comments (RFC 5322 §3.2.2); quoted strings lose their quotes, and the
   ";" within them, which no result needs. */
static char *
without_comments(const char *value)
{
    GString *out = g_string_sized_new(strlen(value));
    int depth = 0;
    bool quoted = false;
    for (const char *p = value; *p; p++) {
        if (*p == '\\' && p[1] && (quoted || depth)) {
            p++;
            continue;
        }
        if (depth == 0 && *p == '"')
            quoted = !quoted;
        else if (!quoted && *p == '(')
            depth++;
        else if (!quoted && *p == ')' && depth > 0)
            depth--;
        else if (depth == 0 && !(quoted && *p == ';'))
            g_string_append_c(out, *p);
    }
    return g_string_free(out, false);
}

static bool
is_trusted(const char *id, const char *const *trusted)
{
    for (; trusted && *trusted; trusted++) {
        if (g_ascii_strcasecmp(id, *trusted) == 0)
            return true;
    }
    return false;
}

/* The value of "name=value" among the words of one result; "" when it isn't there. */
static char *
property(char *const *words, const char *name)
{
    size_t n = strlen(name);
    for (; *words; words++) {
        if (g_ascii_strncasecmp(*words, name, n) == 0 && (*words)[n] == '=')
            return g_ascii_strdown(*words + n + 1, -1);
    }
    return g_strdup("");
}

static void
replace(char **field, char *value)
{
    g_free(*field);
    *field = value;
}

static void
take_spf(struct mail_authentication *auth, const char *result, char *const *words)
{
    replace(&auth->spf, g_ascii_strdown(result, -1));
    g_autofree char *from = property(words, "smtp.mailfrom");
    const char *at = strrchr(from, '@');
    replace(&auth->spf_domain, g_strdup(at ? at + 1 : from));
}

/* Of several signatures one that passes is the one that tells. */
static void
take_dkim(struct mail_authentication *auth, const char *result, char *const *words)
{
    if (auth->dkim && strcmp(auth->dkim, "pass") == 0)
        return;
    replace(&auth->dkim, g_ascii_strdown(result, -1));
    g_autofree char *domain = property(words, "header.d");
    g_autofree char *identity = property(words, "header.i");
    const char *at = strrchr(identity, '@');
    replace(&auth->dkim_domain, g_strdup(*domain ? domain : at ? at + 1 : ""));
}

static void
take_result(struct mail_authentication *auth, char *text)
{
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(text), " \t", -1);
    if (!words[0])
        return;
    char *result = strchr(words[0], '=');
    if (!result)
        return;
    *result++ = 0;
    words[0][strcspn(words[0], "/")] = 0; /* "dkim/1=pass" */

    if (g_ascii_strcasecmp(words[0], "dmarc") == 0 && !auth->dmarc) {
        auth->dmarc = g_ascii_strdown(result, -1);
        auth->dmarc_domain = property(words, "header.from");
    } else if (g_ascii_strcasecmp(words[0], "dkim") == 0) {
        take_dkim(auth, result, words);
    } else if (g_ascii_strcasecmp(words[0], "spf") == 0 && !auth->spf) {
        take_spf(auth, result, words);
    }
}

void
authres_read(const struct header_block *header, const char *const *trusted,
             struct mail_authentication *ret_auth)
{
    g_autofree char *raw = header_get_unfolded(header, "Authentication-Results");
    g_autofree char *value = without_comments(raw);
    g_auto(GStrv) results = g_strsplit(value, ";", 64);
    if (!results[0])
        return;
    g_strstrip(results[0]);
    results[0][strcspn(results[0], " \t")] = 0; /* a version may follow */
    if (!is_trusted(results[0], trusted))
        return;

    ret_auth->authserv_id = g_ascii_strdown(results[0], -1);
    for (char **r = results + 1; *r; r++)
        take_result(ret_auth, *r);

    char **fields[] = { &ret_auth->dmarc, &ret_auth->dmarc_domain,
                        &ret_auth->dkim,  &ret_auth->dkim_domain,
                        &ret_auth->spf,   &ret_auth->spf_domain };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (!*fields[i])
            *fields[i] = g_strdup("");
    }
}

void
authres_clear(struct mail_authentication *auth)
{
    g_free(auth->authserv_id);
    g_free(auth->dmarc);
    g_free(auth->dmarc_domain);
    g_free(auth->dkim);
    g_free(auth->dkim_domain);
    g_free(auth->spf);
    g_free(auth->spf_domain);
}
