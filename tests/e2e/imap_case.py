"""imap_case: what the tests of mailboxes share. What is looked at is `inbound`, where a mail
stands once it is committed."""
import harness
from servers.imapd import Imapd

USER = "support@desk.example"


class ImapCase(harness.TestCase):
    def desk(self, *mailboxes, **options):
        """A desk that reads these mailboxes (lists of lines)."""
        extra = "".join(f'\n[mailbox "{name}"]\n' + "\n".join(lines) + "\n"
                        for name, lines in mailboxes)
        options.setdefault("administrator", "root@desk.example")
        return self.servers.desk(extra=extra, **options)

    def secret(self, name, text):
        return harness.write(self.servers.directory / name, text + "\n")

    def lines(self, url, *more, tls=None, auth=None, ca=True):
        """The lines of a [mailbox]."""
        auth = auth or [f"user = {USER}",
                        f"password_file = {self.secret('password', 'secret')}"]
        lines = [f"queue = {USER}", f"url = {url}", *auth, *more]
        if tls:
            lines.append(f"tls = {tls}")
        if ca:
            lines.append(f"ca_file = {self.servers.certificates.ca}")
        return lines

    def dovecot(self, **options):
        return self.servers.dovecot([USER], **options)

    def imaps(self, dovecot, *more, **options):
        return self.lines(f"imaps://localhost:{dovecot.imaps_port}", *more, **options)

    def fake(self, *messages, **options):
        server = Imapd(harness.free_port(), messages, **options)
        self.servers.callback(server.stop)
        return server

    def plain(self, server, *more):
        return self.lines(f"imap://127.0.0.1:{server.port}", *more, tls="none", ca=False)

    def wait_inbound(self, desk, count, timeout=30):
        harness.wait_until(lambda: self.inbound(desk) >= count, timeout,
                           f"{count} mails in inbound")

    def inbound(self, desk):
        return desk.value("SELECT count(*) FROM inbound WHERE door = 'imap'")

    def subjects(self, desk):
        return {r["subject"] for r in desk.sql(
            "SELECT substring(encode(raw, 'escape') from 'Subject: ([^\\r\\n]*)') AS subject "
            "FROM inbound WHERE door = 'imap'")}

    def mailbox(self, desk, name="support"):
        rows = desk.sql(f"SELECT * FROM mailboxes WHERE name = '{name}'")
        return rows[0] if rows else None

    def wait_failing(self, desk, words, timeout=30):
        def look():
            row = self.mailbox(desk)
            return row and row["failing_since"] and words in row["last_error"] and row
        return harness.wait_until(look, timeout, f"a failure about {words}")

    def wait_well(self, desk, timeout=30):
        def look():
            row = self.mailbox(desk)
            return row and row["last_contact_at"] and not row["failing_since"] and row
        return harness.wait_until(look, timeout, "the mailbox to be well")

    def wait_alarm(self, desk, words, timeout=30):
        harness.wait_until(lambda: words in desk.log.read_text(errors="replace"), timeout,
                           f"the alarm about {words}")
        harness.wait_until(lambda: desk.value(
            "SELECT count(*) FROM outbox WHERE address = 'root@desk.example'"), 5,
            "the administrator to be told")

    def flags(self, dovecot, folder="INBOX"):
        """[(subject, flags)] of a folder."""
        client = dovecot.imap(USER)
        client.select(f'"{folder}"', readonly=True)
        found = []
        for uid in client.uid("SEARCH", "ALL")[1][0].split():
            data = client.uid("FETCH", uid, "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
            text = b"".join(part if isinstance(part, bytes) else b"".join(part)
                            for part in data).decode()
            subject = text.split("Subject: ")[1].splitlines()[0]
            found.append((subject, {f for f in ("\\Seen", "\\Deleted") if f in text}))
        client.logout()
        return found
