"""test_loop: the main job on real servers. Postfix, Dovecot, PostgreSQL and maild in one
town; people's mail passes through all of them, both ways."""
import harness
from loop_case import (ADA, ANNA, BEN, CARL, PRIVATE, SUPPORT, Town, attachments, noise,
                       reply_address)

SIGNATURE = "\n\n-- \nAnna Secretly\nprivate phone 0123-456"


class TheLoop(Town):
    def test_a_mail_becomes_a_ticket_and_its_answer_goes_back(self):
        receipt, notice, number = self.open("printer on fire")
        with self.subTest("the acknowledgement"):
            self.assert_ours(receipt)
            self.assertEqual(receipt["Return-Path"], "<>")
            self.assertIn("<", receipt["In-Reply-To"])
            self.assert_nothing_private(receipt)
        with self.subTest("the notice"):
            self.assert_ours(notice)
            self.assertIn("It burns.", notice.text)
            self.assertIn(ADA, notice.text)
            self.inbox(BEN).wait_mail(subject="printer on fire")
            self.assertNotEqual(reply_address(notice), reply_address(receipt))

        self.answer(notice, "Use the extinguisher." + SIGNATURE, f"Anna <{ANNA}>",
                    extra=PRIVATE)
        got = self.inbox(ADA).wait_mail(contains="extinguisher", timeout=30)
        with self.subTest("the answer"):
            self.assert_ours(got, automatic=False)
            self.assert_nothing_private(got, "private phone", reply_address(notice),
                                        "Reply to this mail and your words go")
            self.assertEqual(self.ticket(number)["status"], "waiting_customer")
            self.assertEqual(self.person(self.ticket(number)["owner_id"]), ANNA)

        self.answer(got, "It still burns a little.", ADA)
        told = self.inbox(ANNA).wait_mail(contains="still burns", timeout=30)
        with self.subTest("the owner is told, and only the owner"):
            self.assert_ours(told)
            self.settle()
            self.postfix.wait_empty()
            self.assertEqual(self.inbox(BEN).find_mails(contains="still burns"), [])
            self.assertEqual(self.ticket(number)["status"], "open")
            self.assertEqual([m["text"].strip() for m in self.messages(number)],
                             ["It burns.", "Use the extinguisher.",
                              "It still burns a little."])
        with self.subTest("the mail was sent as the relay said"):
            rows = self.desk.sql("SELECT DISTINCT state, smtp_code, relay_queue_id IS NOT "
                                 "NULL AS named FROM outbox o JOIN tickets t ON t.id = "
                                 f"o.conversation_id WHERE t.number = {number}")
            self.assertEqual(rows, [{"state": "sent", "smtp_code": 250, "named": True}])

    def person(self, person):
        return self.desk.value(f"SELECT address FROM addresses WHERE person_id = '{person}'")

    def test_what_clients_do_to_headers(self):
        receipt, notice, number = self.open("many clients")
        self.answer(notice, "Please tell me more.", ANNA)
        got = self.inbox(ADA).wait_mail(contains="tell me more", timeout=30)
        token = reply_address(got)
        clients = {
            "drops all threading": {"keep": ()},
            "drops References": {"keep": ("In-Reply-To",)},
            "keeps only References, to the plain address":
                {"keep": ("References",), "to": SUPPORT},
            "keeps only In-Reply-To, to an odd address":
                {"keep": ("In-Reply-To",), "to": "support+odd@desk.example"},
            "changes the subject": {"subject": "something else entirely", "keep": ()},
            "upper case address": {"keep": (), "to": token.replace(
                token.partition("@")[0], token.partition("@")[0].upper())},
            "only the number in the subject": {"keep": (), "to": SUPPORT},
            "answers the acknowledgement": {"mail": receipt},
        }
        for name, options in clients.items():
            with self.subTest(name):
                mail = options.pop("mail", got)
                self.answer(mail, f"More: {name}.", ADA, **options)
                self.inbox(ANNA).wait_mail(contains=f"More: {name}.", timeout=30)
        with self.subTest("from another mailbox of hers"):
            self.answer(got, "More: my other address.", "ada@private.example")
            self.inbox(ANNA).wait_mail(contains="More: my other address.", timeout=30)
        texts = [m["text"].strip() for m in self.messages(number)]
        self.assertEqual(len(texts), 2 + len(clients) + 1, texts)
        for name in clients:
            self.assertIn(f"More: {name}.", texts)

    def test_two_customers(self):
        self.write(ADA, "both of us", Cc=CARL)
        notice = self.inbox(ANNA).wait_mail(subject="both of us", timeout=30)
        number = self.number_of(notice)
        self.answer(notice, "This is for both.", ANNA)
        to_ada = self.inbox(ADA).wait_mail(contains="for both", timeout=30)
        to_carl = self.inbox(CARL).wait_mail(contains="for both", timeout=30)
        for mail in (to_ada, to_carl):
            self.assert_ours(mail, automatic=False)
            self.assert_nothing_private(mail)
        self.assertNotEqual(reply_address(to_ada), reply_address(to_carl))
        self.assertNotEqual(to_ada["Message-ID"], to_carl["Message-ID"])

        self.answer(to_carl, "Carl says thanks.", CARL, keep=())
        self.inbox(ANNA).wait_mail(contains="Carl says thanks.", timeout=30)
        last = self.messages(number)[-1]
        self.assertEqual((last["author_address"], last["author_role"]), (CARL, "customer"))

    def test_attachments(self):
        _, notice, _ = self.open("send me the manual")
        small, odd = noise(300_000), noise(1, 2)
        self.answer(notice, "Here it is.", ANNA,
                    attachments=[("manual.bin", small), ("Übersicht ✓.bin", odd)])
        got = self.inbox(ADA).wait_mail(contains="Here it is.", timeout=30)
        self.assertEqual(attachments(got), {"manual.bin": small, "Übersicht ✓.bin": odd})
        self.assertTrue(all(len(line) <= 1000 for line in got.raw.split(b"\n")))

    def test_a_large_attachment_becomes_a_link(self):
        self.desk.start_portal()
        _, notice, _ = self.open("send me the film")
        film = noise(8_000_000)
        self.answer(notice, "The film.", ANNA, attachments=[("film.bin", film)])
        got = self.inbox(ADA).wait_mail(contains="The film.", timeout=60)
        self.assertEqual(attachments(got), {})
        base = f"http://127.0.0.1:{self.desk.portal_port}"
        links = [w.strip("<>()") for w in got.text.split() if w.strip("<>()").startswith(base)]
        served = [self.desk.http(link.removeprefix(base)) for link in links]
        films = [(h, b) for s, h, b in served if s == 200 and len(b) == len(film)]
        self.assertEqual(len(films), 1, [(s, len(b)) for s, _, b in served])
        self.assertEqual(films[0][1], film)
        self.assertIn("film.bin", films[0][0]["Content-Disposition"])
        link = next(k for k, (s, _, b) in zip(links, served) if len(b) == len(film))
        wrong = link.removeprefix(base)
        wrong = wrong.replace(max(wrong.split("/"), key=len), "a" * 24)
        self.assertNotEqual(self.desk.http(wrong)[0], 200)

    def test_a_bounce_through_postfix(self):
        """Her address is gone when the answer comes: Postfix reports to us."""
        self.write("ghost@gone.example", "who was I")
        notice = self.inbox(ANNA).wait_mail(subject="who was I", timeout=30)
        number = self.number_of(notice)
        self.answer(notice, "Hello ghost.", ANNA)
        told = self.inbox(ANNA).wait_mail(subject="Not delivered", timeout=30)
        self.assertIn("ghost@gone.example", told.text)
        self.assertIn("5.1.1", told.text)
        found = [e for e in self.events("delivery_failed")
                 if e["conversation_id"] == self.ticket(number)["id"]]
        self.assertTrue(found)
        self.assertEqual(found[-1]["detail"]["recipient"], "ghost@gone.example")
        self.settle()
        self.assertEqual(len(self.inbox(ANNA).find_mails(subject="Not delivered")), 1)


class ThroughAMailbox(Town):
    """The desk's address is an account of Dovecot, and maild reads it with IDLE."""

    queue_by_lmtp = False

    @classmethod
    def more_settings(cls):
        password = harness.write(cls.servers.directory / "password", "secret\n")
        return {"extra": f'\n[mailbox "support"]\nqueue = {SUPPORT}\n'
                         f"url = imaps://localhost:{cls.dovecot.imaps_port}\n"
                         f"ca_file = {cls.servers.certificates.ca}\nuser = {SUPPORT}\n"
                         f"password_file = {password}\n"}

    def test_the_loop(self):
        receipt, notice, number = self.open("by mailbox")
        self.assert_ours(receipt)
        self.answer(notice, "An answer by mailbox.", ANNA)
        got = self.inbox(ADA).wait_mail(contains="An answer by mailbox.", timeout=30)
        self.assert_ours(got, automatic=False)
        self.assert_nothing_private(got)
        self.answer(got, "Thanks by mailbox.", ADA, keep=())
        self.inbox(ANNA).wait_mail(contains="Thanks by mailbox.", timeout=30)
        self.assertEqual(len(self.messages(number)), 3)
        self.assertEqual(self.desk.sql("SELECT DISTINCT door FROM inbound"),
                         [{"door": "imap"}])


if __name__ == "__main__":
    harness.main()
