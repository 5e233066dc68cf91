#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/forward.h"

static void
test_forwarded(void **state)
{
    static const struct {
        const char *name, *subject, *text, *from, *date, *title, *body;
    } cases[] = {
        { "Gmail", "Fwd: leak",
          "---------- Forwarded message ---------\nFrom: Bob <bob@example.org>\nDate: "
          "Mon, "
          "Mar 3, 2025 at 10:15 AM\nSubject: leak\nTo: Ann "
          "<ann@example.com>\n\n\nWater.\n",
          "Bob <bob@example.org>", "Mon, Mar 3, 2025 at 10:15 AM", "leak", "Water." },
        { "Gmail in German", "Fwd: Leck",
          "Bitte.\n\n---------- Forwarded message ---------\nVon: Bob <bob@example.org>\n"
          "Date: Mo., 3. März 2025\nSubject: Leck\nTo: Ann\n\nWasser.\n",
          "Bob <bob@example.org>", "Mo., 3. März 2025", "Leck", "Wasser." },
        { "Outlook", "FW: leak",
          "See below.\n\nFrom: Bob <bob@example.org>\nSent: Monday, 3 March 2025 "
          "10:15\nTo: "
          "Ann\nSubject: leak\n\nWater.\n",
          "Bob <bob@example.org>", "Monday, 3 March 2025 10:15", "leak", "Water." },
        { "Outlook in German", "WG: Leck",
          "Von: Bob <bob@example.org>\nGesendet: Montag\nAn: Ann\nBetreff: Leck\n\n"
          "Wasser.\n",
          "Bob <bob@example.org>", "Montag", "Leck", "Wasser." },
        { "Apple Mail", "Fwd: leak",
          "Begin forwarded message:\n\nFrom: Bob <bob@example.org>\nSubject: leak\nDate: "
          "3 "
          "March 2025 at 10:15:00 CET\nTo: Ann <ann@example.com>\n\nWater.\n",
          "Bob <bob@example.org>", "3 March 2025 at 10:15:00 CET", "leak", "Water." },
        { "Apple Mail in French, quoted", "Tr: fuite",
          "Début du message réexpédié :\n\n> De: Bob <bob@example.org>\n> Objet: "
          "fuite\n> "
          "Date: 3 mars 2025\n> À: Ann\n> \n> De l'eau.\n",
          "Bob <bob@example.org>", "3 mars 2025", "fuite", "De l'eau." },
        { "Thunderbird", "Fwd: leak",
          "-------- Forwarded Message --------\nSubject: \tleak\nDate: \tMon, 3 Mar "
          "2025\n"
          "From: \tBob <bob@example.org>\nTo: \tAnn <ann@example.com>\n\n\n\nWater.\n",
          "Bob <bob@example.org>", "Mon, 3 Mar 2025", "leak", "Water." },
        { "Thunderbird in Russian", "Fwd: x",
          "-------- Пересылаемое сообщение --------\nТема: x\nДата: 3 марта 2025\nОт: "
          "Bob "
          "<bob@example.org>\nКому: Ann\n\nВода.\n",
          "Bob <bob@example.org>", "3 марта 2025", "x", "Вода." },
        { "subject on two lines", "Fwd: leak",
          "---------- Forwarded message ----------\nFrom: bob@example.org\nDate: Mon\n"
          "Subject: leak in\nthe cellar\nTo: ann@example.com\n\nWater.\n",
          "bob@example.org", "Mon", "leak in the cellar", "Water." },
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t n = strlen(cases[i].text);
        g_autofree char *exact = g_memdup2(cases[i].text, n);
        g_auto(Forwarded) got = { 0 };
        bool found =
            forward_find((struct slice){ exact, n }, slice_from(cases[i].subject), &got);
        if (found && strcmp(got.from, cases[i].from) == 0
            && strcmp(got.date, cases[i].date) == 0
            && strcmp(got.subject, cases[i].title) == 0
            && strcmp(got.text, cases[i].body) == 0)
            continue;
        print_error("%s: %d from \"%s\" date \"%s\" subject \"%s\" text \"%s\"\n",
                    cases[i].name, found, got.from, got.date, got.subject, got.text);
        failed++;
    }
    assert_int_equal(failed, 0);
}

static void
test_not_forwarded(void **state)
{
    static const char *const texts[] = {
        "Yes.\n\nFrom: Help\nSent: Monday\nTo: Ann\nSubject: leak\n\nWater?\n",
        "Yes.\n\nOn 3 Mar 2025 10:15, Help <help@desk.example> wrote:\n> x\n",
        "I forwarded the message:\nno block.\n",
        "-------- Forwarded Message --------\nno block.\n",
        "",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Forwarded) got = { 0 };
        assert_false(forward_find(slice_from(texts[i]), slice_from("Re: leak"), &got));
        assert_null(got.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forwarded),
        cmocka_unit_test(test_not_forwarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
