#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "maild/ingest/thread.h"

#define TOKEN THREAD_TOKEN
#define SENT THREAD_SENT_ID
#define RECEIVED THREAD_RECEIVED_ID
#define MENTIONED THREAD_MENTIONED_ID
#define NUMBER THREAD_NUMBER

/* Candidates in a row; the decision: outcome, which candidate, whether a newcomer. */
static const struct {
    const char *name;
    struct {
        enum thread_proof proof;
        const char *flags; /* p: takes part, s: stale, x: expired */
    } candidates[3];
    size_t n;
    struct thread_decision want;
} cases[] = {
    { "nothing points anywhere", { { TOKEN, "" } }, 0, { THREAD_NEW, 0, false } },

    { "token, the person it was given to",
      { { TOKEN, "p" } },
      1,
      { THREAD_JOIN, 0, false } },
    { "token, forwarded to a stranger", { { TOKEN, "" } }, 1, { THREAD_JOIN, 0, true } },
    { "token of an old ticket", { { TOKEN, "ps" } }, 1, { THREAD_FOLLOW_UP, 0, false } },
    { "token of an old ticket, a stranger",
      { { TOKEN, "s" } },
      1,
      { THREAD_FOLLOW_UP, 0, true } },

    { "our Message-ID, a participant", { { SENT, "p" } }, 1, { THREAD_JOIN, 0, false } },
    { "our Message-ID, somebody it was forwarded to",
      { { SENT, "" } },
      1,
      { THREAD_JOIN, 0, true } },
    { "our Message-ID, old ticket",
      { { SENT, "ps" } },
      1,
      { THREAD_FOLLOW_UP, 0, false } },

    { "a mail we have, its sender again",
      { { RECEIVED, "p" } },
      1,
      { THREAD_JOIN, 0, false } },
    { "a mail we have, reply-all of a Cc",
      { { RECEIVED, "" } },
      1,
      { THREAD_JOIN, 0, true } },
    { "a mail we have, old ticket",
      { { RECEIVED, "ps" } },
      1,
      { THREAD_FOLLOW_UP, 0, false } },

    { "a mail only mentioned, a participant",
      { { MENTIONED, "p" } },
      1,
      { THREAD_JOIN, 0, false } },
    { "a mail only mentioned, a stranger",
      { { MENTIONED, "" } },
      1,
      { THREAD_BESIDE, 0, false } },
    { "a mail only mentioned, old ticket",
      { { MENTIONED, "ps" } },
      1,
      { THREAD_FOLLOW_UP, 0, false } },

    { "number, a participant", { { NUMBER, "p" } }, 1, { THREAD_JOIN, 0, false } },
    { "stolen number", { { NUMBER, "" } }, 1, { THREAD_BESIDE, 0, false } },
    { "number of an old ticket",
      { { NUMBER, "ps" } },
      1,
      { THREAD_FOLLOW_UP, 0, false } },
    { "stolen number of an old ticket",
      { { NUMBER, "s" } },
      1,
      { THREAD_BESIDE, 0, false } },

    { "token beats the number of another ticket",
      { { TOKEN, "p" }, { NUMBER, "p" } },
      2,
      { THREAD_JOIN, 0, false } },
    { "stolen number behind a token",
      { { TOKEN, "p" }, { NUMBER, "" } },
      2,
      { THREAD_JOIN, 0, false } },
    { "mentioned does not hold, the number does",
      { { MENTIONED, "" }, { NUMBER, "p" } },
      2,
      { THREAD_JOIN, 1, false } },
    { "neither holds: linked to the stronger",
      { { MENTIONED, "" }, { NUMBER, "" } },
      2,
      { THREAD_BESIDE, 0, false } },
    { "the stronger is old, the weaker is not: the stronger decides",
      { { SENT, "ps" }, { NUMBER, "p" } },
      2,
      { THREAD_FOLLOW_UP, 0, false } },
    { "three, the last holds",
      { { MENTIONED, "" }, { MENTIONED, "s" }, { NUMBER, "p" } },
      3,
      { THREAD_JOIN, 2, false } },
    { "expired token, a participant", { { TOKEN, "px" } }, 1, { THREAD_JOIN, 0, false } },
    { "expired token, replayed by a stranger",
      { { TOKEN, "x" } },
      1,
      { THREAD_BESIDE, 0, false } },
    { "expired token of an old ticket",
      { { TOKEN, "psx" } },
      1,
      { THREAD_FOLLOW_UP, 0, false } },
    { "expired token of a stranger who names a mail of ours",
      { { TOKEN, "x" }, { SENT, "" } },
      2,
      { THREAD_JOIN, 1, true } },
};

static void
test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = cases[i].n;
        g_autofree struct thread_candidate *exact = g_new0(struct thread_candidate, n);
        for (size_t k = 0; k < n; k++)
            exact[k] = (struct thread_candidate){
                .proof = cases[i].candidates[k].proof,
                .takes_part = strchr(cases[i].candidates[k].flags, 'p') != NULL,
                .is_stale = strchr(cases[i].candidates[k].flags, 's') != NULL,
                .expired = strchr(cases[i].candidates[k].flags, 'x') != NULL,
            };
        struct thread_decision got = thread_decide(exact, n);
        if (got.outcome != cases[i].want.outcome
            || got.candidate != cases[i].want.candidate
            || got.newcomer != cases[i].want.newcomer)
            fail_msg("%s: outcome %d of candidate %zu, newcomer %d", cases[i].name,
                     (int)got.outcome, got.candidate, got.newcomer);
    }
}

static void
test_subject_number(void **state)
{
    static const struct {
        const char *name, *subject;
        int64_t want;
    } subjects[] = {
        { "plain", "[#42] printer on fire", 42 },
        { "behind Re: Fwd:", "Re: Fwd: [#42] printer", 42 },
        { "at the end", "Re: printer [#42]", 42 },
        { "bad then good", "[#x] [#42]", 42 },
        { "zero", "[#0] printer", 0 },
        { "negative", "[#-3] printer", 0 },
        { "overflow", "[#9223372036854775808]", 0 },
        { "the largest we read", "[#999999999999999999]", INT64_C(999999999999999999) },
        { "not closed", "Re: [#42", 0 },
        { "white space", "[# 42]", 0 },
        { "only the number", "#42", 0 },
        { "cut in the middle", "[#", 0 },
        { "empty", "", 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        size_t n = strlen(subjects[i].subject);
        g_autofree char *exact = g_memdup2(subjects[i].subject, n);
        int64_t got = 0;

        bool found = thread_subject_number((struct slice){ exact, n }, &got);
        if (found != (subjects[i].want != 0) || got != subjects[i].want)
            fail_msg("%s: got %" G_GINT64_FORMAT, subjects[i].name, got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_subject_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
