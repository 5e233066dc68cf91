/* Delivery reports in the words of many servers: what each amounts to, as "ACTION STATUS
   RECIPIENT", several joined with "; ". And what is none. */
#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/mail/mail.h"

struct report {
    const char *name;
    const char *header; /* beside To */
    const char *body;
    const char *want; /* "" when it isn't a report */
};

#define DAEMON                                                                           \
    "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\n"           \
    "Subject: Undelivered Mail Returned to Sender\n"
#define FIELDS                                                                           \
    DAEMON "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"

static char *
read_report(const struct report *c)
{
    g_autofree char *raw =
        g_strdup_printf("To: help@desk.example\n%s\n%s", c->header, c->body);
    g_autofree char *exact = g_memdup2(raw, strlen(raw)); /* no NUL: overreads show */
    g_autoptr(Mail) mail = mail_parse((struct slice){ exact, strlen(raw) }, NULL, NULL);
    assert_non_null(mail);
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint i = 0; i < mail->bounces->len; i++) {
        const struct mail_bounce *b = mail->bounces->pdata[i];
        g_string_append_printf(got, "%s%s %s %s", i ? "; " : "", b->action, b->status,
                               b->recipient);
    }
    return g_string_free(g_steal_pointer(&got), false);
}

static void
check_all(const struct report *cases, size_t n)
{
    bool wrong = false;
    for (size_t i = 0; i < n; i++) {
        g_autofree char *got = read_report(&cases[i]);
        if (strcmp(got, cases[i].want) != 0) {
            print_error("%s: got \"%s\", not \"%s\"\n", cases[i].name, got,
                        cases[i].want);
            wrong = true;
        }
    }
    assert_false(wrong);
}

/* No code in it: RFC 3463 by the words. */
static void
test_words(void **state)
{
    (void)state;
    static const struct report cases[] = {
        { "exim gave up", DAEMON "X-Failed-Recipients: ann@x.example\n",
          "A message that you sent could not be delivered to one or more of its\n"
          "recipients. The following address(es) failed:\n\n  ann@x.example\n"
          "    retry timeout exceeded\n",
          "failed 4.4.7 ann@x.example" },
        { "wrapped in the middle of the reason", DAEMON,
          "Your message was not delivered to:\n\nann@x.example\n   unknown\n   user\n",
          "failed 5.1.1 ann@x.example" },
        { "a reply without an enhanced code", DAEMON,
          "<ann@x.example>: host mx.x.example said: 552 mailbox full\n",
          "failed 5.2.2 ann@x.example" },
        { "for now", DAEMON,
          "Your message has been delayed and will be retried.\n\n<ann@x.example>: 452 "
          "mailbox full\n",
          "delayed 4.2.2 ann@x.example" },
        { "two with a reason each", DAEMON,
          "The following addresses failed:\n\nann@x.example\n   mailbox is full\n\n"
          "bob@y.example\n   no such user here\n",
          "failed 5.2.2 ann@x.example; failed 5.1.1 bob@y.example" },
        { "what may have been", DAEMON,
          "Your mail could not be delivered to ann@x.example. The mailbox is full, or "
          "the user does not exist.\n",
          "failed 5.0.0 ann@x.example" },
        { "a domain is no user", DAEMON,
          "<ann@x.example>: domain does not exist. Undeliverable.\n",
          "failed 5.1.2 ann@x.example" },
        { "a stated code wins", DAEMON,
          "<ann@x.example>: 550 5.7.1 user unknown to this policy\n",
          "failed 5.7.1 ann@x.example" },
        { "Notes", "From: postmaster@x.example\nSubject: DELIVERY FAILURE: User ann\n",
          "Your message\n\n  Subject: Hi\n\nwas not delivered to:\n\n  ann@x.example\n\n"
          "because:\n\n  User ann not listed in Domino Directory\n",
          "failed 5.1.1 ann@x.example" },
        { "Courier",
          "From: Courier mail server at mx <@mx.example>\nSubject: NOTICE: mail delivery "
          "status.\n",
          "UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be "
          "delivered:\n\n<ann@x.example>:\n    mx.x.example [192.0.2.1]:\n"
          "<<< 552 Mailbox full\n",
          "failed 5.2.2 ann@x.example" },
        { "german", DAEMON,
          "Ihre Nachricht konnte nicht zugestellt werden:\n\nann@x.example\n   "
          "Nachricht zu groß\n",
          "failed 5.3.4 ann@x.example" },
        { "a delay in words has class 4", DAEMON,
          "The mail is delayed, delivery will be retried.\n\nann@x.example: no such "
          "domain\n",
          "delayed 4.1.2 ann@x.example" },
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

/* RFC 3464: where the fields, the server's reply and the words beside them differ. */
static void
test_fields(void **state)
{
    (void)state;
    static const struct report cases[] = {
        { "one server quotes the next", FIELDS,
          "--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\n"
          "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@x.example\n"
          "Action: failed\nStatus: 5.0.0\n"
          "Diagnostic-Code: smtp; 5.1.0 - address error 550-'5.7.1 Denied'\n--b--\n",
          "failed 5.7.1 ann@x.example" },
        { "expired, and why", FIELDS,
          "--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\n"
          "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@x.example\n"
          "Action: failed\nStatus: 4.4.7\n"
          "Diagnostic-Code: smtp; 554 4.4.7 expired <421 4.4.2 timed out>\n--b--\n",
          "failed 4.4.2 ann@x.example" },
        { "the server itself says other", FIELDS,
          "--b\n\n<ann@x.example>: 550 5.1.1 User unknown\n--b\n"
          "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
          "Final-Recipient: rfc822; ann@x.example\nAction: failed\nStatus: 5.0.0\n"
          "Diagnostic-Code: smtp; 550 5.0.0 User unknown\n--b--\n",
          "failed 5.0.0 ann@x.example" },
        { "no status, but words", FIELDS,
          "--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\n"
          "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@x.example\n"
          "Action: failed\nStatus:\nDiagnostic-Code: x-mx; user unknown\n--b--\n",
          "failed 5.1.1 ann@x.example" },
        { "no status, no words", FIELDS,
          "--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\n"
          "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@x.example\n"
          "Action: delayed\n--b--\n",
          "delayed 4.0.0 ann@x.example" },
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_recipient(void **state)
{
    (void)state;
    static const struct report cases[] = {
        { "a name without a domain, and the trace of the returned message", DAEMON,
          " -----Message not delivered to the following:\n\n ann.smith    No matches\n\n"
          " Try bob@x.example, if you know no better.\n\n -----Unsent Message below:\n\n"
          "Received: from desk.example\n\tby mx.example id N1\n"
          "\tfor <ann.smith@x.example>; Tue, 5 Mar 2024 10:00:00 +0000\n"
          "From: help@desk.example\nTo: list@desk.example\nSubject: Hi\n\nHello\n",
          "failed 5.0.0 ann.smith@x.example" },
        { "only the returned message tells", DAEMON,
          "Your mail could not be delivered.\n\n-----Returned message-----\n\n"
          "From: help@desk.example\nTo: ann@x.example\nSubject: Hi\n\nHello\n",
          "failed 5.0.0 ann@x.example" },
        { "Exchange of old, its Content-Type lost on the way",
          "From: System Administrator <postmaster@x.example>\n"
          "Subject: Undeliverable: Hi\n",
          "This message is in MIME format.\n\n------_=_Next\nContent-Type: text/plain\n\n"
          "Your message\n\n  To:      Ann\n\ndid not reach the following "
          "recipient(s):\n\n"
          "ANN@X.EXAMPLE on Fri, 18 Oct 2002 09:13:24 -0600\n"
          "    The recipient name is not recognized\n\n------_=_Next\n"
          "Content-Type: message/rfc822\n\nFrom: help@desk.example\nTo: Ann\n"
          "Cc: bob@y.example\nSubject: Hi\n\nHello\n------_=_Next--\n",
          "failed 5.1.1 ann@x.example" },
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_lists(void **state)
{
    (void)state;
    static const struct report cases[] = {
        { "not a member",
          "From: talk-admin@lists.example\nSubject: You are not member (talk)\n",
          "You are not a member of this mailing list <talk@lists.example>.\n",
          "failed 5.7.2 talk@lists.example" },
        { "not allowed to post",
          "From: talk-owner@lists.example\nSubject: Post rejected\n",
          "You are not allowed to post to talk@lists.example, and your message has been "
          "automatically rejected.\n",
          "failed 5.7.2 talk@lists.example" },
        { "a member tells another one", "From: ann@x.example\nSubject: Re: talk\n",
          "It said: you are not a member of this mailing list <talk@lists.example>.\n",
          "" },
        { "rejected by Sympa", "From: SYMPA <sympa@lists.example>\nSubject: Message\n",
          "Your message for list talk@lists.example was rejected.\n\n"
          "You are not authorized to send messages to it.\n",
          "failed 5.7.2 talk@lists.example" },
        { "not refused yet",
          "From: talk-bounces@lists.example\nSubject: Your message awaits approval\n",
          "It is being held until the moderator can review it. The reason: you are not a "
          "member of talk@lists.example.\n",
          "" },
        { "the list's own news",
          "From: talk-request@lists.example\nSubject: Welcome to talk\n",
          "Welcome! Only what members write is passed on. Post to talk@lists.example.\n",
          "" },
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_none(void **state)
{
    (void)state;
    static const struct report cases[] = {
        { "a parcel", "From: noreply@parcels.example\nSubject: Delivery failed\n",
          "Your parcel could not be delivered. Contact: service@parcels.example\n", "" },
        { "a parcel, by the null path",
          "From: noreply@parcels.example\nReturn-Path: <>\nSubject: Delivery delayed\n",
          "Your parcel has been delayed. It could not be delivered today.\n", "" },
        { "a postmaster's figures",
          "From: postmaster@x.example\nSubject: Monthly report\n",
          "Spam blocked: 400. Mailboxes over quota: 3.\n", "" },
        { "a person asks what it means",
          "From: ann@x.example\nSubject: Undeliverable: what is it?\n",
          "I got 'delivery has failed' for bob@y.example. What does it mean?\n", "" },
        { "a person asks", "From: ann@x.example\nSubject: user unknown?\n",
          "My mail to bob@y.example says 550 user unknown. Is the mailbox full?\n", "" },
        { "a person passes one on",
          "From: ann@x.example\nSubject: Fwd: Returned mail: see transcript\n",
          "Look at this.\n\nBegin forwarded message:\n\n"
          "> From: MAILER-DAEMON@mx.example\n"
          "> <bob@y.example>: 550 5.1.1 User unknown\n",
          "" },
        { "absent", "From: ann@x.example\nSubject: Out of office: Hi\nReturn-Path: <>\n",
          "I left; this account is closed and mail is not delivered to it.\n", "" },
        { "a multipart within a text", "From: ann@x.example\nSubject: MIME\n",
          "It looks so:\n\n--b\nContent-Type: message/delivery-status\n\n"
          "Final-Recipient: rfc822; bob@y.example\nAction: failed\n",
          "" },
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),     cmocka_unit_test(test_fields),
        cmocka_unit_test(test_recipient), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
