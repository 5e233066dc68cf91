/* The sender's tables: pauses, verdicts, headers; and the Maildir's files. */
#include "tests/unit/test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "maild/send/headers.h"
#include "maild/send/maildir.h"
#include "maild/send/result.h"

static void
test_pauses(void **state)
{
    static const int minutes[] = { 5, 10, 20, 40, 60, 60, 60 };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(minutes); i++)
        assert_int_equal(result_pause_us((int64_t)i + 1), minutes[i] * CLOCK_MINUTE);
    assert_int_equal(result_pause_us(1000), CLOCK_HOUR);
    assert_int_equal(result_pause_us(0), 5 * CLOCK_MINUTE);
}

static void
test_verdicts(void **state)
{
    static const struct {
        const char *name;
        enum try_outcome outcome;
        int64_t tries, age_us;
        const char *want;
        bool tell;
    } cases[] = {
        { "sent", TRY_SENT, 1, 0, "sent", false },
        { "sent at last", TRY_SENT, 99, 6 * CLOCK_DAY, "sent", false },
        { "refused", TRY_REFUSED, 1, 0, "failed", true },
        { "first", TRY_LATER, 1, 0, "queued", false },
        { "second", TRY_LATER, 2, CLOCK_HOUR, "queued", false },
        { "third: told", TRY_LATER, 3, CLOCK_HOUR, "queued", true },
        { "fourth: not again", TRY_LATER, 4, CLOCK_HOUR, "queued", false },
        { "a last time", TRY_LATER, 120, 5 * CLOCK_DAY - CLOCK_HOUR, "queued", false },
        { "given up", TRY_LATER, 121, 5 * CLOCK_DAY - CLOCK_HOUR / 2, "failed", true },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct verdict v =
            result_judge(cases[i].outcome, cases[i].tries, cases[i].age_us);
        if (strcmp(v.state, cases[i].want) != 0 || v.tell != cases[i].tell)
            fail_msg("%s: got %s, tell %d", cases[i].name, v.state, v.tell);
    }
}

static void
test_headers(void **state)
{
    static const struct {
        const char *template, *role, *from;
        bool automatic;
        const char *auto_submitted, *envelope;
    } cases[] = {
        { "acknowledgement", "requester", "Support", true, "auto-replied", "" },
        { "answer", "requester", "Anna (Support)", false, NULL, "s+t@d" },
        { "answer", "cc", "Anna (Support)", false, NULL, "s+t@d" },
        { "resolved", "cc", "Support", true, "auto-replied", "" },
        { "new_ticket", "team", "Anna via Support", true, "auto-generated", "s+t@d" },
        { "note", "owner", "Anna via Support", true, "auto-generated", "s+t@d" },
        { "status", "watcher", "Ben via Support", true, "auto-generated", "s+t@d" },
        { "delivery_failed", "owner", "Support", true, "auto-generated", "s+t@d" },
        { "transcript", "agent", "Support", true, "auto-replied", "" },
        { "refused", "agent", "Support", true, "auto-replied", "" },
    };
    g_autoptr(json_t) document = json_pack("{s:{s:{s:s}}, s:{s:s}}", "message", "author",
                                           "name", "Anna", "actor", "name", "Ben");
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const OutboxMail mail = { .template = (char *)cases[i].template,
                                  .role = (char *)cases[i].role,
                                  .queue_name = (char *)"Support",
                                  .automatic = cases[i].automatic };
        g_autofree char *from = headers_from_name(&mail, document);
        const char *envelope = headers_envelope_from(&mail, "s+t@d");
        if (strcmp(from, cases[i].from) != 0 || strcmp(envelope, cases[i].envelope) != 0
            || g_strcmp0(headers_auto_submitted(&mail), cases[i].auto_submitted) != 0)
            fail_msg("%s to %s: got %s, %s, %s", cases[i].template, cases[i].role, from,
                     envelope, headers_auto_submitted(&mail));
        assert_string_equal(headers_envelope_from(&mail, NULL), "");
    }
}

static void
test_references(void **state)
{
    static const char *const seen[] = { "a@x", "bad id@x", "<b@x>", "c@x", "d@x", NULL };
    OutboxMail mail = { .role = (char *)"requester", .tenant_name = (char *)"d.example" };
    (void)state;

    g_auto(GStrv) outside = headers_references(&mail, seen, "c@x");
    g_autofree char *joined = g_strjoinv(" ", outside);
    assert_string_equal(joined, "a@x d@x c@x");

    mail.role = (char *)"owner";
    mail.carried_message_id = (char *)"c@x\r\nBcc: e@x";
    mail.conversation = uuid_make();
    g_auto(GStrv) inside = headers_references(&mail, NULL, NULL);
    assert_int_equal(g_strv_length(inside), 1);
    assert_true(g_str_has_suffix(inside[0], "@d.example"));

    mail.conversation = (struct uuid){ { 0 } };
    g_auto(GStrv) alarm = headers_references(&mail, NULL, NULL);
    assert_int_equal(g_strv_length(alarm), 0);
}

static void
test_one_line(void **state)
{
    static const char *const cases[][2] = {
        { "plain", "plain" },
        { "  two\r\nlines\t", "two  lines" },
        { "nel\xC2\x85"
          "ls\xE2\x80\xA8"
          "end",
          "nel ls end" },
        { "bad\xFF", "bad\xEF\xBF\xBD" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = headers_one_line(cases[i][0]);
        assert_string_equal(got, cases[i][1]);
    }
}

/* --- Maildir ---------------------------------------------------------------------- */

static unsigned
count_files(const char *directory, const char *folder)
{
    g_autofree char *path = g_build_filename(directory, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;
    while (g_dir_read_name(dir))
        n++;
    return n;
}

static void
test_maildir(void **state)
{
    g_autofree char *base = g_dir_make_tmp("postern-maildir-XXXXXX", NULL);
    g_autofree char *directory = g_build_filename(base, "out", "box", NULL);
    const char *text = "Subject: x\r\n\r\n.one\r\ntwo";
    g_autofree char *exact = g_memdup2(text, strlen(text));
    const struct maildir_mail mail = {
        uuid_make(), "", "a@x.example", { exact, strlen(text) }
    };
    char id[UUID_TEXT_SIZE];
    g_autofree char *path =
        g_strdup_printf("%s/new/%s.postern", directory, uuid_format(mail.id, id));
    g_autoptr(GError) error = NULL;
    (void)state;

    for (int i = 0; i < 2; i++) /* a repeat is the same file */
        assert_true(maildir_deliver(directory, &mail, &error));
    assert_int_equal(count_files(directory, "new"), 1);
    assert_int_equal(count_files(directory, "tmp"), 0);

    g_autofree char *content = NULL;
    assert_true(g_file_get_contents(path, &content, NULL, NULL));
    assert_string_equal(content, "Return-Path: <>\nDelivered-To: a@x.example\n"
                                 "Subject: x\n\n.one\ntwo\n");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);

    assert_false(maildir_deliver("/proc/nowhere", &mail, &error));
    assert_true(error_is(error, ERR_RETRY));

    g_unlink(path);
    for (const char *const *sub =
             (const char *const[]){ "tmp", "new", "cur", ".", "..", "../..", NULL };
         *sub; sub++) {
        g_autofree char *folder = g_build_filename(directory, *sub, NULL);
        g_autofree char *real = g_canonicalize_filename(folder, NULL);
        g_rmdir(real);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses),   cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_headers),  cmocka_unit_test(test_references),
        cmocka_unit_test(test_one_line), cmocka_unit_test(test_maildir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
