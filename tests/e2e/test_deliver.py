"""maild deliver, the LMTP client, against Dovecot's LMTP; maild show on what came out."""
import harness


class Deliver(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False, people=False)
        cls.dovecot = cls.servers.dovecot(["a@x.example", "b@x.example"])
        cls.desk.configure(lmtp_port=cls.dovecot.lmtp_port)

    def deliver(self, raw, *argv):
        file = harness.write(self.desk.directory / "mail.eml", raw)
        return self.desk.maild("deliver", file, *argv, check=False)

    def test_every_recipient_and_every_byte(self):
        text = ".\n..two\nGrüße\n.\nlast"
        done = self.deliver(harness.mail(subject="one", text=text, sender="C <c@x.example>"),
                            "--to", "a@x.example", "--to", "b@x.example")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?s)^a@x.example: 250 .*b@x.example: 250 .*"
                                      r"\ndot=\d+\.\d{6} answered_ms=\d+\n$")
        for user in ("a@x.example", "b@x.example"):
            mail = self.dovecot.mailbox(user).wait_mail(subject="one")
            self.assertEqual(mail.text.rstrip("\n"), text)
            self.assertEqual(mail["Return-Path"], "<c@x.example>")
            shown = self.desk.maild("show", mail.path).stdout
            self.assertIn("From:    C <c@x.example>\n", shown)
            self.assertTrue(shown.endswith(f"\n{text}\n"), shown)

    def test_bare_line_feeds_become_line_ends(self):
        done = self.deliver(b"From: d@x.example\nSubject: bare\n\nno end", "--to",
                            "a@x.example", "--from", "")
        self.assertEqual(done.returncode, 0, done.stderr)
        mail = self.dovecot.mailbox("a@x.example").wait_mail(subject="bare")
        self.assertEqual((mail.text.strip(), mail["Return-Path"]), ("no end", "<>"))

    def test_refused_recipients_set_the_status(self):
        done = self.deliver(harness.mail(), "--to", "a@x.example", "--to", "not an address")
        self.assertEqual(done.returncode, 65, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "not an address: 5")
        self.assertIn("a@x.example: 250", done.stdout)

    def test_nobody_there(self):
        lonely = self.servers.desk(start=False, people=False)
        done = lonely.maild("deliver", self.desk.config, "--to", "a@x.example", check=False)
        self.assertEqual(done.returncode, 75)
        self.assertIn("is maild running?", done.stderr)

    def test_misuse(self):
        for argv in ([], ["--to", "a>\r\nRCPT TO:<b"]):
            self.assertEqual(self.deliver(b"x", *argv).returncode, 64)


if __name__ == "__main__":
    harness.main()
