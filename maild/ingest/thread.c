#include "maild/ingest/thread.h"

#include <string.h>

/* A mail that its From disowns takes part in nothing: it is not that person's. */
static bool
takes_part(const struct thread_facts *f, const struct thread_candidate *c)
{
    return c->takes_part && !f->sender.is_disowned;
}

static bool
holds(const struct thread_facts *f, const struct thread_candidate *c)
{
    switch (c->proof) {
    case THREAD_TOKEN:
        return !c->expired || takes_part(f, c);
    case THREAD_SENT_ID:
    case THREAD_RECEIVED_ID:
        return true;
    case THREAD_MENTIONED_ID:
    case THREAD_NUMBER:
        return takes_part(f, c);
    case THREAD_LIKENESS:
        return false;
    }
    return false;
}

/* Nobody speaks as somebody else whom we know. One whom we don't know yet, or who came
   here by such an address before, got it from its holder; so did who is vouched for. */
static bool
is_passed_on(const struct thread_sender *s)
{
    return !s->is_disowned && (s->is_vouched || !s->is_known || s->was_passed_on);
}

static enum thread_speaker
speaker_of(const struct thread_sender *s)
{
    if (s->has_token && (s->is_holder || s->is_missing))
        return s->of_agent ? SPEAKER_AGENT : SPEAKER_SENDER;
    if (s->is_agent)
        return s->is_vouched ? SPEAKER_AGENT : SPEAKER_UNPROVEN;
    if (!s->has_token)
        return SPEAKER_SENDER;
    /* In other hands an agent's address proves nothing: as if it were not there. */
    if (s->of_agent)
        return SPEAKER_SENDER;
    return is_passed_on(s) ? SPEAKER_SENDER : SPEAKER_HOLDER;
}

/* Who speaks in this conversation without taking part in it yet, and takes part from now
   on. What an agent's reply address lets in, or a disowned From brings, is heard, but not
   answered from then on. */
static bool
is_newcomer(const struct thread_facts *f, const struct thread_candidate *c,
            enum thread_speaker speaker)
{
    if (speaker != SPEAKER_SENDER || c->takes_part || f->sender.is_disowned)
        return false;
    return c->proof != THREAD_TOKEN || !f->sender.of_agent;
}

struct thread_decision
thread_decide(const struct thread_facts *facts)
{
    struct thread_decision decision = { .outcome = THREAD_NEW,
                                        .speaker = speaker_of(&facts->sender) };

    for (size_t i = 0; i < facts->n; i++) {
        const struct thread_candidate *c = &facts->candidates[i];
        if (holds(facts, c)) {
            decision.outcome = c->is_stale ? THREAD_FOLLOW_UP : THREAD_JOIN;
            decision.candidate = i;
            decision.newcomer = is_newcomer(facts, c, decision.speaker);
            return decision;
        }
        if (decision.outcome == THREAD_NEW) {
            decision.outcome =
                c->proof == THREAD_LIKENESS ? THREAD_SUGGEST : THREAD_BESIDE;
            decision.candidate = i;
        }
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
        [THREAD_LIKENESS] = "likeness",
    };
    return names[proof];
}

const char *
thread_speaker_name(enum thread_speaker speaker)
{
    static const char *const names[] = {
        [SPEAKER_SENDER] = "from",
        [SPEAKER_HOLDER] = "holder",
        [SPEAKER_AGENT] = "agent",
        [SPEAKER_UNPROVEN] = "unproven",
    };
    return names[speaker];
}
