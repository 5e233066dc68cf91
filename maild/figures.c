#include "maild/figures.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "common/base/error.h"

struct description {
    const char *name, *help;
};

static const struct description descriptions[FIGURE_COUNT] = {
    [FIGURE_LMTP_CONNECTIONS] = { "lmtp_connections", "LMTP connections accepted" },
    [FIGURE_LMTP_MESSAGES] = { "lmtp_messages", "Messages answered with 250 by LMTP" },
    [FIGURE_LMTP_BYTES] = { "lmtp_bytes", "Bytes of these messages" },
    [FIGURE_LMTP_COMMITS] = { "lmtp_commits", "Commits that these messages took" },
    [FIGURE_LMTP_REFUSED] = { "lmtp_refused",
                              "LMTP recipients or messages refused (5xx)" },
    [FIGURE_LMTP_DEFERRED] = { "lmtp_deferred",
                               "LMTP recipients or messages put off (4xx)" },
    [FIGURE_IMAP_MESSAGES] = { "imap_messages", "Messages taken out of mailboxes" },
    [FIGURE_IMAP_ERRORS] = { "imap_errors", "Failures of a mailbox's connection" },
    [FIGURE_INGEST_APPLIED] = { "ingest_applied",
                                "Messages that became part of a ticket" },
    [FIGURE_INGEST_DUPLICATE] = { "ingest_duplicate", "Messages that were already here" },
    [FIGURE_INGEST_IGNORED] = { "ingest_ignored",
                                "Messages kept but not made into anything" },
    [FIGURE_INGEST_QUARANTINED] = { "ingest_quarantined", "Messages set aside" },
    [FIGURE_SEND_SENT] = { "send_sent", "Mails that a relay took" },
    [FIGURE_SEND_DEFERRED] = { "send_deferred", "Attempts that will be repeated" },
    [FIGURE_SEND_FAILED] = { "send_failed", "Mails given up" },
    [FIGURE_JOB_RESTARTS] = { "job_restarts", "Processes started again" },
};

static _Atomic int64_t *page;

void
figures_init(void)
{
    size_t bytes = FIGURE_COUNT * sizeof *page;
    void *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        g_error("out of memory");
    page = shared;
}

void
figure_add(enum figure figure, int64_t n)
{
    if (page)
        atomic_fetch_add_explicit(&page[figure], n, memory_order_relaxed);
}

static int64_t
figure_get(enum figure figure)
{
    return page ? page[figure] : 0;
}

static char *
figures_format(void)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < FIGURE_COUNT; i++) {
        const struct description *d = &descriptions[i];
        g_string_append_printf(
            text,
            "# HELP postern_%s_total %s\n# TYPE postern_%s_total counter\n"
            "postern_%s_total %" G_GINT64_FORMAT "\n",
            d->name, d->help, d->name, d->name, figure_get((enum figure)i));
    }
    return g_string_free(text, FALSE);
}

bool
figures_write(const char *path, bool ready, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *counters = figures_format();
    g_autofree char *text =
        g_strdup_printf("%s# HELP postern_ready Whether every process is up\n"
                        "# TYPE postern_ready gauge\npostern_ready %d\n",
                        counters, ready);

    /* Consistent, not durable: no fsync, a crash may take the figures. */
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                  &failure))
        return error_set(error, ERR_RETRY, "%s", failure->message);
    return true;
}
