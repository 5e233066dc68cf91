#include "maild/plan.h"

#include <string.h>

static void
entry_free(void *data)
{
    struct plan_entry *entry = data;
    g_free(entry->name);
    g_free(entry);
}

static void
add(GPtrArray *plan, const struct master_job *job, char *take_name, const void *subject)
{
    struct plan_entry *entry = g_new0(struct plan_entry, 1);
    entry->name = take_name;
    entry->job = job;
    entry->subject = subject;
    g_ptr_array_add(plan, entry);
}

static void
add_numbered(GPtrArray *plan, const struct master_job *job, int n)
{
    for (int i = 1; i <= n; i++)
        add(plan, job, g_strdup_printf("%s/%d", job->name, i), NULL);
}

static void
add_mailboxes(GPtrArray *plan, const struct master_job *job, const Config *config)
{
    for (guint i = 0; i < config->mailboxes->len; i++) {
        const struct config_mailbox *mailbox = config->mailboxes->pdata[i];
        add(plan, job, g_strdup_printf("%s/%s", job->name, mailbox->name), mailbox);
    }
}

GPtrArray *
plan_make(const Config *config, const struct master_job *jobs)
{
    GPtrArray *plan = g_ptr_array_new_with_free_func(entry_free);

    for (const struct master_job *job = jobs; job->name; job++) {
        switch (job->count) {
        case JOB_ONE:
            if (!job->listens || config->lmtp_listen[0])
                add(plan, job, g_strdup(job->name), NULL);
            break;
        case JOB_PER_MAILBOX:
            add_mailboxes(plan, job, config);
            break;
        case JOB_PER_INGEST:
            add_numbered(plan, job, config->ingest_processes);
            break;
        case JOB_PER_SEND:
            add_numbered(plan, job, config->send_processes);
            break;
        }
    }
    return plan;
}

const struct plan_entry *
plan_find(const GPtrArray *plan, const char *name)
{
    for (guint i = 0; i < plan->len; i++) {
        const struct plan_entry *entry = plan->pdata[i];
        if (strcmp(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}
