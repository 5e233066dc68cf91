"""maildir: look at a Maildir, the way a test wants to."""
import email
import email.policy
from pathlib import Path

from .process import wait_until


class Mail:
    """One message: .raw, .message (email.message.EmailMessage), .text, header access."""

    def __init__(self, raw, path=None, sender=None, recipients=()):
        self.raw = raw
        self.path = path
        self.sender = sender
        self.recipients = list(recipients)
        self.message = email.message_from_bytes(raw, policy=email.policy.default)

    def __getitem__(self, name):
        return self.message[name]

    def __repr__(self):
        return f"<Mail to {self['To']}: {self['Subject']}>"

    @property
    def text(self):
        part = self.message.get_body(("plain", "html"))
        return part.get_content() if part else ""

    def addressed_to(self, address):
        if address in self.recipients:
            return True
        return any(address == a.addr_spec for name in ("To", "Cc")
                   for h in self.message.get_all(name, []) for a in h.addresses)


def chosen(mails, to=None, subject=None, contains=None, where=None):
    return [m for m in mails
            if (to is None or m.addressed_to(to))
            and (subject is None or subject in (m["Subject"] or ""))
            and (contains is None or contains in m.text)
            and (where is None or where(m))]


class Waiting:
    """For everything that has .mails(): find, and wait for, a mail."""

    def find_mails(self, **choice):
        """Choice: to=address, subject=part, contains=part of the text, where=function."""
        return chosen(self.mails(), **choice)

    def wait_mails(self, count=1, timeout=20, **choice):
        """At least `count` mails that fit, oldest first."""
        def look():
            found = self.find_mails(**choice)
            return found if len(found) >= count else None
        try:
            return wait_until(look, timeout, f"{count} mail(s) {choice}")
        except AssertionError as e:
            raise AssertionError(f"{e}; there are {self.mails()}") from None

    def wait_mail(self, timeout=20, **choice):
        return self.wait_mails(1, timeout, **choice)[-1]


class Maildir(Waiting):
    def __init__(self, path):
        self.path = Path(path)

    def mails(self):
        """All messages, oldest first."""
        files = []
        for folder in ("new", "cur"):
            for file in (self.path / folder).glob("*"):
                try:
                    files.append((file.stat().st_mtime_ns, file.name, file,
                                  file.read_bytes()))
                except FileNotFoundError:
                    continue  # moved from new to cur meanwhile
        return [Mail(raw, path) for _, _, path, raw in sorted(files)]
