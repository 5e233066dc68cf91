"""How fast mail comes out of a Dovecot mailbox, beside a bare reader of the same bytes.

    POSTERN_BUILD=build/release tests/bench/imap.py [mails] [runs]

prints one line of medians:

    imap mails=5000 rate=… bare=… ratio=…

`rate` is maild's, from its login to its last commit, each batch committed durably and
marked seen; `bare` is Python's imaplib fetching the same batches and keeping nothing."""
import imaplib
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
# pylint: disable=wrong-import-position
import harness

USER = "support@desk.example"
BATCH = 200


def fill(dovecot, mails):
    """Mails of 2 to 8 kB, put into the Maildir as a delivery agent would."""
    chance = random.Random(1)
    dovecot.deliver(USER, harness.mail(subject="number 0"))
    new = Path(dovecot.mailbox(USER).path) / "new"
    for i in range(1, mails):
        text = "".join(f"{chance.getrandbits(256):064x}\n"
                       for _ in range(chance.randrange(30, 120)))
        harness.write(new / f"{1000000000 + i}.M{i}.bench",
                      harness.mail(subject=f"number {i}", text=text))
    client = dovecot.imap(USER)  # Dovecot's own index is made here, not in the first run
    client.select()
    client.uid("FETCH", "1:*", "(RFC822.SIZE)")
    client.logout()


def read_bare(dovecot, mails):
    client = dovecot.imap(USER)
    client.select(readonly=True)
    start = time.monotonic()
    got = 0
    for first in range(1, mails + 1, BATCH):
        data = client.uid("FETCH", f"{first}:{first + BATCH - 1}", "(UID BODY.PEEK[])")[1]
        got += sum(isinstance(part, tuple) for part in data)
    spent = time.monotonic() - start
    client.logout()
    if got != mails:
        raise SystemExit(f"imaplib saw {got} of {mails} mails")
    return mails / spent


def read_maild(servers, dovecot, mails, password):
    lines = [f"queue = {USER}", f"url = imaps://localhost:{dovecot.imaps_port}",
             f"user = {USER}", f"password_file = {password}",
             f"ca_file = {servers.certificates.ca}"]
    desk = servers.desk(start=False, log_level="info",
                        extra='\n[mailbox "bench"]\n' + "\n".join(lines) + "\n")
    desk.start()
    harness.wait_until(lambda: "imap connected" in desk.log.read_text(), 30, "the login",
                       pause=0.005)
    start = time.monotonic()
    harness.wait_until(lambda: (desk.value("SELECT max(last_uid) FROM mailboxes") or 0)
                       >= mails, 300, "all mails", pause=0.02)
    spent = time.monotonic() - start
    got = desk.value("SELECT count(*) FROM inbound")
    desk.stop()
    if got != mails:
        raise SystemExit(f"maild stored {got} of {mails} mails")
    return mails / spent


def main():
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with harness.Servers() as servers:
        servers._shared["postgres"] = servers.new_postgres(durable=True)
        dovecot = servers.dovecot([USER])
        password = harness.write(servers.directory / "password", "secret\n")
        fill(dovecot, mails)
        bare, rate = [], []
        for _ in range(runs):  # in turns, so that both meet the same weather
            bare.append(read_bare(dovecot, mails))
            rate.append(read_maild(servers, dovecot, mails, password))
        a, b = statistics.median(rate), statistics.median(bare)
        print(f"imap mails={mails} rate={a:.0f} bare={b:.0f} ratio={a / b:.2f}")


if __name__ == "__main__":
    main()
