#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/forward.h"
#include "common/mail/reply.h"

static ReplySplit
split(const char *text, const struct slice *known, size_t n_known)
{
    size_t n = strlen(text);
    g_autofree char *exact = g_memdup2(text, n);
    struct reply_input in = { .text = { exact, n }, .known = known, .n_known = n_known };
    return reply_split(&in);
}

struct reply_case {
    const char *name, *text, *reply, *quoted, *signature;
};

static void
check(const struct reply_case *c, ReplySplit got, size_t *failed)
{
    if (strcmp(got.reply, c->reply) == 0
        && (!c->quoted || strcmp(got.quoted, c->quoted) == 0)
        && (!c->signature || strcmp(got.signature, c->signature) == 0))
        return;
    print_error("%s: reply \"%s\" quoted \"%s\" signature \"%s\"\n", c->name, got.reply,
                got.quoted, got.signature);
    (*failed)++;
}

static void
test_shapes(void **state)
{
    static const struct reply_case cases[] = {
        { "empty", "", "", "", "" },
        { "only words", "It works now.\n", "It works now.", "", "" },
        { "answer on top",
          "It works now.\n\nOn Mon, 3 Mar 2025 at 10:15, Help <help@desk."
          "example> wrote:\n> Does it work?\n",
          "It works now.",
          "On Mon, 3 Mar 2025 at 10:15, Help <help@desk.example> wrote:\n> Does it work?",
          "" },
        { "answer below",
          "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n\nYes, thanks.\n",
          "Yes, thanks.", "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?", "" },
        { "answers between",
          "On 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n\nYes.\n\n> And the other "
          "one?\n\nNo.\n\n> Kind regards\n",
          "> Does it work?\n\nYes.\n\n> And the other one?\n\nNo.",
          "On 3 Mar 2025 10:15, Help wrote:\n> Kind regards", "" },
        { "quoted by hand", "> the red one\n\nI mean this.",
          "> the red one\n\nI mean this.", "", "" },
        { "nothing but a quote", "> the red one\n", "> the red one", "", "" },
        { "nothing but a signature above a quote",
          "Sent from my iPhone\n\nOn 3 Mar 2025 10:15, Help wrote:\n> Does it work?\n",
          "Sent from my iPhone", NULL, "" },
        { "signature", "Yes.\n-- \nAnn Example\nExample Ltd\n", "Yes.", "",
          "-- \nAnn Example\nExample Ltd" },
        { "signature without its blank", "Yes.\n--\nAnn\n", "Yes.", "", "--\nAnn" },
        { "dashes that begin points", "Please:\n-- check one\n-- check two\n",
          "Please:\n-- check one\n-- check two", "", "" },
        { "list's footer",
          "Yes.\n\n_______________________________________________\n"
          "users mailing list\nhttp://lists.example/users\n",
          "Yes.", "", NULL },
        { "header block",
          "Yes.\n\nFrom: Help Desk\nSent: Monday, 3 March 2025 10:15\nTo: "
          "Ann\nSubject: RE: printer\n\nDoes it work?\n",
          "Yes.", NULL, "" },
        { "header block below a line",
          "Yes.\n________________________________\nFrom: Help <help@desk.example>\nSent: "
          "Monday\nSubject: x\n\nDoes it?\n",
          "Yes.", NULL, "" },
        { "no header block", "From: Berlin\nTo: Prague\nDate: 3 May\nTwo persons.\n",
          "From: Berlin\nTo: Prague\nDate: 3 May\nTwo persons.", "", "" },
        { "separator", "Yes.\n\n-----Original Message-----\nDoes it?\n", "Yes.", NULL,
          "" },
        { "rules of one's own", "a\n-----\nb\n=====\nc\n", "a\n-----\nb\n=====\nc", "",
          "" },
        { "looks like an attribution",
          "On the other hand, it was 10:15 when Bob came.\nHe said this:\nno.\n",
          "On the other hand, it was 10:15 when Bob came.\nHe said this:\nno.", "", "" },
        { "attribution wrapped",
          "Yes.\nOn Mon, Mar 3, 2025 at 10:15 AM Help Desk of Example "
          "<\nhelp@desk.example> "
          "wrote:\n\n> Does it?\n",
          "Yes.", NULL, "" },
        { "attribution in the line",
          "Yes. On Mon, Mar 3, 2025, Help wrote:\n> Does it?\n", "Yes.", NULL, "" },
        { "carriage returns",
          "Yes.\r\n\r\nOn 3 Mar 2025 10:15, Help wrote:\r\n> Does it?\r\n", "Yes.", NULL,
          "" },
        { "a face", "Bad\n>:(\nreally", "Bad\n>:(\nreally", "", "" },
        { "forwarded below words",
          "Please see to this.\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Mon, 3 Mar 2025\nSubject: leak\nTo: "
          "<ann@example.com>\n\n"
          "Water everywhere.\n",
          "Please see to this.\n\n---------- Forwarded message ---------\nFrom: Bob "
          "<bob@example.org>\nDate: Mon, 3 Mar 2025\nSubject: leak\nTo: "
          "<ann@example.com>\n\n"
          "Water everywhere.",
          "", "" },
        { "nothing but forwarded",
          "---------- Forwarded message ---------\nFrom: Bob <bob@example.org>\nDate: "
          "Mon, 3 "
          "Mar 2025\nSubject: leak\nTo: <ann@example.com>\n\nWater everywhere.\n",
          "Water everywhere.", "", "" },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(ReplySplit) got = split(cases[i].text, NULL, 0);
        check(&cases[i], got, &failed);
    }
    assert_int_equal(failed, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
