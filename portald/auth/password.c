#include "portald/auth/password.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto_password.h"
#include "common/base/error.h"
#include "common/base/limits.h"

/* --- how many at once ------------------------------------------------------------- */

static GMutex lock;
static GCond freed;
static int running;

static bool
enter(GError **error)
{
    int64_t until = g_get_monotonic_time() + LIMIT_PASSWORD_WAIT_SECONDS * CLOCK_SECOND;

    g_mutex_lock(&lock);
    while (running >= LIMIT_PASSWORD_HASHES)
        if (!g_cond_wait_until(&freed, &lock, until)) {
            g_mutex_unlock(&lock);
            return error_set(error, ERR_RETRY,
                             "too many passwords are checked at the moment");
        }
    running++;
    g_mutex_unlock(&lock);
    return true;
}

static void
leave(void)
{
    g_mutex_lock(&lock);
    running--;
    g_cond_signal(&freed);
    g_mutex_unlock(&lock);
}

/* --- hash and check --------------------------------------------------------------- */

/* The one form of a password; text that is not UTF-8 has none and becomes empty. */
static char *
same_form(const char *password)
{
    char *same = g_utf8_normalize(password, -1, G_NORMALIZE_ALL_COMPOSE);
    return same ? same : g_strdup("");
}

static char *
hash_form(const char *same, GError **error)
{
    char *hash = crypto_password_hash(slice_from(same));
    if (!hash)
        error_set(error, ERR_RETRY, "there is no memory to hash a password");
    return hash;
}

char *
password_hash(const char *password, GError **error)
{
    g_autofree char *same = same_form(password);
    if (!enter(error))
        return NULL;
    char *hash = hash_form(same, error);
    leave();
    return hash;
}

/* A hash of nobody's password, to be compared with where there is none. */
static const char *
nobodys_hash(void)
{
    static gsize hash;
    if (g_once_init_enter(&hash)) {
        char *made = crypto_password_hash(slice_from("nobody has this one"));
        g_once_init_leave(&hash, (gsize)(made ? made : g_strdup("*")));
    }
    return (const char *)hash;
}

bool
password_check(const char *hash, const char *password, bool *ret_right, char **ret_hash,
               GError **error)
{
    g_autofree char *same = same_form(password);
    bool fits = strlen(same) <= LIMIT_PASSWORD_BYTES;

    if (!enter(error))
        return false;
    bool right =
        crypto_password_verify(hash ? hash : nobodys_hash(), slice_from(fits ? same : ""))
        && hash && fits && *same;
    g_autofree char *renewed =
        right && crypto_password_is_stale(hash) ? hash_form(same, NULL) : NULL;
    leave();

    *ret_right = right;
    *ret_hash = g_steal_pointer(&renewed);
    return true;
}
