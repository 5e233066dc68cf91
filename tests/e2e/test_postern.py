"""./postern itself: up, a second up, send, status, psql, down, beside another desk."""
# tests/run: alone
# tests/run: timeout 900
import os
import re
import subprocess
import unittest

import harness


class Postern(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.var = cls.servers.directory / "var"
        cls.environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PG", "POSTERN_"))
        } | {"POSTERN_VAR": str(cls.var), "POSTERN_LMTP_PORT": str(harness.free_port()),
             "POSTERN_PORTAL_PORT": str(harness.free_port())}
        cls.addClassCleanup(cls.postern, "down", check=False)

    @classmethod
    def postern(cls, *argv, check=True, **options):
        done = subprocess.run([harness.TOP / "postern", *argv], env=cls.environment,
                              capture_output=True, text=True, timeout=800, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"./postern {' '.join(argv)}: {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def test_1_up_shows_the_job(self):
        shown = self.postern("up").stdout
        for part in (r"\d+ ms  accepted", r"\d+ ms  ticket #1, open",
                     r"\d+ ms  acknowledgement to ada@customer.example",
                     r"\d+ ms  notice to anna@desk.example",
                     r"\d+ ms  notice to ben@desk.example",
                     r"\d+ ms  answer to ada@customer.example",
                     r"From: +.*support\S*@desk.example", r"To: +.*ada@customer.example",
                     r"hold its left button for ten seconds", r"swaks", r"mutt -f"):
            self.assertRegex(shown, part)
        self.assertNotIn("\033[", shown)  # no colours where nobody sees them

    def test_2_up_again_keeps_what_is_there(self):
        shown = self.postern("up").stdout
        self.assertRegex(shown, r"ticket #2, open")
        count = self.postern("psql", "-XAtc", "SELECT count(*) FROM tickets").stdout
        self.assertEqual(count, "2\n")

    def test_3_send_and_status(self):
        mail = harness.write(self.servers.directory / "own.eml",
                             harness.mail(subject="my own", sender="eve@customer.example"))
        self.assertIn("support@desk.example: 250", self.postern("send", str(mail)).stdout)
        outbox = harness.Maildir(self.var / "outbox")
        outbox.wait_mail(to="eve@customer.example")
        status = self.postern("status").stdout
        self.assertRegex(status, r"maild: +running, pid \d+")
        self.assertRegex(status, r"portald: +running, pid \d+")

    def test_4_nothing_runs_as_root(self):
        for name in ("maild", "portald"):
            pid = (self.var / f"{name}.pid").read_text().strip()
            status = open(f"/proc/{pid}/status").read()
            self.assertNotEqual(re.search(r"Uid:\s+(\d+)", status)[1], "0")

    def test_5_down_stops_all(self):
        pids = [(self.var / f"{n}.pid").read_text().strip() for n in ("maild", "portald")]
        pids.append((self.var / "pg" / "postmaster.pid").read_text().split()[0])
        self.postern("down")
        for pid in pids:
            self.assertFalse(harness.alive(int(pid)), pid)
        self.assertIn("not running", self.postern("status", check=False).stdout)

    def test_6_wrong_use_is_said(self):
        done = self.postern("fly", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no verb fly", done.stderr)
        for verb in ("build", "up", "down", "status", "send", "psql", "logs", "test",
                     "check", "bench"):
            self.assertGreater(len(self.postern("help", verb).stdout), 20, verb)


if __name__ == "__main__":
    harness.main()
