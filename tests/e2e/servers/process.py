"""process: start, watch and end programs; the user they run as; free ports.

Nothing runs as root but what can't do without (Postfix's master). A program that we
started ends with us, even when we are killed: setpriv asks the kernel for that. The
kernel means the *thread* that started it, so start servers from the main thread.
"""
import os
import pwd
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = os.geteuid() == 0
USER = "postgres" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
TOP = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("POSTERN_BUILD", TOP / "build" / "asan"))


def as_user(argv, death="TERM"):
    """The command line that runs argv as the unprivileged user of the tests."""
    drop = ["--reuid", USER, "--regid", USER, "--init-groups"] if ROOT else []
    return ["setpriv", *drop, "--pdeathsig", death, "--", *map(str, argv)]


def as_root(argv):
    """The command line that runs argv as root."""
    if ROOT:
        return ["setpriv", "--pdeathsig", "TERM", "--", *map(str, argv)]
    if subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "setpriv", "--pdeathsig", "TERM", "--", *map(str, argv)]
    raise RuntimeError("this test needs root (or sudo without a password), for Postfix")


def run_as_user(argv, check=True, **options):
    """Run to its end, as the tests' user; text out and err are captured."""
    options = {"capture_output": True, "text": True, "timeout": 120, "cwd": "/"} | options
    done = subprocess.run(as_user(argv), **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n"
                           f"{done.stdout}{done.stderr}")
    return done


def give(path):
    """Make the tests' user the owner of a file or folder, and only them the reader."""
    path = Path(path)
    if ROOT:
        entry = pwd.getpwnam(USER)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    path.chmod(0o700 if path.is_dir() else 0o600)
    return path


def folder(path):
    Path(path).mkdir(parents=True, exist_ok=True)
    return give(path)


def write(path, content):
    """A file of the tests' user."""
    path = Path(path)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content)
    return give(path)


def free_port():
    """A port of 127.0.0.1 that nobody listens on, outside of what the kernel hands out
    to connecting sockets (where somebody might take it before we do)."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, max(low, 20000))
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port on 127.0.0.1")


def wait_until(question, timeout=20, what=None, pause=0.02):
    """Ask until the answer is true, and return it; AssertionError after `timeout` s."""
    end = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for {what or question}")
        time.sleep(pause)


def accepts(port):
    """True when something on 127.0.0.1 accepts connections there."""
    with socket.socket() as s:
        s.settimeout(2)
        return s.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One program in the background, its output in a file."""

    def __init__(self, argv, log, env=None, pass_fds=()):
        self.log = Path(log)
        self.name = self.log.stem
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/",
                start_new_session=True, env=env, pass_fds=pass_fds)
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def wait_ready(self, question, timeout=30):
        def look():
            if not self.running():
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}:\n"
                                     f"{self.tail()}")
            return question()
        return wait_until(look, timeout, f"{self.name} to be ready")

    def stop(self, sig=signal.SIGTERM, timeout=15):
        """Ask it to end; kill its whole session when it does not. Its exit status."""
        if self.running():
            self.popen.send_signal(sig)
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {timeout} s:\n"
                                 f"{self.tail()}") from None
        finally:
            self._end_session()
        return self.popen.returncode

    def kill(self):
        self._end_session()
        self.popen.wait(10)

    def _end_session(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def tail(self, lines=40):
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def children(pid):
    """The pids below a process, all generations."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            kids = [int(k) for k in task.read_text().split()]
        except OSError:
            continue
        for kid in kids:
            found += [kid, *children(kid)]
    return found


def alive(pid):
    """True unless the process is gone or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
