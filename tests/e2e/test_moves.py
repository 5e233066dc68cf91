"""test_moves: tickets that are merged and split, and what an agent may set by mail."""
import harness
from loop_case import ADA, ANNA, BEN, CARL, SUPPORT, SmallDesk, all_text, report

MALLORY = "mallory@evil.example"


class MoveCase(SmallDesk):
    def participants(self, number):
        return {r["address"]: r["role"] for r in self.desk.sql(
            "SELECT a.address, p.role FROM participants p JOIN addresses a ON a.id = "
            "p.address_id JOIN tickets t ON t.id = p.conversation_id WHERE p.left_at IS NULL "
            f"AND t.number = {number}")}

    def texts(self, number):
        return [m["text"].strip() for m in self.messages(number)]

    def command(self, notice, text, sender=ANNA):
        """A command mail, and its transcript."""
        before = len(self.desk.find_mails(to=sender, subject="What your commands did"))
        self.answer(notice, text, sender)
        return self.desk.wait_mails(before + 1, to=sender,
                                    subject="What your commands did")[-1]


class Merge(MoveCase):
    def two(self):
        """Ada's ticket and Carl's of the same matter; receipts and Anna's notices."""
        ada, anna1 = self.open("the lift is stuck", ADA)
        carl, anna2 = self.open("lift again", CARL)
        return ada, carl, anna1, anna2

    def test_everything_leads_to_the_survivor(self):
        ada, carl, anna1, anna2 = self.two()
        told = self.command(anna2, "#merge 1")
        self.assertIn("#2 was merged into #1", told.text)
        self.assertEqual(self.ticket(2)["status"], "closed")
        self.assertEqual(self.ticket(1)["status"], "open")
        self.assertEqual(self.texts(1), ["It burns.", "It burns."])
        self.assertEqual(self.messages(2), [])
        self.assertEqual(self.participants(1), {ADA: "requester", CARL: "cc"})

        self.answer(carl, "By the reply address.", CARL, keep=())
        self.answer(carl, "By our Message-ID.", CARL, to=SUPPORT, subject="lift again")
        self.write("Re: [#2] lift again", CARL, "By the number.")
        self.answer(anna2, "By the agent's notice.", ANNA, keep=())
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 2)
        self.assertEqual(self.texts(1)[2:], ["By the reply address.", "By our Message-ID.",
                                             "By the number.", "By the agent's notice."])
        for customer in (ADA, CARL):
            got = self.desk.wait_mail(to=customer, contains="By the agent's notice.")
            self.assertIn("[#1]", str(got["Subject"]))
        self.assertEqual([(e["kind"], e["detail"]["number"]) for kind in
                          ("merged", "merged_into") for e in self.events(kind)],
                         [("merged", 2), ("merged_into", 1)])
        self.assertEqual(self.desk.sql("SELECT kind FROM ticket_links"), [{"kind": "merged"}])

    def test_a_chain(self):
        """2 into 1, then 1 into 3, then what was given out for 2 comes."""
        ada, carl, anna1, anna2 = self.two()
        self.command(anna2, "#merge #1")
        _, anna3 = self.open("the real one", "dora@customer.example")
        self.command(anna1, "#merge 3")
        self.answer(carl, "Still stuck.", CARL, keep=())
        self.write("Re: [#2] lift again", CARL, "By the number.")
        self.settle()
        self.assertEqual(self.texts(3)[-2:], ["Still stuck.", "By the number."])
        self.assertEqual(len(self.desk.tickets()), 3)

    def test_an_open_one_into_an_ended_one(self):
        ada, carl, anna1, anna2 = self.two()
        self.command(anna1, "#close")
        self.wait_status("closed", 1)
        self.command(anna2, "#merge 1")
        self.assertEqual(self.ticket(1)["status"], "open")

    def test_owners_and_tags(self):
        ada, carl, anna1, anna2 = self.two()
        self.command(anna1, "#assign anna\n#tag lift")
        self.command(anna2, "#assign ben\n#tag urgent Lift")
        told = self.command(anna2, "#merge 1")
        self.assertEqual(self.participants(1)[BEN], "watcher")
        self.assertEqual(self.ticket(1)["tags"], ["lift", "urgent"])
        self.desk.wait_mail(to=BEN, contains="merged ticket #2 into this one")
        for customer in (ADA, CARL):
            self.assertEqual(self.desk.find_mails(to=customer, contains="merged"), [])
        self.assertIn("[#1]", str(told["Subject"]) + told.text)

    def test_what_is_not_possible(self):
        ada, carl, anna1, anna2 = self.two()
        for command, why in (("#merge 1", "this very ticket"), ("#merge 99", "no ticket #99"),
                             ("#merge one", "no such command")):
            told = self.command(anna1, f"{command}\n\nThese words stay.")
            self.assertIn(why, " ".join(told.text.split()))
            self.assertIn("Nothing was done", told.text)
        self.command(anna2, "#merge 1")
        told = self.command(anna1, "#merge 2")
        self.assertIn("this very ticket", " ".join(told.text.split()))
        self.settle()
        self.assertEqual(self.desk.find_mails(to=ADA, contains="These words stay."), [])
        self.assertEqual(self.ticket(1)["status"], "open")

    def test_a_bounce_of_a_merged_ticket(self):
        ada, carl, anna1, anna2 = self.two()
        self.command(anna2, "#merge 1")
        self.desk.accept(report(carl, CARL), SUPPORT, "")
        told = self.desk.wait_mail(to=ANNA, subject="Not delivered")
        self.assertIn("#1", str(told["Subject"]) + told.text)
        self.assertEqual(self.events("delivery_failed")[0]["conversation_id"],
                         self.ticket(1)["id"])
        self.assertEqual(self.ticket(2)["status"], "closed")

    def test_the_export(self):
        ada, carl, anna1, anna2 = self.two()
        self.command(anna2, "#merge 1")
        self.settle()
        both = self.desk.maild("export", "1").stdout
        self.assertIn("Subject: the lift is stuck", both)
        self.assertIn("Subject: lift again", both)


class Split(MoveCase):
    def test_a_wrong_guess_is_undone(self):
        """Mallory got Ada's reply address in a forward, and writes about something else."""
        receipt, _ = self.open("my bill", ADA)
        self.answer(receipt, "I want a new contract.", MALLORY, keep=(), subject="contract")
        notice = self.desk.wait_mail(to=ANNA, contains="new contract")
        self.assertIn(MALLORY, self.participants(1))
        told = self.command(notice, "#split\n\nDear Mallory, gladly.")
        self.assertIn("#2 was split off #1", told.text)
        self.settle()
        self.assertEqual(self.texts(1), ["It burns."])
        self.assertEqual(self.texts(2), ["I want a new contract.", "Dear Mallory, gladly."])
        self.assertEqual(self.participants(1), {ADA: "requester"})
        self.assertEqual(self.participants(2), {MALLORY: "requester"})
        self.assertEqual(self.ticket(2)["subject"], "contract")
        got = self.desk.wait_mail(to=MALLORY, contains="gladly")
        self.assertIn("[#2]", str(got["Subject"]))
        self.assertNotIn("It burns.", all_text(got))
        self.assertEqual(self.desk.find_mails(to=ADA, contains="gladly"), [])

        # What was given out before: her mail's Message-ID, the agent's notice of it.
        raw = self.write("Re: contract", MALLORY, "By the Message-ID of mine.",
                         In_Reply_To=self.messages(2)[0]["message_id"].join("<>"))
        self.answer(notice, "By the old notice.", ANNA, keep=())
        self.answer(receipt, "And my bill?", ADA, keep=())
        self.settle()
        self.assertEqual(self.texts(2)[2:], ["By the Message-ID of mine.",
                                             "By the old notice."])
        self.assertEqual(self.texts(1), ["It burns.", "And my bill?"])
        self.assertEqual(self.desk.sql("SELECT kind FROM ticket_links"), [{"kind": "split"}])
        self.assertEqual([(e["kind"], e["detail"]["number"]) for kind in
                          ("split", "split_from") for e in self.events(kind)],
                         [("split", 2), ("split_from", 1)])
        self.assertTrue(raw)

    def test_from_a_point_on(self):
        receipt, _ = self.open("one", ADA, Cc=CARL)
        for text in ("Also the roof.", "The roof leaks."):
            self.answer(receipt, text, ADA, keep=())
            notice = self.desk.wait_mail(to=ANNA, contains=text)
        first = self.desk.find_mails(to=ANNA, contains="Also the roof.")[0]
        self.command(first, "#split The roof")
        self.assertEqual(self.texts(1), ["It burns."])
        self.assertEqual(self.texts(2), ["Also the roof.", "The roof leaks."])
        self.assertEqual(self.ticket(2)["subject"], "The roof")
        self.assertEqual(self.participants(1), {ADA: "requester", CARL: "cc"})
        self.assertEqual(self.participants(2), {ADA: "requester"})
        self.assertTrue(notice)

    def test_one_message_only(self):
        receipt, _ = self.open("one", ADA)
        for text in ("Also the roof.", "It burns more."):
            self.answer(receipt, text, ADA, keep=())
            self.desk.wait_mail(to=ANNA, contains=text)
        self.command(self.desk.find_mails(to=ANNA, contains="Also the roof.")[0],
                     "#split-one")
        self.assertEqual(self.texts(1), ["It burns.", "It burns more."])
        self.assertEqual(self.texts(2), ["Also the roof."])

    def test_nothing_would_be_left(self):
        _, notice = self.open("one", ADA)
        told = self.command(notice, "#split\n\nThese words stay.")
        self.assertIn("nothing would be left", told.text)
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 1)
        self.assertEqual(self.desk.find_mails(to=ADA, contains="These words stay."), [])

    def test_twice(self):
        receipt, _ = self.open("one", ADA)
        self.answer(receipt, "Also the roof.", ADA, keep=())
        notice = self.desk.wait_mail(to=ANNA, contains="Also the roof.")
        self.command(notice, "#split")
        told = self.command(notice, "#split")
        self.assertIn("nothing would be left", told.text)
        self.assertEqual(len(self.desk.tickets()), 2)

    def test_merged_again(self):
        receipt, _ = self.open("one", ADA)
        self.answer(receipt, "Also the roof.", ADA, keep=())
        notice = self.desk.wait_mail(to=ANNA, contains="Also the roof.")
        self.command(notice, "#split")
        told = self.command(notice, "#merge 1")
        self.assertIn("#2 was merged into #1", told.text)
        self.assertEqual(self.texts(1), ["It burns.", "Also the roof."])
        self.answer(notice, "To both then.", ANNA, keep=())
        self.settle()
        self.assertEqual(self.texts(1)[-1], "To both then.")


class Fields(MoveCase):
    def test_assign(self):
        _, notice = self.open("whose is it")
        told = self.command(notice, "#assign ben")
        self.assertIn("#1 belongs to ben@desk.example", told.text)
        self.desk.wait_mail(to=BEN, contains="gave this ticket to you")
        self.assertEqual(self.events("owner")[0]["before"], {"owner": None})
        self.command(notice, "#assign me")
        self.assertEqual(self.desk.value(
            "SELECT a.address FROM tickets t JOIN addresses a ON a.person_id = t.owner_id"),
            ANNA)
        self.command(notice, "#assign nobody")
        self.assertIsNone(self.ticket()["owner_id"])
        told = self.command(notice, "#assign zoe\n#priority high\n\nThese words stay.")
        self.assertIn("no agent called zoe", told.text)
        self.assertEqual(self.ticket()["priority"], "normal")
        self.settle()
        self.assertEqual(self.desk.find_mails(to=ADA, contains="These words stay."), [])

    def test_priority_tags_link(self):
        _, notice = self.open("many things")
        self.open("another")
        told = self.command(notice, "#priority urgent\n#tag vip, Printer\n#link 2")
        for line in ("#1 has priority urgent", "#1 has the tags vip, Printer",
                     "#1 is linked to #2"):
            self.assertIn(line, told.text)
        told = self.command(notice, "#tag VIP -printer new")
        self.assertIn("#1 has the tags vip, new", told.text)
        told = self.command(notice, "#untag vip new")
        self.assertIn("#1 has no tags", told.text)
        self.assertEqual([e["after"] for e in self.events("tags")],
                         [{"tags": ["vip", "Printer"]}, {"tags": ["vip", "new"]},
                          {"tags": []}])
        self.assertEqual(self.events("priority")[0]["after"], {"priority": "urgent"})
        told = self.command(notice, "#priority enormous")
        self.assertIn("low, normal, high or urgent", told.text)
        told = self.command(notice, "#tag " + " ".join(f"t{n}" for n in range(60)))
        self.assertIn("at most", told.text)
        self.assertEqual(self.ticket()["tags"], [])


if __name__ == "__main__":
    harness.main()
