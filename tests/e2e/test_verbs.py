#!/usr/bin/env python3
"""add, quarantine, status, export: on a real database, without a running maild."""
import json
import mailbox
import uuid

import harness


class TheVerbs(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.desk = self.servers.desk(start=False)

    def run_verb(self, *argv, status=0):
        done = self.desk.maild(*argv, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def members(self, queue="support@desk.example"):
        return {row["address"] for row in self.desk.sql(
            "SELECT a.address FROM queues q JOIN memberships USING (tenant_id, team_id) "
            "JOIN addresses a USING (tenant_id, person_id) "
            f"WHERE q.address = '{queue}'")}

    def put_inbound(self, raw, state="quarantined", reason="it crashed the parser", tries=3):
        row = str(uuid.uuid4())
        self.desk.postgres.execute(
            "INSERT INTO inbound (tenant_id, id, door, peer, envelope_from, recipients, size, "
            "state, reason, tries, raw) SELECT id, "
            f"'{row}', 'lmtp', '127.0.0.1', 'ada@customer.example', "
            f"'{{support@desk.example}}', {len(raw)}, '{state}', '{reason}', {tries}, "
            f"'\\x{raw.hex()}' FROM tenants WHERE name = 'desk.example'", self.desk.database)
        return row

    def test_add(self):
        self.assertEqual(self.members(), {"anna@desk.example", "ben@desk.example"})
        for _ in range(2):  # each may be repeated
            self.run_verb("add", "tenant", "two.example", "--title", "Two", "--locale", "de")
            self.run_verb("add", "queue", "Hilfe@Bücher.example", "--tenant", "two.example",
                          "--name", "Hilfe", "--agents", "eva@two.example,udo@two.example")
            self.run_verb("add", "agent", "Eva@two.example", "--tenant", "two.example",
                          "--name", "Eva Ernst", "--team", "second line")
            self.run_verb("add", "alias", "help@two.example", "--queue",
                          "hilfe@bücher.example")
        self.assertEqual(self.members("hilfe@xn--bcher-kva.example"),
                         {"eva@two.example", "udo@two.example"})
        self.assertEqual(self.desk.sql("SELECT title, locale FROM tenants "
                                       "WHERE name = 'two.example'"),
                         [{"title": "Two", "locale": "de"}])
        self.assertEqual(self.desk.sql("SELECT name, role FROM people JOIN addresses a ON "
                                       "a.person_id = people.id WHERE address LIKE 'eva@%'"),
                         [{"name": "Eva Ernst", "role": "agent"}])
        self.assertEqual(self.desk.value("SELECT count(*) FROM queue_addresses"), 3)
        # what isn't named stays as it is
        self.assertEqual(self.run_verb("add", "tenant", "two.example"),
                         "tenant two.example is there\n")
        self.assertEqual(self.desk.value("SELECT title FROM tenants "
                                         "WHERE name = 'two.example'"), "Two")

    def test_order_does_not_matter(self):
        self.run_verb("add", "tenant", "two.example")
        self.run_verb("add", "agent", "eva@two.example", "--tenant", "two.example")
        self.run_verb("add", "queue", "help@two.example", "--tenant", "two.example")
        self.run_verb("add", "agent", "udo@two.example", "--tenant", "two.example")
        self.assertEqual(self.members("help@two.example"),
                         {"eva@two.example", "udo@two.example"})

    def test_add_refuses(self):
        self.run_verb("add", "tenant", "two.example")
        for argv, status, why in (
                (["queue", "a@x.example", "--tenant", "no.example"], 66,
                 "there is no tenant no.example: `maild add tenant no.example` makes it"),
                (["queue", "support@desk.example", "--tenant", "two.example"], 78,
                 "support@desk.example is a queue of another tenant"),
                (["alias", "x@desk.example", "--queue", "no@desk.example"], 66,
                 "there is no queue no@desk.example"),
                (["queue", "nonsense", "--tenant", "two.example"], 65,
                 "\"nonsense\" is no mail address"),
                (["tenant", "two words"], 65, "is no name for a tenant"),
                (["queue", "a@x.example"], 64, "see `maild help add`"),
                (["thing", "x"], 64, "see `maild help add`")):
            self.assertIn(why, self.run_verb("add", *argv, status=status))
        self.run_verb("add", "queue", "two@desk.example", "--tenant", "desk.example")
        self.assertIn("is an address of the queue two@desk.example", self.run_verb(
            "add", "alias", "two@desk.example", "--queue", "support@desk.example", status=78))

    def test_quarantine(self):
        self.assertEqual(self.run_verb("quarantine", "list"), "quarantine is empty\n")
        raw = b"Subject: bad\x1b[31m\r\n\r\n" + b"x" * 5000
        first, second = self.put_inbound(raw), self.put_inbound(b"Subject: two\r\n\r\n")
        listed = self.run_verb("quarantine", "list")
        self.assertIn(first, listed)
        self.assertIn("it crashed the parser", listed)
        shown = self.run_verb("quarantine", "show", first)
        self.assertIn("Subject: bad?[31m", shown)
        self.assertIn("bytes more", shown)
        self.assertEqual(self.run_verb("quarantine", "show", first, "--raw"),
                         raw.decode().replace("\r\n", "\n"))  # text mode reads CR LF so
        self.run_verb("quarantine", "retry", first)
        self.assertEqual(self.desk.sql(f"SELECT state, tries, reason FROM inbound "
                                       f"WHERE id = '{first}'"),
                         [{"state": "new", "tries": 0, "reason": None}])
        self.run_verb("quarantine", "drop", second)
        self.assertEqual(self.desk.sql(f"SELECT state, reason FROM inbound "
                                       f"WHERE id = '{second}'"),
                         [{"state": "ignored", "reason":
                           "dropped from quarantine: it crashed the parser"}])
        self.assertEqual([e["kind"] for e in self.desk.sql(
            "SELECT kind FROM events WHERE door = 'admin' ORDER BY id")],
            ["quarantine_retried", "quarantine_dropped"])
        for verb in ("show", "retry", "drop"):
            self.assertIn("isn't in quarantine",
                          self.run_verb("quarantine", verb, first, status=66))
            self.assertIn("is no id", self.run_verb("quarantine", verb, "x", status=65))
        self.run_verb("quarantine", status=64)

    def test_status(self):
        self.put_inbound(b"X: y\r\n\r\n", state="new", tries=0)
        self.put_inbound(b"X: y\r\n\r\n")
        self.desk.postgres.execute(
            "INSERT INTO mailboxes (tenant_id, id, queue_id, name, failing_since, last_error) "
            "SELECT tenant_id, id, id, 'google', now() - interval '3 hours', "
            "'no route\x1b to host' FROM queues", self.desk.database)
        status = json.loads(self.run_verb("status", "--json"))
        (tenant,) = status["tenants"]
        self.assertEqual(tenant["name"], "desk.example")
        self.assertEqual(tenant["inbound"]["waiting"], 1)
        self.assertEqual(tenant["quarantined"], 1)
        self.assertEqual(tenant["outbox"]["waiting"], 0)
        self.assertEqual([q["address"] for q in tenant["queues"]], ["support@desk.example"])
        self.assertEqual(tenant["mailboxes"][0]["last_contact"], None)
        shown = self.run_verb("status")
        self.assertIn("mail in     1 waiting (the oldest since ", shown)
        self.assertIn("1 in quarantine", shown)
        self.assertIn("google for support@desk.example: last contact -", shown)
        self.assertRegex(shown, r"failing since .*, 3 h ago: no route\? to host")

    def put_ticket(self, raw, tenant, number):
        """A ticket as ingest would have left it, with an answer sent."""
        ids = [str(uuid.uuid4()) for _ in range(5)]
        self.desk.postgres.execute(f"""
            WITH t AS (SELECT id FROM tenants WHERE name = '{tenant}'),
            p AS (INSERT INTO people (tenant_id, id) SELECT id, '{ids[0]}' FROM t),
            i AS (INSERT INTO inbound (tenant_id, id, door, envelope_from, size, raw,
                                       received_at, state)
                  SELECT id, '{ids[1]}', 'lmtp', 'ada@customer.example', 1,
                         '\\x{raw.hex()}', '2026-01-02 03:04:05Z', 'done' FROM t),
            c AS (INSERT INTO conversations (tenant_id, id, queue_id, channel, subject)
                  SELECT t.id, '{ids[2]}', q.id, 'mail', 's' FROM t
                  JOIN queues q ON q.tenant_id = t.id),
            k AS (INSERT INTO tickets (tenant_id, id, number, source, requester_id)
                  SELECT id, '{ids[2]}', {number}, 'email', '{ids[0]}' FROM t),
            m AS (INSERT INTO messages (tenant_id, id, conversation_id, inbound_id, author_id,
                      author_address, author_role, message_id, body_sha256, subject, text,
                      received_at)
                  SELECT id, '{ids[3]}', '{ids[2]}', '{ids[1]}', '{ids[0]}', 'a@b',
                         'customer', 'x@y', '\\x00', 's', 't', now() FROM t)
            INSERT INTO outbox (tenant_id, id, conversation_id, template, address, role,
                                automatic, state, bytes, envelope_from, finished_at)
            SELECT id, '{ids[4]}', '{ids[2]}', 'answer', 'ada@customer.example', 'requester',
                   false, 'sent', '\\x{b"Subject: answer".hex()}0d0a0d0a', '',
                   '2026-01-03 03:04:05Z' FROM t""", self.desk.database)

    def test_export(self):
        raw = harness.mail(subject="printer", text="From the start\n>From me\nend")
        self.put_ticket(raw, "desk.example", 7)
        self.assertIn("there is no ticket 8", self.run_verb("export", "8", status=66))
        self.assertIn("there is no ticket 7 of two.example",
                      self.run_verb("export", "7", "--tenant", "two.example", status=66))
        self.run_verb("export", "seven", status=64)
        path = self.servers.path("ticket.mbox")
        path.write_text(self.run_verb("export", "#7"))
        first, second = mailbox.mbox(path)
        self.assertEqual(first.get_from(), "ada@customer.example Fri Jan  2 03:04:05 2026")
        self.assertEqual(first["Subject"], "printer")
        self.assertEqual(first.get_payload(), ">From the start\n>>From me\nend\n")
        self.assertEqual(second["Subject"], "answer")
        self.assertTrue(second.get_from().startswith("MAILER-DAEMON "))
        self.run_verb("add", "tenant", "two.example")
        self.run_verb("add", "queue", "help@two.example", "--tenant", "two.example")
        self.put_ticket(raw, "two.example", 7)
        self.assertIn("2 tenants have a ticket 7", self.run_verb("export", "7", status=78))
        self.assertEqual(self.run_verb("export", "7", "--tenant", "desk.example"),
                         path.read_text())

    def test_other_schema_is_refused(self):
        self.desk.postgres.execute("INSERT INTO schema_migrations VALUES (9999, 'x', 'x')",
                                   self.desk.database)
        self.assertIn("install the newer release", self.run_verb("status", status=78))


if __name__ == "__main__":
    harness.main()
