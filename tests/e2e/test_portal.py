"""portald on real sockets: what it answers, what it refuses, how it ends."""
import base64
import concurrent.futures
import hashlib
import hmac
import socket
import struct
import time
import uuid

import harness


class Portal(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False)
        cls.desk.start_portal()

    def raw(self, text):
        """What comes back for these very bytes, until the server hangs up (or 2 s)."""
        with socket.create_connection(("127.0.0.1", self.desk.portal_port), 5) as s:
            s.settimeout(2)
            s.sendall(text.encode())
            answer = b""
            try:
                while data := s.recv(65536):
                    answer += data
            except TimeoutError:
                answer += b"<still open>"
            return answer.decode()

    def test_pages_and_health(self):
        for path, status, type_, part in (
                ("/", 200, "text/html; charset=utf-8", b"works by mail"),
                ("/healthz", 200, "text/plain; charset=utf-8", b"ok"),
                ("/readyz", 200, "text/plain; charset=utf-8", b"ready"),
                ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8",
                 b"postern_http_requests_total"),
                ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8",
                 b'postern_inbound{state="new"} 0\n'),
                ("/nowhere", 404, "application/problem+json", b"Not Found"),
                ("/healthz/", 404, "application/problem+json", b"Not Found")):
            with self.subTest(path):
                got, headers, body = self.desk.http(path)
                self.assertEqual((got, headers["Content-Type"]), (status, type_))
                self.assertIn(part, body)
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Frame-Options"], "DENY")

    def test_head_has_the_fields_and_no_body(self):
        status, headers, body = self.desk.http("/", "HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 100)

    def test_other_methods(self):
        status, headers, _ = self.desk.http("/", "DELETE")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        status, headers, _ = self.desk.http("/", "OPTIONS")
        self.assertEqual((status, headers["Allow"]), (204, "GET, HEAD, OPTIONS"))
        status, _, _ = self.desk.http("/", "POST", body=b"x" * 100000)
        self.assertEqual(status, 405)
        status, _, _ = self.desk.http("/healthz", "GET", body=b"x")
        self.assertEqual(status, 413)

    def test_ambiguous_requests_end_the_connection(self):
        smuggled = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
        for name, request in {
            "two lengths": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"
                           f"Content-Length: 5\r\n\r\n{smuggled}",
            "both kinds": "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                          f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
            "space before the colon": "GET / HTTP/1.1\r\nHost: h\r\n"
                                      f"Content-Length : 5\r\n\r\n{smuggled}",
            "two hosts": f"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{smuggled}",
            "no host": f"GET / HTTP/1.1\r\n\r\n{smuggled}",
        }.items():
            with self.subTest(name):
                answer = self.raw(request)
                self.assertTrue(answer.startswith("HTTP/1.1 400 "), answer)
                self.assertEqual(answer.count("HTTP/1.1 "), 1, answer)
                self.assertNotIn("<still open>", answer)

    def test_large_headers_are_refused(self):
        answer = self.raw("GET / HTTP/1.1\r\nHost: h\r\nX-A: " + "a" * 70000 + "\r\n\r\n")
        self.assertRegex(answer, r"^HTTP/1\.1 (431|400|413|414) ")

    def test_the_log_has_patterns_not_paths(self):
        self.desk.http("/healthz?token=geheim")
        harness.wait_until(
            lambda: "route=/healthz" in self.desk.portal.log.read_text(), 5, "a log line")
        self.assertNotIn("geheim", self.desk.portal.log.read_text())


class Attachments(harness.TestCase):
    """Links to a file, signed here as common/desk/capability.c says."""

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False)
        cls.desk.start_portal()
        cls.tenant = cls.desk.value(
            f"SELECT id FROM tenants WHERE name = '{cls.desk.tenant}'")
        cls.key = (cls.desk.directory / "secret").read_bytes().strip()

    def store(self, content, name="report.pdf", type_="application/pdf"):
        """A message with one attachment: (conversation, person, message)."""
        ids = conversation, person, inbound, message = [str(uuid.uuid4()) for _ in range(4)]
        del ids
        body = base64.encodebytes(content)
        raw = b"Subject: s\r\n\r\n" + body
        self.desk.postgres.execute(f"""
            INSERT INTO people (tenant_id, id) VALUES ('{self.tenant}', '{person}');
            INSERT INTO conversations (tenant_id, id, queue_id, channel, subject)
            SELECT '{self.tenant}', '{conversation}', id, 'mail', 's' FROM queues;
            INSERT INTO inbound (tenant_id, id, door, size, raw, state) VALUES
            ('{self.tenant}', '{inbound}', 'lmtp', {len(raw)}, '\\x{raw.hex()}', 'done');
            INSERT INTO messages (tenant_id, id, conversation_id, inbound_id, author_id,
                author_address, author_role, message_id, body_sha256, subject, text,
                received_at)
            VALUES ('{self.tenant}', '{message}', '{conversation}', '{inbound}',
                '{person}', 'c@x.example', 'customer', '{message}', '\\x00', 's', '',
                now());
            INSERT INTO parts (tenant_id, message_id, ordinal, path, content_type,
                encoding, name, is_inline, is_body, raw_offset, raw_length, size, sha256)
            VALUES ('{self.tenant}', '{message}', 1, '1', '{type_}', 'base64', '{name}',
                false, false, 14, {len(body)}, {len(content)}, '\\x00')""",
            self.desk.database)
        return conversation, person, message

    def link(self, ids, kind=2, ordinal=1, seconds=3600, key=None):
        """Make the capability's row; the path that opens it."""
        conversation, person, message = ids
        capability = str(uuid.uuid4())
        expires = (int(time.time()) + seconds) * 1000000
        row = struct.pack("<16s16s16s16s16s16sqqq", b"token", *(
            uuid.UUID(i).bytes for i in (self.tenant, capability, conversation, person,
                                         message)), kind, ordinal, expires)
        mac = hmac.digest(key or self.key, row, "sha256")[:15]
        token = base64.b32encode(mac).decode().lower()
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.desk.postgres.execute(f"""
            INSERT INTO capabilities (tenant_id, id, kind, conversation_id, person_id,
                object_id, ordinal, token_digest, expires_at)
            VALUES ('{self.tenant}', '{capability}', '{("reply", "view", "part")[kind]}',
                '{conversation}', '{person}', '{message}', {ordinal}, '\\x{digest}',
                to_timestamp({expires // 1000000}))""", self.desk.database)
        return f"/attachments/{token}"

    def test_the_file_comes_as_a_download(self):
        content = bytes(range(256)) * 500
        path = self.link(self.store(content, name="Übersicht \"1\".pdf"))
        status, headers, body = self.desk.http(path)
        self.assertEqual((status, body), (200, content))
        self.assertEqual(headers["Content-Type"], "application/pdf")
        self.assertRegex(headers["Content-Disposition"],
                         r"^attachment; filename=\"[\w.-]+\"; "
                         r"filename\*=UTF-8''%C3%9Cbersicht%20%221%22.pdf$")
        self.assertEqual(headers["Content-Security-Policy"],
                         "sandbox; default-src 'none'")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        status, headers, body = self.desk.http(path.upper().replace("ATTACHMENTS",
                                                                    "attachments"), "HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertEqual(int(headers["Content-Length"]), len(content))

    def test_the_whole_message_as_it_came(self):
        path = self.link(self.store(b"content"), ordinal=0)
        status, headers, body = self.desk.http(path)
        self.assertEqual((status, body), (200, b"Subject: s\r\n\r\n"
                                          + base64.encodebytes(b"content")))
        self.assertEqual(headers["Content-Type"], "message/rfc822")
        self.assertEqual(headers["Content-Disposition"],
                         "attachment; filename=\"message.eml\"; "
                         "filename*=UTF-8''message.eml")

    def test_a_strange_type_is_not_passed_on(self):
        path = self.link(self.store(b"<p>", name="", type_="text/html; x=\u00e9"))
        _, headers, body = self.desk.http(path)
        self.assertEqual(body, b"<p>")
        self.assertEqual(headers["Content-Type"], "application/octet-stream")
        self.assertTrue(headers["Content-Disposition"].startswith(
            'attachment; filename="attachment"'))

    def test_what_opens_nothing(self):
        ids = self.store(b"secret")
        for name, path, status in (
                ("unknown", "/attachments/" + "a" * 24, 404),
                ("no token", "/attachments/x", 404),
                ("expired", self.link(ids, seconds=-10), 410),
                ("another key", self.link(ids, key=b"k" * 64), 404),
                ("a reply address", self.link(ids, kind=0), 404),
                ("a part that is not there", self.link(ids, ordinal=7), 404)):
            with self.subTest(name):
                got, headers, body = self.desk.http(path)
                self.assertEqual(got, status)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                self.assertNotIn(b"secret", body)


class PortalLife(harness.TestCase):
    def test_database_away_and_back(self):
        desk = self.servers.desk(start=False, people=False)
        desk.start_portal()
        self.assertEqual(desk.http("/readyz")[0], 200)
        self.servers.postgres.stop()
        self.assertEqual(desk.http("/readyz")[0], 503)
        self.assertEqual(desk.http("/healthz")[0], 200)
        self.servers.postgres.start()
        harness.wait_until(lambda: desk.http("/readyz")[0] == 200, 10, "readiness")

    def test_an_empty_database_is_refused(self):
        desk = self.servers.desk(start=False, people=False)
        self.servers.postgres.create("empty")
        desk.configure(portal_url=self.servers.postgres.conninfo("empty"))
        with self.assertRaisesRegex(AssertionError, "maild migrate"):
            desk.start_portal()

    def test_a_taken_port_is_said(self):
        first = self.servers.desk(start=False, people=False)
        first.start_portal()
        second = self.servers.desk(start=False, people=False)
        second.configure(portal_port=first.portal_port)
        second.portal_port = harness.free_port()
        with self.assertRaisesRegex(AssertionError, "can't listen on"):
            second.start_portal()

    def test_a_slow_request_holds_up_no_other(self):
        """Two workers, one of which waits for a lock: the other answers; when both wait,
        what comes from memory is still there, and nobody's answer is lost."""
        desk = self.servers.desk(start=False, portal="threads = 2")
        desk.start_portal()
        headers = desk.session("anna@desk.example")
        desk.postgres.execute("UPDATE sessions SET last_seen_at = now() - interval '5 min'",
                              desk.database)

        def ask():
            return desk.http("/", headers=headers)[0]
        with (desk.postgres.session(desk.database) as run,
              concurrent.futures.ThreadPoolExecutor(8) as pool):
            run("BEGIN; SELECT FROM sessions FOR UPDATE;")
            slow = [pool.submit(ask)]
            harness.wait_until(lambda: self.waiting(desk) == 1, 10, "one that waits")
            for _ in range(8):
                self.assertEqual(desk.http("/readyz")[0], 200)
            slow += [pool.submit(ask) for _ in range(7)]
            harness.wait_until(lambda: self.waiting(desk) == 2, 10, "two that wait")
            self.assertEqual(desk.http("/healthz")[0], 200)
            run("ROLLBACK;")
            self.assertEqual([s.result() for s in slow], [200] * 8)

    def waiting(self, desk):
        return int(desk.value("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                              "current_database() AND wait_event_type = 'Lock'"))

    def test_term_ends_it_soon_with_an_idle_connection(self):
        desk = self.servers.desk(start=False, people=False)
        desk.start_portal()
        with socket.create_connection(("127.0.0.1", desk.portal_port)) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
            idle.recv(1000)
            start = time.monotonic()
            self.assertEqual(desk.portal.stop(), 0)
            self.assertLess(time.monotonic() - start, 3)


if __name__ == "__main__":
    harness.main()
