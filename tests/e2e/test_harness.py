"""The servers of the harness themselves: that each comes up, does its part and is gone
afterwards. When these fail, look here first."""
import imaplib
import smtplib
import ssl

import harness


class Servers(harness.TestCase):
    def test_postgres_stops_and_starts(self):
        postgres = self.servers.postgres
        postgres.create("postern")
        postgres.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
        postgres.stop("immediate")
        postgres.start()
        self.assertEqual(postgres.sql("SELECT n FROM t ORDER BY n"), [{"n": 1}, {"n": 2}])
        self.assertEqual(postgres.value("INSERT INTO t VALUES (3) RETURNING n"), 3)

    def test_postfix_delivers_to_dovecot(self):
        user = "ada@customer.example"
        dovecot = self.servers.dovecot([user])
        postfix = self.servers.postfix(
            {"customer.example": harness.Postfix.lmtp(dovecot.lmtp_port)})
        postfix.send(harness.mail(subject="hello", to=user), user, "ben@desk.example")
        mail = dovecot.mailbox(user).wait_mail(subject="hello")
        self.assertEqual(mail["Return-Path"], "<ben@desk.example>")
        postfix.wait_empty()
        trust = ssl.create_default_context(cafile=self.servers.certificates.ca)
        with dovecot.imap(user, trust) as client:
            client.select()
            self.assertEqual(client.search(None, "ALL")[1], [b"1"])

    def test_dovecot_takes_an_access_token(self):
        user = "support@desk.example"
        tokens = self.servers.tokens({"refresh-1": user})
        dovecot = self.servers.dovecot([user], oauth=tokens.introspection_url)
        _, answer = tokens.answer("/token", {
            "grant_type": "refresh_token", "refresh_token": "refresh-1",
            "client_id": "postern"})

        def log_in(token):
            client = imaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=20)
            client.authenticate("XOAUTH2", lambda _: (
                f"user={user}\1auth=Bearer {token}\1\1".encode()))
            return client.noop()

        self.assertEqual(log_in(answer["access_token"])[0], "OK")
        with self.assertRaises(Exception):
            log_in("wrong")

    def test_sink_misbehaves_on_demand(self):
        sink = self.servers.sink(context=self.servers.certificates.context(),
                                 users={"u": "p"})
        trust = ssl.create_default_context(cafile=self.servers.certificates.ca)
        sink.behave("rcpt", lambda a: "450 4.2.0 later" if a.startswith("late") else None)
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
            client.starttls(context=trust)
            client.login("u", "p")
            refused = client.sendmail("a@desk.example", ["late@x.example", "b@x.example"],
                                      harness.mail())
        self.assertEqual(refused, {"late@x.example": (450, b"4.2.0 later")})
        mail = sink.wait_mail(to="b@x.example")
        self.assertTrue(mail.secure)
        sink.behave("dot", harness.Sink.KEEP_AND_HANG_UP, times=1)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
                client.sendmail("a@desk.example", ["b@x.example"], harness.mail())
        self.assertEqual(len(sink.mails()), 2)


if __name__ == "__main__":
    harness.main()
