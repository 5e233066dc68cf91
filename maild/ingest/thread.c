#include "maild/ingest/thread.h"

#include <string.h>

static bool
holds(const struct thread_candidate *c)
{
    switch (c->proof) {
    case THREAD_TOKEN:
        return !c->expired || c->takes_part;
    case THREAD_SENT_ID:
    case THREAD_RECEIVED_ID:
        return true;
    case THREAD_MENTIONED_ID:
    case THREAD_NUMBER:
        return c->takes_part;
    }
    return false;
}

struct thread_decision
thread_decide(const struct thread_candidate *candidates, size_t n)
{
    struct thread_decision decision = { .outcome = THREAD_NEW };

    for (size_t i = 0; i < n; i++) {
        const struct thread_candidate *c = &candidates[i];
        if (holds(c))
            return (struct thread_decision){
                .outcome = c->is_stale ? THREAD_FOLLOW_UP : THREAD_JOIN,
                .candidate = i,
                .newcomer = !c->takes_part,
            };
        if (decision.outcome == THREAD_NEW)
            decision = (struct thread_decision){ THREAD_BESIDE, i, false };
    }
    return decision;
}

bool
thread_subject_number(struct slice subject, int64_t *ret_number)
{
    for (size_t i = 0; i + 3 < subject.n; i++) {
        if (subject.p[i] != '[' || subject.p[i + 1] != '#')
            continue;
        int64_t number = 0;
        size_t at = i + 2;
        while (at < subject.n && at < i + 2 + 18 && subject.p[at] >= '0'
               && subject.p[at] <= '9')
            number = number * 10 + (subject.p[at++] - '0');
        if (number > 0 && at < subject.n && subject.p[at] == ']') {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

const char *
thread_proof_name(enum thread_proof proof)
{
    static const char *const names[] = {
        [THREAD_TOKEN] = "token",
        [THREAD_SENT_ID] = "sent-id",
        [THREAD_RECEIVED_ID] = "received-id",
        [THREAD_MENTIONED_ID] = "mentioned-id",
        [THREAD_NUMBER] = "number",
    };
    return names[proof];
}
