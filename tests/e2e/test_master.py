#!/usr/bin/env python3
"""The master: it tends its processes, reloads, stops, and refuses what can't work.

Most of it runs tests/e2e/probe/master_probe: the real master over jobs that misbehave on
demand."""
# tests/run: timeout 300
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import harness

CONFIG = """\
[database]
url = {url}
[desk]
secret_file = {folder}/secret
templates = {templates}
migrations = {migrations}
instance = {instance}
log_level = debug
metrics_file = {folder}/metrics.prom
{desk}
[lmtp]
listen = unix:{folder}/lmtp 127.0.0.1:{port}
[ingest]
processes = 2
[send]
processes = {send}
{extra}
"""

ENVIRONMENT = {"ASAN_OPTIONS": "detect_stack_use_after_return=0:allocator_may_return_null=1",
               "LC_ALL": "C.UTF-8"}


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Master:
    """One master_probe on one database."""

    def __init__(self, servers, program="tests/e2e/probe/master_probe", migrate=True,
                 **settings):
        self.folder = harness.folder(servers.path("master"))
        self.log = self.folder / "master.log"
        self.program = Path(shutil.copy(harness.BUILD / program, self.folder))
        self.maild = Path(shutil.copy(harness.BUILD / "maild" / "maild", self.folder))
        self.program.chmod(0o755)
        self.maild.chmod(0o755)
        self.postgres = servers.postgres
        self.database = self.folder.name
        migrations = self.folder / "migrations"
        shutil.copytree(harness.TOP / "migrations", migrations)
        migrations.chmod(0o755)
        templates = self.folder / "templates"
        shutil.copytree(harness.TOP / "templates", templates)
        subprocess.run(["chmod", "-R", "a+rX", migrations, templates], check=True)
        harness.write(self.folder / "secret", "0123456789abcdef" * 2 + "\n")
        self.port = harness.free_port()
        self.settings = {"url": self.postgres.conninfo(self.database), "desk": "",
                         "folder": self.folder, "templates": templates,
                         "migrations": migrations, "send": 1,
                         "instance": "here", "port": self.port, "extra": ""} | settings
        self.config = self.folder / "postern.conf"
        self.configure()
        if migrate:
            self.postgres.create(self.database)
            self.verb("migrate")
        self.process = None
        servers.callback(self.stop)

    def configure(self, **settings):
        self.settings |= settings
        harness.write(self.config, CONFIG.format(**self.settings))

    def verb(self, *argv, check=True):
        return harness.run_as_user([self.maild, "-c", self.config, *argv], check=check,
                                   env=os.environ | ENVIRONMENT)

    def argv(self):
        return [self.program, self.config]

    def start(self, ready=True, **environment):
        self.process = harness.Process(harness.as_user(self.argv()), self.log,
                                       env=os.environ | ENVIRONMENT | environment)
        if ready:
            self.process.wait_ready(lambda: self.lines(" ready ") or None)
        return self

    def stop(self):
        if self.process and self.process.running():
            self.process.stop(signal.SIGTERM)
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        found = re.search(r"ERROR: (Address|Leak)Sanitizer|runtime error:", text)
        if found:
            raise AssertionError(text[found.start():][:4000])

    def lines(self, *words):
        """The lines of the log that hold all these words."""
        text = self.log.read_text(errors="replace")
        return [line for line in text.splitlines() if all(w in line for w in words)]

    def wait_line(self, *words, count=1, timeout=20):
        return harness.wait_until(
            lambda: (found := self.lines(*words)) and len(found) >= count and found,
            timeout, f"{count} line(s) with {words} in\n{self.process.tail()}")

    def jobs(self):
        """{name: pid}, by the titles that ps shows."""
        found = {}
        for pid in harness.children(self.process.pid):
            try:
                title = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
            except OSError:
                continue
            if title.startswith("maild: "):
                found[title.removeprefix("maild: ")] = pid
        return found

    def hello(self):
        """Connect and read which process answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as s:
            return int(s.makefile().readline())

    def signal(self, sig, pid=None):
        subprocess.run(harness.as_user(["kill", f"-{int(sig)}", str(pid or self.process.pid)]),
                       check=True)


class TheMaster(harness.TestCase):
    def master(self, **settings):
        return Master(self.servers, **settings)

    def test_processes(self):
        m = self.master(send=2, extra='[mailbox "support"]\nqueue = s@desk.example\n'
                        "url = imaps://127.0.0.1\nuser = u\npassword_file = secret\n")
        m.start(PROBE_SEND="core")
        names = {"lmtp", "imap/support", "ingest/1", "ingest/2", "send/1", "send/2", "clock"}
        self.assertEqual(set(m.jobs()), names)
        workers = {re.search(r"worker=(\S+)", line)[1] for line in m.lines(" hello ")}
        self.assertEqual(workers, {f"here/{name}" for name in names})
        uid = {re.search(r"uid=(\S+)", line)[1] for line in m.lines(" hello ")}
        self.assertEqual(len(uid), 1)
        self.assertNotEqual(uid, {"0"})
        self.assertIn("core=0 files=256", m.wait_line(" limits ")[0])
        self.assertEqual(Path(f"/proc/{m.jobs()['ingest/1']}/comm").read_text().strip(),
                         "ingest/1")

    def test_each_is_started_again_after_kill(self):
        m = self.master().start()
        for name, pid in sorted(m.jobs().items()):
            m.signal(signal.SIGKILL, pid)
            m.wait_line("job ended", f"job={name} ", f"pid={pid} ", "signal 9 (Killed)")
            harness.wait_until(lambda n=name, p=pid: m.jobs().get(n, p) != p, 10, name)
        self.assertEqual(len(m.jobs()), 5)
        self.assertTrue(m.hello() == m.jobs()["lmtp"])
        harness.wait_until(lambda: "postern_job_restarts_total 5\n" in
                           (m.folder / "metrics.prom").read_text(), 20, "the figures")
        self.assertIn("postern_ready 1\n", (m.folder / "metrics.prom").read_text())

    def test_pause_grows(self):
        m = self.master().start(ready=False, PROBE_SEND="fail")
        lines = m.wait_line("job ended", "job=send/1", "it failed", count=4)
        pauses = [int(re.search(r"again_in_ms=(\d+)", line)[1]) for line in lines]
        self.assertEqual(pauses[:4], [250, 500, 1000, 2000])
        self.assertEqual(m.lines("job ended", "job=clock"), [])
        self.assertEqual(m.lines(" ready "), [])

    def test_retry(self):
        m = self.master().start(ready=False, PROBE_SEND="retry")
        lines = m.wait_line("job ended", "job=send/1", "asked to be started", count=3)
        pauses = [int(re.search(r"again_in_ms=(\d+)", line)[1]) for line in lines]
        self.assertEqual(pauses[:3], [500, 1000, 2000])
        told = [re.search(r"after_retry=(\d)", line)[1]
                for line in m.wait_line(" hello ", "worker=here/send/1", count=2)]
        self.assertEqual(told[:2], ["0", "1"])

    def test_silent_job_is_ended(self):
        m = self.master().start(PROBE_SEND="silent", PROBE_SILENCE_MS="2000")
        m.wait_line("job ended", "job=send/1", "it was silent for too long", timeout=30)
        self.assertEqual(m.lines("job ended", "job=clock"), [])

    def test_memory_is_limited(self):
        if "asan" in str(harness.BUILD):
            # The shadow memory of a sanitized program fits no limit.
            m = self.master().start()
            limits = Path(f"/proc/{m.jobs()['send/1']}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0")
            return
        m = self.master().start(ready=False, PROBE_SEND="memory")
        line = m.wait_line("job ended", "job=send/1")[0]
        self.assertRegex(line, r"signal (5|6) ")
        self.assertLess(int(re.search(r"peak_kb=(\d+)", line)[1]), 256 << 10)

    def test_term_ends_all_within_10_s(self):
        for what, longest in (("good", 3), ("deaf", 10)):
            m = self.master().start(PROBE_SEND=what)
            pids = m.jobs().values()
            begin = time.monotonic()
            self.assertEqual(m.process.stop(signal.SIGTERM), 0)
            self.assertLess(time.monotonic() - begin, longest)
            self.assertFalse([pid for pid in pids if alive(pid)])
            self.assertFalse((m.folder / "lmtp").exists())
            late = m.lines("job ended", "job=send/1", "it did not stop in time")
            self.assertEqual(len(late), what == "deaf")

    def test_interrupt_stops_too(self):
        m = self.master().start()
        self.assertEqual(m.process.stop(signal.SIGINT), 0)

    def test_children_die_with_the_master(self):
        m = self.master().start()
        pids = list(m.jobs().values())
        os.kill(m.process.pid, signal.SIGKILL)
        harness.wait_until(lambda: not any(map(alive, pids)), 5, "the children to end")
        m.start()  # the old unix socket file is no hindrance

    def test_reload(self):
        m = self.master().start()
        before = m.jobs()
        m.configure(instance="there", send=2)
        m.signal(signal.SIGHUP)
        m.wait_line(" ready ", "processes=6")
        after = m.jobs()
        self.assertEqual(set(after), set(before) | {"send/2"})
        self.assertFalse(set(before.values()) & set(after.values()))
        m.wait_line(" hello ", "worker=there/lmtp", "instance=there")
        m.configure(send=1)
        m.signal(signal.SIGHUP)
        m.wait_line(" ready ", "processes=5", count=2)
        self.assertEqual(set(m.jobs()), set(before))
        self.assertEqual(m.lines("job ended"), [])

    def test_reload_refuses_no_connection(self):
        m = self.master().start()
        seen = set()
        end = time.monotonic() + 5
        for n in range(1, 10**6):
            if n % 100 == 0:
                m.signal(signal.SIGHUP)
            seen.add(m.hello())  # raises when it is refused or cut off
            if time.monotonic() > end:
                break
        self.assertGreater(len(seen), 3)

    def test_reload_moves_the_listener(self):
        m = self.master().start()
        old, m.port = m.port, harness.free_port()
        m.configure(port=m.port)
        m.signal(signal.SIGHUP)
        m.wait_line("configuration replaced")
        harness.wait_until(lambda: harness.accepts(m.port) and not harness.accepts(old), 10,
                           "the listener to move")
        harness.wait_until(lambda: m.hello() == m.jobs().get("lmtp"), 10)

    def test_bad_reload_is_refused(self):
        m = self.master().start()
        before = m.jobs()
        busy = socket.create_server(("127.0.0.1", 0))
        good = dict(m.settings)
        wrong = m.folder / "wrong"
        shutil.copytree(m.settings["templates"], wrong)
        broken = wrong / "mail/en/acknowledgement.txt.mustache"
        broken.write_text(broken.read_text() + "{{#open}}")
        for count, (bad, why) in enumerate((
                ({"desk": "administator = a@b"}, "did you mean administrator?"),
                ({"port": busy.getsockname()[1]}, "Address already in use"),
                ({"url": m.postgres.conninfo("postgres")}, "run `maild migrate`"),
                ({"url": "host=/nonexistent"}, "its database can't be asked now"),
                ({"templates": "/nonexistent"}, "/nonexistent"),
                ({"templates": wrong}, "acknowledgement.txt.mustache:"),
        ), 1):
            m.configure(**good | bad)
            m.signal(signal.SIGHUP)
            m.wait_line("configuration refused", "kept=", count=count)
            self.assertTrue(m.lines(why), why)
        busy.close()
        self.assertEqual(m.jobs(), before)
        self.assertEqual(m.hello(), before["lmtp"])
        m.configure(**good)
        m.signal(signal.SIGHUP)
        m.wait_line("configuration replaced")

    def test_bad_start_is_refused(self):
        m = self.master()
        m.configure(desk="usr = x\nlog_levl = info")
        done = harness.run_as_user(m.argv(), check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("postern.conf:10: [desk] has no key usr, did you mean user?",
                      done.stderr)
        self.assertIn("did you mean log_level?", done.stderr)

    def test_schema(self):
        m = self.master(migrate=False)
        m.postgres.create(m.database)
        done = harness.run_as_user(m.argv(), check=False)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"the database has schema 0, this program needs \d+: "
                         "run `maild migrate`")
        self.assertIn("0001", m.verb("migrate", "--dry-run").stdout)
        self.assertIn("applying 0001", m.verb("migrate").stdout)
        self.assertEqual(m.verb("migrate").stdout, "the database is up to date\n")
        m.postgres.execute("INSERT INTO schema_migrations VALUES (9999, 'x', 'x')",
                           m.database)
        done = harness.run_as_user(m.argv(), check=False)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"has schema 9999, this program knows only \d+: "
                         "install the newer release")

    def test_waits_for_the_database(self):
        m = self.master()
        m.postgres.stop()
        m.start(ready=False)
        m.wait_line("database away")
        self.assertEqual(m.jobs().keys() - {"check"}, set())
        m.postgres.start()
        m.wait_line(" ready ")

    def test_stops_while_it_waits(self):
        m = self.master(migrate=False, url="host=/nonexistent")
        m.start(ready=False)
        m.wait_line("database away")
        self.assertEqual(m.process.stop(signal.SIGTERM), 0)

    def test_sandbox(self):
        m = self.master().start()
        lines = m.wait_line(" sandbox ", count=2)
        for line in lines:
            self.assertIn("query=1 iconv=1 socket=0 write=0 exec=0 reconnect=0", line)
        self.assertEqual(m.lines("sandbox incomplete"), [])

    def test_systemd(self):
        m = self.master()
        path = m.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(str(path))
            path.chmod(0o777)
            s.settimeout(20)
            m.start(NOTIFY_SOCKET=str(path), WATCHDOG_USEC="1000000")
            told = [s.recv(100).decode() for _ in range(4)]
            self.assertIn("READY=1", told)
            self.assertGreaterEqual(told.count("WATCHDOG=1"), 2)
            m.signal(signal.SIGHUP)
            m.wait_line("configuration replaced")
            m.wait_line(" ready ", count=2)
            m.stop()
            s.setblocking(False)
            try:
                while True:
                    told.append(s.recv(100).decode())
            except BlockingIOError:
                pass
        self.assertTrue(any(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", t) for t in told))
        self.assertEqual(told.count("READY=1"), 2)
        # A slow end still shows that it is alive.
        self.assertEqual([t for t in told if t != "WATCHDOG=1"][-1], "STOPPING=1")


class TheVerbs(harness.TestCase):
    def test_check_config(self):
        m = Master(self.servers, migrate=False)
        self.assertEqual(m.verb("check-config").stdout, "good\n")
        m.configure(send="many")
        done = m.verb("check-config", str(m.config), check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("[send] processes: \"many\" is no number", done.stdout)
        sample = m.verb("check-config", "--sample").stdout
        self.assertEqual(sample, (harness.TOP / "maild/postern.conf.sample").read_text())

    def test_help(self):
        m = Master(self.servers, migrate=False)
        listed = m.verb().stdout
        for verb in re.findall(r"^  ([a-z-]+)  ", listed, re.M):
            self.assertIn(f"maild {verb}", m.verb("help", verb).stdout)
        done = m.verb("nonsense", check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn("there is no verb nonsense", done.stderr)


class AsRoot(harness.TestCase):
    def run_as_root(self, m):
        return subprocess.run(harness.as_root([*map(str, m.argv())]), timeout=60, cwd="/",
                              capture_output=True, text=True, check=False,
                              env=os.environ | ENVIRONMENT)

    def test_root_is_refused(self):
        m = Master(self.servers, migrate=False)
        for user, why in (("", "name the user to become in [desk] user"),
                          ("user = root", "root is root too"),
                          ("user = no-such-user", "there is no user no-such-user")):
            m.configure(desk=user)
            done = self.run_as_root(m)
            self.assertEqual(done.returncode, 77)
            self.assertIn(why, done.stderr)

    def test_root_is_given_up(self):
        m = Master(self.servers, desk=f"user = {harness.USER}")
        m.process = harness.Process(harness.as_root(map(str, m.argv())), m.log,
                                    env=os.environ | ENVIRONMENT)
        m.process.wait_ready(lambda: m.lines(" ready ") or None)
        for pid in (m.process.pid, *m.jobs().values()):
            status = Path(f"/proc/{pid}/status").read_text()
            self.assertNotRegex(status, r"(?m)^Uid:.*\b0\b")
            self.assertRegex(status, r"(?m)^CapPrm:\s0+$")
        self.assertEqual(m.process.stop(signal.SIGTERM), 0)


if __name__ == "__main__":
    harness.main()
