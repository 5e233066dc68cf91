#include "portald/auth/rate.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/store/statements.h"

#define ASKS_MOST 4
#define LEASES_MOST 20000
#define LEASE_LIFE (10 * CLOCK_SECOND)

/* How many at once, and the time in which one flows back. `lease`: how many this process
   takes at a time; 0: it asks for each. */
static const struct limit {
    const char *name;
    int burst;
    int64_t interval_us;
    int lease;
} limits[] = {
    [RATE_MAIL_ADDRESS] = { "mail address", 4, 5 * CLOCK_MINUTE, 0 },
    [RATE_MAIL_PEER] = { "mail peer", 20, 30 * CLOCK_SECOND, 0 },
    [RATE_MAIL_TENANT] = { "mail tenant", 500, CLOCK_SECOND / 2, 0 },
    [RATE_PASSWORD_ADDRESS] = { "password address", 6, CLOCK_MINUTE, 0 },
    [RATE_PASSWORD_PEER] = { "password peer", 30, 5 * CLOCK_SECOND, 0 },
    [RATE_CODE_PERSON] = { "code person", 6, CLOCK_MINUTE, 0 },
    [RATE_PAPER] = { "paper", 12, 10 * CLOCK_SECOND, 0 },
    [RATE_PEER] = { "peer", 300, CLOCK_SECOND / 10, 15 },
    [RATE_READ] = { "read", 600, CLOCK_SECOND / 50, 30 },
    [RATE_WRITE] = { "write", 120, CLOCK_SECOND / 2, 4 },
    [RATE_TENANT] = { "tenant", 10000, CLOCK_SECOND / 2000, 500 },
};

char *
rate_network(const char *peer)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];

    if (inet_pton(AF_INET6, peer, &address) != 1)
        return g_strdup(peer);
    if (IN6_IS_ADDR_V4MAPPED(&address))
        return g_strdup(inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text));
    memset(&address.s6_addr[8], 0, 8);
    return g_strdup(inet_ntop(AF_INET6, &address, text, sizeof text));
}

/* --- keys --------------------------------------------------------------------------- */

static bool
is_of_peer(enum rate_limit limit)
{
    return limit == RATE_MAIL_PEER || limit == RATE_PASSWORD_PEER || limit == RATE_PEER;
}

/* A digest: the table tells nobody who asked for what. */
static char *
key_of(const struct request *request, const struct rate_ask *ask)
{
    char tenant[UUID_TEXT_SIZE];
    g_autofree char *whom =
        is_of_peer(ask->limit) ? rate_network(ask->whom) : g_strdup(ask->whom);
    g_autofree char *text =
        g_strdup_printf("%s %s %s", limits[ask->limit].name,
                        uuid_format(request->caller.tenant, tenant), whom);
    struct sha256 digest = crypto_sha256(slice_from(text));
    return crypto_base32(digest.b, 20);
}

/* --- what this process holds ------------------------------------------------------ */

struct lease {
    int left;
    int64_t until_us;         /* what is left then is not used any more */
    int64_t refused_until_us; /* until then the database need not be asked */
};

static GMutex lock;
static GHashTable *leases; /* key -> struct lease */

static struct lease *
lease_of(const char *key)
{
    if (!leases)
        leases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct lease *lease = g_hash_table_lookup(leases, key);
    if (lease)
        return lease;
    if (g_hash_table_size(leases) >= LEASES_MOST)
        g_hash_table_remove_all(leases); /* what they held is lost to whom it was for */
    lease = g_new0(struct lease, 1);
    g_hash_table_insert(leases, g_strdup(key), lease);
    return lease;
}

/* Take one of what is held: 0, the time to wait, or -1: ask the database. */
static int64_t
take_here(const char *key, int64_t now_us)
{
    int64_t wait = -1;
    g_mutex_lock(&lock);
    struct lease *lease = lease_of(key);
    if (lease->left > 0 && now_us < lease->until_us) {
        lease->left--;
        wait = 0;
    } else if (now_us < lease->refused_until_us) {
        wait = lease->refused_until_us - now_us;
    }
    g_mutex_unlock(&lock);
    return wait;
}

static void
keep_here(const char *key, int n, int64_t wait_us, int64_t now_us)
{
    g_mutex_lock(&lock);
    struct lease *lease = lease_of(key);
    if (wait_us == 0) {
        lease->left = n;
        lease->until_us = now_us + LEASE_LIFE;
    } else {
        lease->refused_until_us = now_us + wait_us;
    }
    g_mutex_unlock(&lock);
}

/* --- what the database holds ------------------------------------------------------ */

typedef struct AskList {
    char *keys[ASKS_MOST + 1], *costs[ASKS_MOST + 1];
    char *bursts[ASKS_MOST + 1], *intervals[ASKS_MOST + 1];
    size_t n;
} AskList;

static void
ask_list_clear(AskList *list)
{
    for (size_t i = 0; i < list->n; i++) {
        g_free(list->keys[i]);
        g_free(list->costs[i]);
        g_free(list->bursts[i]);
        g_free(list->intervals[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AskList, ask_list_clear)

static void
add_ask(AskList *list, char *take_key, const struct limit *limit, int factor)
{
    size_t i = list->n++;
    list->keys[i] = take_key;
    list->costs[i] = g_strdup_printf("%d", MAX(limit->lease, 1));
    list->bursts[i] = g_strdup_printf("%d", limit->burst * factor);
    list->intervals[i] =
        g_strdup_printf("%" G_GINT64_FORMAT, MAX(limit->interval_us / factor, 1));
}

static bool
take_there(const struct request *request, const AskList *list, int64_t *ret_wait_us,
           GError **error)
{
    Db *db = site_db(request->site, error);
    g_autoptr(DbRows) rows =
        db ? db_call(db, SQL_RATE_TAKE, error,
                     db_text_array((const char *const *)list->keys),
                     db_text_array((const char *const *)list->costs),
                     db_text_array((const char *const *)list->bursts),
                     db_text_array((const char *const *)list->intervals))
           : NULL;
    if (!rows)
        return false;
    *ret_wait_us = db_get_int(rows, 0, 0);
    return true;
}

static Reply *
too_many(int64_t wait_us)
{
    Reply *reply = reply_problem(429, "too many requests: wait a while, then try again");
    g_autofree char *seconds =
        g_strdup_printf("%" G_GINT64_FORMAT, (wait_us + CLOCK_SECOND - 1) / CLOCK_SECOND);
    reply_set(reply, "Retry-After", seconds);
    return reply;
}

Reply *
rate_check(const struct request *request, const struct rate_ask *asks, size_t n,
           GError **error)
{
    int factor = site_config(request->site)->portal.rate_factor;
    int64_t now_us = clock_ticks_us(), wait_us = 0;
    g_auto(AskList) list = { .n = 0 };

    g_assert(n <= ASKS_MOST);
    for (size_t i = 0; factor > 0 && i < n; i++) {
        const struct limit *limit = &limits[asks[i].limit];
        g_autofree char *key = key_of(request, &asks[i]);
        int64_t wait = limit->lease ? take_here(key, now_us) : -1;
        if (wait > 0)
            return too_many(wait);
        if (wait < 0)
            add_ask(&list, g_steal_pointer(&key), limit, factor);
    }
    if (list.n == 0)
        return NULL;
    if (!take_there(request, &list, &wait_us, error))
        return NULL;
    /* Which one lacked is not told: with a single one it is clear. */
    for (size_t i = 0; i < list.n; i++)
        if (wait_us == 0 || list.n == 1)
            keep_here(list.keys[i], atoi(list.costs[i]) - 1, wait_us, now_us);
    return wait_us > 0 ? too_many(wait_us) : NULL;
}

Reply *
rate_check_request(const struct request *request, GError **error)
{
    const struct caller *caller = &request->caller;
    char person[UUID_TEXT_SIZE];
    struct rate_ask asks[2] = { { .limit = RATE_TENANT, .whom = "" } };

    if (caller->role < CALLER_CUSTOMER)
        asks[1] = (struct rate_ask){ RATE_PEER, request->peer };
    else
        asks[1] = (struct rate_ask){ request_is_safe(request) ? RATE_READ : RATE_WRITE,
                                     uuid_format(caller->person, person) };
    return rate_check(request, asks, G_N_ELEMENTS(asks), error);
}
