"""Mailboxes on a server that fails in every way that one can."""
import time
from pathlib import Path

import harness
from imap_case import ImapCase
from servers.imapd import DONE, KEEP


class Hostile(ImapCase):
    """Each of these once; then the server is honest and the mail comes in. Meanwhile the
    process stays small and does not spin."""

    def survive(self, command, what, words, capabilities=None, patience=40):
        options = {"capabilities": capabilities} if capabilities else {}
        server = self.fake(harness.mail(subject="one"), **options)
        server.behave(command, what, times=1)
        desk = self.desk(("support", self.plain(server, "poll = 5m")))
        row = self.wait_failing(desk, words) if words else None
        pid = desk.jobs().get("imap/support")
        self.wait_inbound(desk, 1, patience)
        self.assertEqual(pid or desk.jobs().get("imap/support"),
                         desk.jobs().get("imap/support"), "the process died")
        self.assertNotIn("ended by signal", desk.log.read_text())
        peak = self.peak(desk)
        self.assertLess(peak, 400, "MB of memory, with ASan")
        desk.stop()
        return row

    def peak(self, desk):
        """Peak resident memory of the imap process, in MB."""
        status = Path(f"/proc/{desk.jobs()['imap/support']}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    def test_cut_inside_a_literal(self):
        self.survive("BODY", lambda c, *_: c.send(
            b"* 1 FETCH (UID 1 BODY[] {5000}\r\nFrom: x\r\n"), "hung up")

    def test_endless_line(self):
        def flood(c, *_):
            try:
                while True:
                    c.send(b"a" * 65536)
            except OSError:
                pass
        self.survive("SEARCH", flood, "does not stop talking")

    def test_endless_greeting(self):
        def flood(c, *_):
            try:
                while True:
                    c.send(b"* OK " + b"a" * 65536)
            except OSError:
                pass
        self.survive("GREETING", flood, "does not stop talking")

    def test_nested_parentheses(self):
        self.survive("FETCH", lambda c, *_: c.send(
            b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 2000000 + b"\r\n"), "too deeply")

    def test_a_literal_larger_than_asked(self):
        self.survive("FETCH", lambda c, *_: c.send(
            b"* 1 FETCH (UID 1 BODY[] {4294967295}\r\n"), "more than it was asked for")

    def test_preauth(self):
        self.survive("GREETING", lambda c, *_: c.send(b"* PREAUTH hello\r\n")
                     or c.wait_closed(), "PREAUTH")

    def test_bye_as_greeting(self):
        self.survive("GREETING", lambda c, *_: c.send(b"* BYE too many\r\n"),
                     "goodbye: too many")

    def test_bye_while_idle(self):
        self.survive("IDLE", lambda c, *_: c.send(b"+ idling\r\n* BYE restarting\r\n"),
                     None)

    def test_bye_instead_of_an_answer(self):
        for command in ("CAPABILITY", "AUTHENTICATE", "SELECT", "SEARCH"):
            with self.subTest(command=command):
                self.survive(command, lambda c, *_: c.send(b"* BYE no\r\n"), "goodbye")

    def test_hang_up_at_every_command(self):
        for command in ("GREETING", "CAPABILITY", "AUTHENTICATE", "SELECT", "STORE"):
            with self.subTest(command=command):
                self.survive(command, lambda *_: None, "hung up")

    def test_garbage(self):
        for garbage in (b"\0\0\0\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n",
                        b"* \r\n", b"* OK [\r\n", b"* SEARCH x\r\n", b"+\r\n1 OK\r\n",
                        b"* 1 FETCH (UID x)\r\n", b"* CAPABILITY\r\n1 OK\r\n"):
            with self.subTest(garbage=garbage):
                self.survive("SEARCH", lambda c, *_: c.send(garbage), None)

    def test_capability_that_says_nothing(self):
        self.survive("CAPABILITY", lambda c, tag, _: c.send(tag + b" OK no\r\n"), None)

    def test_stall(self):
        self.survive("SEARCH", lambda c, *_: c.wait_closed(), None, patience=90)

    def test_idle_news_in_the_same_segment(self):
        """`+ idling` and EXISTS at once: libetpan's own wait would not see it."""
        server = self.fake(capabilities="IMAP4rev1 SASL-IR IDLE AUTH=PLAIN")

        def idle(c, tag, _):
            server.messages.append(harness.mail(subject="one"))
            c.send(b"+ idling\r\n* 1 EXISTS\r\n")
            c.line()
            c.send(b"* 1 EXISTS\r\n" + tag + b" OK done\r\n")
            return DONE
        server.behave("IDLE", idle)
        desk = self.desk(("support", self.plain(server, "poll = 5m")))
        self.wait_inbound(desk, 1, 10)

    def test_a_message_that_the_server_will_not_give(self):
        server = self.fake(*(harness.mail(subject=f"number {i}") for i in range(3)))

        def refuse(c, tag, line):
            if 2 not in server.uids(line.split()[2]):
                return KEEP
            c.send(tag + b" NO [SERVERBUG] can't\r\n")
            return DONE
        server.behave("BODY", lambda c, tag, line: KEEP if b"[HEADER]" in line
                      else refuse(c, tag, line), times=100)
        desk = self.desk(("support", self.plain(server)))
        self.wait_inbound(desk, 3)
        rows = desk.sql("SELECT truncated, convert_from(raw, 'UTF8') AS raw FROM inbound "
                        "ORDER BY id")
        self.assertEqual([r["truncated"] for r in rows], [False, True, False])
        self.assertIn("Subject: number 1", rows[1]["raw"])
        self.assertIn("could not be read", rows[1]["raw"])

    def test_stop_while_the_server_stalls(self):
        server = self.fake(harness.mail())
        server.behave("FETCH", lambda c, *_: c.wait_closed(), times=100)
        desk = self.desk(("support", self.plain(server)))
        harness.wait_until(lambda: server.count("FETCH"), 20, "the fetch")
        start = time.monotonic()
        desk.stop()
        self.assertLess(time.monotonic() - start, 8)


if __name__ == "__main__":
    harness.main()
