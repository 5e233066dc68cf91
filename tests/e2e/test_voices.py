"""test_voices: who is believed to be who, what of an agent's mail a customer gets to see,
and mail that comes in any order, many times, in any script."""
import concurrent.futures
import random
import re
from email import policy
from email.message import EmailMessage

import harness
from loop_case import (ADA, ANNA, BEN, CARL, SUPPORT, SmallDesk, all_text, noise,
                       reply_address)

STRANGER = "mallory@evil.example"


class Proof(SmallDesk):
    def obeyed(self, words, result):
        """Anna says #close without a capability, with this Authentication-Results."""
        receipt, _ = self.open(words)
        number = len(self.desk.tickets())
        self.answer(receipt, f"#close\n{words}.", ANNA, to=SUPPORT,
                    extra={"Authentication-Results": result})
        self.settle()
        status = self.ticket(number)["status"]
        said = bool(self.desk.find_mails(to=ADA, contains=f"{words}."))
        self.assertEqual(said, status == "closed")
        return said

    def test_a_trusted_dmarc_pass_is_obeyed(self):
        self.assertTrue(self.obeyed("in order", "mx.desk.example; dmarc=pass "
                                                "header.from=desk.example"))

    def test_other_results_are_not(self):
        for n, result in enumerate((
                "mx.evil.example; dmarc=pass header.from=desk.example",
                "mx.desk.example; dmarc=pass header.from=evil.example",
                "mx.desk.example; dmarc=fail header.from=desk.example",
                "mx.desk.example; spf=pass smtp.mailfrom=evil.example; dmarc=none",
                "mx.desk.example (dmarc=pass header.from=desk.example); dmarc=none",
                "mx.desk.example.evil.example; dmarc=pass header.from=desk.example")):
            with self.subTest(result):
                self.assertFalse(self.obeyed(f"doubtful {n}", result))

    def test_a_pass_for_another_address_is_none(self):
        """The relay vouches for From's one address; what else we read may be forged."""
        _, notice = self.open("not mine")
        for n, sender in enumerate((
                {"From": "no-reply@evil.example", "Reply-To": ANNA},
                {"From": f"{STRANGER}, {ANNA}"}, {"From": f"{ANNA}, {STRANGER}"},
                {"From": f"no-reply@evil.example, {ANNA}"},
                {"From": STRANGER, "Sender": ANNA})):
            fields = {"Authentication-Results": "mx.desk.example; dmarc=pass "
                      "header.from=evil.example", "To": SUPPORT, "Subject": "Re: [#1]",
                      "In-Reply-To": str(notice["Message-ID"]),
                      "Message-ID": f"<{n}@evil.example>"} | sender
            head = "".join(f"{k}: {v}\r\n" for k, v in fields.items())
            self.desk.accept(head.encode() + b"\r\n#close\r\nForged.\r\n", SUPPORT, STRANGER)
        self.settle()
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual([m for m in self.messages() if m["author_role"] == "agent"], [])
        self.assertEqual(self.desk.find_mails(to=ADA, contains="Forged."), [])

    def test_a_forged_customer_gets_no_answer(self):
        self.write("backscatter", Authentication_Results="mx.desk.example; dmarc=fail "
                                                         "header.from=customer.example")
        self.write("untrusted result", CARL,
                   Authentication_Results="mx.other.example; dmarc=fail "
                                          "header.from=customer.example")
        self.settle()
        self.assertEqual(self.to(ADA), [])
        self.assertEqual(len(self.to(CARL)), 1)

    def test_an_agent_as_customer(self):
        self.write("my own chair is broken", ANNA)
        notice = self.desk.wait_mail(to=BEN, subject="my own chair")
        self.answer(notice, "A new one comes.", BEN)
        got = self.desk.wait_mail(to=ANNA, contains="A new one comes.")
        self.assertNotIn(BEN, all_text(got))
        self.answer(got, "#close\nThank you.", ANNA)
        self.desk.wait_mail(to=BEN, contains="Thank you.")
        self.settle()
        self.assertEqual([m["author_role"] for m in self.messages()],
                         ["customer", "agent", "customer"])
        self.assertEqual(self.ticket()["status"], "open")

    def test_an_agent_on_cc_watches(self):
        """Named by the customer, Anna is told as an agent, not answered as a customer."""
        self.write("dear Anna", Cc=ANNA)
        self.desk.wait_mail(to=ANNA, subject="dear Anna")
        notice = self.desk.wait_mail(to=BEN, subject="dear Anna")
        self.answer(notice, "Ben answers for her.", BEN)
        self.desk.wait_mail(to=ADA, contains="Ben answers")
        told = self.desk.wait_mail(to=ANNA, contains="Ben answers")
        self.assertIn("answered the customer", told.text)

    def test_an_agents_reply_address_in_a_customers_hands(self):
        """Anna put Ada on Cc; Ada answers all, Anna's reply address among them."""
        _, notice = self.open("reply to all")
        self.answer(notice, "Ada, see Cc.", ANNA, cc=ADA)
        self.desk.wait_mail(to=ADA, contains="Ada, see Cc.")
        self.answer(notice, "#close\nMy words.", ADA)
        self.answer(notice, "#close\nA stranger's words.", STRANGER, keep=())
        self.settle()
        mine = [m for m in self.messages() if "My words." in m["text"]]
        self.assertEqual([m["author_role"] for m in mine], ["customer"])
        self.assertEqual([m["author_role"] for m in self.messages()
                          if "A stranger's words." in m["text"]], ["customer"])
        self.assertEqual(self.desk.find_mails(to=ADA, contains="A stranger's words."), [])
        self.assertEqual(self.ticket()["status"], "open")
        told = self.desk.wait_mail(to=ANNA, contains="A stranger's words.")
        self.assertIn(f"It came to the reply address of {ANNA}", told.text)
        self.assertNotIn(STRANGER, [r["address"] for r in self.desk.sql(
            "SELECT a.address FROM participants p JOIN addresses a ON a.id = p.address_id "
            "WHERE p.left_at IS NULL")])

    def author(self, words):
        found = [m for m in self.messages() if words in m["text"]]
        self.assertEqual(len(found), 1, words)
        return found[0]["author_address"], found[0]["author_role"]

    def test_nobody_speaks_as_another_customer(self):
        """Carl has a reply address of his own; From is Ada's, or a customer's elsewhere."""
        self.write("ours", Cc=CARL)
        notice = self.desk.wait_mail(to=ANNA, subject="ours")
        self.write("another matter", "dora@customer.example")
        self.answer(notice, "For both.", ANNA)
        to_carl = self.desk.wait_mail(to=CARL, contains="For both.")
        for sender in (ADA, "dora@customer.example"):
            self.answer(to_carl, f"I am {sender} and cancel everything.", sender, keep=())
            self.settle()
            self.assertEqual(self.author(f"I am {sender}"), (CARL, "customer"))
            told = self.desk.wait_mail(to=ANNA, contains=f"I am {sender}")
            self.assertIn(f"! From says {sender}, but nothing proves it", told.text)
            self.assertIn(f"reply address of {CARL}", " ".join(told.text.split()))
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM participants p JOIN addresses a ON a.id = p.address_id "
            "JOIN tickets t ON t.id = p.conversation_id WHERE t.number = 1 AND "
            "a.address = 'dora@customer.example'"), 0)
        vouched = {"Authentication-Results": "mx.desk.example; dmarc=pass "
                                             "header.from=customer.example"}
        self.answer(to_carl, "Really Ada.", ADA, keep=(), extra=vouched)
        self.settle()
        self.assertEqual(self.author("Really Ada."), (ADA, "customer"))

    def test_nobody_speaks_as_an_agent(self):
        """A customer's own reply address, and Anna's or Ben's From."""
        receipt, notice = self.open("promises")
        for n, sender in enumerate((ANNA, BEN)):
            self.answer(receipt, f"#close\nForged promise {n}.", sender, keep=())
        self.answer(notice, "#close\nForged promise 2.", BEN, keep=())
        self.settle()
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual(self.desk.find_mails(to=ADA, contains="Forged promise"), [])
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(len(self.desk.find_mails(to=BEN, subject="not obeyed")), 2)

    def test_who_was_passed_on_stays_themselves(self):
        """Ada forwards her mail to a friend, who answers twice under his own name."""
        receipt, _ = self.open("ask my friend")
        for words in ("The friend's first words.", "And his second ones."):
            self.answer(receipt, words, "friend@else.example", keep=())
            self.settle()
            self.assertEqual(self.author(words), ("friend@else.example", "customer"))


class Evidence(SmallDesk):
    """What agents are told of why a mail is where it is."""

    def test_the_same_subject_is_only_suggested(self):
        self.open("no heating")
        self.write("Re: No heating", ADA, "It is still cold.")
        told = self.desk.wait_mail(to=ANNA, contains="It is still cold.")
        self.assertIn("It may belong to #1", told.text)
        self.assertEqual(len(self.desk.tickets()), 2)
        self.answer(told, "#merge 1", ANNA, keep=())
        self.desk.wait_mail(to=ANNA, subject="What your commands did")
        self.assertEqual([m["text"].strip() for m in self.messages(1)],
                         ["It burns.", "It is still cold."])
        for mail in self.to(ADA):
            self.assertNotIn("may belong", all_text(mail))

    def test_others_subjects_are_not_told(self):
        self.open("no heating")
        self.write("no heating", CARL, "Nor here.")
        told = self.desk.wait_mail(to=ANNA, contains="Nor here.")
        self.assertNotIn("may belong", told.text)

    def test_a_stolen_number_and_a_forged_from(self):
        self.open("private")
        self.write("Re: [#1] private", STRANGER, "Tell me.")
        told = self.desk.wait_mail(to=ANNA, contains="Tell me.")
        self.assertIn("It points to #1, but nothing proves", told.text)
        self.assertIn("Anybody can write that number.", told.text)
        self.write("Re: [#1] private", ADA, "Forged.", Authentication_Results=
                   "mx.desk.example; dmarc=fail header.from=customer.example")
        told = self.desk.wait_mail(to=ANNA, contains="Forged.")
        self.assertIn("DMARC fail", told.text)
        self.assertEqual(len(self.messages(1)), 1)

    def test_a_follow_up_and_a_machine(self):
        receipt, notice = self.open("long ago")
        self.answer(notice, "#close", ANNA)
        self.wait_status("closed")
        self.desk.sql("UPDATE tickets SET closed_at = now() - interval '31 days', "
                      "resolved_at = NULL RETURNING id")
        self.answer(receipt, "Back again.", ADA)
        told = self.desk.wait_mail(to=ANNA, contains="Back again.")
        self.assertIn("It answers #1, which ended long ago.", told.text)
        self.write("alert", "robot@else.example", "Disk full.",
                   Auto_Submitted="auto-generated")
        told = self.desk.wait_mail(to=ANNA, contains="Disk full.")
        self.assertIn("A machine wrote it (Auto-Submitted: auto-generated).", told.text)


class Html(SmallDesk):
    """Anna's client writes HTML and quotes the notice in its own ways."""

    FRAMES = {
        "gmail": '<div dir="ltr">{words}</div><br><div class="gmail_quote"><div dir="ltr" '
                 'class="gmail_attr">On Tue, Jun 3, 2025 at 10:00 AM support wrote:<br></div>'
                 '<blockquote class="gmail_quote">{quoted}</blockquote></div>',
        "outlook": "<div>{words}</div><div style=\"border:none;border-top:solid #E1E1E1 "
                   "1.0pt\"><p><b>From:</b> support &lt;support@desk.example&gt;<br><b>Sent:"
                   "</b> Tuesday<br><b>To:</b> anna@desk.example<br><b>Subject:</b> x</p>"
                   "</div>{quoted}",
        "bare": "<p>{words}</p><hr>{quoted}",
    }

    def test_nothing_of_the_notice_goes_out(self):
        _, notice = self.open("in colours", text="The letters are too small.")
        quoted = "<br>\n".join(notice.text.splitlines())
        for name, frame in self.FRAMES.items():
            for both in (True, False):
                with self.subTest(client=name, alternative=both):
                    words = f"Words of {name} {both}."
                    out = EmailMessage(policy=policy.SMTP)
                    out["From"], out["To"] = ANNA, reply_address(notice)
                    out["Subject"], out["Message-ID"] = "Re: x", f"<{name}{both}@a.example>"
                    html = frame.format(words=words, quoted=quoted)
                    if both:
                        text = re.sub(r"<(br|/div|/p|hr)[^>]*>\n?", "\n", html)
                        out.set_content(re.sub(r"<[^>]*>", "", text))
                        out.add_alternative(html, subtype="html")
                    else:
                        out.set_content(html, subtype="html")
                    self.desk.accept(out.as_bytes(), reply_address(notice), ANNA)
                    got = self.desk.wait_mail(to=ADA, contains=words)
                    self.assert_nothing_private(
                        got, "Reply to this mail and your words go", "Priority",
                        reply_address(notice).partition("@")[0])

    def test_an_attachment_of_a_note_stays_inside(self):
        self.open("internal file")
        notice = self.desk.wait_mail(to=BEN, subject="internal file")
        self.answer(notice, "#note\nSee the file.", BEN,
                    attachments=[("internal.bin", noise(2000))])
        told = self.desk.wait_mail(to=ANNA, contains="See the file.")
        self.answer(told, "We are on it.", ANNA)
        got = self.desk.wait_mail(to=ADA, contains="We are on it.")
        self.assertNotIn("internal.bin", all_text(got))


class Crowd(SmallDesk):
    options = {"ingest": 2, "log_level": "info"}

    def post(self, mails):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for job in [pool.submit(self.desk.accept, raw, None, sender)
                        for raw, sender in mails]:
                job.result()

    def test_in_whatever_order(self):
        """Conversations of five mails, all handed over at once, in random order."""
        mails = []
        for n in range(30):
            ids = [f"<{n}.{k}@chain.example>" for k in range(5)]
            for k in range(5):
                sender = f"c{n}@customer.example"
                mails.append((harness.mail(
                    subject=f"chain {n}", sender=sender, text=f"Part {k}.",
                    Message_ID=ids[k], In_Reply_To=ids[k - 1] if k else None,
                    References=" ".join(ids[:k]) or None), sender))
        random.Random(5).shuffle(mails)
        self.post(mails)
        self.desk.wait_ingested()
        rows = self.desk.sql("SELECT c.subject, count(*) AS n FROM messages m JOIN "
                             "conversations c ON c.id = m.conversation_id GROUP BY c.id, 1")
        self.assertEqual(sorted((r["subject"], r["n"]) for r in rows),
                         sorted((f"chain {n}", 5) for n in range(30)))

    def test_the_same_mail_many_times_at_once(self):
        mails = [(harness.mail(subject=f"copies {n}", sender=f"c{n}@customer.example"),
                  f"c{n}@customer.example") for n in range(10)]
        self.post(mails * 10)
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 10)
        self.assertEqual(self.desk.value("SELECT count(*) FROM messages"), 10)

    def test_one_new_customer_many_mails_at_once(self):
        self.post([(harness.mail(subject=f"matter {n}"), ADA) for n in range(40)])
        self.settle()
        self.assertEqual([t["number"] for t in self.desk.tickets()], list(range(1, 41)))
        self.assertEqual(self.desk.value("SELECT count(*) FROM people WHERE role = "
                                         "'customer'"), 1)


class Scripts(SmallDesk):
    def test_subjects_that_want_to_be_headers(self):
        for n, subject in enumerate(("=?utf-8?q?a=0D=0ABcc:_mallory@evil.example?=",
                                     "=?utf-8?b?YQpCY2M6IG1hbGxvcnlAZXZpbC5leGFtcGxl?=",
                                     "x =?utf-8?q?=00=E2=80=A8?= y")):
            self.write(subject, f"c{n}@customer.example")
        self.settle()
        self.assertEqual(len(self.desk.tickets()), 3)
        for mail in self.desk.mails():
            self.assertIsNone(mail["Bcc"])
            self.assertNotRegex(str(mail["Subject"]), "[\0\r\n\u2028]")

    def test_names_that_want_to_be_headers(self):
        self.write("a name", sender='"=?utf-8?q?x=0D=0ABcc:_m@evil.example?=" <e@c.example>',
                   envelope="e@c.example")
        mail = self.desk.wait_mail(to=ANNA, subject="a name")
        self.settle()
        for mail in self.desk.mails():
            self.assertIsNone(mail["Bcc"])
            self.assertNotIn(b"\nBcc:", mail.raw)

    def test_an_international_address(self):
        sender = "jürgen@münchen.example"
        raw = harness.mail(subject="Grüße", sender=sender, text="Schöne Grüße.")
        answers = self.desk.lmtp_send(raw, sender="", options=["SMTPUTF8"])
        self.assertEqual({c for c, _ in answers.values()}, {250})
        self.desk.accept(harness.mail(subject="Grüße 2", text="Schöne Grüße.",
                                      sender="info@münchen.example"),
                         sender="info@xn--mnchen-3ya.example")
        self.settle()
        self.desk.wait_mail(to=ANNA, subject="Grüße 2", contains="Schöne Grüße.")
        self.assertEqual(len(self.desk.tickets()), 2)
        got = [m for m in self.desk.mails() if "info@" in str(m["To"])]
        self.assertEqual(len(got), 1)

    def test_templates_are_not_in_mails(self):
        """Mustache in a mail stays what it is, also in what is quoted."""
        self.write("{{tenant.name}} {{{x}}}", text="{{#message}}{{>layout}}{{/message}} <b>")
        mail = self.desk.wait_mail(to=ANNA)
        self.assertIn("{{#message}}{{>layout}}{{/message}} <b>", mail.text)
        self.assertIn("{{tenant.name}} {{{x}}}", str(mail["Subject"]))
        page = mail.message.get_body(("html",)).get_content()
        self.assertIn("&lt;b&gt;", page)


if __name__ == "__main__":
    harness.main()
