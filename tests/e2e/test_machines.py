"""test_machines: what each kind of automatic mail leads to: common/desk/automatic.c, row by
row, in the database and in the mail that goes out."""
import base64
import json
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone

import harness
from loop_case import ANNA, SUPPORT, SmallDesk, answer, report, reply_address

SIX_DAYS, HALF_A_YEAR = 6, 180


def head(sender, to, subject, **fields):
    fields = {"From": sender, "To": to, "Subject": subject,
              "Date": format_datetime(datetime.now(timezone.utc)),
              "Message-ID": make_msgid(domain="machine.example"),
              "MIME-Version": "1.0"} | {k.replace("_", "-"): v for k, v in fields.items()}
    return "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)


def multipart(kind, *parts):
    """(Content-Type, body) of such parts: (type, text)."""
    body = "".join(f"--b1\r\nContent-Type: {t}\r\n\r\n{text}\r\n" for t, text in parts)
    return f"multipart/{kind}; boundary=b1", body + "--b1--\r\n"


def complaint(mail, to=SUPPORT):
    """A feedback report (RFC 5965), its recipient left out as providers do."""
    kind, body = multipart(
        "report; report-type=feedback-report", ("text/plain", "A complaint."),
        ("message/feedback-report", "Feedback-Type: abuse\r\nUser-Agent: Loop/1\r\n"
                                    "Version: 1\r\n"),
        ("message/rfc822", mail.raw.decode("utf-8", "replace")))
    return (head("fbl@provider.example", to, "FW: complaint", Content_Type=kind)
            + "\r\n" + body).encode()


class Rows(SmallDesk):
    """Each row: the customer's ticket was answered and closed, then the machine writes."""

    def closed(self, customer, status="closed"):
        """(number, the answer as the customer has it) of a ticket of theirs."""
        self.write(f"matter of {customer}", customer)
        notice = self.desk.wait_mail(to=ANNA, subject=f"matter of {customer}")
        number = int(notice["Subject"].partition("[#")[2].partition("]")[0])
        self.answer(notice, f"Answer for {customer}.", ANNA)
        got = self.desk.wait_mail(to=customer, contains="Answer for")
        if status == "closed":
            self.answer(notice, "#close", ANNA)
        self.wait_status(status, number)
        self.settle()
        return number, got

    def outcome(self, number, customer, act):
        """What of the desk is different after `act`."""
        agents = len(self.desk.mails()) - len(self.to(customer))
        outside, notes = len(self.to(customer)), len(self.messages(number))
        tickets = len(self.desk.tickets())
        act()
        self.settle()
        said = self.messages(number)[notes:]
        paused = self.desk.value(
            "SELECT coalesce(max(extract(day FROM suppressed_until - now())), 0)::int FROM "
            f"addresses WHERE address = '{customer}'")
        self.assertEqual(len(self.to(customer)), outside, "a machine was answered")
        self.assertEqual(len(self.desk.tickets()), tickets)
        return {"kept": len(said), "internal": bool(said) and said[-1]["is_note"],
                "reopened": self.ticket(number)["status"] == "open",
                "told": len(self.desk.mails()) - len(self.to(customer)) > agents,
                "paused": paused > HALF_A_YEAR and "year" or paused > SIX_DAYS and "days"}

    def check(self, name, make, envelope="", **want):
        """`make` gives the machine's mail of (customer, the mail of ours); want: what is
        different from nothing, once kept."""
        with self.subTest(name):
            customer = f"{name.replace(' ', '-')}@customer.example"
            number, got = self.closed(customer)
            raw, to = make(customer, got)
            result = self.outcome(number, customer, lambda: self.desk.accept(raw, to, envelope))
            self.assertEqual(result, {"kept": 1, "internal": False, "reopened": False,
                                      "told": False, "paused": False} | want)
            return number

    def simple(self, text="Words.", subject=None, **headers):
        return lambda customer, got: answer(
            got, text, customer, subject=subject,
            extra={k.replace("_", "-"): v for k, v in headers.items()})

    def test_bounces(self):
        for status, kind, paused in (("5.1.1", "hard", "days"), ("5.2.2", "soft", False),
                                     ("5.7.1", "policy", False)):
            self.check(f"{kind} bounce", lambda c, got, s=status: (report(got, c, s), SUPPORT),
                       internal=True, reopened=True, told=True, paused=paused)
        self.check("forwarders bounce",
                   lambda c, got: (report(got, "else@where.example"), SUPPORT),
                   internal=True, reopened=True, told=True)
        self.check("delayed", lambda c, got: (report(got, c, "4.4.1").replace(
            b"Action: failed", b"Action: delayed"), SUPPORT), internal=True, told=True)
        self.check("delivered", lambda c, got: (report(got, c, "2.0.0").replace(
            b"Action: failed", b"Action: delivered"), SUPPORT), internal=True)

    def test_a_bounce_is_shown_and_exported(self):
        number = self.check("shown bounce", lambda c, got: (report(got, c), SUPPORT),
                            internal=True, reopened=True, told=True, paused="days")
        self.assertIn("I am sorry.", self.messages(number)[-1]["text"])
        self.assertIn("no such user here", self.desk.maild("export", str(number)).stdout)
        # The same report again is the same mail.
        notices = [m for m in self.desk.mails() if m.addressed_to(ANNA)]
        raw = self.desk.sql("SELECT encode(raw, 'base64') AS raw FROM inbound ORDER BY "
                            "received_at DESC LIMIT 1")[0]["raw"]
        self.desk.accept(base64.b64decode(raw), SUPPORT, "")
        self.settle()
        self.assertEqual(len([m for m in self.desk.mails() if m.addressed_to(ANNA)]),
                         len(notices))
        # Colleagues see it before the next words, customers never.
        self.answer(notices[-1], "I telephoned.", ANNA)
        got = self.desk.wait_mail(contains="I telephoned.", to="shown-bounce@customer.example")
        self.assertNotIn("I am sorry.", got.text)

    def test_a_bounce_while_an_answer_is_awaited(self):
        customer = "waiting@customer.example"
        number, got = self.closed(customer, "waiting_customer")
        result = self.outcome(number, customer,
                              lambda: self.desk.accept(report(got, customer), SUPPORT, ""))
        self.assertTrue(result["reopened"] and result["told"])

    def test_a_report_verifies_no_mailbox(self):
        customer = "unproven@customer.example"
        number, got = self.closed(customer)
        self.desk.accept(report(got, customer), reply_address(got), "")
        self.settle()
        self.assertIsNone(self.desk.value(
            f"SELECT verified_at FROM addresses WHERE address = '{customer}'"))
        self.assertEqual(self.ticket(number)["status"], "open")

    def test_complaint(self):
        number = self.check("complaint", lambda c, got: (complaint(got), SUPPORT),
                            internal=True, told=True, paused="year")
        told = self.desk.wait_mail(to=ANNA, subject="Reported as spam")
        self.assertIn(f"[#{number}]", str(told["Subject"]))
        self.assertIn("complaint@customer.example", told.text)
        self.assertEqual(len(self.events("complaint")), 1)
        # From now on nothing automatic goes there, but an answer does.
        self.write("another matter", "complaint@customer.example")
        notice = self.desk.wait_mail(to=ANNA, subject="another matter")
        self.answer(notice, "A human answer.", ANNA)
        self.desk.wait_mail(to="complaint@customer.example", contains="A human answer.")
        self.assertEqual(self.desk.find_mails(to="complaint@customer.example",
                                              subject="another matter",
                                              where=lambda m: m["Auto-Submitted"]), [])

    def test_a_complaint_that_lies(self):
        """About a mail that we never sent: a mail like any other, and nobody is paused."""
        number, got = self.closed("liar@customer.example")
        forged = harness.Mail(got.raw.replace(str(got["Message-ID"]).encode(),
                                              b"<p.aaaaaaaaaaaaaaaaaaaaaaaa@desk.example>"))
        self.desk.accept(complaint(forged), SUPPORT, "")
        self.settle()
        self.assertEqual(self.events("complaint"), [])
        self.assertEqual(self.desk.sql("SELECT address FROM addresses WHERE "
                                       "suppressed_until IS NOT NULL"), [])
        self.assertEqual(len(self.messages(number)), 2)

    def test_vacation(self):
        self.check("vacation", self.simple(Auto_Submitted="auto-replied"))
        self.check("vacation by subject", self.simple(
            subject="Automatic reply: away", X_Auto_Response_Suppress="All"))
        self.check("autoreply", self.simple(X_Autoreply="yes"))
        # A vacation note with the words of a bounce is none.
        self.check("vacation of words", self.simple(
            "I am away. Mail sent to ben@else.example could not be delivered before.",
            subject="Out of office: matter", Auto_Submitted="auto-replied"))

    def test_other_machines(self):
        self.check("machine answers ours", self.simple(Auto_Submitted="auto-generated"))
        self.check("bulk answers ours", self.simple(Precedence="bulk"))
        self.check("list", self.simple(List_Id="<l.lists.example>"), reopened=True, told=True)

    def unproven(self, **headers):
        """It names a mail of the customer's, which others have, too."""
        def make(customer, _):
            first = self.desk.value(
                "SELECT message_id FROM messages WHERE author_address = "
                f"'{customer}' AND author_role = 'customer'")
            return ((head(customer, SUPPORT, "status", In_Reply_To=f"<{first}>", **headers)
                     + "\r\nDisk full.\r\n").encode(), SUPPORT)
        return make

    def test_a_machine_that_answers_others(self):
        self.check("notice", self.unproven(Auto_Submitted="auto-generated"), told=True)
        self.check("bulk", self.unproven(Precedence="bulk"), told=True)

    def test_challenge(self):
        text = "Please click here to confirm that you are a person."
        self.check("challenge", self.simple(text, subject="Please confirm your message"),
                   internal=True, told=True)
        self.check("marked challenge", self.simple(
            text, subject="[BOXBE] matter", Auto_Submitted="auto-replied"),
            internal=True, told=True)
        self.check("no challenge", self.simple(text), envelope="a@b.example", reopened=True, told=True)

    def test_read_receipt(self):
        def receipt(customer, got):
            kind, body = multipart(
                "report; report-type=disposition-notification",
                ("text/plain", "It was displayed."),
                ("message/disposition-notification",
                 f"Final-Recipient: rfc822;{customer}\r\nOriginal-Message-ID: "
                 f"{got['Message-ID']}\r\nDisposition: manual-action/"
                 "MDN-sent-manually; displayed\r\n"))
            return ((head(customer, reply_address(got), "Read: matter", Content_Type=kind,
                          In_Reply_To=str(got["Message-ID"])) + "\r\n" + body).encode(),
                    reply_address(got))
        self.check("receipt", receipt, internal=True)
        # One that belongs to nothing makes no ticket, and is listed.
        before = len(self.desk.tickets())
        kind, body = multipart("report; report-type=disposition-notification",
                               ("text/plain", "It was displayed."),
                               ("message/disposition-notification",
                                "Disposition: manual-action/MDN-sent-manually; displayed"))
        self.desk.accept((head("nobody@customer.example", SUPPORT, "Read: x",
                               Content_Type=kind) + "\r\n" + body).encode(), SUPPORT, "")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), before)
        listed = self.desk.maild("ignored").stdout
        self.assertIn("a receipt of no mail of ours", listed)

    def test_calendar(self):
        def calendar(method):
            def make(customer, got):
                kind, body = multipart("alternative", ("text/plain", "Accepted."), (
                    f"text/calendar; method={method}",
                    f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:1\r\n"
                    "SUMMARY:Visit\r\nDTSTART:20300101T100000Z\r\nEND:VEVENT\r\n"
                    "END:VCALENDAR\r\n"))
                return ((head(customer, reply_address(got), "Accepted: Visit",
                              Content_Type=kind) + "\r\n" + body).encode(),
                        reply_address(got))
            return make
        self.check("calendar reply", calendar("REPLY"), told=True)
        self.check("calendar request", calendar("REQUEST"), envelope="a@b.example",
                   reopened=True, told=True)

    def test_loop(self):
        number, got = self.closed("loop@customer.example")
        before = len(self.desk.mails())
        self.desk.accept(got.raw, SUPPORT, "")
        self.settle()
        self.assertEqual((len(self.desk.mails()), self.ticket(number)["status"]),
                         (before, "closed"))
        self.assertIn("our own mail came back", self.desk.maild("ignored").stdout)


class Ignored(SmallDesk):
    def test_what_was_not_made_a_ticket(self):
        self.assertEqual(self.desk.maild("ignored").stdout, "nothing was ignored\n")
        receipt, notice = self.open("a matter")
        self.answer(receipt, "#close\nNot Anna.", ANNA, to=SUPPORT)
        self.desk.accept(notice.raw, SUPPORT, "")
        self.settle()
        listed = self.desk.maild("ignored").stdout
        self.assertIn("an agent's address without proof that the agent wrote it", listed)
        self.assertIn("our own mail came back", listed)
        found = json.loads(self.desk.maild("ignored", "--json", "--tenant", "desk.example",
                                           "--most", "1").stdout)["ignored"]
        self.assertEqual([e["reason"] for e in found], ["our own mail came back"])
        shown = self.desk.maild("ignored", "show", found[0]["id"])
        self.assertIn("our own mail came back", shown.stdout)
        raw = self.desk.maild("ignored", "show", found[0]["id"], "--raw").stdout
        self.assertIn(str(notice["Message-ID"]), raw)
        for wrong in (("show", "nonsense"), ("show",), ("--most", "0"), ("drop", "1")):
            self.assertNotEqual(self.desk.maild("ignored", *wrong, check=False).returncode, 0)


if __name__ == "__main__":
    harness.main()
