"""test_lmtp: the LMTP door on a real PostgreSQL: what is answered, and what is kept."""
import contextlib
import re
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402  pylint: disable=wrong-import-position

OTHER = "help@other.example"


class Client:
    """A connection that sends what it is told, byte for byte."""

    def __init__(self, desk, unix=False, source=None):
        if unix:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(str(desk.directory / "lmtp"))
        else:
            self.socket = socket.create_connection(
                ("127.0.0.1", desk.lmtp_port), 60,
                source_address=(source, 0) if source else None)
        self.socket.settimeout(60)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """One reply, all its lines: (code, lines)."""
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError("the server hung up")
            lines.append(line.rstrip(b"\r\n").decode())
            if line[3:4] == b" ":
                return int(line[:3]), lines

    def codes(self, n):
        return [self.reply()[0] for _ in range(n)]

    def say(self, line):
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def hello(self):
        assert self.reply()[0] == 220
        assert self.say("LHLO mx.example")[0] == 250
        return self

    def envelope(self, *recipients, sender="ada@customer.example"):
        """Up to where the message may begin."""
        lines = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{r}>" for r in recipients), "DATA"]
        self.send("".join(line + "\r\n" for line in lines).encode())
        codes = self.codes(len(lines))
        assert codes[-1] == 354, codes
        return codes[1:-1]

    def deliver(self, raw, *recipients):
        """The last reply's code, and its text."""
        self.envelope(*recipients)
        self.send(raw + b".\r\n")
        code, lines = self.reply()
        return code, lines[-1]

    def at_end(self):
        return self.file.read() == b""


class LmtpCase(harness.TestCase):
    """One desk of two tenants for the class, with nobody reading what came in."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(ingest=0, send=0, **cls.options)
        cls.desk.add("other.example", [OTHER], [])
        cls.queue = cls.desk.queue

    def setUp(self):
        super().setUp()
        self.desk.postgres.execute("TRUNCATE inbound CASCADE", self.desk.database)

    def client(self, **options):
        return self.enterContext(Client(self.desk, **options)).hello()

    def rows(self):
        rows = self.desk.sql(
            "SELECT i.id, i.door, i.peer, i.envelope_from, i.recipients, i.size, i.state, "
            "t.name AS tenant, encode(i.raw, 'hex') AS raw FROM inbound i "
            "JOIN tenants t ON t.id = i.tenant_id ORDER BY i.id")
        for row in rows:
            row["raw"] = bytes.fromhex(row["raw"])
            match = re.match(rb"Return-Path: .*\r\nDelivered-To: .*\r\nReceived: .*\r\n"
                             rb"\t.*\r\n\tid [0-9a-f-]+; .*\r\n", row["raw"])
            row["trace"], row["body"] = match[0], row["raw"][match.end():]
        return rows

    @contextlib.contextmanager
    def locked(self):
        """While it lasts no row can be added, so commits are in flight."""
        release = threading.Event()
        self.desk.postgres.execute(
            "CREATE TABLE IF NOT EXISTS gate (id int); TRUNCATE gate", self.desk.database)

        def open_gate():
            release.wait()
            self.desk.postgres.execute("INSERT INTO gate VALUES (1)", self.desk.database)

        script = ("BEGIN; LOCK TABLE inbound IN EXCLUSIVE MODE; DO $$ BEGIN "
                  "FOR i IN 1..3000 LOOP PERFORM pg_sleep(0.02); "
                  "IF EXISTS (SELECT FROM gate) THEN EXIT; END IF; END LOOP; END $$; COMMIT")
        threads = [threading.Thread(target=open_gate),
                   threading.Thread(target=self.desk.postgres.execute,
                                    args=(script, self.desk.database))]
        for thread in threads:
            thread.start()
        harness.wait_until(lambda: self.desk.value(
            "SELECT count(*) FROM pg_locks WHERE relation = 'inbound'::regclass "
            "AND mode = 'ExclusiveLock'"), 20, "the lock")
        try:
            yield release.set
        finally:
            release.set()
            for thread in threads:
                thread.join()

    def wait_blocked(self, count=1):
        harness.wait_until(lambda: self.desk.value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted") >= count, 20,
            "a commit in flight")


class Answers(LmtpCase):
    options = {"lmtp": "max_message = 100k"}

    def test_what_lhlo_offers(self):
        with Client(self.desk) as client:
            self.assertEqual(client.reply()[0], 220)
            code, lines = client.say("LHLO mx.example")
            self.assertEqual(code, 250)
            self.assertEqual({line[4:] for line in lines[1:]},
                             {"PIPELINING", "SIZE 102400", "8BITMIME", "SMTPUTF8",
                              "ENHANCEDSTATUSCODES", "CHUNKING"})

    def test_the_bytes_are_kept_as_they_came(self):
        body = (b"Subject: x\r\n\r\n.dot\r\n..two\r\n\xff\xfe\0\x01 8 bit\r\n"
                b"long " + b"x" * 3000 + b"\r\nlast\r\n")
        stuffed = re.sub(rb"(?m)^\.", b"..", body)
        code, text = self.client().deliver(stuffed, self.queue)
        self.assertEqual((code, text[:9]), (250, "250 2.0.0"))
        row, = self.rows()
        self.assertEqual(row["body"], body)
        self.assertEqual(row["size"], len(row["raw"]))
        self.assertEqual((row["door"], row["peer"], row["envelope_from"], row["state"]),
                         ("lmtp", "127.0.0.1", "ada@customer.example", "new"))
        self.assertIn(b"Return-Path: <ada@customer.example>\r\n", row["trace"])
        self.assertIn(f"Delivered-To: {self.queue}\r\n".encode(), row["trace"])
        self.assertIn(b"Received: from mx.example ([127.0.0.1])\r\n", row["trace"])
        self.assertIn(row["id"].encode(), row["trace"])

    def test_one_reply_a_recipient(self):
        client = self.client()
        token = self.queue.replace("@", "+abcdefghijklmnopqrstuvwx@")
        codes = client.envelope(self.queue.upper(), "nobody@desk.example", OTHER, token,
                                "x@elsewhere.example")
        self.assertEqual(codes, [250, 550, 250, 250, 550])
        client.send(b"Subject: x\r\n\r\nhello\r\n.\r\n")
        self.assertEqual(client.codes(3), [250, 250, 250])
        self.assertEqual({(r["tenant"], tuple(r["recipients"]), r["body"])
                          for r in self.rows()},
                         {(self.desk.tenant, (self.queue, token),
                           b"Subject: x\r\n\r\nhello\r\n"),
                          ("other.example", (OTHER,), b"Subject: x\r\n\r\nhello\r\n")})
        self.assertEqual(client.say("QUIT")[0], 221)
        self.assertTrue(client.at_end())

    def test_unknown_is_5_1_1(self):
        client = self.client()
        client.say("MAIL FROM:<>")
        self.assertEqual(client.say("RCPT TO:<nobody@desk.example>")[1][0][:9], "550 5.1.1")
        self.assertEqual(client.say("DATA")[0], 503)
        self.assertEqual(client.say(f"RCPT TO:<postmaster@{self.desk.tenant}>")[0], 250)

    def test_chunks_are_exact(self):
        client = self.client()
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<" + self.queue.encode() + b">\r\n"
                    b"BDAT 21\r\nSubject: x\r\n\r\nbare\n\r.BDAT 5 LAST\r\n\r\n.\r\n")
        self.assertEqual(client.codes(4), [250, 250, 250, 250])
        row, = self.rows()
        self.assertEqual(row["body"], b"Subject: x\r\n\r\nbare\n\r.\r\n.\r\n")
        self.assertEqual(row["envelope_from"], "")

    def test_everything_in_one_packet(self):
        with Client(self.desk) as client:
            mail = (f"MAIL FROM:<a@b.example>\r\nRCPT TO:<{self.queue}>\r\nDATA\r\n"
                    "Subject: x\r\n\r\n1\r\n.\r\n")
            client.send(("LHLO mx.example\r\n" + mail * 3 + "QUIT\r\n").encode())
            self.assertEqual(client.codes(2 + 3 * 4 + 1),
                             [220, 250, *[250, 250, 354, 250] * 3, 221])
        self.assertEqual(len(self.rows()), 3)

    def test_nothing_can_be_smuggled(self):
        inner = (f"MAIL FROM:<evil@x.example>\r\nRCPT TO:<{self.queue}>\r\n"
                 "DATA\r\nSubject: smuggled\r\n").encode()
        for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\n"):
            with self.subTest(end=end):
                client = self.client()
                code, text = client.deliver(b"Subject: x\r\n\r\na" + end + inner + b"\r\n",
                                            self.queue)
                self.assertEqual((code, text[:9]), (550, "550 5.6.0"))
                self.assertEqual(client.say("NOOP")[0], 250)
        client = self.client()
        for line in (b"NOOP\nMAIL FROM:<a@b>\r\n", b"NOOP\rMAIL FROM:<a@b>\r\n",
                     b"NO\0OP\r\n", b"NOOP " + b"x" * 3000 + b"\r\n"):
            client.send(line)
            self.assertEqual(client.reply()[0], 500)
        self.assertEqual(client.say("MAIL FROM:<a@b.example>")[0], 250)
        self.assertEqual(self.rows(), [])

    def test_too_large(self):
        client = self.client()
        self.assertEqual(client.say("MAIL FROM:<a@b.example> SIZE=102401")[1][0][:9],
                         "552 5.3.4")
        line = b"x" * 98 + b"\r\n"
        self.assertEqual(client.deliver(line * 1024, self.queue)[0], 250)
        code, text = client.deliver(line * 1024 + b"\r\n", self.queue)
        self.assertEqual((code, text[:9]), (552, "552 5.3.4"))
        client.send(f"MAIL FROM:<>\r\nRCPT TO:<{self.queue}>\r\n"
                    "BDAT 102401 LAST\r\n".encode() + b"x" * 102401 + b"NOOP\r\n")
        self.assertEqual(client.codes(4), [250, 250, 552, 250])
        self.assertEqual(len(self.rows()), 1)

    def test_smtputf8(self):
        client = self.client()
        client.send("MAIL FROM:<ädä@bücher.example> SMTPUTF8\r\n"
                    f"RCPT TO:<{self.queue}>\r\nDATA\r\n\r\n.\r\n".encode())
        self.assertEqual(client.codes(4), [250, 250, 354, 250])
        row, = self.rows()
        self.assertEqual(row["envelope_from"], "ädä@xn--bcher-kva.example")
        self.assertIn("Return-Path: <ädä@bücher.example>".encode(), row["trace"])
        self.assertIn(b"with UTF8LMTP", row["trace"])

    def test_unix_socket(self):
        client = self.client(unix=True)
        self.assertEqual(client.deliver(b"\r\n", self.queue)[0], 250)
        row, = self.rows()
        self.assertEqual(row["peer"], "unix")

    def test_who_is_not_on_the_list(self):
        with Client(self.desk, source="127.0.0.2") as client:
            self.assertEqual(client.reply()[1][0][:9], "554 5.7.1")
            self.assertTrue(client.at_end())

    def test_too_many_errors(self):
        client = self.client()
        client.send(b"FOO\r\n" * 60)
        codes = client.codes(52)
        self.assertEqual(codes, [500] * 51 + [421])
        self.assertTrue(client.at_end())


class Commits(LmtpCase):
    def deliver_together(self, mails):
        """Each mail on a connection of its own while commits are held up: its reply."""
        answers = {}

        def deliver(n, client, recipients):
            answers[n] = client.deliver(b"Subject: x\r\n\r\n", *recipients)

        clients = [self.client() for _ in mails]
        with self.locked() as release:
            threads = [threading.Thread(target=deliver, args=(n, clients[n], mail))
                       for n, mail in enumerate(mails)]
            for n, thread in enumerate(threads):
                thread.start()
                if n == 0:
                    self.wait_blocked()
            time.sleep(0.5)
            release()
            for thread in threads:
                thread.join()
        return [answers[n] for n in range(len(mails))]

    def refuse_rows(self, state):
        """From now on rows for the recipient poison fail with this SQLSTATE."""
        self.desk.postgres.execute(f"""
            CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF new.recipients::text LIKE '%poison%' THEN
                RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END IF; RETURN new; END $$;
            DROP TRIGGER IF EXISTS poison ON inbound;
            CREATE TRIGGER poison BEFORE INSERT ON inbound
            FOR EACH ROW EXECUTE FUNCTION poison()""", self.desk.database)
        self.addCleanup(self.desk.postgres.execute, "DROP TRIGGER poison ON inbound",
                        self.desk.database)

    def test_what_comes_together_is_committed_together(self):
        answers = self.deliver_together([[self.queue]] * 20)
        self.assertEqual([code for code, _ in answers], [250] * 20)
        self.assertEqual(self.desk.value("SELECT count(*) FROM inbound"), 20)
        commits = self.desk.value("SELECT count(DISTINCT xmin::text) FROM inbound")
        self.assertLessEqual(commits, 4)

    def test_one_bad_row_fails_nobody_else(self):
        self.refuse_rows("22000")
        poison = self.queue.replace("@", "+poison@")
        mails = [[self.queue]] * 5 + [[poison]] + [[self.queue]] * 5
        answers = self.deliver_together(mails)
        self.assertEqual([code for code, _ in answers], [250] * 5 + [554] + [250] * 5)
        self.assertEqual(self.desk.value("SELECT count(*) FROM inbound"), 10)

    def test_a_tenant_of_two_fails(self):
        self.refuse_rows("22000")
        client = self.client()
        client.envelope(self.queue, OTHER.replace("@", "+poison@"), self.queue)
        client.send(b"\r\n.\r\n")
        self.assertEqual(client.codes(3), [250, 554, 250])
        self.assertEqual([row["tenant"] for row in self.rows()], [self.desk.tenant])

    def test_disk_full_is_452(self):
        self.refuse_rows("53100")
        code, text = self.client().deliver(b"\r\n", self.queue.replace("@", "+poison@"))
        self.assertEqual((code, text[:9]), (452, "452 4.3.1"))
        self.assertEqual(self.client().deliver(b"\r\n", self.queue)[0], 250)

    def test_the_bell_is_rung(self):
        self.client().deliver(b"\r\n", self.queue)
        harness.wait_until(lambda: self.desk.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'NOTIFY postern_inbound'"),
            5, "a bell")

    def test_a_commit_that_is_cut_is_451(self):
        client = self.client()
        client.envelope(self.queue)
        with self.locked():
            client.send(b"Message-ID: <1@x>\r\n\r\n.\r\n")
            self.wait_blocked()
            self.desk.value(
                "SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity a "
                "JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted")
            code, lines = client.reply()
        self.assertEqual((code, lines[0][:9]), (451, "451 4.3.0"))
        harness.wait_until(lambda: client.deliver(b"Message-ID: <1@x>\r\n\r\n",
                                                  self.queue)[0] == 250, 10, "250")
        self.assertEqual(len(self.rows()), 1)

    def test_a_client_that_leaves_while_its_mail_is_committed(self):
        client = Client(self.desk).hello()
        client.envelope(self.queue)
        with self.locked():
            client.send(b"\r\n.\r\n")
            self.wait_blocked()
            client.close()
            time.sleep(0.2)
        harness.wait_until(self.rows, 10, "the row")
        self.assertEqual(self.client().deliver(b"\r\n", self.queue)[0], 250)

    def test_killed_while_mail_comes_in(self):
        accepted = []

        def deliver(worker):
            for n in range(40):
                name = f"{worker}.{n}"
                for _ in range(200):
                    with contextlib.suppress(OSError, EOFError, AssertionError):
                        with Client(self.desk) as client:
                            client.hello()
                            if client.deliver(f"X-Name: {name}\r\n\r\n".encode(),
                                              self.queue)[0] == 250:
                                accepted.append(name)
                                break
                    time.sleep(0.05)

        threads = [threading.Thread(target=deliver, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            time.sleep(0.3)
            harness.wait_until(lambda: "lmtp" in self.desk.jobs(), 20, "the lmtp process")
            self.desk.kill("lmtp")
        for thread in threads:
            thread.join()
        self.assertEqual(len(accepted), 160)
        kept = {row["body"].decode()[8:-4] for row in self.rows()}
        self.assertEqual(set(accepted) - kept, set())


class Outages(LmtpCase):
    def test_database_away_and_back(self):
        client = self.client()
        self.assertEqual(client.deliver(b"\r\n", self.queue)[0], 250)
        open_one = self.client()
        open_one.envelope(self.queue)
        self.desk.postgres.stop()
        time.sleep(0.3)
        client.say("MAIL FROM:<>")
        code, lines = client.say("RCPT TO:<support+new@desk.example>")
        self.assertEqual((code, lines[0][:9]), (451, "451 4.3.0"))
        open_one.send(b"\r\n.\r\n")
        self.assertEqual(open_one.reply()[0], 451)
        client.say("RSET")
        self.desk.postgres.start()
        harness.wait_until(lambda: self.desk.lmtp_send(b"\r\n")[self.queue][0] == 250, 20,
                           "the database to be found again")

    def test_shutdown(self):
        idle, sends, commits = self.client(), self.client(), self.client()
        sends.envelope(self.queue)
        commits.envelope(self.queue)
        with self.locked() as release:
            commits.send(b"\r\n.\r\n")
            self.wait_blocked()
            stopper = threading.Thread(target=self.desk.stop)
            stopper.start()
            self.assertEqual(idle.reply()[0], 421)
            self.assertTrue(idle.at_end())
            sends.send(b"\r\n.\r\n")
            time.sleep(0.3)
            release()
            for client in (sends, commits):
                self.assertEqual(client.codes(2), [250, 421])
                self.assertTrue(client.at_end())
        stopper.join()
        self.assertEqual(len(self.rows()), 2)
        self.desk.start()
        self.assertEqual(self.client().deliver(b"\r\n", self.queue)[0], 250)

    def test_a_message_that_is_not_finished_is_cut_at_shutdown(self):
        client = self.client()
        client.envelope(self.queue)
        client.send(b"Subject: half\r\n")
        start = time.monotonic()
        self.desk.stop()
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(client.reply()[0], 421)
        self.desk.start()

    def test_no_room(self):
        """Three clients that together want to leave more than may be in flight."""
        line = b"x" * 998 + b"\r\n"
        clients = [self.client() for _ in range(3)]
        for client in clients:
            client.envelope(self.queue)
            client.send(line * 48000)
        for client in clients:
            client.send(b".\r\n")
        codes = sorted(client.reply()[0] for client in clients)
        self.assertEqual(codes, [250, 250, 452])
        self.assertEqual(self.client().deliver(line * 48000, self.queue)[0], 250)


if __name__ == "__main__":
    harness.main()
