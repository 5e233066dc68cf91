"""harness: real servers for one test case, all in one temporary folder.

    import harness

    class TheLoop(harness.TestCase):
        def test_a_mail_becomes_a_ticket(self):
            desk = self.servers.desk()
            desk.accept(harness.mail(subject="printer on fire"))
            desk.wait_tickets(1)
            desk.wait_mail(to="anna@desk.example")

    if __name__ == "__main__":
        harness.main()

Every server listens on 127.0.0.1 on a free port (PostgreSQL on a unix socket), runs as an
unprivileged user, and is stopped in reverse order, by its pid. When a test fails, the last
lines of every log are printed. `self.servers` is new for each test method; a class that
wants to share servers among its methods makes its own in setUpClass:

        cls.servers = cls.enterClassContext(harness.Servers())

main() prints TAP, one line a method; tests/run reads that. Arguments choose methods by
substring; -k keeps the folder.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from servers.certificates import Certificates
from servers.desk import Desk, Program
from servers.dovecot import Dovecot
from servers.maildir import Mail, Maildir, chosen
from servers.npm import npm_modules
from servers.postfix import Postfix
from servers.postgres import Postgres
from servers.process import (BUILD, TOP, USER, Process, accepts, alive, as_root, as_user,
                             children, folder, free_port, run_as_user, wait_until, write)
from servers.sink import Sink
from servers.tokens import TokenServer

__all__ = ["BUILD", "TOP", "USER", "Certificates", "Desk", "Dovecot", "Mail", "Maildir",
           "Postfix", "Postgres", "Process", "Program", "Servers", "Sink", "TestCase",
           "TokenServer", "accepts", "alive", "as_root", "as_user", "children", "chosen",
           "folder", "free_port", "mail", "main", "npm_modules", "run_as_user",
           "wait_until", "write"]


def mail(subject="printer on fire", text="It burns.", sender="ada@customer.example",
         to="support@desk.example", **headers):
    """A plain mail as bytes. More headers by name, `_` for `-`: In_Reply_To="<…>"; None
    leaves one out (Message_ID=None, Date=None)."""
    fields = {"From": sender, "To": to, "Subject": subject,
              "Date": format_datetime(datetime.now(timezone.utc)),
              "Message-ID": make_msgid(domain="client.example"), "MIME-Version": "1.0",
              "Content-Type": "text/plain; charset=utf-8",
              "Content-Transfer-Encoding": "8bit"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
    body = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return (head + "\r\n" + body + "\r\n").encode()


class Servers(contextlib.ExitStack):
    """The temporary folder and what runs in it; made on first use where shared."""

    def __init__(self):
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="postern-", dir="/tmp"))
        self.directory.chmod(0o755)
        self._counts = {}
        self._shared = {}
        self.failed = False
        self.keep = "-k" in sys.argv or "POSTERN_KEEP" in os.environ
        self.callback(self._remove)

    def _remove(self):
        if self.failed:
            self.show_logs()
        if self.keep:
            print(f"# kept: {self.directory}", file=sys.stderr)
            return
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.directory.exists():  # not root: Postfix's files are another's
            subprocess.run(as_root(["rm", "-rf", self.directory]), check=False)

    def show_logs(self):
        for log in sorted(self.directory.rglob("*.log")):
            if "Maildir" in log.parts:  # Dovecot's binary indexes
                continue
            with contextlib.suppress(OSError):
                lines = log.read_text(errors="replace").splitlines()[-40:]
                print(f"# --- {log.relative_to(self.directory)}", file=sys.stderr)
                print("".join(f"# {line}\n" for line in lines), file=sys.stderr, end="")

    def path(self, kind):
        """A name for one more of a kind: postgres, postgres2, …"""
        n = self._counts[kind] = self._counts.get(kind, 0) + 1
        return self.directory / (kind if n == 1 else f"{kind}{n}")

    def _once(self, name, make):
        if name not in self._shared:
            self._shared[name] = make()
        return self._shared[name]

    def _stopped(self, server):
        self.callback(server.stop)
        return server

    @property
    def certificates(self):
        return self._once("certificates", lambda: Certificates(self.path("tls")))

    @property
    def program(self):
        return self._once("program", lambda: Program(self.path("program")))

    @property
    def postgres(self):
        """The one that desk() uses unless told; new_postgres() makes another."""
        return self._once("postgres", self.new_postgres)

    def new_postgres(self, **options):
        return self._stopped(Postgres(self.path("postgres"), **options))

    def desk(self, **options):
        """One more Desk; each has a database of its own unless database= says so."""
        path = self.path("desk")
        options.setdefault("postgres", None)
        postgres = options.pop("postgres") or self.postgres
        options.setdefault("database", path.name)
        return self._stopped(Desk(path, postgres, self.program, **options))

    def dovecot(self, users, **options):
        if not isinstance(users, dict):
            users = {user: "secret" for user in users}
        return self._stopped(
            Dovecot(self.path("dovecot"), self.certificates, users, **options))

    def postfix(self, transports, **options):
        return self._stopped(
            Postfix(self.path("postfix"), self.certificates, transports, **options))

    def sink(self, **options):
        return self._stopped(Sink(**options))

    def tokens(self, users, **options):
        return self._stopped(TokenServer(self.certificates, users, **options))


class TestCase(unittest.TestCase):
    """A test with servers: self.servers is there when the method begins."""

    servers = None
    maxDiff = None

    def setUp(self):
        if type(self).servers is None:
            self.servers = self.enterContext(Servers())


class _Tap(unittest.TestResult):
    """Prints one TAP line a method, at once, with its time."""

    def startTest(self, test):
        super().startTest(test)
        self._start = time.monotonic()

    def _print(self, good, test, note=""):
        name = test.id().removeprefix("__main__.")
        spent = time.monotonic() - getattr(self, "_start", time.monotonic())
        print(f"{'ok' if good else 'not ok'} {self.testsRun} - {name} "
              f"({spent:.1f} s){note}", flush=True)

    def _bad(self, test, error):
        servers = getattr(test, "servers", None)
        if servers:
            servers.failed = True
        for line in "".join(traceback.format_exception(*error)).splitlines():
            print(f"# {line}")
        self._reported = test
        self._print(False, test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._print(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._bad(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._bad(subtest, err)

    def addSkip(self, test, reason):
        """Nothing here may be skipped: what can't run is a failure that says why."""
        super().addSkip(test, reason)
        self.failures.append((test, reason))
        self._print(False, test, f" # skipped: {reason}")


def main():
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    suite = unittest.TestSuite()
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    for group in loaded:
        suite.addTests(unittest.TestSuite([t for t in group if not wanted or any(
            w in t.id() for w in wanted)]))
    result = _Tap()
    suite.run(result)
    print(f"1..{result.testsRun}")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
