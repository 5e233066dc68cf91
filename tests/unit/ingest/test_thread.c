#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "maild/ingest/thread.h"

#define TOKEN THREAD_TOKEN
#define SENT THREAD_SENT_ID
#define RECEIVED THREAD_RECEIVED_ID
#define MENTIONED THREAD_MENTIONED_ID
#define NUMBER THREAD_NUMBER
#define LIKENESS THREAD_LIKENESS

/* What is known of the sender: k known before, a agent, v vouched for (DMARC pass),
   d disowned (DMARC fail), m From is missing, t came to a reply address in force, h that
   was given to the sender, g that was given to an agent, o the sender came in by it before.
   Candidates in a row: p takes part, s stale, x expired. Then outcome, which candidate,
   whether a newcomer, who speaks. */
static const struct {
    const char *name;
    const char *sender;
    struct {
        enum thread_proof proof;
        const char *flags;
    } candidates[3];
    struct thread_decision want;
} cases[] = {

    /* nothing, or only a likeness */
    { "a stranger writes",
      "",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_SENDER } },
    { "a known customer writes about something else",
      "k",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_SENDER } },
    { "From names nobody",
      "m",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_SENDER } },
    { "same subject, same customer, lost headers",
      "k",
      { { LIKENESS, "p" } },
      { THREAD_SUGGEST, 0, false, SPEAKER_SENDER } },
    { "same subject as an old one of theirs",
      "k",
      { { LIKENESS, "ps" } },
      { THREAD_SUGGEST, 0, false, SPEAKER_SENDER } },
    { "an agent writes something new, unproven",
      "ka",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_UNPROVEN } },
    { "an agent writes something new, DMARC pass",
      "kav",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_AGENT } },

    /* the token, the address that was given to one customer */
    { "its holder answers",
      "kth",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "its holder, all threading lost, another subject",
      "kth",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "its holder, no From at all",
      "tm",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "its holder, though DMARC fails (a forwarder broke it)",
      "kthd",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "forwarded to a colleague whom nobody knew",
      "t",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, true, SPEAKER_SENDER } },
    { "that colleague again",
      "kto",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "forwarded to a known customer, DMARC pass",
      "ktv",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, true, SPEAKER_SENDER } },
    { "From names another customer, nobody vouches",
      "kt",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_HOLDER } },
    { "From names a Cc of the ticket, nobody vouches",
      "kt",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_HOLDER } },
    { "From names a Cc of the ticket, DMARC pass",
      "ktv",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "From is disowned, a name nobody knew",
      "td",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_HOLDER } },
    { "From is disowned, one who was passed on",
      "ktod",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_HOLDER } },
    { "From names an agent, nobody vouches",
      "kat",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_UNPROVEN } },
    { "From names an agent, DMARC pass",
      "katv",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_AGENT } },
    { "of a ticket ended long ago",
      "kth",
      { { TOKEN, "ps" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "of an old ticket, passed on to a stranger",
      "t",
      { { TOKEN, "s" } },
      { THREAD_FOLLOW_UP, 0, true, SPEAKER_SENDER } },
    { "of another ticket than the number names",
      "kth",
      { { TOKEN, "p" }, { NUMBER, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "with a stolen number behind it",
      "kth",
      { { TOKEN, "p" }, { NUMBER, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "of a merged ticket, whose survivor In-Reply-To names",
      "kth",
      { { TOKEN, "p" }, { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "of a ticket split off, In-Reply-To names the old one",
      "kth",
      { { TOKEN, "p" }, { RECEIVED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },

    /* the token that an agent was given */
    { "the agent answers",
      "kathg",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_AGENT } },
    { "the agent, from a client that loses From",
      "tmg",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_AGENT } },
    { "in the hands of a customer of the ticket (reply to all)",
      "ktg",
      { { TOKEN, "p" }, { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "in the hands of a stranger: heard, not joined",
      "tg",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "in the hands of a known customer: heard, not joined",
      "ktg",
      { { TOKEN, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "From names another agent",
      "katg",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_UNPROVEN } },
    { "another agent, DMARC pass",
      "katvg",
      { { TOKEN, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_AGENT } },

    /* a token that expired or was taken back: has_token is not set */
    { "expired, by who takes part",
      "k",
      { { TOKEN, "px" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "expired, replayed by a stranger",
      "",
      { { TOKEN, "x" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "expired, From forged and disowned",
      "kd",
      { { TOKEN, "px" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "expired, of an old ticket",
      "k",
      { { TOKEN, "psx" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "expired, but a mail of ours is named",
      "",
      { { TOKEN, "x" }, { SENT, "" } },
      { THREAD_JOIN, 1, true, SPEAKER_SENDER } },
    { "expired, an agent's",
      "ka",
      { { TOKEN, "px" } },
      { THREAD_JOIN, 0, false, SPEAKER_UNPROVEN } },

    /* Message-IDs */
    { "of ours, who takes part",
      "k",
      { { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "of ours, whom it was forwarded to",
      "",
      { { SENT, "" } },
      { THREAD_JOIN, 0, true, SPEAKER_SENDER } },
    { "of ours, the subject changed",
      "k",
      { { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "of ours, an old ticket",
      "k",
      { { SENT, "ps" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "of ours, an agent without proof",
      "ka",
      { { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_UNPROVEN } },
    { "of ours, an agent with DMARC pass",
      "kav",
      { { SENT, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_AGENT } },
    { "of a mail we have, its sender again",
      "k",
      { { RECEIVED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "reply to all between third parties",
      "k",
      { { RECEIVED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "a Cc who joins later",
      "",
      { { RECEIVED, "" } },
      { THREAD_JOIN, 0, true, SPEAKER_SENDER } },
    { "of a mail we have, an old ticket",
      "k",
      { { RECEIVED, "ps" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "of a mail we have, From disowned: heard, not believed",
      "kd",
      { { RECEIVED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "of a mail we have, a new name that is disowned: not joined",
      "d",
      { { RECEIVED, "" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "only mentioned, who takes part",
      "k",
      { { MENTIONED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "only mentioned, a stranger",
      "",
      { { MENTIONED, "" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "only mentioned, an old ticket",
      "k",
      { { MENTIONED, "ps" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "only mentioned, From disowned",
      "kd",
      { { MENTIONED, "p" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "two tickets bridged: ours before the one we have",
      "k",
      { { SENT, "p" }, { RECEIVED, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "ours is old, the number is not: the stronger decides",
      "k",
      { { SENT, "ps" }, { NUMBER, "p" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },

    /* the number */
    { "who takes part",
      "k",
      { { NUMBER, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_SENDER } },
    { "stolen by a stranger",
      "",
      { { NUMBER, "" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "stolen by another customer",
      "k",
      { { NUMBER, "" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "From forged and disowned",
      "kd",
      { { NUMBER, "p" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "an old ticket",
      "k",
      { { NUMBER, "ps" } },
      { THREAD_FOLLOW_UP, 0, false, SPEAKER_SENDER } },
    { "stolen, of an old ticket",
      "",
      { { NUMBER, "s" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "of another tenant: no candidate, as it isn't found",
      "k",
      { { TOKEN, NULL } },
      { THREAD_NEW, 0, false, SPEAKER_SENDER } },
    { "an agent, unproven",
      "ka",
      { { NUMBER, "p" } },
      { THREAD_JOIN, 0, false, SPEAKER_UNPROVEN } },
    { "mentioned does not hold, the number does",
      "k",
      { { MENTIONED, "" }, { NUMBER, "p" } },
      { THREAD_JOIN, 1, false, SPEAKER_SENDER } },
    { "neither holds: linked to the stronger",
      "",
      { { MENTIONED, "" }, { NUMBER, "" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
    { "three, the last holds",
      "k",
      { { MENTIONED, "" }, { MENTIONED, "s" }, { NUMBER, "p" } },
      { THREAD_JOIN, 2, false, SPEAKER_SENDER } },
    { "a hint that fails, and a likeness",
      "k",
      { { NUMBER, "" }, { LIKENESS, "p" } },
      { THREAD_BESIDE, 0, false, SPEAKER_SENDER } },
};

static bool
has(const char *flags, char flag)
{
    return strchr(flags, flag) != NULL;
}

static struct thread_facts
facts_of(size_t i)
{
    const char *s = cases[i].sender;
    struct thread_facts facts = { .sender = {
                                      .is_missing = has(s, 'm'),
                                      .is_known = has(s, 'k'),
                                      .is_agent = has(s, 'a'),
                                      .is_vouched = has(s, 'v'),
                                      .is_disowned = has(s, 'd'),
                                      .was_passed_on = has(s, 'o'),
                                      .has_token = has(s, 't'),
                                      .is_holder = has(s, 'h'),
                                      .of_agent = has(s, 'g'),
                                  } };
    for (size_t k = 0; k < G_N_ELEMENTS(cases[i].candidates); k++) {
        const char *flags = cases[i].candidates[k].flags;
        if (!flags)
            break;
        facts.candidates[facts.n++] = (struct thread_candidate){
            .proof = cases[i].candidates[k].proof,
            .takes_part = has(flags, 'p'),
            .is_stale = has(flags, 's'),
            .expired = has(flags, 'x'),
        };
    }
    return facts;
}

static void
test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct thread_decision *want = &cases[i].want;
        struct thread_facts facts = facts_of(i);
        struct thread_decision got = thread_decide(&facts);
        if (got.outcome != want->outcome || got.candidate != want->candidate
            || got.newcomer != want->newcomer || got.speaker != want->speaker)
            fail_msg("%s: outcome %d of candidate %zu, newcomer %d, speaker %s",
                     cases[i].name, (int)got.outcome, got.candidate, got.newcomer,
                     thread_speaker_name(got.speaker));
    }
}

/* Whatever else is there: without a token that was given to an agent, and without a relay
   that vouches, nobody speaks as an agent; a disowned From never takes part. */
static void
test_nobody_speaks_unproven(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 1u << 9; bits++)
        for (int proof = -1; proof <= THREAD_LIKENESS; proof++) {
            struct thread_facts f = {
                .sender = { bits & 1, bits & 2, bits & 4, bits & 8, bits & 16, bits & 32,
                            bits & 64, bits & 128, bits & 256 },
                .candidates = { { .proof = (enum thread_proof)MAX(proof, 0),
                                  .takes_part = true } },
                .n = proof >= 0,
            };
            const struct thread_sender *s = &f.sender;
            struct thread_decision got = thread_decide(&f);
            bool by_token =
                s->has_token && s->of_agent && (s->is_holder || s->is_missing);
            if (got.speaker == SPEAKER_AGENT)
                assert_true(by_token || (s->is_agent && s->is_vouched));
            if (got.speaker == SPEAKER_SENDER && s->has_token && !s->of_agent
                && !s->is_missing && !s->is_holder && !s->was_passed_on)
                assert_true(s->is_vouched || !s->is_known);
            if (s->is_disowned && got.outcome == THREAD_JOIN)
                assert_true(proof <= THREAD_RECEIVED_ID);
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
        cmocka_unit_test(test_nobody_speaks_unproven),
        cmocka_unit_test(test_subject_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
