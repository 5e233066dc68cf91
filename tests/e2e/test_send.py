"""The sender against an SMTP server that misbehaves, and into a Maildir.

Rows are put into the outbox by SQL, so that each test says exactly what is to be sent."""
# tests/run: timeout 600
import time
import uuid

import harness
from harness import Sink, wait_until

CONVERSATION = """
WITH t AS (SELECT id FROM tenants WHERE name = 'desk.example'),
q AS (SELECT q.* FROM queues q, t WHERE q.tenant_id = t.id LIMIT 1),
person AS (INSERT INTO people (tenant_id, id, name)
           SELECT t.id, '{person}', 'Cara Müller' FROM t),
address AS (INSERT INTO addresses (tenant_id, id, person_id, address)
            SELECT t.id, '{address_id}', '{person}', '{address}' FROM t),
c AS (INSERT INTO conversations (tenant_id, id, queue_id, channel, subject, thread_index,
                                 thread_topic)
      SELECT t.id, '{id}', q.id, 'mail', 'Re: [#7] Drücker brennt', 'AQHabc=', 'Drücker'
      FROM t, q),
k AS (INSERT INTO tickets (tenant_id, id, number, source, requester_id, team_id)
      SELECT t.id, '{id}', (SELECT count(*) + 1000 FROM tickets), 'email', '{person}', q.team_id
      FROM t, q),
p AS (INSERT INTO participants (tenant_id, conversation_id, person_id, address_id, role)
      SELECT t.id, '{id}', '{person}', '{address_id}', 'requester' FROM t),
i AS (INSERT INTO inbound (tenant_id, id, door, state, size, raw)
      SELECT t.id, '{inbound}', 'lmtp', 'done', {size}, '\\x{raw}' FROM t),
m AS (INSERT INTO messages (tenant_id, id, conversation_id, inbound_id, author_id,
                            author_address, author_role, message_id, body_sha256, subject,
                            text, received_at)
      SELECT t.id, '{message}', '{id}', '{inbound}', '{person}', '{address}', 'customer',
             'first@client.example', '', 'x', 'It burns & smells.', now() FROM t)
INSERT INTO parts (tenant_id, message_id, ordinal, path, content_type, encoding, name,
                   is_inline, is_body, raw_offset, raw_length, size, sha256)
SELECT t.id, '{message}', 2, '2', 'image/png', '', 'flämes.png', false, false, {offset},
       {length}, {length}, '' FROM t
"""

ROW = """
INSERT INTO outbox (tenant_id, id, conversation_id, message_id, template, person_id,
                    address, role, automatic, subject, rfc_message_id)
SELECT id, '{row}', {conversation}, {message}, '{template}', {person}, '{address}',
       '{role}', {automatic}, 'x', {message_id}
FROM tenants WHERE name = 'desk.example';
NOTIFY postern_outbox;
"""


class Sending(harness.TestCase):
    """A desk whose relay is a sink."""

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.sink = cls.servers.sink()
        cls.desk = cls.servers.desk(relay=f"url = smtp://127.0.0.1:{cls.sink.port}",
                                    administrator="root@desk.example")

    def setUp(self):
        super().setUp()
        self.sink.behave_well()
        self.sink.clear()
        time.sleep(1.1)  # a relay that was found broken is left alone for a second

    def execute(self, script):
        self.desk.postgres.execute(script, self.desk.database)

    def conversation(self, attachment=b"burning", address=None):
        ids = {name: str(uuid.uuid4())
               for name in ("id", "person", "address_id", "inbound", "message")}
        raw = b"Subject: x\r\n\r\n"
        offset = len(raw)
        raw += attachment
        ids["address"] = address or f"c-{ids['id'][:8]}@customer.example"
        self.execute(CONVERSATION.format(raw=raw.hex(), size=len(raw), offset=offset,
                                          length=len(attachment), **ids))
        return ids

    def enqueue(self, template="acknowledgement", of=None, address=None, role="requester",
                automatic=True, message_id=None, **ids):
        def literal(text):
            return f"'{text}'" if text else "NULL"
        of = of or self.conversation()
        row = str(uuid.uuid4())
        self.execute(ROW.format(
            row=row, conversation=literal(of["id"]), message=literal(of["message"]),
            person=literal(of["person"]), template=template,
            address=address or of["address"], role=role, automatic=automatic,
            message_id=literal(message_id)))
        return row

    def row(self, row):
        return self.desk.sql("SELECT *, extract(epoch FROM next_at - now()) AS wait, "
                             f"octet_length(bytes) AS size FROM outbox WHERE id = '{row}'")[0]

    def wait_state(self, row, *states, timeout=20):
        def look():
            now = self.row(row)
            return now if now["state"] in states and now["claimed_by"] is None \
                and (now["tries"] or now["reply"]) else None
        return wait_until(look, timeout, f"outbox row to be {states}, it is {self.row(row)}")

    def tries_again(self, row):
        """Make a deferred mail due."""
        self.execute(f"UPDATE outbox SET next_at = now() WHERE id = '{row}'; "
                     "NOTIFY postern_outbox")


class Usual(Sending):
    def test_sent_with_what_the_relay_said(self):
        row = self.enqueue(message_id="own@desk.example")
        now = self.wait_state(row, "sent")
        self.assertEqual((now["smtp_code"], now["enhanced_status"]), (250, "2.0.0"))
        self.assertRegex(now["relay_queue_id"], "^SINK[0-9]+$")
        self.assertEqual(now["tries"], 1)
        mail = self.sink.wait_mail(to=now["address"])
        self.assertEqual(mail.sender, "")
        self.assertEqual(mail["Message-ID"], "<own@desk.example>")
        self.assertEqual(mail["Auto-Submitted"], "auto-replied")
        self.assertEqual(mail["X-Auto-Response-Suppress"], "All")
        self.assertEqual(mail["In-Reply-To"], "<first@client.example>")
        self.assertEqual(mail["References"], "<first@client.example>")
        self.assertEqual(mail["X-Loop"], "support@desk.example")
        self.assertEqual(mail["Thread-Topic"], "Drücker")
        self.assertEqual(mail["From"].addresses[0].addr_spec, "support@desk.example")
        self.assertRegex(mail["Subject"], r"^Re: \[#\d+\] Drücker brennt$")
        self.assertIn("Cara Müller", mail.text)
        self.assertNotIn(b"\n", mail.raw.replace(b"\r\n", b""))
        self.assertTrue(max(mail.raw) < 128)

    def test_notice_to_an_agent(self):
        of = self.conversation()
        row = self.enqueue("new_ticket", of, "anna@desk.example", "team")
        self.wait_state(row, "sent")
        mail = self.sink.wait_mail(to="anna@desk.example", contains=f"{of['address']}")
        self.assertEqual(mail["From"].addresses[0].display_name, "Cara Müller via support")
        self.assertEqual(mail["In-Reply-To"], f"<{of['id']}@desk.example>")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIsNone(mail["Thread-Topic"])
        self.assertIn("It burns & smells.", mail.text)
        self.assertRegex(mail.text, r"The original mail:\s+"
                         r"http://127.0.0.1:\d+/attachments/[a-z2-7]{24}\s")
        files = list(mail.message.iter_attachments())
        self.assertEqual([(f.get_filename(), f.get_content()) for f in files],
                         [("flämes.png", b"burning")])

    def test_a_large_attachment_becomes_a_link(self):
        of = self.conversation(attachment=b"x" * 7_500_000)
        row = self.enqueue("answer", of, automatic=False)
        self.wait_state(row, "sent")
        mail = self.sink.wait_mail(to=of["address"])
        self.assertEqual(list(mail.message.iter_attachments()), [])
        self.assertRegex(mail.text, r"http://127.0.0.1:\d+/attachments/[a-z2-7]{24}\s")
        self.assertIsNone(mail["Auto-Submitted"])
        self.assertEqual(self.desk.value(
            f"SELECT kind FROM capabilities WHERE conversation_id = '{of['id']}'"), "part")

    def test_many_over_one_connection(self):
        of = self.conversation()
        rows = [self.enqueue(of=of) for _ in range(40)]
        for row in rows:
            self.wait_state(row, "sent")
        self.assertEqual(len(self.sink.find_mails(to=of["address"])), 40)

    def test_a_row_that_is_no_mail_stops_nobody(self):
        bad = self.enqueue("no such template")
        good = self.enqueue()
        self.assertEqual(self.wait_state(good, "sent")["state"], "sent")
        self.assertIn("template", self.wait_state(bad, "failed")["reply"])

    def test_an_address_cannot_bring_commands(self):
        bad = self.enqueue(address="a@x.example>\r\nRCPT TO:<b@x.example")
        self.wait_state(bad, "failed")
        self.assertEqual(self.sink.find_mails(to="a@x.example"), [])
        self.assertEqual(self.sink.find_mails(to="b@x.example"), [])


class Trouble(Sending):
    def test_refused_for_now(self):
        self.sink.behave("rcpt", "450 4.2.1 greylisted\n".strip())
        row = self.enqueue()
        now = self.wait_state(row, "queued")
        self.assertEqual((now["smtp_code"], now["enhanced_status"]), (450, "4.2.1"))
        self.assertTrue(290 < now["wait"] <= 300, now["wait"])
        before = self.desk.value(f"SELECT md5(bytes) FROM outbox WHERE id = '{row}'")
        self.sink.behave_well()
        self.tries_again(row)
        now = self.wait_state(row, "sent")
        self.assertEqual(now["tries"], 2)
        self.assertEqual(before, self.desk.value(
            f"SELECT md5(bytes) FROM outbox WHERE id = '{row}'"))

    def test_the_agent_hears_at_the_third_failure(self):
        self.sink.behave("rcpt", lambda a: "451 4.3.0 no" if "customer" in a else None)
        row = self.enqueue()
        for tries in (1, 2, 3):
            wait_until(lambda n=tries: self.row(row)["tries"] == n
                       and self.row(row)["claimed_by"] is None, 20, f"try {tries}")
            told = [m for m in self.sink.mails() if "Not delivered" in m["Subject"]]
            if tries < 3:
                self.assertEqual(told, [])
                self.tries_again(row)
        notice = self.sink.wait_mail(to="anna@desk.example", subject="Not delivered")
        self.assertIn("It is tried again", notice.text)
        self.assertRegex(notice.sender, r"^support\+[a-z2-7]{24}@desk.example$")
        self.assertEqual(notice.sender, notice["Reply-To"].addresses[0].addr_spec)

    def test_refused_for_ever(self):
        self.sink.behave("rcpt", lambda a: "550-5.1.1 no such user\n550 5.1.1 here"
                         if "customer" in a else None)
        of = self.conversation()
        row = self.enqueue(of=of)
        now = self.wait_state(row, "failed")
        self.assertEqual((now["smtp_code"], now["enhanced_status"], now["reply"]),
                         (550, "5.1.1", "550 5.1.1 no such user here"))
        notice = self.sink.wait_mail(to="ben@desk.example", subject="Not delivered",
                                     contains=of["address"])
        self.assertIn("no such user here", notice.text)
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM events WHERE kind = 'delivery_failed' "
            f"AND conversation_id = '{of['id']}'"), 1)
        address = self.desk.sql(f"SELECT *, suppressed_until > now() + interval '59 days' "
                                f"AS quiet FROM addresses WHERE address = '{of['address']}'")
        self.assertEqual((address[0]["bounces"], address[0]["quiet"]), (1, True))

    def test_a_notice_that_is_refused_for_ever(self):
        """The administrator hears of it, no agent does, and the sender lives on."""
        self.sink.behave("rcpt", lambda a: "550 5.7.1 not from you" if a == "gone@desk.example"
                         else None)
        of, sender = self.conversation(), self.desk.jobs()["send/1"]
        row = self.enqueue("new_ticket", of, "gone@desk.example", "team")
        self.wait_state(row, "failed")
        alarm = self.sink.wait_mail(to="root@desk.example", contains="gone@desk.example")
        self.assertIn("not from you", alarm.text)
        event = self.desk.sql(f"SELECT * FROM events WHERE conversation_id = '{of['id']}'")
        self.assertEqual([(e["kind"], e["detail"]["recipient"]) for e in event],
                         [("notice_failed", "gone@desk.example")])
        self.assertEqual(self.desk.jobs()["send/1"], sender)
        self.assertEqual(self.sink.find_mails(to="anna@desk.example"), [])

    def test_a_flood_of_alarms_is_cut(self):
        self.sink.behave("rcpt", lambda a: "550 5.7.1 no" if a.startswith("flood") else None)
        of = self.conversation()
        for row in [self.enqueue("new_ticket", of, "flood@desk.example", "team")
                    for _ in range(12)]:
            self.wait_state(row, "failed")
        self.assertEqual(self.desk.value("SELECT count(*) FROM outbox WHERE template = 'alarm' "
                                         "AND subject LIKE '%flood@desk.example%'"), 10)

    def test_what_cannot_be_made_is_told_of(self):
        of = self.conversation()
        row = self.enqueue("no_such_template", of)
        now = self.wait_state(row, "failed")
        notice = self.sink.wait_mail(to="anna@desk.example", subject="Not delivered",
                                     contains=of["address"])
        self.assertIn(now["reply"], " ".join(notice.text.split()))

    def test_refused_after_the_dot(self):
        self.sink.behave("dot", "554 5.6.0 content", times=1)
        self.assertEqual(self.wait_state(self.enqueue(), "failed")["enhanced_status"],
                         "5.6.0")

    def test_a_relay_that_refuses_us_is_not_the_mails_fault(self):
        for stage, what in (("connect", "554 5.3.2 go away"), ("mail", "530 5.7.0 log in"),
                            ("connect", "421 4.3.2 shutting down")):
            with self.subTest(stage=stage):
                time.sleep(1.1)  # a broken relay is left alone for a second
                self.desk.kill("send/1")  # and a fresh connection
                self.sink.behave(stage, what)
                row = self.enqueue()
                now = self.wait_state(row, "queued")
                self.assertIn(what[4:], now["reply"])
                self.sink.behave_well()

    def test_no_relay_there(self):
        """A broken relay fails the mail that finds it, and those right behind it."""
        self.sink.stop()
        rows = [self.enqueue() for _ in range(3)]
        for row in rows:
            self.assertIn("onnect", self.wait_state(row, "queued")["reply"])
        self.sink.start()
        time.sleep(1.1)
        for row in rows:
            self.tries_again(row)
            self.wait_state(row, "sent")

    def test_hang_up_after_the_dot_is_tried_again_with_the_same_id(self):
        self.sink.behave("dot", Sink.KEEP_AND_HANG_UP, times=1)
        row = self.enqueue()
        now = self.wait_state(row, "queued")
        self.assertIn("may have been taken", now["reply"])
        self.tries_again(row)
        self.wait_state(row, "sent")
        first, second = self.sink.wait_mails(2, to=now["address"])
        self.assertEqual(first.raw, second.raw)

    def test_hang_up_elsewhere(self):
        for stage in ("mail", "rcpt", "data", "dot"):
            with self.subTest(stage=stage):
                self.sink.behave(stage, Sink.HANG_UP, times=2)
                row = self.enqueue()
                self.wait_state(row, "queued")
                self.sink.behave_well()
                time.sleep(0.1)
                self.tries_again(row)
                wait_until(lambda r=row: self.row(r)["state"] == "sent" or
                           self.tries_again(r), 30, "the mail to be sent", pause=1)

    def test_a_kept_connection_that_was_closed_costs_nothing(self):
        self.wait_state(self.enqueue(), "sent")
        self.sink.behave("mail", "421 4.4.2 idle too long", times=1)
        self.assertEqual(self.wait_state(self.enqueue(), "sent")["tries"], 1)

    def test_killed_while_sending(self):
        self.sink.behave("dot", Sink.STALL)
        row = self.enqueue()
        wait_until(lambda: self.row(row)["state"] == "sending", 20, "it to be claimed")
        time.sleep(0.5)
        self.desk.kill("send/1")
        self.sink.behave_well()
        self.sink.release()
        self.wait_state(row, "sent")
        self.assertEqual(len(self.sink.find_mails(to=self.row(row)["address"])), 1)


class Crashes(Sending):
    """On a desk of its own: the master lets longer and longer pass before it starts again
    what ends so often."""

    def test_a_mail_that_ends_its_sender(self):
        """Five senders in a row end in the middle of one mail: it fails, the mails behind
        it are sent, and none of them more than once."""
        address = "bad@customer.example"
        bad = self.enqueue(address=address)
        self.sink.behave("rcpt", lambda to: Sink.STALL if address in to else None)
        behind = [self.enqueue(address=f"behind{n}@customer.example") for n in range(3)]
        for n in range(1, 6):
            wait_until(lambda n=n: self.row(bad)["state"] == "failed"
                       or (self.row(bad)["state"] == "sending"
                           and self.row(bad)["tries"] >= n), 40, f"try {n}")
            time.sleep(0.3)
            self.desk.kill("send/1")
        now = self.wait_state(bad, "failed", timeout=60)
        self.assertIn("ended each time", now["reply"])
        self.assertEqual(now["lost_tries"] >= 4, True)
        for row in behind:
            self.wait_state(row, "sent", timeout=60)
            self.assertEqual(self.row(row)["lost_tries"], 0)
            self.assertEqual(len(self.sink.find_mails(to=self.row(row)["address"])), 1)
        self.sink.behave_well()
        self.sink.release()


class Stalls(Sending):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.sink = cls.servers.sink()
        cls.desk = cls.servers.desk(relay=f"url = smtp://127.0.0.1:{cls.sink.port}",
                                    start=False)
        cls.desk.config.write_text(cls.desk.config.read_text().replace(
            "[ingest]\n", "[ingest]\nlease = 1m\n"))
        cls.desk.start()

    def test_a_stalling_relay_ends_within_the_claim(self):
        self.sink.behave("dot", Sink.STALL)
        rows = [self.enqueue() for _ in range(3)]
        began = time.monotonic()
        first = self.wait_state(rows[0], "queued", timeout=70)
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual((first["tries"], first["smtp_code"]), (1, None))
        self.sink.behave_well()
        self.sink.release()
        for row in rows:
            self.tries_again(row)
        for row in rows:
            self.wait_state(row, "sent")

    def test_term_while_a_relay_stalls(self):
        self.sink.behave("rcpt", Sink.STALL)
        row = self.enqueue()
        wait_until(lambda: self.row(row)["state"] == "sending", 20, "it to be claimed")
        time.sleep(0.5)
        began = time.monotonic()
        self.desk.stop()
        self.assertLess(time.monotonic() - began, 9)
        now = self.row(row)
        self.assertEqual((now["state"], now["tries"], now["claimed_by"]),
                         ("queued", 0, None))
        self.sink.behave_well()
        self.sink.release()
        self.desk.start()
        self.wait_state(row, "sent")


class Database(Sending):
    def test_the_database_goes_while_a_mail_is_out(self):
        postgres = self.servers.postgres
        self.sink.behave("dot", lambda raw: time.sleep(3))
        row = self.enqueue()
        wait_until(lambda: self.row(row)["state"] == "sending", 20, "it to be claimed")
        time.sleep(0.5)
        postgres.stop()
        time.sleep(4)
        postgres.start()
        self.wait_state(row, "sent", timeout=60)
        time.sleep(2)
        self.assertEqual(len(self.sink.find_mails(to=self.row(row)["address"])), 1)


class Tls(Sending):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False)

    def setUp(self):
        pass

    def relay(self, sink, scheme="smtp", **keys):
        lines = [f"url = {scheme}://localhost:{sink.port}"]
        lines += [f"{key} = {value}" for key, value in keys.items()]
        self.desk.configure(relay="\n".join(lines))
        if self.desk.process and self.desk.process.running():
            self.desk.stop()
        self.desk.start()

    def send(self, sink, state="sent", **choice):
        row = self.enqueue(**choice)
        now = self.wait_state(row, state)
        return now, (sink.wait_mail(to=now["address"]) if state == "sent" else None)

    def test_policies(self):
        certificates = self.servers.certificates
        ca = certificates.ca
        good = self.servers.sink(context=certificates.context())
        stranger = self.servers.sink(context=certificates.context(stranger=True))
        plain = self.servers.sink()
        implicit = self.servers.sink(context=certificates.context(), implicit_tls=True)
        cases = [("smtp", good, {"tls": "required", "ca_file": ca}, True),
                 ("smtp", stranger, {"tls": "required", "ca_file": ca}, None),
                 ("smtp", plain, {"tls": "required", "ca_file": ca}, None),
                 ("smtp", stranger, {"tls": "opportunistic"}, True),
                 ("smtp", plain, {"tls": "opportunistic"}, False),
                 ("smtp", good, {"tls": "none"}, False),
                 ("smtps", implicit, {"ca_file": ca}, True)]
        for scheme, sink, keys, secure in cases:
            with self.subTest(keys=keys, secure=secure):
                self.relay(sink, scheme, **keys)
                now, mail = self.send(sink, "queued" if secure is None else "sent")
                if mail:
                    self.assertEqual(mail.secure, secure)
                else:
                    self.assertEqual(sink.find_mails(to=now["address"]), [])

    def test_logins(self):
        certificates = self.servers.certificates
        password = harness.write(self.desk.directory / "password", "geheim\n")
        sink = self.servers.sink(context=certificates.context(),
                                 users={"postern": "geheim"})
        for method in ("plain", "login"):
            self.relay(sink, tls="required", ca_file=certificates.ca, auth=method,
                       user="postern", password_file=password)
            _, mail = self.send(sink)
            self.assertEqual((mail.user, sink.logins[-1][0]), ("postern", method.upper()))
        sink.users = {"postern": "other"}
        self.relay(sink, tls="required", ca_file=certificates.ca, auth="plain",
                   user="postern", password_file=password)
        now, _ = self.send(sink, "queued")
        self.assertIn("535", now["reply"])


    def test_xoauth2(self):
        certificates = self.servers.certificates
        tokens = self.servers.tokens({"first": "postern"}, rotate=True)
        refresh = harness.write(self.desk.directory / "refresh", "first\n")
        sink = self.servers.sink(context=certificates.context(), users={})

        def arrange(*_):  # the sink knows the access tokens that were given out
            sink.users = {user: access for access, (user, _) in
                          tokens.access_tokens().items()}
        sink.behave("ehlo", arrange)
        keys = {"tls": "required", "ca_file": certificates.ca, "auth": "xoauth2",
                "user": "postern", "token_url": tokens.url, "client_id": "postern",
                "token_ca_file": certificates.ca, "refresh_token_file": refresh}
        self.relay(sink, **keys)
        for _ in range(2):  # the second process begins with the rotated token
            _, mail = self.send(sink)
            self.assertEqual((mail.user, sink.logins[-1][0]), ("postern", "XOAUTH2"))
            self.relay(sink, **keys)
        self.assertEqual(len(tokens.requests), 2)
        tokens.refuse = "invalid_grant"
        now, _ = self.send(sink, "queued")
        self.assertIn("invalid_grant", now["reply"])


class Maildir(Sending):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk()

    def setUp(self):
        pass

    def test_a_file_a_mail(self):
        row = self.enqueue()
        now = self.wait_state(row, "sent")
        mail = self.desk.wait_mail(to=now["address"])
        self.assertEqual(mail.path.name, f"{row}.postern")
        self.assertEqual(mail.path.stat().st_mode & 0o777, 0o640)
        self.assertEqual((mail["Return-Path"], mail["Delivered-To"]), ("<>", now["address"]))
        self.assertNotIn(b"\r", mail.raw)
        self.execute(f"UPDATE outbox SET state = 'sending', finished_at = NULL "
                      f"WHERE id = '{row}'")
        self.wait_state(row, "sent")
        self.assertEqual(len(self.desk.find_mails(to=now["address"])), 1)

    def test_what_ingest_put_there(self):
        self.desk.accept(harness.mail(sender="Ada <ada@customer.example>"))
        answer = self.desk.wait_mail(to="ada@customer.example")
        notice = self.desk.wait_mail(to="anna@desk.example")
        for mail in (answer, notice):
            self.assertRegex(mail["Reply-To"], r"<support\+[a-z2-7]{24}@desk.example>")
            self.assertRegex(mail["Message-ID"], r"^<p\.[a-z2-7]{24}@desk.example>$")
        self.assertIn("printer on fire", answer["Subject"])
        self.assertIn(notice["Return-Path"].strip("<>"), notice["Reply-To"])
        self.assertEqual(answer["Return-Path"], "<>")

class Tenants(harness.TestCase):
    def test_one_batch_of_two_tenants(self):
        path = harness.folder(self.servers.directory / "other")
        desk = self.servers.desk(send=0, extra=f"""
[relay "other.example"]
url = maildir:{path}
""")
        desk.add("other.example", ["help@other.example"], ["olga@other.example"])
        for n in range(3):
            desk.accept(harness.mail(subject=f"first {n}"))
            desk.accept(harness.mail(subject=f"second {n}", to="help@other.example",
                                     sender="otto@customer.example"),
                        "help@other.example")
        desk.wait_ingested()
        self.assertEqual(desk.value(
            "SELECT count(DISTINCT tenant_id) FROM outbox WHERE state = 'queued'"), 2)
        desk.stop()
        desk.configure(send=1)
        desk.start()
        desk.wait_sent()
        other = harness.Maildir(path)
        self.assertEqual(len(desk.mails()), 9)  # three for Ada, Anna and Ben each
        self.assertEqual(len(other.mails()), 6)  # three for Otto and Olga each
        for mail in desk.mails():
            self.assertIn("first", mail["Subject"])
            self.assertIn("support+", mail["Reply-To"])
        for mail in other.mails():
            self.assertIn("second", mail["Subject"])
            self.assertIn("help+", mail["Reply-To"])


class Clock(Sending):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False)

    def setUp(self):
        pass

    def test_snoozes_end_and_old_capabilities_go(self):
        of, later = self.conversation(), self.conversation()
        row = self.enqueue(of=of)
        self.execute(f"""
            UPDATE tickets SET snoozed_until = now() - interval '1 minute'
            WHERE id = '{of["id"]}';
            UPDATE tickets SET snoozed_until = now() + interval '1 day'
            WHERE id = '{later["id"]}';
            INSERT INTO capabilities (tenant_id, id, kind, conversation_id, person_id,
                                      token_digest, expires_at)
            SELECT tenant_id, gen_random_uuid(), 'reply', '{of["id"]}', '{of["person"]}',
                   sha256(days::text::bytea), now() - make_interval(days => days)
            FROM tickets, unnest(ARRAY[1, 29, 31, 400]) AS days
            WHERE id = '{of["id"]}';
            UPDATE outbox SET capability_id = (SELECT id FROM capabilities
                                               ORDER BY expires_at LIMIT 1)
            WHERE id = '{row}'""")
        self.desk.start()
        wait_until(lambda: self.desk.value(
            "SELECT count(*) FROM capabilities") == 2, 20, "the old ones to go")
        self.assertEqual(self.desk.sql(
            "SELECT conversation_id, door FROM events WHERE kind = 'unsnoozed'"),
            [{"conversation_id": of["id"], "door": "clock"}])
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM tickets WHERE snoozed_until IS NOT NULL"), 1)
        self.assertIsNone(self.row(row)["capability_id"])


if __name__ == "__main__":
    harness.main()
