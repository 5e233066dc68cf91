"""test_automatic: mail that no human wrote: what it may change, and where loops end."""
import concurrent.futures
import threading
import time

import harness
from loop_case import (ADA, ANNA, SUPPORT, SmallDesk, answer, report, reply_address)


class Machines(SmallDesk):
    def test_out_of_office(self):
        receipt, notice = self.open("away")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        self.settle()
        before = len(self.desk.mails())
        raw, to = answer(receipt, "I am away.", ADA, extra={"Auto-Submitted": "auto-replied"})
        self.desk.accept(raw, to, "")
        raw, to = answer(receipt, "Ich bin nicht da.", ADA, subject="Automatische Antwort: away",
                         extra={"X-Auto-Response-Suppress": "All"})
        self.desk.accept(raw, to, ADA)
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual(self.ticket()["status"], "closed")
        self.assertEqual(len(self.desk.mails()), before)
        self.assertIn("I am away.", [m["text"].strip() for m in self.messages()])

    def test_a_machine_opens_a_ticket_without_an_answer(self):
        kinds = {"alert": {"Auto-Submitted": "auto-generated"},
                 "list": {"List-Id": "<l.lists.example>"}, "bulk": {"Precedence": "bulk"}}
        for n, (name, headers) in enumerate(kinds.items()):
            self.write(f"from a {name}", f"machine{n}@robots.example",
                       **{k.replace("-", "_"): v for k, v in headers.items()})
        self.write("null path", "machine9@robots.example", envelope="")
        self.write("no-reply", "no-reply@robots.example")
        self.settle()
        outside = [m for m in self.desk.mails() if m.addressed_to("no-reply@robots.example")
                   or "robots.example" in str(m["To"])]
        self.assertEqual(outside, [])
        self.assertEqual(self.desk.value("SELECT count(*) FROM inbound WHERE state = 'new'"),
                         0)

    def test_a_bounce_of_our_acknowledgement(self):
        for whole in (True, False):
            with self.subTest(whole=whole):
                customer = f"gone{whole}@gone.example".lower()
                self.write(f"gone {whole}", customer)
                receipt = self.desk.wait_mail(to=customer)
                number = len(self.desk.tickets())
                self.desk.accept(report(receipt, customer, whole=whole), SUPPORT, "")
                told = self.desk.wait_mail(to=ANNA, subject="Not delivered", contains=customer)
                self.settle()
                self.assertIn(customer, told.text)
                self.assertEqual(len(self.desk.tickets()), number)
                event = self.events("delivery_failed")[-1]
                self.assertEqual(event["conversation_id"], self.ticket(number)["id"])
                self.assertEqual(event["detail"]["status"], "5.1.1")
                dead = self.desk.sql(f"SELECT * FROM addresses WHERE address = '{customer}'")
                self.assertEqual(dead[0]["bounces"], 1)
                self.assertIsNotNone(dead[0]["suppressed_until"])
                self.assertEqual(len(self.to(customer)), 1)

    def test_a_bounce_of_a_notice(self):
        """An agent's mailbox refuses: nothing of the ticket changes, no agent is written to."""
        _, notice = self.open("notice")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        self.settle()
        before = len(self.desk.mails())
        self.desk.accept(report(notice, ANNA, "5.7.1"), SUPPORT, "")
        self.settle()
        self.assertEqual([e["detail"]["recipient"] for e in self.events("notice_failed")],
                         [ANNA])
        self.assertEqual(self.events("delivery_failed"), [])
        self.assertEqual(self.ticket()["status"], "closed")
        self.assertEqual(len(self.desk.mails()), before)

    def test_a_bounce_that_lies(self):
        """A report about a mail that we never sent pauses nobody's address."""
        receipt, _ = self.open("real")
        forged = receipt.raw.replace(str(receipt["Message-ID"]).encode(),
                                     b"<p.aaaaaaaaaaaaaaaaaaaaaaaa@desk.example>")
        self.desk.accept(report(harness.Mail(forged), ADA), SUPPORT, "")
        self.settle()
        self.assertEqual(self.events("delivery_failed"), [])
        self.assertEqual(self.desk.sql("SELECT address FROM addresses WHERE suppressed_until "
                                       "IS NOT NULL OR bounces > 0"), [])

    def test_mail_of_our_own(self):
        """What we sent comes back, by a forwarding that goes in a circle."""
        receipt, notice = self.open("circle")
        before = len(self.desk.mails())
        for mail in (receipt, notice):
            self.desk.accept(mail.raw, SUPPORT, "")
            self.desk.accept(mail.raw, reply_address(mail), ADA)
        self.settle()
        time.sleep(0.5)
        self.settle()
        self.assertEqual(len(self.desk.mails()), before)
        self.assertEqual(len(self.desk.tickets()), 1)

    def test_mail_from_our_own_address(self):
        self.write("I am you", SUPPORT)
        self.write("I am you too", "support+x@desk.example")
        self.settle()
        self.assertEqual([m for m in self.desk.mails() if m.addressed_to(SUPPORT)
                          or "support+" in str(m["To"])], [])

    def test_control_headers_are_not_believed(self):
        self.write("forged", X_Postern_Ticket="1", X_Postern_Tenant="other.example",
                   X_Postern_Agent=ANNA, Authentication_Results="elsewhere; dmarc=pass")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual(len(self.to(ADA)), 1)
        for mail in self.desk.mails():
            self.assertFalse([h for h in mail.message if h.lower().startswith("x-postern")])


class Loops(SmallDesk):
    """An automatic answerer that says nothing of itself and forgets all threading."""

    options = {"ingest": 3}

    def rounds(self, answer_to, most):
        """Answer everything that ada is sent, at once; how many rounds it took to end."""
        seen, n = set(), 0
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 3 and n < most:
            for mail in self.to(ADA):
                if mail["Message-ID"] not in seen:
                    seen.add(mail["Message-ID"])
                    n += 1
                    answer_to(n, mail)
                    quiet_since = time.monotonic()
            time.sleep(0.05)
        return len(seen)

    def test_one_subject(self):
        self.write("Hello")
        sent = self.rounds(lambda n, _: self.write("Hello"), 20)
        self.settle()
        self.assertEqual(sent, 2)

    def test_a_new_subject_each_time(self):
        self.write("Hello 0")
        sent = self.rounds(lambda n, _: self.write(f"Hello {n}"), 30)
        self.settle()
        self.assertEqual(sent, 10)

    def test_it_answers_our_reply_address(self):
        self.write("Hello")
        sent = self.rounds(lambda n, mail: self.answer(mail, f"Got it {n}.", ADA), 30)
        self.settle()
        self.assertLessEqual(sent, 2)

    def test_many_at_once_at_several_maild(self):
        """Two maild with three readers each on one database, all their mails at once: the
        count is one for all of them, and it outlives a restart."""
        other = self.servers.desk(database=self.desk.database, ingest=3, people=False)
        self.addCleanup(other.stop)
        mails = [harness.mail(subject="Hello", text=f"Words {n}.") for n in range(24)]
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            list(pool.map(lambda n: (self.desk, other)[n % 2].accept(mails[n]), range(24)))
        self.settle()
        sent = "SELECT count(*) FROM outbox WHERE address = 'ada@customer.example'"
        self.assertEqual(len(self.desk.tickets()), 24)
        self.assertEqual(self.desk.value(sent), 2)
        for desk in (self.desk, other):
            desk.stop()
            desk.start()
        self.write("Hello")
        self.settle()
        self.assertEqual(self.desk.value(sent), 2)

    def test_two_desks(self):
        """Each is a customer of the other; all mail of one goes into the other's door."""
        other = self.servers.desk(tenant="other.example", queue="help@other.example",
                                  agents=["otto@other.example"])
        self.addCleanup(other.stop)
        doors = {"support": self.desk, "help": other}
        stop = threading.Event()

        def carry():
            carried = set()
            while not stop.is_set():
                for desk in doors.values():
                    for mail in desk.mails():
                        to = mail["To"].addresses[0]
                        door = doors.get(to.username.partition("+")[0])
                        if door and mail["Message-ID"] not in carried:
                            carried.add(mail["Message-ID"])
                            door.lmtp_send(mail.raw, to.addr_spec, "")
                time.sleep(0.05)

        carrier = threading.Thread(target=carry, daemon=True)
        carrier.start()
        self.desk.accept(harness.mail(subject="a mad loop", sender="help@other.example"),
                         SUPPORT, "help@other.example")
        time.sleep(6)
        stop.set()
        carrier.join()
        for desk in doors.values():
            desk.wait_ingested()
            desk.wait_sent()
            outward = [m for m in desk.mails() if m["To"].addresses[0].domain
                       != desk.tenant]
            self.assertLessEqual(len(outward), 2)


if __name__ == "__main__":
    harness.main()
