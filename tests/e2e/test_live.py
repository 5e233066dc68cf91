"""Live pages: what happens at the desk reaches an open page as server-sent events."""
import socket
import time

import harness

MAIL = ("From: Ada <ada@customer.example>\r\nTo: support@desk.example\r\n"
        "Subject: {subject}\r\nMessage-ID: <{id}@customer.example>\r\n{more}\r\n{text}\r\n")


class Stream:
    """A page's connection to /live."""

    def __init__(self, desk, fields, path="/live"):
        self.socket = socket.create_connection(("127.0.0.1", desk.portal_port), 10)
        lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
        self.socket.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: desk.example\r\n" + "".join(lines)
             + "\r\n").encode())
        self.text = ""

    def read(self, until, timeout=10):
        """All that came up to now, once `until` is in it."""
        end = time.monotonic() + timeout
        while until not in self.text:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError as slow:
                raise AssertionError(f"no {until!r} in {self.text!r}") from slow
            if not data:
                raise AssertionError(f"ended without {until!r}: {self.text!r}")
            self.text += data.decode()
        return self.text

    def close(self):
        self.socket.close()


class Live(harness.TestCase):
    mails = 0

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk()
        cls.desk.start_portal()

    def open(self, address, **fields):
        stream = Stream(self.desk, self.desk.session(address) | fields)
        self.addCleanup(stream.close)
        stream.read("retry: 2000")
        return stream

    def mail(self, text, number=None):
        type(self).mails = self.mails + 1
        more = f"In-Reply-To: <{number}@customer.example>\r\n" if number else ""
        self.desk.accept(MAIL.format(subject="Printer", more=more, text=text,
                                     id=f"{self._testMethodName}{self.mails}"))

    def test_nobody_gets_none(self):
        status, headers, _ = self.desk.http("/live")
        self.assertEqual((status, headers["Location"]), (303, "/sign-in?next=/live"))

    def test_a_mail_reaches_who_takes_part_and_nobody_else(self):
        ada = self.open("ada@customer.example")
        agent = self.open("anna@desk.example")
        eve = self.open("eve@customer.example")
        self.mail("It smokes.")
        self.assertIn("200 OK", ada.text)
        self.assertIn("text/event-stream", ada.text)
        said = ada.read("event: message")
        conversation = self.desk.value(
            "SELECT conversation_id FROM messages ORDER BY created_at DESC LIMIT 1")
        self.assertIn(f'"conversation":"{conversation}"', said)
        agent.read(str(conversation))
        eve.socket.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            eve.socket.recv(1000)
        self.assertNotIn("event:", eve.text)

    def test_what_was_missed_comes_first(self):
        ada = self.open("ada@customer.example")
        self.mail("One.")
        ada.read("event: message")
        last = ada.text.rsplit("id: ", 1)[1].split("\n")[0]
        ada.close()
        self.mail("Two.")
        self.desk.wait_ingested()
        again = self.open("ada@customer.example", **{"Last-Event-ID": last})
        again.read("event: message", 3)
        strange = self.open("eve@customer.example", **{"Last-Event-ID": last})
        strange.socket.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            strange.socket.recv(1000)

    def test_a_signed_link_hears_of_its_own_ticket_alone(self):
        self.mail("Look here.")
        link = self.desk.wait_mail(to="ada@customer.example", contains="/t/").text \
            .split("/t/")[1].split()[0]
        stream = Stream(self.desk, {}, f"/t/{link}/live")
        self.addCleanup(stream.close)
        stream.read("retry: 2000")
        self.mail("Another one, elsewhere.")
        self.desk.wait_ingested()
        stream.socket.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            stream.socket.recv(1000)
        status, _, _ = self.desk.http(f"/t/{'a' * 24}/live")
        self.assertIn(status, (303, 401, 404, 410))

    def test_a_malformed_last_event_is_no_harm(self):
        self.open("ada@customer.example", **{"Last-Event-ID": "'; DROP TABLE events"})

    def test_the_end_of_the_server_ends_the_stream(self):
        desk = self.servers.desk(start=False, database="other")
        desk.start_portal()
        streams = [Stream(desk, desk.session("ada@customer.example")) for _ in range(20)]
        for stream in streams:
            stream.read("retry: 2000")
        start = time.monotonic()
        self.assertEqual(desk.portal.stop(), 0)
        self.assertLess(time.monotonic() - start, 4)
        for stream in streams:
            stream.socket.settimeout(5)
            while stream.socket.recv(4096):
                pass
            stream.close()

    def test_metrics_count_the_pages(self):
        before = self.count()
        stream = self.open("ada@customer.example")
        self.assertEqual(self.count(), before + 1)
        stream.close()
        self.mail("Wake it.")
        harness.wait_until(lambda: self.count() <= before, 20, "the page to be forgotten")

    def count(self):
        text = self.desk.http("/metrics")[2].decode()
        return int(text.split("\npostern_live_pages ")[1].split("\n")[0])


if __name__ == "__main__":
    harness.main()
