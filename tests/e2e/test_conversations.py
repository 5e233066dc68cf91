"""test_conversations: which ticket a mail belongs to, and who may say what in it."""
import email
import email.policy
import re

import harness
from loop_case import (ADA, ANNA, BEN, CARL, PRIVATE, SUPPORT, SmallDesk, answer,
                       attachments, reply_address, all_text)

STRANGER = "mallory@evil.example"
SALES = "sales@desk.example"


class Threads(SmallDesk):
    def test_the_same_mail_twice(self):
        raw = self.write("once")
        self.desk.accept(raw)
        self.desk.accept(b"Received: from elsewhere\r\n" + raw)
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(len(self.to(ADA)), 1)
        self.assertEqual(self.desk.value("SELECT count(*) FROM inbound"), 3)

    def test_the_same_message_id_with_other_words(self):
        """A broken client's Message-ID is no reason to lose what it says."""
        self.write("first words", Message_ID="<1@broken.example>")
        self.write("other words", CARL, "Quite different.", Message_ID="<1@broken.example>")
        self.settle()
        self.assertIn("Quite different.", [m["text"].strip() for n in
                                           (t["number"] for t in self.desk.tickets())
                                           for m in self.messages(n)])

    def test_our_words_are_known_whatever_the_frame(self):
        """A client that drops marks, wraps anew and writes its frame in no language that
        we know: our acknowledgement, and then what the agent wrote, are found by their
        words."""
        receipt, notice = self.open("kettle")
        def unmarked(mail):
            words = " ".join(mail.text.split())
            lines = re.findall(r"(?:\S+ ?){1,9}", words)
            return "\n".join(["", "~ Zolg klon 7 mibri ~", *lines, ""])
        self.answer(receipt, "It is the red one.\n" + unmarked(receipt), ADA, quote=False)
        self.settle()
        self.assertEqual(self.messages()[-1]["text"].strip().splitlines()[0],
                         "It is the red one.")
        self.assertNotIn("#1", self.messages()[-1]["text"])
        self.answer(notice, "Please switch it off, wait for an hour, and then send us the "
                            "number on its bottom.", ANNA, quote=False)
        told = self.desk.wait_mail(to=ADA, contains="number on its bottom")
        self.answer(told, "It is 4711.\n" + unmarked(told), ADA, quote=False,
                    to=SUPPORT)
        self.settle()
        self.assertNotIn("wait for an hour", self.messages()[-1]["text"])
        self.assertTrue(self.messages()[-1]["text"].startswith("It is 4711."))

    def test_no_message_id_at_all(self):
        raw = self.write("nameless", Message_ID=None)
        self.desk.accept(raw)
        self.desk.accept(b"Received: from elsewhere\r\n" + raw)
        self.settle()
        self.assertEqual([len(self.messages(t["number"])) for t in self.desk.tickets()], [1])

    def test_two_queues_one_ticket(self):
        self.desk.maild("add", "agent", "sam@desk.example", "--tenant", "desk.example")
        self.desk.maild("add", "queue", SALES, "--tenant", "desk.example", "--agents",
                        "sam@desk.example")
        raw = harness.mail(subject="to both", to=f"{SUPPORT}, {SALES}")
        self.desk.accept(raw, [SUPPORT])
        self.desk.accept(raw, [SALES])
        both = harness.mail(subject="to both at once", to=f"{SUPPORT}, {SALES}")
        self.desk.accept(both, [SUPPORT, SALES])
        self.settle()
        for subject in ("to both", "to both at once"):
            number = [t["number"] for t in self.desk.tickets() if t["subject"] == subject]
            self.assertEqual(len(number), 1, subject)
            self.assertEqual(len(self.messages(number[0])), 1)
            seen_by = self.desk.sql(
                "SELECT q.address FROM conversation_queues c JOIN queues q ON q.id = "
                "c.queue_id JOIN tickets t ON t.id = c.conversation_id WHERE t.number = "
                f"{number[0]} ORDER BY 1")
            self.assertEqual([r["address"] for r in seen_by], [SALES, SUPPORT])
            for agent in (ANNA, "sam@desk.example"):
                told = self.desk.find_mails(to=agent, where=lambda m, s=subject: str(
                    m["Subject"]).endswith(f"] {s}"))
                self.assertEqual(len(told), 1, f"{agent} of {subject}")
            receipts = self.desk.find_mails(to=ADA, where=lambda m, s=subject: str(
                m["Subject"]).endswith(f"] {s}"))
            self.assertEqual(len(receipts), 1)

    def test_mail_between_others_joins(self):
        """Carl answers Ada's mail, on which we were Cc, before or after we saw hers."""
        self.write("our plan", Message_ID="<plan@customer.example>", Cc=CARL)
        self.desk.wait_tickets(1)
        self.desk.wait_ingested()
        self.write("Re: our plan", CARL, "I agree.", In_Reply_To="<plan@customer.example>")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual([m["text"].strip() for m in self.messages()],
                         ["It burns.", "I agree."])

    def test_a_stolen_number(self):
        self.open("secret matter")
        self.write("Re: [#1] secret matter", STRANGER, "Tell me everything.")
        self.write("[#1]", ANNA.replace("anna", "nobody"), "Me too.")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 3)
        self.assertEqual(len(self.messages(1)), 1)
        self.assertEqual(self.participants(1), [ADA])
        for mail in self.to(STRANGER):
            self.assertNotIn("It burns.", all_text(mail))

    def participants(self, number):
        return [r["address"] for r in self.desk.sql(
            "SELECT a.address FROM participants p JOIN addresses a ON a.id = p.address_id "
            f"JOIN tickets t ON t.id = p.conversation_id WHERE t.number = {number} "
            "ORDER BY 1")]

    def test_a_number_that_is_theirs(self):
        self.open("my own matter")
        self.write("Re: [#1] my own matter", ADA, "More of it.")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual(len(self.messages()), 2)

    def test_forged_tokens(self):
        receipt, _ = self.open("a matter")
        token = re.search(r"\+([a-z2-7]{24})@", reply_address(receipt))[1]
        turned = token[:-1] + ("a" if token[-1] != "a" else "b")
        for n, wrong in enumerate((turned, "a" * 24, token[:-1], token + "a", "'; --"), 2):
            address = f"support+{wrong}@desk.example"
            answers = self.desk.lmtp_send(
                harness.mail(subject=f"forged {n}", sender=STRANGER, text="Let me in."),
                address if wrong != "'; --" else '"support+\'; --"@desk.example', STRANGER)
            self.assertIn(next(iter(answers.values()))[0], (250, 550, 553))
        self.settle()
        self.assertEqual(len(self.messages(1)), 1)
        self.assertEqual(self.participants(1), [ADA])

    def test_a_notice_attached_to_an_answer(self):
        """A client that attaches what it answers: the customer gets the other files only."""
        _, notice = self.open("attached")
        raw, to = answer(notice, "See the file.", ANNA, quote=False,
                         attachments=[("file.bin", b"for the customer")])
        mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
        mail.add_attachment(email.message_from_bytes(notice.raw, policy=email.policy.SMTP))
        self.desk.accept(mail.as_bytes(), to, ANNA)
        got = self.desk.wait_mail(to=ADA, contains="See the file.")
        self.assertEqual(attachments(got), {"file.bin": b"for the customer"})
        self.assertNotIn(reply_address(notice), all_text(got))
        self.desk.wait_mail(to=ANNA, contains="was left out")

    def test_an_expired_token(self):
        receipt, notice = self.open("long ago")
        self.desk.sql("UPDATE capabilities SET expires_at = now() - interval '1 day' "
                      "RETURNING id")
        raw, to = answer(receipt, "Am I still known?", STRANGER, keep=())
        self.desk.accept(raw.replace(b"[#1]", b""), to, STRANGER)
        self.answer(notice, "A late answer of the agent.", ANNA, keep=())
        self.settle()
        self.assertEqual(self.desk.find_mails(to=ADA, contains="late answer"), [])
        self.assertNotIn(STRANGER, self.participants(1))
        self.assertEqual(len(self.messages(1)), 1)

    def test_a_closed_ticket_reopens(self):
        receipt, notice = self.open("closed too early")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        self.answer(receipt, "Not yet.", ADA)
        self.wait_status("open")
        self.desk.wait_mail(to=ANNA, contains="Not yet.")
        self.assertEqual(len(self.desk.tickets()), 1)

    def test_after_a_month_a_new_ticket(self):
        receipt, notice = self.open("closed long ago")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        self.desk.sql("UPDATE tickets SET closed_at = now() - interval '31 days', "
                      "resolved_at = NULL RETURNING id")
        self.answer(receipt, "It is back.", ADA)
        self.desk.wait_tickets(2)
        self.settle()
        self.assertEqual(self.ticket(1)["status"], "closed")
        self.assertEqual(self.ticket(2)["status"], "open")
        self.assertEqual(
            self.desk.sql("SELECT from_id, to_id, kind FROM ticket_links"),
            [{"from_id": self.ticket(2)["id"], "to_id": self.ticket(1)["id"],
              "kind": "follow_up"}])
        self.desk.wait_mail(to=ANNA, contains="It is back.")
        self.assertEqual(self.messages(2)[0]["text"].strip(), "It is back.")
        self.answer(receipt, "And it grows.", ADA)  # to the old address again
        self.settle()
        self.assertLessEqual(len(self.desk.tickets()), 3)


class AgentsMail(SmallDesk):
    def test_without_a_capability_nothing_is_obeyed(self):
        """Anna writes, or somebody who says so, with a Message-ID that anyone may know."""
        receipt, notice = self.open("obey me")
        before = len(self.to(ADA))
        for n, mail in enumerate((notice, receipt)):
            self.answer(mail, f"#close\nForged words {n}.", ANNA, to=SUPPORT)
        self.desk.wait_mails(1, to=ANNA, subject="not obeyed")
        self.settle()
        self.assertEqual(len(self.to(ADA)), before)
        self.assertEqual(self.ticket()["status"], "open")
        for mail in self.to(ADA):
            self.assertNotIn("Forged words", all_text(mail))

    def test_a_customers_token_gives_no_agents_rights(self):
        receipt, _ = self.open("who am I")
        self.answer(receipt, "#close", ADA)
        self.settle()
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual(self.messages()[-1]["text"].strip(), "#close")

    def test_a_note_stays_inside(self):
        self.open("a note")
        notice = self.desk.wait_mail(to=BEN, subject="a note")
        self.answer(notice, "#note\nThe customer is difficult.", BEN)
        self.desk.wait_mail(to=ANNA, contains="difficult")
        self.settle()
        self.assertEqual(len(self.to(ADA)), 1)
        self.assertTrue(self.messages()[-1]["is_note"])
        note = self.desk.wait_mail(to=ANNA, contains="difficult")
        self.answer(note, "We look into it.", ANNA, extra=PRIVATE)
        got = self.desk.wait_mail(to=ADA, contains="look into it")
        self.assert_nothing_private(got, "difficult", "#note")

    def test_close_tells_the_customer(self):
        _, notice = self.open("close it")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        got = self.desk.wait_mail(to=ADA, contains="is solved")
        self.assert_ours(got)
        self.assert_nothing_private(got, "#close")
        self.settle()
        self.assertEqual(len(self.to(ADA)), 2)  # acknowledged, closed: no empty answer
        self.desk.wait_mail(to=ANNA, subject="What your commands did")
        self.assertEqual([m["text"].strip() for m in self.messages()
                          if m["author_role"] == "agent" and not m["is_note"]], [])

    def test_answer_and_close(self):
        _, notice = self.open("answer and close")
        self.answer(notice, "#close\n\nIt is repaired.", ANNA)
        got = self.desk.wait_mail(to=ADA, contains="It is repaired.")
        self.assertNotIn("#close", all_text(got))
        self.wait_status("closed")

    def test_an_unknown_command_does_nothing(self):
        _, notice = self.open("unknown")
        self.answer(notice, "#close\n#frobnicate now\n\nThese words stay here.", ANNA)
        told = self.desk.wait_mail(to=ANNA, subject="What your commands did")
        self.assertIn("Nothing was done", told.text)
        self.assertIn("#frobnicate", told.text)
        self.assertIn("#close", told.text)
        self.settle()
        self.assertEqual(len(self.to(ADA)), 1)
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(self.desk.find_mails(contains="These words stay here."),
                         [m for m in [told] if "These words stay here." in m.text])

    def test_nothing_of_their_own(self):
        """Only the quoted notice and a signature: nothing goes to the customer."""
        _, notice = self.open("empty answer")
        self.answer(notice, "", ANNA, more="\n-- \nAnna\n")
        self.settle()
        self.assertEqual(len(self.to(ADA)), 1)

    def test_below_the_notice_and_between_its_lines(self):
        _, notice = self.open("bottom posting")
        self.answer(notice, "", ANNA, more="\nMy words stand below.\n")
        self.settle()
        answers = [m for m in self.to(ADA) if "My words stand below." in m.text]
        self.assertEqual(len(answers), 1)
        self.assert_nothing_private(answers[0], "commands", reply_address(notice))

    def test_an_agents_vacation_stays_away(self):
        _, notice = self.open("on leave")
        raw, to = answer(notice, "I am on leave.", ANNA,
                         extra={"Auto-Submitted": "auto-replied (vacation)"})
        self.desk.accept(raw, to, "")
        self.settle()
        self.assertEqual(len(self.to(ADA)), 1)
        self.assertEqual(self.ticket()["status"], "open")
        self.assertIsNone(self.ticket()["owner_id"])


if __name__ == "__main__":
    harness.main()
