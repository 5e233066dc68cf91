"""portald under requests that were changed at random: good ones of every kind, with bytes
turned, taken out, doubled and mixed with each other's. Nothing answers 5xx, nothing is read
or written where it must not be. POSTERN_SEED repeats a run, POSTERN_SECONDS lengthens it."""
# tests/run: timeout 900
import os
import random
import socket
import threading
import time

import harness
from attack_case import ADA, SUPPORT, AttackCase

SECONDS = float(os.environ.get("POSTERN_SECONDS", "15"))
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PIECES = (b"\r\n", b"\0", b"\xff", b"%00", b"%ff", b"%", b":", b";", b",", b"=", b'"', b"\t",
          b" ", b"\n", b"-1", b"99999999999999999999", b"{", b"[", b"null", b"\\u0000",
          b"\\ud800", b"../", b"//", b"\xc3\xa4", b"\xe2\x80\xae", b"HEAD", b"HTTP/1.0",
          b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Host: x\r\n",
          b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"ffffffffffffffff", b"--b")
PARTS = ('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type:'
         ' text/plain\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nhi'
         '\r\n--b--\r\n')


def changed(chance, requests):
    """One of them, with up to six changes."""
    data = bytearray(chance.choice(requests))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 6))):
        at, other = chance.randrange(len(data) + 1), chance.choice(requests)
        piece = chance.choice(PIECES)
        match chance.randrange(6):
            case 0:
                data[at:at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at:at] = piece
            case 2:
                del data[at:at + chance.choice((1, 1, 2, 8, 40))]
            case 3:
                data[at:at] = data[chance.randrange(len(data) + 1):][:300]
            case 4:
                data[at:] = other[chance.randrange(len(other)):]
            case 5:
                data[at:at + len(piece)] = piece
    return bytes(data)


class Bytes(AttackCase):
    def reads(self, message, ticket):
        ours = (
            "/", "/tickets?q=a&status=open", "/tickets/1", "/messages?q=a&archived=1",
            f"/tickets/1/messages/{message}/view?images=1", "/sign-in?next=/tickets",
            f"/tickets/1/messages/{message}/parts/1/preview", "/tickets/1/export.pdf",
            "/live", "/api/v1/portal/tickets?limit=1&sort=created", "/brand.css", "/sw.js",
            f"/api/v1/portal/tickets/{ticket}", "/notifications?unread=1", "/account/texts")
        admins = ("/admin", "/admin/people?q=a&role=agent", "/admin/templates/answer",
                  f"/api/v1/desk/tickets/{ticket}", "/api/v1/desk/search?q=words")
        fields = ("Accept: text/html\r\nAccept-Language: de,en;q=0.5\r\nAccept-Encoding: gzip"
                  f"\r\nIf-None-Match: \"a\"\r\nRange: bytes=0-5\r\nLast-Event-ID: {message}\r\n")
        for paths, who in ((ours, self.ada), (admins, self.zoe)):
            for path in paths:
                yield (f"GET {path} HTTP/1.1\r\n{self.host}Cookie: session={who.cookie}; a=b"
                       f"\r\n{fields}\r\n")

    def writes(self, message, ticket):
        for path, body, type_ in (
                ("/tickets/1/reply", PARTS, "multipart/form-data; boundary=b"),
                ("/api/v1/portal/uploads", PARTS, "multipart/form-data; boundary=b"),
                ("/tickets", "subject=a&text=b&category=billing&priority=high", FORM),
                ("/api/v1/portal/tickets", '{"subject": "a", "text": "b", "uploads": '
                 f'["{message}"], "fields": {{"k": 1}}}}', JSON),
                ("/api/v1/portal/preview", '{"markdown": "**a** [b](c) <d> | e |"}', JSON),
                ("/sign-in", "address=q@x.example&next=/", FORM),
                ("/api/v1/auth/refresh", '{"refresh_token": "pr_a"}', JSON),
                (f"/api/v1/portal/tickets/{ticket}/rate", '{"rating": 5}', JSON),
                ("/account", "name=a&locale=de&time_zone=Europe%2FBerlin&theme=dark", FORM),
                ("/account/notifications", "digest=daily&digest_hour=7", FORM)):
            head = (f"POST {path} HTTP/1.1\r\n{self.host}Cookie: session={self.ada.cookie}\r\n"
                    f"X-CSRF-Token: {self.token}\r\nContent-Type: {type_}\r\n"
                    "Idempotency-Key: k\r\nIf-Match: \"x\"\r\n")
            yield f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
            yield (f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n"
                   "0\r\n\r\n")

    def send(self, chance, requests, end):
        while time.monotonic() < end and self.desk.portal.running():
            data = changed(chance, requests)
            try:
                with socket.create_connection(("127.0.0.1", self.desk.portal_port), 5) as s:
                    s.settimeout(chance.choice((0.02, 0.15, 0.15)))
                    s.sendall(data)
                    if chance.random() < 0.5:
                        s.shutdown(socket.SHUT_WR)
                    status = s.recv(12)[9:12]
            except OSError:
                status = b"---"
            self.counts[status] = self.counts.get(status, 0) + 1
            if status[:1] == b"5" and status != b"505":
                self.failed.append(data)

    def test_requests_changed_at_random(self):
        self.desk.accept((f"From: {ADA}\r\nTo: {SUPPORT}\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
                          "Content-Type: text/html\r\n\r\n<p>words <img src=cid:x></p>\r\n"),
                         sender=ADA)
        self.desk.wait_tickets(1)
        self.ada, self.zoe = self.sign_in(ADA, "Ada"), self.admin()
        self.token, self.counts, self.failed = self.ada.token(), {}, []
        self.host = f"Host: 127.0.0.1:{self.desk.portal_port}\r\n"
        ids = (self.desk.value("SELECT id FROM messages"),
               self.desk.value("SELECT id FROM tickets"))
        requests = [r.encode() for r in (*self.reads(*ids), *self.writes(*ids))]
        seed = int(os.environ.get("POSTERN_SEED", time.time_ns() % 10**9))
        end = time.monotonic() + SECONDS
        threads = [threading.Thread(target=self.send, args=(
            random.Random(seed + n), requests, end)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"# POSTERN_SEED={seed}: {sum(self.counts.values())} requests, {self.counts}")
        self.assertEqual(self.failed[:3], [])
        self.assertGreater(self.counts.get(b"200", 0), 20)
        self.assert_alive()
        self.desk.check_sanitizers()


if __name__ == "__main__":
    harness.main()
