"""portald under clients that come and go: pages that live a moment, an end in the middle, a
database that goes away and comes back, and readers that do not read."""
# tests/run: timeout 900
import random
import re
import socket
import struct
import threading
import time
from pathlib import Path

import harness
from test_live import MAIL, Stream

ADA = "ada@customer.example"


class ComeAndGo(harness.TestCase):
    mails = 0

    def setUp(self):
        super().setUp()
        self.desk = self.servers.desk(portal="rate_factor = 0")  # one person, often
        self.desk.start_portal()
        self.ada = self.desk.session(ADA)

    def connect(self, receive=None):
        s = socket.socket()
        self.addCleanup(s.close)
        if receive:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        s.settimeout(10)
        s.connect(("127.0.0.1", self.desk.portal_port))
        return s

    def request(self, path, method="GET", more=""):
        return (f"{method} {path} HTTP/1.1\r\nHost: desk.example\r\nCookie: "
                f"{self.ada['Cookie']}\r\n{more}\r\n").encode()

    def mail(self, number=None):
        type(self).mails += 1
        more = f"In-Reply-To: <{number}@customer.example>\r\n" if number else ""
        self.desk.accept(MAIL.format(subject="Printer", more=more, text="It smokes.",
                                     id=f"{self._testMethodName}{self.mails}"))

    def open_and_close(self, times, path="/live"):
        """Open a live page and leave it at any moment, politely or not."""
        for _ in range(times):
            try:
                with socket.create_connection(("127.0.0.1", self.desk.portal_port), 5) as s:
                    s.sendall(self.request(path, random.choice(("GET", "GET", "HEAD"))))
                    how = random.randrange(4)
                    if how > 0:
                        time.sleep(random.uniform(0, 0.03))
                    if how > 1:
                        s.recv(200)
                    if how > 2:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack("ii", 1, 0))
            except OSError:
                pass

    def crowd(self, times, n=4):
        threads = [threading.Thread(target=self.open_and_close, args=(times,))
                   for _ in range(n)]
        for thread in threads:
            thread.start()
        return threads

    def live_pages(self):
        text = self.desk.http("/metrics")[2].decode()
        return int(text.split("\npostern_live_pages ")[1].split("\n")[0])

    def test_pages_that_live_a_moment(self):
        threads = self.crowd(120)
        while any(t.is_alive() for t in threads):
            self.mail()
            time.sleep(0.05)
        self.assertTrue(self.desk.portal.running(), self.desk.portal.tail())
        stream = Stream(self.desk, self.ada)
        stream.read("retry: 2000")
        self.mail()
        stream.read("event: message")
        harness.wait_until(lambda: self.live_pages() <= 1, 60, "the pages to be forgotten",
                           pause=0.5)
        stream.close()
        self.assertEqual(self.desk.portal.stop(), 0)

    def test_an_end_in_the_middle(self):
        for _ in range(4):
            threads = self.crowd(40)
            for _ in range(3):
                self.mail()
            time.sleep(random.uniform(0.05, 0.4))
            start = time.monotonic()
            self.assertEqual(self.desk.portal.stop(), 0)
            self.assertLess(time.monotonic() - start, 12)
            for thread in threads:
                thread.join()
            self.desk.start_portal()

    def test_hang_up_while_it_waits(self):
        """Hundreds wait for a worker, behind rows that are locked; half of them are gone, some
        in the middle of a second request, when their answer comes; then the same, and TERM."""
        for end in (False, True):
            self.desk.postgres.execute(
                "UPDATE sessions SET last_seen_at = now() - interval '5 min'",
                self.desk.database)
            with self.desk.postgres.session(self.desk.database) as run:
                run("BEGIN; SELECT FROM sessions FOR UPDATE;")
                waiting = [self.connect() for _ in range(300)]
                for i, s in enumerate(waiting):
                    s.sendall(self.request("/tickets") + (b"GET /tick" if i % 3 else b""))
                time.sleep(0.5)
                for s in waiting[::2]:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    s.close()
                stopping = threading.Thread(target=self.desk.portal.stop)
                if end:
                    stopping.start()
                    time.sleep(0.5)
                run("ROLLBACK;")
            answers = [s.recv(12) for s in waiting[1::2]]
            self.assertEqual(set(answers), {b"HTTP/1.1 200"})
            if end:
                stopping.join()
                self.assertEqual(self.desk.portal.popen.returncode, 0)

    def test_the_database_goes_and_comes_back(self):
        streams = [Stream(self.desk, self.ada) for _ in range(5)]
        for stream in streams:
            stream.read("retry: 2000")
        for round_ in range(2):
            self.servers.postgres.stop("immediate" if round_ else "fast")
            start = time.monotonic()
            self.assertEqual(self.desk.http("/readyz")[0], 503)
            self.assertEqual(self.desk.http("/tickets", headers=self.ada)[0], 503)
            status, headers, _ = self.desk.http("/live", headers=self.ada)
            self.assertEqual((status, headers["Retry-After"]), (503, "5"))
            self.assertLess(time.monotonic() - start, 10)
            self.servers.postgres.start()
            harness.wait_until(lambda: self.desk.http("/readyz")[0] == 200, 20, "readiness")
            for stream in streams:
                stream.text = ""
            harness.wait_until(self.is_accepted, 30, "maild to take mail again", pause=0.5)
            for stream in streams:  # the very same connections
                stream.read("event: message", 60)
        for stream in streams:
            stream.close()

    def is_accepted(self):
        try:
            self.mail()
        except (AssertionError, OSError):
            return False
        return True

    def test_readers_that_do_not_read(self):
        page = self.desk.http("/", headers=self.ada)[2].decode()
        asset = re.search(r'"(/static/[^"]*postern.css)"', page)[1]
        stuck = []
        for n in range(60):
            s = self.connect(receive=2048)
            s.settimeout(0.5)
            try:
                if n % 3 == 0:
                    s.sendall(self.request("/live"))
                else:
                    s.sendall(self.request(asset) * 100)
            except TimeoutError:
                pass
            stuck.append(s)
        for _ in range(10):
            self.mail()
            start = time.monotonic()
            self.assertEqual(self.desk.http("/tickets", headers=self.ada)[0], 200)
            self.assertLess(time.monotonic() - start, 5)
        start = time.monotonic()
        self.assertEqual(self.desk.portal.stop(timeout=30), 0)  # they do not hold it up
        self.assertLess(time.monotonic() - start, 15)

    def test_bodies_that_end_in_the_middle(self):
        """Of all sizes, with the connection gone; no file of a spooled body stays open for
        longer than a client that says nothing is waited for."""
        def files():
            return sum(1 for _ in Path(f"/proc/{self.desk.portal.pid}/fd").iterdir())
        before = files()
        head = ("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n"
                "X-CSRF-Token: x\r\n")
        for n in range(30):
            with socket.create_connection(("127.0.0.1", self.desk.portal_port), 5) as s:
                s.sendall(self.request("/api/v1/portal/uploads", "POST", head))
                s.sendall(b"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
                          + bytes(n * 20000))
        harness.wait_until(lambda: files() <= before + 8, 60, "the files to be closed",
                           pause=0.5)
        self.assertEqual(self.desk.http("/healthz")[0], 200)


if __name__ == "__main__":
    harness.main()
