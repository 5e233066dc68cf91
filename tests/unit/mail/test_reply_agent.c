#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/reply.h"

static void
test_agent(void **state)
{
    static const char notice[] =
        "Write your answer above this line\n\nTicket 42 of Ann Example, high priority, "
        "overdue since yesterday.\nInternal note by Bob: this customer never pays, be "
        "careful.\n\nAnn wrote:\nMy printer prints only red pages since this "
        "morning.\nCan "
        "I have my money back for the cartridge?\n";
    static const char customer[] = "My printer prints only red pages since this "
                                   "morning.\nCan I have my money back for "
                                   "the cartridge?\n";
    static const struct {
        const char *name, *text, *reply;
        bool left_out;
    } cases[] = {
        { "on top, marked",
          "Hello Ann,\nplease clean it.\n\nOn 3 Mar 2025 10:15, Desk wrote:\n> Write "
          "your "
          "answer above this line\n>\n> Ticket 42 of Ann Example, high priority, overdue "
          "since yesterday.\n> Internal note by Bob: this customer never pays, be "
          "careful.\n",
          "Hello Ann,\nplease clean it.", false },
        { "on top, unmarked, frame in no language",
          "Please clean it.\n\nXyz: Desk\n\nWrite your answer above this line\n\nTicket "
          "42 of "
          "Ann Example, high priority,\noverdue since yesterday.\n",
          "Please clean it.\n\nXyz: Desk", false },
        { "unmarked, frame of fields in no language",
          "Please clean it.\n\nXyz: Desk\nUvw: 3.3.2025\n\nWrite your answer above this "
          "line\n\nTicket 42 of Ann Example, high priority, overdue since yesterday.\n",
          "Please clean it.", false },
        { "no marker left, words of the notice",
          "Please clean it.\n\nTicket 42 of Ann Example, high priority, overdue since "
          "yesterday.\nInternal note by Bob: this customer never pays, be careful.\n",
          "Please clean it.", false },
        { "between",
          "> Write your answer above this line\n> Ticket 42 of Ann Example, high "
          "priority, "
          "overdue since yesterday.\n> Internal note by Bob: this customer never pays, "
          "be "
          "careful.\n> My printer prints only red pages since this morning.\n\nPlease "
          "clean "
          "it.\n\n> Can I have my money back for the cartridge?\n\nYes.\n",
          "> My printer prints only red pages since this morning.\n\nPlease clean "
          "it.\n\n> Can "
          "I have my money back for the cartridge?\n\nYes.",
          false },
        { "torn lines of the notice",
          "Yes.\n\n> Write your answer above this line\n> Internal note by Bob: this "
          "customer "
          "never\npays, be careful.\n> Ann wrote:\n",
          "Yes.", false },
        { "between, unmarked: can't be told apart",
          "See below.\n\nWrite your answer above this line\n\nMy printer prints only red "
          "pages "
          "since this morning.\nPlease clean it.\n",
          "See below.", true },
        { "unmarked, with a quote inside",
          "See below.\n\nWrite your answer above this line\n\n> an older "
          "quote\n\nInternal "
          "words in no known text.\n",
          "See below.", true },
        { "a marker in what lost its mark",
          "Yes.\n\n> Write your answer above this line\n> x\nWrite your answer above "
          "this "
          "line of an older notice\n",
          "Yes.", false },
        { "nothing of one's own",
          "> Write your answer above this line\n> Ticket 42 of Ann Example\n", "",
          false },
        { "signature", "Yes.\n\n-- \nBob, second level, ext. 17\n", "Yes.", false },
        { "says again what the customer said",
          "You wrote:\nMy printer prints only red pages since this morning. Can I have "
          "my "
          "money back for the cartridge?\nYes.\n",
          "You wrote:\nMy printer prints only red pages since this morning. Can I have "
          "my "
          "money back for the cartridge?\nYes.",
          false },
        { "header block above the marker",
          "Yes.\n\nFrom: Desk\nSent: Monday\nTo: Bob\nSubject: [#42] printer\n\nWrite "
          "your "
          "answer above this line\nTicket 42 of Ann Example\n",
          "Yes.", false },
    };
    struct slice ours = slice_from(notice), theirs = slice_from(customer);
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        struct reply_agent_input in = {
            .mail = { .text = { exact, n }, .known = &ours, .n_known = 1 },
            .marker = slice_from("Write your answer above this line"),
            .customer = &theirs,
            .n_customer = 1,
        };
        bool left_out = false;
        g_auto(ReplySplit) got = reply_split_agent(&in, &left_out);
        if (strcmp(got.reply, cases[i].reply) == 0 && left_out == cases[i].left_out)
            continue;
        print_error("%s: %d \"%s\"\n", cases[i].name, left_out, got.reply);
        failed++;
    }
    assert_int_equal(failed, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
