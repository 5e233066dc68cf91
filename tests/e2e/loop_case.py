"""loop_case: what the tests of the main job share: a town of a Postfix, a Dovecot and a
desk, a lighter desk with LMTP and a Maildir alone, and what people's mail clients do."""
import random
import re
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone

import harness

ADA, CARL = "ada@customer.example", "carl@customer.example"
ANNA, BEN = "anna@desk.example", "ben@desk.example"
SUPPORT = "support@desk.example"
TOKEN = re.compile(r"^support\+([a-z2-7]{24})@desk\.example$")

# What an agent's own client and servers put on a mail, and no customer shall see.
PRIVATE = {"X-Originating-IP": "[10.11.12.13]", "User-Agent": "AnnasClient/1.0",
           "X-Private": "annas-secret-header", "Organization": "annas-secret-company"}


def reply_address(mail):
    """Where an answer to this mail goes."""
    return (mail["Reply-To"] or mail["From"]).addresses[0].addr_spec


def answer(mail, text, sender, subject=None, quote=True, to=None, extra=None, keep=(
        "In-Reply-To", "References"), attachments=(), cc=None, more=""):
    """What a mail client makes of "Reply": (bytes, the address it goes to). `keep` is what
    it keeps of threading; attachments: [(name, bytes)]; extra: more headers; `more` stands
    below the quote."""
    to = to or reply_address(mail)
    out = EmailMessage(policy=policy.SMTP)
    out["From"], out["To"] = sender, to
    if cc:
        out["Cc"] = cc
    was = str(mail["Subject"])
    out["Subject"] = subject or (was if was.lower().startswith("re:") else f"Re: {was}")
    out["Date"] = format_datetime(datetime.now(timezone.utc))
    out["Message-ID"] = make_msgid(domain="client.example")
    if "In-Reply-To" in keep:
        out["In-Reply-To"] = mail["Message-ID"]
    if "References" in keep:
        out["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    for name, value in (extra or {}).items():
        out[name] = value
    quoted = "".join(f"> {line}\n" for line in mail.text.splitlines())
    if quote:
        text += f"\n\nOn Tue, 3 Jun 2025 at 10:00, {mail['From']} wrote:\n{quoted}"
    out.set_content(text + more)
    for name, data in attachments:
        out.add_attachment(data, maintype="application", subtype="octet-stream",
                           filename=name)
    return out.as_bytes(), to


def noise(size, seed=7):
    """Bytes that no encoding leaves as they are by chance."""
    return random.Random(seed).randbytes(size)


def report(about, failed, status="5.1.1", whole=True):
    """A delivery report (RFC 3464) about a mail of ours, as bytes."""
    kept = about.raw if whole else about.raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (f"From: Mail Delivery System <MAILER-DAEMON@mx.gone.example>\r\n"
            f"To: {SUPPORT}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            f"Date: {format_datetime(datetime.now(timezone.utc))}\r\n"
            f"Message-ID: {make_msgid(domain='mx.gone.example')}\r\n"
            f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/report; report-type=delivery-status; boundary=b1\r\n"
            f"\r\n--b1\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
            f"--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
            f"Reporting-MTA: dns; mx.gone.example\r\n\r\n"
            f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; 550 {status} no such user here\r\n\r\n"
            f"--b1\r\nContent-Type: {kind}\r\n\r\n").encode() + kept + b"\r\n--b1--\r\n"


def attachments(mail):
    """{name: bytes} of a mail."""
    return {p.get_filename(): p.get_payload(decode=True)
            for p in mail.message.iter_attachments()}


def all_text(mail):
    """Everything that stands in a mail, decoded, for looking for what must not."""
    found = [mail.raw.decode("utf-8", "replace")]
    for part in mail.message.walk():
        if not part.is_multipart():
            found.append((part.get_payload(decode=True) or b"").decode("utf-8", "replace"))
    return "\n".join(found)


class LoopCase(harness.TestCase):
    """What is asked of any desk here. self.desk is set by the classes below."""

    desk = None

    def ticket(self, number=1, tenant="desk.example"):
        found = [t for t in self.desk.tickets()
                 if t["number"] == number and t["tenant"] == tenant]
        self.assertEqual(len(found), 1, f"ticket {number} of {tenant}")
        return found[0]

    def wait_status(self, status, number=1, timeout=20):
        harness.wait_until(lambda: self.ticket(number)["status"] == status, timeout,
                           f"ticket {number} to be {status}; it is "
                           f"{self.ticket(number)['status']}")

    def messages(self, number=1):
        return self.desk.sql(
            "SELECT m.* FROM messages m JOIN tickets t ON t.tenant_id = m.tenant_id "
            "AND t.id = m.conversation_id JOIN tenants n ON n.id = t.tenant_id "
            f"WHERE t.number = {number} AND n.name = 'desk.example' "
            "ORDER BY m.received_at, m.id")

    def events(self, kind):
        return self.desk.sql(f"SELECT * FROM events WHERE kind = '{kind}' ORDER BY id")

    def settle(self):
        """Until everything that came in is done with and has gone out."""
        self.desk.wait_ingested()
        self.desk.wait_sent()

    def assert_ours(self, mail, automatic=True):
        """It comes from the desk, with a signed reply address and Message-ID."""
        self.assertEqual(mail["From"].addresses[0].addr_spec, SUPPORT)
        self.assertRegex(reply_address(mail), TOKEN)
        self.assertRegex(mail["Message-ID"], r"^<p\.[a-z2-7]{24}@desk\.example>$")
        said = str(mail["Auto-Submitted"] or "no").partition(";")[0]
        if automatic:
            self.assertIn(said, ("auto-replied", "auto-generated"))
        else:
            self.assertEqual(said, "no")

    def assert_nothing_private(self, mail, *more):
        """Nothing of the agent's own in a mail to a customer."""
        everything = all_text(mail)
        for word in (ANNA, BEN, *PRIVATE.values(), *more):
            self.assertNotIn(word, everything)


class Town(LoopCase):
    """Postfix takes all mail: for the desk's queue to maild (LMTP), for people's mailboxes
    to Dovecot; whoever is at gone.example is unknown there. maild sends through it."""

    people = (ADA, CARL, ANNA, BEN)
    options = {}
    queue_by_lmtp = True

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False, **cls.options)
        cls.dovecot = cls.servers.dovecot([*cls.people, SUPPORT])
        cls.gone = cls.servers.sink()
        cls.gone.behave("rcpt", "550 5.1.1 no such user here")
        there = harness.Postfix.lmtp(cls.dovecot.lmtp_port)
        cls.postfix = cls.servers.postfix({
            SUPPORT: harness.Postfix.lmtp(cls.desk.lmtp_port)
            if cls.queue_by_lmtp else there,
            "desk.example": there, "customer.example": there,
            "gone.example": f"smtp:[127.0.0.1]:{cls.gone.port}"})
        cls.desk.configure(relay=f"url = smtp://127.0.0.1:{cls.postfix.port}\ntls = none",
                           **cls.more_settings())
        cls.desk.start()

    @classmethod
    def more_settings(cls):
        return {}

    def inbox(self, person):
        return self.dovecot.mailbox(person)

    def write(self, sender, subject, text="It burns.", to=SUPPORT, **headers):
        """A person writes to the desk from their mail client."""
        raw = harness.mail(subject=subject, text=text, sender=sender, to=to, **headers)
        self.postfix.send(raw, SUPPORT, sender)

    def answer(self, mail, text, sender, **options):
        """A person answers a mail in their mailbox."""
        raw, to = answer(mail, text, sender, **options)
        self.postfix.send(raw, to, sender)
        return raw

    def number_of(self, mail):
        return int(re.search(r"\[#(\d+)\]", str(mail["Subject"]))[1])

    def open(self, subject, customer=ADA, **headers):
        """A customer's mail, and what became of it: acknowledgement, Anna's notice,
        number."""
        self.write(customer, subject, **headers)
        notice = self.inbox(ANNA).wait_mail(subject=subject, timeout=30)
        receipt = self.inbox(customer).wait_mail(subject=subject, timeout=30)
        return receipt, notice, self.number_of(notice)


class SmallDesk(LoopCase):
    """One desk for a test: mail in by LMTP, mail out into a Maildir."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())

    def setUp(self):
        super().setUp()
        self.desk = self.servers.desk(**self.options)
        self.addCleanup(self.desk.stop)

    def write(self, subject, sender=ADA, text="It burns.", to=None, envelope=None, **headers):
        raw = harness.mail(subject=subject, text=text, sender=sender,
                           **({"to": to or SUPPORT} | headers))
        self.desk.accept(raw, to, sender if envelope is None else envelope)
        return raw

    def answer(self, mail, text, sender, envelope=None, **options):
        raw, to = answer(mail, text, sender, **options)
        self.desk.accept(raw, to, sender if envelope is None else envelope)
        return raw

    def open(self, subject="printer on fire", sender=ADA, **headers):
        """(acknowledgement, Anna's notice) of a new ticket."""
        self.write(subject, sender, **headers)
        return (self.desk.wait_mail(to=sender, subject=subject),
                self.desk.wait_mail(to=ANNA, subject=subject))

    def to(self, address):
        return self.desk.find_mails(to=address)


__all__ = ["ADA", "ANNA", "BEN", "CARL", "LoopCase", "PRIVATE", "SUPPORT", "SmallDesk",
           "TOKEN", "Town", "all_text", "answer", "attachments", "noise",
           "reply_address", "report"]
