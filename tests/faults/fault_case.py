"""fault_case: what the fault tests share: an MTA that tries again, and a hand that kills."""
import concurrent.futures
import os
import random
import signal
import smtplib
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position

LATER = (OSError, EOFError, smtplib.SMTPException)


class Mta:
    """Hands over mail by LMTP as Postfix does: what is not answered with 2xx or 5xx, or not
    at all, is tried again."""

    def __init__(self, desk, lines=8):
        self.desk = desk
        self.pool = concurrent.futures.ThreadPoolExecutor(lines)
        self.jobs = []
        self.retries = 0
        self.answers = {}  # code: how often
        self.lock = threading.Lock()

    def post(self, raw, to=None, sender="ada@customer.example", seconds=180):
        self.jobs.append(self.pool.submit(self._deliver, raw, to, sender, seconds))

    def _deliver(self, raw, to, sender, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                code, text = next(iter(self.desk.lmtp_send(raw, to, sender).values()))
            except LATER:
                code, text = 0, ""
            with self.lock:
                self.answers[code] = self.answers.get(code, 0) + 1
            if code == 250:
                return
            if code >= 500:
                raise AssertionError(f"refused for good: {code} {text}")
            with self.lock:
                self.retries += 1
            time.sleep(random.uniform(0.05, 0.3))
        raise AssertionError("never accepted")

    def busy(self):
        return any(not j.done() for j in self.jobs)

    def done(self):
        """Wait until each mail has its 250; AssertionError when one was refused."""
        for job in self.jobs:
            job.result()
        self.pool.shutdown()


class Killer:
    """Kills maild's processes, from the test's own thread (whatever starts a process must
    live as long as it)."""

    def __init__(self, desk, seed=4):
        self.desk = desk
        self.random = random.Random(seed)
        self.killed = {}

    def kills(self, kind=""):
        return sum(n for name, n in self.killed.items() if name.startswith(kind))

    def one(self, kind=""):
        """One process of these jobs, if one lives right now."""
        jobs = {n: p for n, p in self.desk.jobs().items() if n.startswith(kind)}
        if not jobs:
            return
        name = self.random.choice(sorted(jobs))
        try:
            os.kill(jobs[name], signal.SIGKILL)
        except ProcessLookupError:
            return
        self.killed[name] = self.killed.get(name, 0) + 1

    def master(self):
        """The master alone: its children must follow it, then it is started again."""
        pids = harness.children(self.desk.process.pid)
        self.desk.process.popen.kill()
        self.desk.process.popen.wait(10)
        harness.wait_until(lambda: not any(map(harness.alive, pids)), 10,
                           "the master's children to follow it")
        self.killed["master"] = self.killed.get("master", 0) + 1
        self.desk.start()


def subjects_of(desk):
    """{subject: number of tickets}"""
    return {r["subject"]: r["n"] for r in desk.sql(
        "SELECT c.subject, count(*) AS n FROM tickets t JOIN conversations c "
        "ON c.tenant_id = t.tenant_id AND c.id = t.id GROUP BY 1")}


def many_mails(desk, count, word):
    """[(subject, raw, sender)]; everyone a customer of their own, so that no limit of
    automatic mail is reached."""
    return [(f"{word} {n:04}", harness.mail(subject=f"{word} {n:04}", to=desk.queue,
                                            sender=f"c{n:04}@customer.example"),
             f"c{n:04}@customer.example") for n in range(count)]


class FaultCase(harness.TestCase):
    def each_once(self, desk, wanted):
        """Every subject is a ticket, none is two; and each has one message."""
        found = subjects_of(desk)
        self.assertEqual(sorted(set(wanted) - set(found)), [], "lost")
        self.assertEqual({s: n for s, n in found.items() if n != 1}, {}, "twice")
        self.assertEqual(len(found), len(wanted))
        self.assertEqual(desk.value(
            "SELECT count(*) FROM messages"), len(wanted))
        self.assertEqual(desk.sql(
            "SELECT number FROM tickets GROUP BY tenant_id, number HAVING count(*) > 1"), [])

    def each_told_once(self, desk, mails, kills=0):
        """Each acknowledgement is there; one that is there twice has the same Message-ID,
        and such are no more than the kills of senders."""
        found = {}
        for mail in mails:
            to = mail["To"].addresses[0].addr_spec
            found.setdefault(to, []).append(mail["Message-ID"])
        wanted = desk.sql("SELECT address, count(*) AS n FROM outbox GROUP BY address")
        for row in wanted:
            got = found.pop(row["address"], [])
            self.assertEqual(len(set(got)), row["n"], f"to {row['address']}")
            kills -= len(got) - len(set(got))
        self.assertEqual(found, {})
        self.assertGreaterEqual(kills, 0, "more mails twice than senders were killed")
