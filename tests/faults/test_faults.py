"""test_faults: processes killed and the database stopped while mail passes: nothing is
lost, and nothing is there twice."""
import base64
import random
import re
import subprocess
import time

from fault_case import LATER, FaultCase, Killer, Mta, harness, many_mails


def run_as_root(*argv):
    subprocess.run(harness.as_root(argv), check=True)


class Killed(FaultCase):
    def test_while_a_thousand_mails_come_in(self):
        desk = self.servers.desk(agents=["anna@desk.example"], ingest=2, send=2)
        mails = many_mails(desk, 1000, "killed")
        mta, killer = Mta(desk), Killer(desk)
        for _, raw, sender in mails:
            mta.post(raw, sender=sender)
        begun, masters = time.monotonic(), 0
        while (mta.busy() or self.waiting(desk)) and time.monotonic() - begun < 40:
            time.sleep(0.25)
            killer.one()
            if time.monotonic() - begun > 5 * (masters + 1) and masters < 3:
                masters += 1
                killer.master()
        mta.done()
        desk.wait_ingested(120)
        desk.wait_sent(120)
        print(f"# {killer.killed}, {mta.answers}")
        self.assertGreater(killer.kills(), 10)
        self.assertGreater(killer.kills("master"), 0)
        self.each_once(desk, [s for s, _, _ in mails])
        self.each_told_once(desk, desk.mails(), killer.kills())
        self.assertEqual(desk.sql("SELECT DISTINCT state, result FROM inbound WHERE state "
                                  "<> 'done'"), [])

    @staticmethod
    def waiting(desk):
        return desk.value("SELECT count(*) FROM inbound WHERE state = 'new'")

    def test_while_five_hundred_mails_leave(self):
        """Answers of an agent, acknowledgements and notices, by SMTP."""
        sink = self.servers.sink()
        desk = self.servers.desk(agents=["anna@desk.example"], ingest=2, send=0,
                                 relay=f"url = smtp://127.0.0.1:{sink.port}\ntls = none")
        mta = Mta(desk)
        for _, raw, sender in many_mails(desk, 200, "leaving"):
            mta.post(raw, sender=sender)
        mta.done()
        desk.wait_ingested(60)
        desk.configure(send=2)
        desk.process.stop()
        desk.start()

        killer, answered = Killer(desk), set()
        mta = Mta(desk, 2)
        begun = time.monotonic()
        while time.monotonic() - begun < 120:
            time.sleep(0.15)
            if killer.kills() < 14:  # the master waits longer each time it starts one again
                killer.one("send")
            for notice in sink.find_mails(to="anna@desk.example"):
                number = re.search(r"leaving (\d+)", notice["Subject"])[1]
                if number not in answered and len(answered) < 100:
                    answered.add(number)
                    mta.post(harness.mail(
                        subject=f"Re: {notice['Subject']}", sender="anna@desk.example",
                        to=str(notice["Reply-To"]), text=f"Answer {number}."),
                        notice["Reply-To"].addresses[0].addr_spec, "anna@desk.example")
            if len(answered) == 100 and not self.unsent(desk):
                break
        mta.done()
        desk.wait_ingested(60)
        desk.wait_sent(120)
        print(f"# {killer.killed}, {len(sink.mails())} mails")
        self.assertGreater(killer.kills("send"), 5)
        self.assertEqual(len({m["Message-ID"] for m in sink.mails()}), 500)
        self.each_told_once(desk, sink.mails(), killer.kills("send"))
        for number in answered:
            self.assertTrue(sink.find_mails(contains=f"Answer {number}.",
                                            to=f"c{number}@customer.example"))
        self.assertEqual(desk.sql("SELECT DISTINCT state FROM outbox"), [{"state": "sent"}])

    @staticmethod
    def unsent(desk):
        return desk.value("SELECT count(*) FROM outbox WHERE state <> 'sent'") \
            or desk.value("SELECT count(*) FROM inbound WHERE state = 'new'")


class MailboxKilled(FaultCase):
    USER = "support@desk.example"

    def test_while_mail_is_read_out_of_a_mailbox(self):
        dovecot = self.servers.dovecot([self.USER])
        password = harness.write(self.servers.directory / "password", "secret\n")
        desk = self.servers.desk(
            agents=["anna@desk.example"], ingest=2, start=False,
            extra=f'\n[mailbox "support"]\nqueue = {self.USER}\nuser = {self.USER}\n'
                  f"url = imaps://localhost:{dovecot.imaps_port}\n"
                  f"ca_file = {self.servers.certificates.ca}\n"
                  f"password_file = {password}\nafter = delete\n")
        mails = many_mails(desk, 1000, "mailbox")
        for _, raw, sender in mails[:700]:
            dovecot.deliver(self.USER, raw, sender)
        desk.start()
        killer, begun = Killer(desk), time.monotonic()
        rest = iter(mails[700:])
        while time.monotonic() - begun < 60:
            for _, (_, raw, sender) in zip(range(10), rest):
                dovecot.deliver(self.USER, raw, sender)
            time.sleep(0.3)
            if killer.kills() < 12:
                killer.one("imap" if killer.kills() % 2 else "")
            if killer.kills() == 5:
                killer.master()
            if desk.value("SELECT count(*) FROM inbound") >= 1000:
                break
        for _, raw, sender in rest:
            dovecot.deliver(self.USER, raw, sender)
        harness.wait_until(lambda: not dovecot.mailbox(self.USER).mails(), 120,
                           "the mailbox to be empty")
        desk.wait_ingested(120)
        desk.wait_sent(120)
        print(f"# {killer.killed}")
        self.assertGreater(killer.kills("imap"), 3)
        self.each_once(desk, [s for s, _, _ in mails])
        self.each_told_once(desk, desk.mails(), killer.kills())


class DatabaseAway(FaultCase):
    def test_stopped_and_started_in_the_middle(self):
        postgres = self.servers.new_postgres(durable=True)
        desk = self.servers.desk(postgres=postgres, agents=["anna@desk.example"], ingest=2)
        mails = many_mails(desk, 300, "database")
        mta = Mta(desk)
        for n, mode in enumerate(("fast", "immediate", "immediate")):
            for _, raw, sender in mails[n * 100:(n + 1) * 100]:
                mta.post(raw, sender=sender)
            time.sleep(0.4)
            postgres.stop(mode)
            time.sleep(1.5)
            self.assertTrue(desk.process.running())
            postgres.start()
        mta.done()
        desk.wait_ingested(60)
        desk.wait_sent(60)
        twice = len(desk.mails()) - len({m["Message-ID"] for m in desk.mails()})
        print(f"# {mta.answers}, {twice} mails twice")
        self.assertGreater(mta.answers.get(451, 0) + mta.answers.get(452, 0), 0)
        self.each_once(desk, [s for s, _, _ in mails])
        # Three times the database took a sender's word for "sent" with it.
        self.each_told_once(desk, desk.mails(), 2 * 3 * 20)
        self.assertEqual(desk.value("SELECT max(tries) FROM inbound WHERE state <> 'done'"),
                         None)

    def test_claims_whose_end_the_database_forgot(self):
        """Results are committed without waiting, so a crash of the server may bring back
        claims of a worker that lives on: it takes them up again, long before they end."""
        desk = self.servers.desk(agents=["anna@desk.example"])
        desk.accept(harness.mail())
        desk.wait_tickets(1)
        desk.wait_sent()
        claim = f"claimed_until = now() + interval '5 minutes', claimed_by = '{desk.settings['instance']}"
        desk.sql("UPDATE outbox SET state = 'sending', finished_at = NULL, "
                 f"{claim}/send/1' RETURNING id")
        desk.sql(f"UPDATE inbound SET state = 'new', {claim}/ingest/1' RETURNING id")
        desk.wait_ingested(20)
        desk.wait_sent(20)
        self.each_once(desk, ["printer on fire"])
        self.each_told_once(desk, desk.mails(), 2)


class DiskFull(FaultCase):
    SIZE = 200 << 20

    def setUp(self):
        super().setUp()
        self.mount = harness.folder(self.servers.directory / "small")
        run_as_root("mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "tmpfs", self.mount)
        self.servers.callback(run_as_root, "umount", self.mount)
        harness.folder(self.mount)
        self.postgres = harness.Postgres(
            self.mount / "pg", settings={"max_wal_size": "40MB", "min_wal_size": "32MB",
                                         "shared_buffers": "16MB"})
        self.servers.callback(self.postgres.stop)

    def fill(self, leave):
        """A file that takes all but `leave` bytes."""
        space = self.free() - leave
        harness.run_as_user(["fallocate", "-l", str(space), self.mount / "ballast"])

    def free(self):
        done = harness.run_as_user(["stat", "-f", "-c", "%a %S", self.mount])
        blocks, size = map(int, done.stdout.split())
        return blocks * size

    def test_full_and_free_again(self):
        desk = self.servers.desk(postgres=self.postgres, agents=["anna@desk.example"])
        mails = many_mails(desk, 60, "full")
        for _, raw, sender in mails[:20]:
            desk.accept(raw, sender=sender)
        desk.wait_ingested()
        desk.wait_sent()
        self.fill(leave=2 << 20)

        accepted = {s for s, _, _ in mails} | self.send_until_refused(desk)

        mta = Mta(desk)
        for _, raw, sender in mails[20:]:
            mta.post(raw, sender=sender)
        time.sleep(3)
        self.assertTrue(desk.process.running())
        harness.run_as_user(["rm", self.mount / "ballast"])
        if not self.postgres.process.running():
            self.postgres.start()  # it gives up where even its recovery finds no room
        mta.done()
        desk.wait_ingested(60)
        desk.wait_sent(60)
        self.each_once(desk, accepted)
        print(f"# {mta.answers}")

    def send_until_refused(self, desk):
        """Large mails until the door says "later"; the subjects of those it took."""
        taken, noise = set(), random.Random(3)
        for n in range(40):
            text = base64.encodebytes(noise.randbytes(1 << 20)).decode()
            try:
                code, words = next(iter(desk.lmtp_send(harness.mail(
                    subject=f"heavy {n}", text=text,
                    sender=f"h{n}@customer.example")).values()))
            except LATER as error:
                code, words = 0, str(error)
            if code == 250:
                taken.add(f"heavy {n}")
            elif code in (451, 452):
                self.assertRegex(words, r"^4\.[23]\.[01] ")
                return taken
        raise AssertionError(f"the door never said 451 or 452; last {code} {words}")


if __name__ == "__main__":
    harness.main()
