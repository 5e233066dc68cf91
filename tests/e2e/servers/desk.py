"""desk: maild (and portald) of the build under test, with a configuration, a database and
a Maildir as relay of its own."""
import base64
import hashlib
import http.client
import os
import re
import secrets
import shutil
import signal
import smtplib
import subprocess
import uuid
from pathlib import Path

from .maildir import Maildir
from .process import (BUILD, ROOT, TOP, USER, Process, accepts, alive, as_user, children,
                      folder, free_port, run_as_user, wait_until, write)

SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:")

ENVIRONMENT = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_stack_use_after_return=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "G_SLICE": "always-malloc",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}

CONFIG = """\
[database]
url = {url}
portal_url = {portal_url}
owner_url = {owner_url}

[desk]
instance = {instance}
templates = {templates}
migrations = {migrations}
secret_file = {secret}
authserv_id = {authserv}
log_level = {log_level}
metrics_file = {directory}/metrics.prom
{desk}

[lmtp]
listen = 127.0.0.1:{lmtp_port} unix:{directory}/lmtp
peers = 127.0.0.1
{lmtp}

[ingest]
processes = {ingest}

[send]
processes = {send}
reply_hold = {reply_hold}

[portal]
listen = 127.0.0.1:{portal_port}
base_url = http://127.0.0.1:{portal_port}
{portal}

[relay]
{relay}
"""


class Program:
    """Where the built programs, templates and migrations are, for our user to reach: in
    the build, or in a copy when the checkout is closed to them."""

    def __init__(self, directory):
        self.maild = BUILD / "maild" / "maild"
        self.portald = BUILD / "portald" / "portald"
        self.templates = TOP / "templates"
        self.migrations = TOP / "migrations"
        if ROOT and run_as_user(["test", "-r", self.maild], check=False).returncode != 0:
            directory = Path(directory)
            directory.mkdir(mode=0o755)
            for name in ("maild", "portald"):
                source = getattr(self, name)
                if source.exists():
                    setattr(self, name, Path(shutil.copy(source, directory / name)))
            for name in ("templates", "migrations"):
                copy = shutil.copytree(getattr(self, name), directory / name)
                setattr(self, name, Path(copy))


class Desk:
    """One maild on one database.

    relay: the lines of [relay]; default: a Maildir, read by .mails(), .wait_mail().
    extra: more sections, such as mailboxes. agents: whose notices of new tickets are on.
    start=False only sets up; people=False adds no tenant."""

    def __init__(self, directory, postgres, program, database="postern",
                 tenant="desk.example", queue="support@desk.example",
                 agents=("anna@desk.example", "ben@desk.example"), relay=None, extra="",
                 start=True, authserv="mx.desk.example", reply_hold="1s", ingest=1, send=1,
                 lmtp="", portal="", administrator=None, log_level="debug", instance=None,
                 people=True):
        self.directory = folder(directory)
        self.postgres = postgres
        self.program = program
        self.database = database
        self.tenant, self.queue, self.agents = tenant, queue, list(agents)
        self.lmtp_port, self.portal_port = free_port(), free_port()
        self.outbox = Maildir(self.directory / "outbox")
        self.log = self.directory / "maild.log"
        self.process = None
        self.portal = None
        write(self.directory / "secret", secrets.token_hex(32) + "\n")
        self.settings = {
            "directory": self.directory, "templates": program.templates,
            "migrations": program.migrations, "secret": self.directory / "secret",
            "authserv": authserv, "log_level": log_level,
            "instance": instance or self.directory.name,
            "desk": f"administrator = {administrator}" if administrator else "",
            "url": postgres.conninfo(database, "postern_maild"),
            "portal_url": postgres.conninfo(database, "postern_portald"),
            "owner_url": postgres.conninfo(database, "postgres"),
            "lmtp_port": self.lmtp_port, "portal_port": self.portal_port, "lmtp": lmtp,
            "portal": portal,
            "ingest": ingest, "send": send, "reply_hold": reply_hold,
            "relay": relay or f"url = maildir:{self.outbox.path}"}
        self.extra = extra
        self.config = self.directory / "postern.conf"
        self.configure()
        self.set_up(people)
        if start:
            self.start()

    # --- setting up -------------------------------------------------------------------

    def configure(self, **changes):
        """Write the configuration again, with these of .settings (or extra=) changed."""
        self.extra = changes.pop("extra", self.extra)
        self.settings |= changes
        write(self.config, CONFIG.format(**self.settings) + self.extra)

    def set_up(self, people=True):
        exists = self.postgres.sql("SELECT 1 FROM pg_database WHERE datname = "
                                   f"'{self.database}'", "postgres")
        if not exists:
            self.postgres.create(self.database)
        self.maild("migrate")
        if not exists and people:
            self.add(self.tenant, [self.queue], self.agents)

    def add(self, tenant, queues, agents):
        """A tenant with queues and agents, by the verbs of maild."""
        self.maild("add", "tenant", tenant)
        for queue in queues:
            self.maild("add", "queue", queue, "--tenant", tenant)
        for agent in agents:
            self.maild("add", "agent", agent, "--tenant", tenant)

    def maild(self, *argv, check=True, **options):
        """Run a verb to its end: CompletedProcess with .stdout and .stderr."""
        return run_as_user([self.program.maild, "-c", self.config, *argv], check=check,
                           env=self._environment(), **options)

    def _environment(self):
        # As systemd's RuntimeDirectory=: where keys lie while a mail is opened.
        return os.environ | ENVIRONMENT | {"RUNTIME_DIRECTORY": str(self.directory)}

    # --- running ----------------------------------------------------------------------

    def start(self):
        self.process = Process(
            as_user([self.program.maild, "-c", self.config, "run"]), self.log,
            env=self._environment())
        self.process.wait_ready(lambda: accepts(self.lmtp_port))

    def start_portal(self):
        self.portal = Process(
            as_user([self.program.portald, "-c", self.config]),
            self.directory / "portald.log", env=self._environment())
        self.portal.wait_ready(lambda: accepts(self.portal_port))

    def stop(self):
        """End maild and portald as systemd would, and look for what the sanitizers said."""
        for process in (self.portal, self.process):
            if process and process.running():
                process.stop(signal.SIGTERM)
        self.check_sanitizers()

    def check_sanitizers(self):
        for log in self.directory.glob("*.log"):
            text = log.read_text(errors="replace")
            found = SANITIZER.search(text)
            if found:
                raise AssertionError(f"{log.name}: {text[found.start():][:6000]}")

    def kill_all(self):
        """As a power cut: every process of maild at once, with SIGKILL."""
        pids = [self.process.pid, *children(self.process.pid)]
        for pid in pids:
            _kill(pid, signal.SIGKILL)
        self.process.popen.wait(10)
        wait_until(lambda: not any(map(alive, pids)), 10, "maild's processes to be gone")

    def jobs(self):
        """{name: pid} of the master's processes, by the names of their command lines
        ("maild: lmtp", "maild: ingest/1", …)."""
        found = {}
        for pid in children(self.process.pid):
            try:
                title = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
            except OSError:
                continue
            if ": " in title:
                # A job's own child has its name until it runs another program.
                found.setdefault(title.split(": ", 1)[1].strip(), pid)
        return found

    def kill(self, job, sig=signal.SIGKILL):
        """Kill one job by its name; the master will start it again. Its pid."""
        pid = self.jobs()[job]
        _kill(pid, sig)
        return pid

    # --- mail -------------------------------------------------------------------------

    def lmtp_send(self, raw, to=None, sender="ada@customer.example", options=()):
        """Hand mail to our LMTP door: {recipient: (code, text)} for every recipient."""
        recipients = [to or self.queue] if isinstance(to, (str, type(None))) else list(to)
        if isinstance(raw, str):
            raw = raw.encode()
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=60) as client:
            client.ehlo_or_helo_if_needed()
            code, text = client.mail(sender, list(options))
            if code != 250:
                return {r: (code, text.decode()) for r in recipients}
            answers = {r: client.rcpt(r) for r in recipients}
            accepted = [r for r in recipients if answers[r][0] == 250]
            if accepted:
                answers |= self._data(client, accepted, raw)
            return {r: (code, text.decode()) for r, (code, text) in answers.items()}

    @staticmethod
    def _data(client, accepted, raw):
        client.putcmd("data")
        code, text = client.getreply()
        if code != 354:
            return {r: (code, text) for r in accepted}
        raw = re.sub(rb"\r?\n", b"\r\n", raw)
        body = re.sub(rb"(?m)^\.", b"..", raw)
        client.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return {r: client.getreply() for r in accepted}

    def accept(self, raw, to=None, sender="ada@customer.example", options=()):
        """lmtp_send that must be answered with 250 for everyone."""
        answers = self.lmtp_send(raw, to, sender, options)
        refused = {r: a for r, a in answers.items() if a[0] != 250}
        if refused:
            raise AssertionError(f"LMTP said {refused}")

    def mails(self):
        return self.outbox.mails()

    def find_mails(self, **choice):
        return self.outbox.find_mails(**choice)

    def wait_mails(self, count=1, timeout=20, **choice):
        return self.outbox.wait_mails(count, timeout, **choice)

    def wait_mail(self, timeout=20, **choice):
        return self.outbox.wait_mail(timeout, **choice)

    # --- what came of it --------------------------------------------------------------

    def sql(self, query):
        """Rows as a list of dicts, seen with the eyes of the owner (all tenants)."""
        return self.postgres.sql(query, self.database)

    def value(self, query):
        return self.postgres.value(query, self.database)

    def tickets(self):
        """Every ticket, by its number."""
        return self.sql("SELECT t.*, c.subject, n.name AS tenant FROM tickets t "
                        "JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id "
                        "JOIN tenants n ON n.id = t.tenant_id ORDER BY n.name, t.number")

    def wait_tickets(self, count=1, timeout=20):
        return wait_until(lambda: (t := self.tickets()) and len(t) >= count and t, timeout,
                          f"{count} ticket(s)")

    def wait_ingested(self, timeout=60):
        """Until no raw message is waiting."""
        wait_until(lambda: self.value(
            "SELECT count(*) FROM inbound WHERE state = 'new'") == 0, timeout,
            "everything to be ingested", pause=0.1)

    def wait_sent(self, timeout=60):
        """Until nothing is waiting to be sent."""
        wait_until(lambda: self.value(
            "SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'failed', "
            "'cancelled')") == 0, timeout, "everything to be sent", pause=0.1)

    def session(self, address, name=""):
        """Sign a person in, who is made a customer where nobody has this address: the
        fields of a browser that holds the cookie."""
        token = base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=").lower()
        digest = hashlib.sha256(token.encode()).hexdigest()
        tenant = self.value(f"SELECT id FROM tenants WHERE name = '{self.tenant}'")
        if not self.value("SELECT count(*) FROM addresses WHERE address = "
                          f"'{address}' AND tenant_id = '{tenant}'"):
            person = uuid.uuid4()
            self.postgres.execute(f"""
                INSERT INTO people (tenant_id, id, name)
                VALUES ('{tenant}', '{person}', '{name}');
                INSERT INTO addresses (tenant_id, id, person_id, address)
                VALUES ('{tenant}', '{uuid.uuid4()}', '{person}', '{address}')""",
                self.database)
        self.postgres.execute(f"""
            INSERT INTO sessions (tenant_id, id, person_id, token_digest, device, peer,
                                  expires_at)
            SELECT tenant_id, '{uuid.uuid4()}', person_id, '\\x{digest}', 'test', '::1',
                   now() + interval '1 day'
            FROM addresses WHERE tenant_id = '{tenant}' AND address = '{address}'""",
            self.database)
        return {"Cookie": f"session={token}"}

    def http(self, path, method="GET", headers=None, body=None):
        """(status, headers, body) from portald."""
        client = http.client.HTTPConnection("127.0.0.1", self.portal_port, timeout=20)
        client.request(method, path, body=body, headers=headers or {})
        answer = client.getresponse()
        try:
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()


def _kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass
    except PermissionError:
        subprocess.run(as_user(["kill", f"-{int(sig)}", str(pid)]), check=False)


__all__ = ["Desk", "Program", "USER"]
