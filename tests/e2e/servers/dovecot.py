"""dovecot: a Dovecot that runs without root, with an IMAP door (plain with STARTTLS, and
TLS), an LMTP door, and a Maildir a user."""
import grp
import imaplib
import pwd
import smtplib
from pathlib import Path

from .maildir import Maildir
from .process import Process, USER, accepts, as_user, folder, free_port, write

CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = /dev/stderr
log_timestamp = "%Y-%m-%d %H:%M:%S.%{{usecs}} "
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{dir}/mail/%Lu/Maildir
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
default_vsz_limit = 0
disable_plaintext_auth = no
auth_mechanisms = plain login {mechanisms}
auth_cache_size = 0
auth_failure_delay = 0
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu {dir}/users
}}
{oauth}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%Lu allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
service stats {{
  chroot =
}}
protocol lmtp {{
  auth_username_format = %Lu
}}
lmtp_save_to_detail_mailbox = no
recipient_delimiter = +
{extra}
"""

OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf.ext
}}
"""

OAUTH_EXT = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """users: {"ada@customer.example": "password"}. oauth: the introspection URL of a
    TokenServer, to offer XOAUTH2. extra: more lines of dovecot.conf."""

    def __init__(self, directory, certificates, users, oauth=None, extra="",
                 stranger=False):
        self.directory = folder(directory)
        self.users = dict(users)
        self.imap_port, self.imaps_port, self.lmtp_port = (free_port() for _ in range(3))
        cert, key = certificates.server(stranger=stranger)
        for name in ("run", "state", "mail"):
            folder(self.directory / name)
        (self.directory / "run").chmod(0o755)  # it would say so, and do it
        self._write_users()
        group = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
        if oauth:
            write(self.directory / "oauth2.conf.ext", OAUTH_EXT.format(url=oauth))
        self.config = write(self.directory / "dovecot.conf", CONFIG.format(
            dir=self.directory, user=USER, group=group, cert=cert, key=key, extra=extra,
            mechanisms="xoauth2" if oauth else "", imap_port=self.imap_port,
            imaps_port=self.imaps_port, lmtp_port=self.lmtp_port,
            oauth=OAUTH.format(dir=self.directory) if oauth else ""))
        self.log = self.directory / "dovecot.log"
        self.process = None
        self.start()

    def _write_users(self):
        write(self.directory / "users", "".join(
            f"{name}:{{PLAIN}}{password}::::::\n" for name, password in self.users.items()))

    def start(self):
        self.process = Process(
            as_user(["/usr/sbin/dovecot", "-F", "-c", self.config]), self.log)
        self.process.wait_ready(
            lambda: all(map(accepts, (self.imap_port, self.imaps_port, self.lmtp_port))))

    def stop(self):
        if self.process and self.process.running():
            self.process.stop()

    def mailbox(self, user):
        """The user's INBOX, read from the disk."""
        return Maildir(self.directory / "mail" / user.lower() / "Maildir")

    def folder(self, user, name):
        """Another folder of theirs, read from the disk."""
        return Maildir(Path(self.mailbox(user).path) / f".{name}")

    def imap(self, user, context=None):
        """A logged-in imaplib connection; STARTTLS first, with an ssl context."""
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=20)
        if context:
            client.starttls(context)
        client.login(user, self.users[user])
        return client

    def deliver(self, user, raw, sender="someone@elsewhere.example"):
        """Put a mail into the user's INBOX, by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=20) as client:
            refused = client.sendmail(sender, [user], raw)
            if refused:
                raise RuntimeError(f"Dovecot refused {refused}")
