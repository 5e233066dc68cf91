"""Mailboxes on a real Dovecot: reading, certificates, tokens, faults."""
import ssl
import subprocess
import time
from pathlib import Path

import harness
from imap_case import USER, ImapCase


class Reading(ImapCase):
    def test_idle_delivers_in_about_a_second(self):
        dovecot = self.dovecot()
        desk = self.desk(("support", self.imaps(dovecot, "poll = 10m")))
        self.wait_well(desk)
        waits = []
        for i in range(5):
            time.sleep(0.5)
            start = time.monotonic()
            dovecot.deliver(USER, harness.mail(subject=f"number {i}"))
            self.wait_inbound(desk, i + 1, 10)
            waits.append(time.monotonic() - start)
        print(f"# IDLE: mail in the database after {max(waits):.2f} s at most")
        self.assertLess(max(waits), 3)
        row = desk.sql("SELECT * FROM inbound ORDER BY received_at LIMIT 1")[0]
        self.assertEqual(row["envelope_from"], "someone@elsewhere.example")
        self.assertIn(USER, row["recipients"])
        self.assertEqual(row["size"], len(bytes.fromhex(row["raw"][2:])))

    def test_starttls(self):
        dovecot = self.dovecot(extra="disable_plaintext_auth = yes")
        dovecot.deliver(USER, harness.mail(subject="one"))
        desk = self.desk(("support", self.lines(f"imap://localhost:{dovecot.imap_port}")))
        self.wait_inbound(desk, 1)
        self.assertIn("TLS", dovecot.log.read_text())

    def test_login_command(self):
        dovecot = self.dovecot()
        dovecot.deliver(USER, harness.mail(subject="one"))
        desk = self.desk(("support", self.imaps(dovecot, "auth = login")))
        self.wait_inbound(desk, 1)
        self.assertIn("method=PLAIN", dovecot.log.read_text())

    def test_what_comes_after(self):
        """Seen, moved into a folder that is not there yet, deleted; on servers with
        and without MOVE and UIDPLUS."""
        bare = "protocol imap {\n imap_capability = IMAP4rev1 SASL-IR IDLE\n}"
        for name, extra in (("all", ""), ("bare", bare)):
            with self.subTest(server=name):
                self._what_comes_after(self.dovecot(extra=extra), name == "bare")

    def _what_comes_after(self, dovecot, bare):
        def run(after, folder="INBOX"):
            dovecot.deliver(USER, harness.mail(subject=after[:4]))
            desk = self.desk(("support", self.imaps(
                dovecot, f"after = {after}", "poll = 1s")))
            self.wait_inbound(desk, 1)
            harness.wait_until(lambda: self.mailbox(desk)["done_uid"]
                               == self.mailbox(desk)["last_uid"] > 0, 20, "it to be done")
            desk.stop()
            return self.flags(dovecot, folder)

        self.assertEqual(run("seen"), [("seen", {"\\Seen"})])
        moved = run("move:Fertig & Größe", "Fertig &- Gr&APYA3w-e")
        self.assertEqual(len(moved), 2)
        left = self.flags(dovecot)
        if bare:
            self.assertTrue(all("\\Deleted" in flags for _, flags in left), left)
        else:
            self.assertEqual(left, [])
        gone = run("delete")
        if bare:
            self.assertTrue(all("\\Deleted" in flags for _, flags in gone), gone)
        else:
            self.assertEqual(gone, [])

    def test_no_right_to_move_does_not_stop_mail(self):
        server = self.fake(harness.mail(subject="one"),
                           capabilities="IMAP4rev1 SASL-IR IDLE AUTH=PLAIN MOVE")
        desk = self.desk(("support", self.plain(server, "after = move:Done",
                                                "alarm_after = 1s", "poll = 1s")))
        self.wait_inbound(desk, 1)
        server.deliver(harness.mail(subject="two"))
        self.wait_inbound(desk, 2)
        row = self.wait_failing(desk, "refused")
        self.assertEqual((row["last_uid"], row["done_uid"]), (2, 0))
        self.wait_alarm(desk, "imap alarm")

    def test_oversize_keeps_header_and_note(self):
        dovecot = self.dovecot()
        big = harness.mail(subject="big", text="x" * 70 + "\n" + ("y" * 70 + "\n") * 30000)
        for raw in (harness.mail(subject="before"), big, harness.mail(subject="after")):
            dovecot.deliver(USER, raw)
        desk = self.desk(("support", self.imaps(dovecot, "after = delete")),
                         lmtp="max_message = 1M")
        self.wait_inbound(desk, 3)
        rows = desk.sql("SELECT size, truncated, convert_from(raw, 'UTF8') AS raw "
                        "FROM inbound ORDER BY id")
        self.assertEqual([r["truncated"] for r in rows], [False, True, False])
        self.assertGreater(rows[1]["size"], len(big) - 1)
        self.assertIn("Subject: big", rows[1]["raw"])
        self.assertIn("still in the mailbox", rows[1]["raw"])
        self.assertLess(len(rows[1]["raw"]), 4000)
        self.assertNotIn("yyy", rows[1]["raw"])
        # of what we hold only the header of, the mailbox keeps the only copy
        harness.wait_until(lambda: self.flags(dovecot) == [("big", {"\\Seen"})], 10,
                           "the others to be deleted")

    def test_polling_where_there_is_no_idle(self):
        dovecot = self.dovecot(
            extra="protocol imap {\n imap_capability = IMAP4rev1 SASL-IR UIDPLUS\n}")
        desk = self.desk(("support", self.imaps(dovecot, "poll = 1s")))
        self.wait_well(desk)
        for i in range(3):
            dovecot.deliver(USER, harness.mail(subject=f"number {i}"))
            self.wait_inbound(desk, i + 1, 5)
        self.assertIn("wait=poll", desk.log.read_text())

    def test_uidvalidity_change(self):
        dovecot = self.dovecot()
        for i in range(5):
            dovecot.deliver(USER, harness.mail(subject=f"number {i}"))
        desk = self.desk(("support", self.imaps(dovecot, "poll = 1s")))
        self.wait_inbound(desk, 5)
        before = self.mailbox(desk)["uidvalidity"]
        dovecot.stop()
        for path in Path(dovecot.mailbox(USER).path).glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # UIDVALIDITY is a time in seconds
        dovecot.start()
        dovecot.deliver(USER, harness.mail(subject="number 5"))
        harness.wait_until(lambda: "number 5" in self.subjects(desk), 30, "the new mail")
        self.assertNotEqual(self.mailbox(desk)["uidvalidity"], before)
        self.assertIn("uidvalidity changed", desk.log.read_text())
        self.assertEqual(self.subjects(desk), {f"number {i}" for i in range(6)})
        harness.wait_until(lambda: len(desk.tickets()) == 6, 30, "six tickets")
        desk.wait_ingested()
        self.assertEqual(len(desk.tickets()), 6)

    def test_many_folders_of_one_account_do_not_disturb_each_other(self):
        dovecot = self.dovecot()
        broken = self.lines("imaps://localhost:1")
        desk = self.desk(("broken", broken), ("support", self.imaps(dovecot)))
        self.wait_well(desk)
        dovecot.deliver(USER, harness.mail(subject="one"))
        self.wait_inbound(desk, 1, 5)
        self.assertIsNotNone(self.mailbox(desk, "broken")["failing_since"])


class Certificates(ImapCase):
    def refused(self, context, words, host="localhost"):
        server = self.fake(harness.mail(), context=context, implicit=True)
        desk = self.desk(("support", self.lines(
            f"imaps://{host}:{server.port}", "alarm_after = 1s")))
        row = self.wait_failing(desk, words)
        self.wait_alarm(desk, "imap alarm mailbox=support kind=mailbox-failing")
        self.assertEqual(server.count("LOGIN") + server.count("AUTHENTICATE"), 0)
        self.assertEqual(self.inbound(desk), 0)
        desk.stop()
        return row

    def test_a_stranger_signed_it(self):
        self.refused(self.servers.certificates.context(stranger=True), "NOT trusted")

    def test_another_name(self):
        certificates = self.servers.certificates
        cert, key = certificates.server("other.example", addresses=())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.refused(context, "does not match the expected")

    def test_expired(self):
        certificates = self.servers.certificates
        cert, key = certificates.server("old.example", addresses=("127.0.0.1",))
        request = key.with_suffix(".csr")
        subprocess.run(
            ["openssl", "ca", "-batch", "-notext", "-in", request, "-out", cert,
             "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
             "-config", self._ca_config(certificates, key), "-extensions", "ext"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.refused(context, "expired", host="127.0.0.1")

    def _ca_config(self, certificates, key):
        directory = harness.folder(self.servers.directory / "old-ca")
        harness.write(directory / "index", "")
        harness.write(directory / "serial", "01\n")
        return harness.write(directory / "ca.conf", f"""
[ca]
default_ca = d
[d]
database = {directory}/index
serial = {directory}/serial
new_certs_dir = {directory}
certificate = {certificates.ca}
private_key = {certificates.ca.with_suffix('.key')}
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
[ext]
subjectAltName = IP:127.0.0.1
""")

    def test_starttls_refuses_the_stranger_too(self):
        server = self.fake(harness.mail(),
                           context=self.servers.certificates.context(stranger=True))
        desk = self.desk(("support", self.lines(f"imap://localhost:{server.port}")))
        self.wait_failing(desk, "NOT trusted")
        self.assertEqual(server.count("LOGIN") + server.count("AUTHENTICATE"), 0)

    def test_starttls_not_offered(self):
        server = self.fake(harness.mail())
        desk = self.desk(("support", self.lines(f"imap://localhost:{server.port}")))
        self.wait_failing(desk, "does not offer STARTTLS")

    def test_words_before_tls(self):
        """What comes in one segment with the answer to STARTTLS is an attacker's."""
        server = self.fake(harness.mail(), context=self.servers.certificates.context())
        server.behave("STARTTLS", lambda c, tag, _: c.send(
            tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n") or c.wait_closed(),
            times=2)
        desk = self.desk(("support", self.lines(f"imap://localhost:{server.port}")))
        self.wait_failing(desk, "before TLS")
        self.wait_inbound(desk, 1, 40)  # the third time the server is honest


class Tokens(ImapCase):
    def oauth(self, tokens, *more):
        return ["auth = xoauth2", f"user = {USER}", f"token_url = {tokens.url}",
                f"token_ca_file = {self.servers.certificates.ca}", "client_id = postern",
                f"refresh_token_file = {self.secret('refresh', 'refresh-1')}", *more]

    def start(self, *more, **options):
        tokens = self.servers.tokens({"refresh-1": USER}, **options)
        dovecot = self.dovecot(oauth=tokens.introspection_url)
        lines = self.imaps(dovecot, "alarm_after = 1h", "poll = 1s",
                           auth=self.oauth(tokens, *more))
        return tokens, dovecot, lines

    def test_refresh_and_expiry(self):
        tokens, dovecot, lines = self.start(life=61)
        desk = self.desk(("support", lines))
        self.wait_well(desk)
        dovecot.deliver(USER, harness.mail(subject="one"))
        self.wait_inbound(desk, 1)
        self.assertEqual(len(tokens.requests), 1)
        time.sleep(2)  # now the token counts as stale
        tokens.revoke_all()
        dovecot.stop()
        dovecot.start()
        dovecot.deliver(USER, harness.mail(subject="two"))
        self.wait_inbound(desk, 2)
        self.assertGreaterEqual(len(tokens.requests), 2)

    def test_revoked_before_its_time(self):
        tokens, dovecot, lines = self.start()
        desk = self.desk(("support", lines))
        self.wait_well(desk)
        tokens.revoke_all()
        dovecot.stop()
        dovecot.start()
        dovecot.deliver(USER, harness.mail(subject="one"))
        self.wait_inbound(desk, 1)
        self.assertEqual(len(tokens.requests), 2)

    def test_rotation_outlives_the_process(self):
        tokens, dovecot, lines = self.start(rotate=True)
        desk = self.desk(("support", lines))
        self.wait_well(desk)
        self.assertNotIn("refresh-1", tokens.users)
        rotated = next(iter(tokens.users))
        sealed = bytes.fromhex(self.mailbox(desk)["sealed_refresh_token"][2:])
        self.assertNotIn(rotated.encode(), sealed)
        desk.kill_all()
        desk.start()
        dovecot.deliver(USER, harness.mail(subject="one"))
        self.wait_inbound(desk, 1, 90)  # the dead process's lease is its own again
        self.assertEqual(len(tokens.requests), 2)
        # a new one in the configuration wins over what is stored
        tokens.users = {"refresh-9": USER}
        self.secret("refresh", "refresh-9")
        tokens.revoke_all()
        desk.stop()
        desk.start()
        dovecot.deliver(USER, harness.mail(subject="two"))
        self.wait_inbound(desk, 2)

    def test_invalid_grant_alarms_at_once(self):
        tokens, dovecot, lines = self.start()
        tokens.refuse = "invalid_grant"
        desk = self.desk(("support", lines))
        self.wait_failing(desk, "invalid_grant")
        self.wait_alarm(desk, "imap alarm mailbox=support kind=mailbox-failing")
        self.assertLess(len(tokens.requests), 3)
        tokens.refuse = None
        dovecot.deliver(USER, harness.mail(subject="one"))
        self.wait_inbound(desk, 1)
        self.wait_well(desk)

    def test_a_broken_token_server(self):
        tokens, dovecot, lines = self.start()
        tokens.broken = True
        dovecot.deliver(USER, harness.mail(subject="one"))
        desk = self.desk(("support", lines))
        self.wait_failing(desk, "status 500")
        self.assertNotIn("imap alarm", desk.log.read_text())
        tokens.broken = False
        self.wait_inbound(desk, 1)
        self.assertLess(len(tokens.requests), 5)

    def test_a_token_that_will_run_out(self):
        _, _, lines = self.start("token_days = 3")
        desk = self.desk(("support", lines))
        self.wait_well(desk)
        self.wait_alarm(desk, "imap alarm mailbox=support kind=token-expires")
        self.assertIsNotNone(self.mailbox(desk)["alarmed_at"])

    def test_the_servers_reason_is_passed_on(self):
        tokens = self.servers.tokens({"refresh-1": USER})
        server = self.fake(harness.mail())

        def refuse(c, tag, _):
            c.send(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")  # {"status":"400"}
            c.line()
            c.send(tag + b" NO AUTHENTICATE failed\r\n")
        server.behave("AUTHENTICATE", refuse, times=1)
        desk = self.desk(("support", self.lines(
            f"imap://127.0.0.1:{server.port}", tls="none", auth=self.oauth(tokens))))
        self.wait_failing(desk, '{"status":"400"}')
        self.wait_inbound(desk, 1)
        self.assertTrue(server.last_sasl.startswith(b"user=" + USER.encode() + b"\1"))


class Faults(ImapCase):
    def test_killed_again_and_again(self):
        dovecot = self.dovecot()
        count = 3000
        names = {f"number {i}" for i in range(count)}
        path = Path(dovecot.mailbox(USER).path)
        dovecot.deliver(USER, harness.mail(subject="number 0"))
        for i in range(1, count):
            harness.write(path / "new" / f"{1000000000 + i}.M{i}.host",
                          harness.mail(subject=f"number {i}", text="text\n" * 2000))
        desk = self.desk(("support", self.imaps(dovecot, "poll = 1s")))
        killed = 0
        end = time.monotonic() + 120
        while killed < 5 and self.inbound(desk) < count and time.monotonic() < end:
            try:
                desk.kill("imap/support")
                killed += 1
            except KeyError:
                pass
            time.sleep(0.3)
        self.wait_inbound(desk, count, 120)
        print(f"# killed {killed} times, {self.inbound(desk)} rows of {count} mails")
        self.assertGreater(killed, 2)
        self.assertEqual(self.subjects(desk), names)
        self.assertEqual(self.inbound(desk), count, "the cursor commits with the rows")
        client = dovecot.imap(USER)
        client.select(readonly=True)
        harness.wait_until(lambda: client.noop() and client.search(None, "UNSEEN")[1]
                           == [b""], 60, "all to be seen", pause=0.5)

    def test_the_database_goes_away(self):
        dovecot = self.dovecot()
        desk = self.desk(("support", self.imaps(dovecot, "poll = 1s")))
        self.wait_well(desk)
        self.servers.postgres.stop("immediate")
        dovecot.deliver(USER, harness.mail(subject="one"))
        time.sleep(3)
        self.servers.postgres.start()
        self.wait_inbound(desk, 1, 90)

    def test_two_maild_one_mailbox(self):
        dovecot = self.dovecot()
        lines = self.imaps(dovecot, "poll = 1s")
        one = self.desk(("support", lines), database="shared", instance="a")
        two = self.desk(("support", lines), database="shared", instance="b")
        for i in range(20):
            dovecot.deliver(USER, harness.mail(subject=f"number {i}"))
        self.wait_inbound(one, 20)
        time.sleep(2)
        self.assertEqual(self.inbound(one), 20)
        self.assertNotIn("imap connected", two.log.read_text())
        one.stop()
        dovecot.deliver(USER, harness.mail(subject="more"))
        self.wait_inbound(two, 21)


if __name__ == "__main__":
    harness.main()
