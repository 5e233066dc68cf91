"""postfix: a Postfix of its own: SMTP on a free port of 127.0.0.1, and a transport for
each domain. Its master insists on root; its queue and everything else is in our folder."""
import grp
import os
import pwd
import smtplib
import subprocess
from pathlib import Path

from .process import Process, accepts, as_root, free_port, wait_until

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
config_directory = {dir}/etc
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.desk.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = {domains}
relay_recipient_maps =
transport_maps = inline:{{ {transports} }}
default_transport = error:5.4.4 this host knows no way there
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtputf8_enable = yes
message_size_limit = 60000000
recipient_delimiter = +
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
in_flow_delay = 0
lmtp_connection_cache_on_demand = yes
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
{extra}
"""

MASTER = """
{port}     inet  n - n - - smtpd
postlog    unix-dgram n - n - 1 postlogd
pickup     unix n - n 60 1 pickup
cleanup    unix n - n - 0 cleanup
qmgr       unix n - n 300 1 qmgr
tlsmgr     unix - - n 1000? 1 tlsmgr
rewrite    unix - - n - - trivial-rewrite
bounce     unix - - n - 0 bounce
defer      unix - - n - 0 bounce
trace      unix - - n - 0 bounce
verify     unix - - n - 1 verify
flush      unix n - n 1000? 0 flush
proxymap   unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp       unix - - n - - smtp
relay      unix - - n - - smtp
showq      unix n - n - - showq
error      unix - - n - - error
retry      unix - - n - - error
discard    unix - - n - - discard
lmtp       unix - - n - - lmtp
anvil      unix - - n - 1 anvil
scache     unix - - n - 1 scache
"""

QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
         "private", "saved", "trace", "maildrop", "public", "pid")


class Postfix:
    """transports: {"desk.example": "lmtp:inet:127.0.0.1:PORT"}; lmtp(port) writes one.
    extra: more lines of main.cf."""

    def __init__(self, directory, certificates, transports, extra=""):
        self.directory = Path(directory)
        self.port = free_port()
        self.log = self.directory / "postfix.log"
        cert, key = certificates.server()
        for name in ("", "etc", "queue", "data"):
            (self.directory / name).mkdir(mode=0o755, exist_ok=True)
        (self.directory / "etc" / "main.cf").write_text(MAIN.format(
            dir=self.directory, cert=cert, key=key, extra=extra,
            domains=" ".join(transports),
            transports=", ".join(f"{{{d} = {t}}}" for d, t in transports.items())))
        (self.directory / "etc" / "master.cf").write_text(MASTER.format(port=self.port))
        self._make_queue()
        self.process = None
        self.start()

    @staticmethod
    def lmtp(port):
        return f"lmtp:inet:127.0.0.1:{port}"

    def _make_queue(self):
        postfix = pwd.getpwnam("postfix")
        drop = grp.getgrnam("postdrop").gr_gid
        for name in QUEUE:
            path = self.directory / "queue" / name
            path.mkdir(exist_ok=True)
            if os.geteuid() != 0:
                continue
            os.chown(path, 0 if name == "pid" else postfix.pw_uid,
                     drop if name in ("maildrop", "public") else 0)
            path.chmod({"maildrop": 0o1730, "public": 0o710, "pid": 0o755}
                       .get(name, 0o700))
        if os.geteuid() == 0:
            os.chown(self.directory / "data", postfix.pw_uid, postfix.pw_gid)
        else:
            subprocess.run(as_root(["postfix", "-c", self.directory / "etc",
                                    "set-permissions"]), check=True, capture_output=True)

    def start(self):
        self.process = Process(
            as_root(["/usr/lib/postfix/sbin/master", "-c", self.directory / "etc", "-d"]),
            self.directory / "master.log")
        self.process.wait_ready(lambda: accepts(self.port))

    def stop(self):
        if self.process and self.process.running():
            self.process.stop()

    def send(self, raw, to, sender="ada@customer.example"):
        """Hand a mail to Postfix by SMTP."""
        recipients = [to] if isinstance(to, str) else list(to)
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            refused = client.sendmail(sender, recipients, raw)
            if refused:
                raise RuntimeError(f"Postfix refused {refused}")

    def waiting(self):
        """How many mails are in the queue."""
        queue = self.directory / "queue"
        return sum(1 for name in ("maildrop", "incoming", "active", "deferred")
                   for file in (queue / name).rglob("*") if file.is_file())

    def wait_empty(self, timeout=30):
        wait_until(lambda: self.waiting() == 0, timeout, "Postfix's queue to be empty")

    def flush(self):
        subprocess.run(as_root(["postqueue", "-c", self.directory / "etc", "-f"]),
                       check=True, capture_output=True)
