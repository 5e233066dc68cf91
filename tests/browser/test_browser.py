# tests/run: timeout 1500
"""The portal in Chromium: *.test.js beside this file, against a desk that runs.

Each of them is one method here; their TAP lines are indented, their failures printed. npm
brings playwright-core and axe-core, by the lock file, into build/browser.
"""
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402  pylint: disable=wrong-import-position



class Control:
    """What a script may ask of the desk: POST /name with a JSON object, a JSON answer."""

    def __init__(self, desk):
        self.desk, self.told = desk, set()
        control = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                length = int(self.headers.get("Content-Length", 0))
                about = json.loads(self.rfile.read(length) or b"{}")
                try:
                    body, status = getattr(control, "do_" + self.path[1:])(**about), 200
                except Exception as e:  # pylint: disable=broad-except
                    body, status = f"{type(e).__name__}: {e}", 500
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

    def do_facts(self):
        """Numbers and ids that paths are made of."""
        return {"tickets": self.desk.sql(
            "SELECT t.number, t.id, t.status, c.subject FROM tickets t "
            "JOIN conversations c ON c.id = t.id ORDER BY t.number")}

    def do_mail(self, **fields):
        """A mail comes in; the fields are harness.mail()'s."""
        self.desk.accept(harness.mail(**fields))
        self.desk.wait_ingested()
        return {}

    def do_agent_answer(self, number, text):
        """Anna answers the notice that she got of this ticket, in her mail client."""
        notice = self.desk.wait_mails(1, 30, to="anna@desk.example", subject=f"[#{number}]")[0]
        self.desk.accept(harness.mail(sender="anna@desk.example", text=text,
                                      to=str(notice["Reply-To"]),
                                      subject="Re: " + str(notice["Subject"]),
                                      In_Reply_To=str(notice["Message-ID"])),
                         to=notice["Reply-To"].addresses[0].addr_spec,
                         sender="anna@desk.example")
        self.desk.wait_ingested()
        return {}

    def do_end_sessions(self, address):
        """As if they had run out."""
        self.desk.postgres.execute(
            "DELETE FROM sessions WHERE person_id IN (SELECT person_id FROM addresses "
            f"WHERE address = '{address}')", self.desk.database)
        return {}

    def do_ticket_of(self, address):
        """The newest ticket of somebody, and the path of the link that they were mailed."""
        row = self.desk.sql(
            "SELECT t.number, t.id FROM tickets t JOIN addresses a ON a.person_id = "
            f"t.requester_id WHERE a.address = '{address}' ORDER BY t.number DESC LIMIT 1")[0]
        mail = self.desk.wait_mails(1, 30, to=address, contains="/t/",
                                    subject=f"#{row['number']}")[0]
        return row | {"link": re.search(r"http://[^/]+(/t/[a-z2-7]{24})", mail.text)[1]}

    def do_messages(self, contains):
        """How many messages have these words."""
        return {"count": self.desk.value(
            f"SELECT count(*) FROM messages WHERE strpos(text, '{contains}') > 0")}

    def do_wait_mail(self, **choice):
        """The next mail that went out, fits, and was not asked for before."""
        def is_next(mail):
            return mail.path not in self.told
        found = self.desk.wait_mails(1, 30, where=is_next, **choice)[0]
        self.told.add(found.path)
        return {"subject": str(found["Subject"]), "reply_to": str(found["Reply-To"]),
                "text": found.text}


TEXTS = ("The printer on the second floor is on fire.\n\nWhat shall we do?",
         "How do I change the address on our invoices?",
         "الطابعة لا تعمل منذ الأمس، أرجو المساعدة.")
HTML = ('<p>How do I change <b>the address</b> on our invoices?</p><script>alert(1)</script>'
        '<img src="http://127.0.0.1:1/pixel.png" alt="a picture">')
SUBJECTS = ("Printer on fire", "Address on invoices", "الطابعة لا تعمل")


class Browser(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.modules = harness.npm_modules(HERE, "browser")
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(portal="rate_factor = 20")
        cls.desk.maild("add", "admin", "root@desk.example", "--tenant", cls.desk.tenant)
        cls.desk.start_portal()
        for subject, text in zip(SUBJECTS, TEXTS):
            cls.desk.accept(harness.mail(subject=subject, text=text,
                                         sender="Ada Lovelace <ada@customer.example>"))
        cls.desk.accept(harness.mail(subject="As HTML", text=HTML,
                                     sender="Ada Lovelace <ada@customer.example>",
                                     Content_Type="text/html; charset=utf-8"))
        cls.desk.wait_tickets(len(SUBJECTS) + 1)
        cls.control = Control(cls.desk)
        cls.addClassCleanup(cls.control.close)

    def run_script(self, name):
        shots = Path.cwd() / "screenshots"
        shots.mkdir(exist_ok=True)
        print(f"# screenshots: {shots}", flush=True)
        environment = os.environ | {
            "POSTERN_URL": f"http://127.0.0.1:{self.desk.portal_port}",
            "POSTERN_CONTROL": self.control.url, "POSTERN_SHOTS": str(shots),
            "POSTERN_MODULES": str(self.modules)}
        only = os.environ.get("POSTERN_TEST_ONLY")  # a pattern of names, to work on one
        options = [f"--test-name-pattern={only}"] if only else []
        done = subprocess.run(["node", "--test-reporter=tap", *options, HERE / name],
                              env=environment,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=1200, check=False)
        print("\n".join("    " + line for line in done.stdout.splitlines()
                        if "duration_ms" not in line and line.strip() not in ("---", "...")),
              flush=True)
        failed = re.findall(r"(?m)^not ok \d+ - (.*)$", done.stdout)
        self.assertEqual((done.returncode, failed), (0, []), "see above")
        self.assertIn("\nok ", "\n" + done.stdout, "it ran no test")

    def test_flows(self):
        self.run_script("flows.test.js")

    def test_hostile(self):
        self.run_script("hostile.test.js")

    def test_pages(self):
        self.run_script("pages.test.js")

    def test_account(self):
        self.run_script("account.test.js")

    def test_notifications(self):
        self.run_script("notifications.test.js")


if __name__ == "__main__":
    harness.main()
