/* The jobs of maild, and what each may take. */
#include "common/base/limits.h"
#include "maild/master.h"

const struct master_job maild_jobs[] = {
    { "lmtp", lmtp_job, JOB_ONE, true, LIMIT_LMTP_MEMORY_BYTES, LIMIT_JOB_FILES },
    { "imap", imap_job, JOB_PER_MAILBOX, false, LIMIT_JOB_MEMORY_BYTES, LIMIT_JOB_FILES },
    { "ingest", ingest_job, JOB_PER_INGEST, false, LIMIT_INGEST_MEMORY_BYTES,
      LIMIT_JOB_FILES },
    { "crypto", crypto_job, JOB_ONE, false, LIMIT_JOB_MEMORY_BYTES, LIMIT_JOB_FILES },
    { "send", send_job, JOB_PER_SEND, false, LIMIT_JOB_MEMORY_BYTES, LIMIT_JOB_FILES },
    { "clock", clock_job, JOB_ONE, false, LIMIT_JOB_MEMORY_BYTES, LIMIT_JOB_FILES },
    { .name = NULL },
};
