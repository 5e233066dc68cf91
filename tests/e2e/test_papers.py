"""A customer's papers: a ticket as PDF and as mbox, what a reply will look like."""
import io
import json
import mailbox
import re
import subprocess
import tempfile
import threading
import time
import zipfile

import harness
from loop_case import ADA, ANNA, BEN, CARL, LoopCase, answer
from servers.visitor import Visitor


class Case(LoopCase):
    """A ticket of Ada's with a file, an answer, a note and a word of Carl's in Cc."""
    rates = "rate_factor = 20"

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(portal=cls.rates)
        cls.desk.start_portal()

    def setUp(self):
        super().setUp()
        if self.desk.tickets():
            return
        raw = harness.mail(subject="The printer burns", text="It burns.\nFrom the start.",
                           sender=ADA, to=self.desk.queue, Cc=CARL)
        self.desk.accept(raw)
        notice = self.desk.wait_mail(to=BEN, subject="The printer burns")
        self.send(notice, "#note\nThe customer is difficult.", BEN)
        notice = self.desk.wait_mail(to=ANNA, subject="The printer burns")
        self.send(notice, "Pull the plug, see the sheet.", ANNA,
                  attachments=[("sheet.txt", b"how to pull a plug\n")])
        told = self.desk.wait_mail(to=CARL, contains="Pull the plug")
        self.send(told, "Carl thanks.", CARL)
        self.desk.accept(harness.mail(subject="Of Carl alone", sender=CARL,
                                      to=self.desk.queue))
        self.settle()
        self.desk.wait_mail(to=ADA, contains="Pull the plug")

    def send(self, mail, text, sender, **options):
        raw, to = answer(mail, text, sender, **options)
        self.desk.accept(raw, to, sender)
        self.settle()

    def sign_in(self, address):
        visitor = Visitor(self.desk.portal_port)
        had = len(self.desk.find_mails(to=address, contains="/sign-in/link/"))
        visitor.submit(visitor.get("/sign-in?again=1"), "/sign-in", address=address)
        mails = self.desk.wait_mails(had + 1, to=address, contains="/sign-in/link/")
        newest = max(mails, key=lambda m: m.path.stat().st_mtime_ns)
        page = visitor.get(re.search(r"^(http\S+)$", newest.text, re.M)[1])
        self.assertEqual(visitor.submit(page, page.path).status, 303)
        return visitor

    def number(self, subject="The printer burns"):
        return self.desk.value("SELECT number FROM tickets t JOIN conversations c ON c.id = "
                               f"t.id WHERE c.subject = '{subject}'")

    def read_mbox(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            box = mailbox.mbox(file.name)
            try:
                return [(str(m["From"]), m.as_string()) for m in box]
            finally:
                box.close()

    def words_of(self, pdf):
        return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, check=True,
                              capture_output=True).stdout.decode()


class Papers(Case):
    def age_session(self, address):
        self.desk.postgres.execute(
            "UPDATE sessions SET created_at = now() - interval '16 min' WHERE person_id IN "
            f"(SELECT person_id FROM addresses WHERE address = '{address}')",
            self.desk.database)

    def test_all_data_takes_a_fresh_sign_in(self):
        """A browser that was left open gives nothing away: neither asking nor fetching."""
        again = "/sign-in?again=1&next=/account/export"
        ada = self.sign_in(ADA)
        self.assertIn('<a href="/account/export" aria-current="page">',
                      ada.get("/account/export").text)
        self.age_session(ADA)
        before = self.audit("export")
        answer = ada.submit(ada.get("/account/export"), "/account/export")
        self.assertEqual((answer.status, answer.location), (303, again))
        self.assertEqual(self.audit("export"), before)

        ada = self.sign_in(ADA)
        self.desk.postgres.execute("DELETE FROM exports", self.desk.database)
        ada.submit(ada.get("/account/export"), "/account/export")
        self.assertEqual(self.audit("export"), before + 1)
        harness.wait_until(lambda: self.desk.value("SELECT state FROM exports") == "ready",
                           40, "the archive")
        url = ada.api("GET", "/api/v1/portal/exports").json()["items"][0]["url"]
        fetched = self.audit("export_fetched")
        self.assertEqual(ada.get(url).status, 200)
        self.assertEqual(self.audit("export_fetched"), fetched + 1)
        self.age_session(ADA)
        answer = ada.get(url)
        self.assertEqual((answer.status, answer.location), (303, again))
        self.assertEqual(self.audit("export_fetched"), fetched + 1)
        self.assertIn("All data downloaded", ada.get("/account/sessions").text)

    def audit(self, kind):
        return self.desk.value(f"SELECT count(*) FROM audit WHERE kind = '{kind}'")

    def test_few_are_made_at_once(self):
        """Two of four threads make papers; a third is told to come again, and pages go on."""
        ada = self.sign_in(ADA)
        path = f"/tickets/{self.number()}/export.pdf"
        answers = []
        wait = threading.Thread(target=self.desk.postgres.execute, args=(
            "BEGIN; LOCK TABLE parts IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4); COMMIT",
            self.desk.database))
        wait.start()
        time.sleep(1)
        makers = [threading.Thread(target=lambda: answers.append(ada.get(path)))
                  for _ in range(2)]
        for maker in makers:  # one after the other: what comes at once, one thread may take
            maker.start()
            time.sleep(0.5)
        refused = ada.get(path, **{"Accept-Language": "de"})
        self.assertTrue(wait.is_alive(), f"it came too late to mean anything: {refused}")
        self.assertEqual((refused.status, refused.headers["Retry-After"]), (503, "5"))
        self.assertIn("zu viele Dateien", refused.text)
        for maker in [*makers, wait]:
            maker.join()
        self.assertEqual([a.status for a in answers], [200, 200])
        self.assertEqual(ada.get(path).status, 200)

    def test_pdf(self):
        ada = self.sign_in(ADA)
        page = ada.get(f"/tickets/{self.number()}/export.pdf")
        self.assertEqual((page.status, page.headers["Content-Type"]),
                         (200, "application/pdf"), page)
        self.assertIn(f'filename="ticket-{self.number()}.pdf"',
                      page.headers["Content-Disposition"])
        words = self.words_of(page.body)
        for word in (f"#{self.number()}", "The printer burns", "It burns.", "Pull the plug",
                     "Carl thanks.", "sheet.txt", "Open", "Printed:"):
            self.assertIn(word, words)
        for word in ("difficult", ANNA, BEN, "#note"):
            self.assertNotIn(word, words)

    def test_pdf_in_the_readers_language(self):
        ada = self.sign_in(ADA)
        self.desk.postgres.execute(
            "UPDATE people SET locale = 'de' WHERE id IN (SELECT person_id FROM addresses "
            f"WHERE address = '{ADA}')", self.desk.database)
        words = self.words_of(ada.get(f"/tickets/{self.number()}/export.pdf").body)
        self.assertIn("Priorität", words)
        self.assertIn("Gedruckt:", words)

    def test_mbox(self):
        ada = self.sign_in(ADA)
        page = ada.get(f"/tickets/{self.number()}/export.mbox")
        self.assertEqual((page.status, page.headers["Content-Type"]),
                         (200, "application/mbox"), page)
        mails = self.read_mbox(page.body)
        everything = "\n".join(text for _, text in mails)
        for word in ("It burns.", "Pull the plug", "sheet.txt"):
            self.assertIn(word, everything)
        for word in ("difficult", ANNA, BEN):
            self.assertNotIn(word, everything)
        # Carl's own mail and what was sent to him have reply addresses that act for Carl
        theirs = {a for m in self.desk.find_mails(to=CARL)
                  for a in re.findall(r"support\+[a-z2-7]{24}@", m.raw.decode())}
        self.assertTrue(theirs)
        for address in theirs:
            self.assertNotIn(address, everything)
        # as often as it was said, and in the order of time
        self.assertLess(page.body.index(b"It burns."), page.body.index(b"Pull the plug"))
        self.assertIn(b"\n>From the start.\n", page.body)

    def test_other_peoples_tickets(self):
        ada, number = self.sign_in(ADA), self.number("Of Carl alone")
        for kind in ("pdf", "mbox"):
            for path in (f"/tickets/{number}/export.{kind}",
                         f"/tickets/999999/export.{kind}"):
                self.assertEqual(ada.get(path).status, 404, path)
            stranger = Visitor(self.desk.portal_port)
            self.assertIn(stranger.get(f"/tickets/{number}/export.{kind}").status,
                          (303, 401))
        self.assertEqual(self.sign_in(CARL).get(f"/tickets/{number}/export.pdf").status, 200)

    def test_all_data(self):
        ada, carl = self.sign_in(ADA), self.sign_in(CARL)
        page = ada.get("/account/export")
        answer = ada.submit(page, "/account/export")
        self.assertEqual((answer.status, answer.location), (303, "/account/export"), answer)
        # twice is once
        self.assertEqual(ada.submit(page, "/account/export").status, 303)
        self.assertEqual(self.desk.value("SELECT count(*) FROM exports"), 1)
        listed = ada.api("GET", "/api/v1/portal/exports").json()
        one = f"/api/v1/portal/exports/{listed['items'][0]['id']}"
        self.assertIn("/account/export", self.desk.wait_mail(
            to=ADA, contains="put together", timeout=40).text)
        done = ada.api("GET", one).json()
        self.assertEqual((done["state"], done["left_out"], done["done"]),
                         ("ready", 0, done["total"]), done)
        self.assertIn(done["url"], ada.get("/account/export").text)

        file = ada.get(done["url"])
        self.assertEqual((file.status, file.headers["Content-Type"], len(file.body)),
                         (200, "application/zip", done["size"]), file)
        archive = zipfile.ZipFile(io.BytesIO(file.body))
        self.assertIsNone(archive.testzip())
        number = self.number()
        self.assertEqual(sorted(archive.namelist()), [
            f"conversations/ticket-{number}.json", f"files/ticket-{number}/1-sheet.txt",
            "mails.mbox", "profile.json"])
        self.assertEqual(archive.read(f"files/ticket-{number}/1-sheet.txt"),
                         b"how to pull a plug\n")
        profile = json.loads(archive.read("profile.json"))
        self.assertEqual([a["address"] for a in profile["addresses"]], [ADA])
        ticket = json.loads(archive.read(f"conversations/ticket-{number}.json"))
        self.assertEqual([m["text"].strip() for m in ticket["messages"]], [
            "It burns.\nFrom the start.", "Pull the plug, see the sheet.", "Carl thanks."])
        mails = self.read_mbox(archive.read("mails.mbox"))
        self.assertTrue(any("Pull the plug" in text for _, text in mails))
        for name in archive.namelist():
            for word in (b"difficult", ANNA.encode(), BEN.encode(), b"Of Carl alone"):
                self.assertNotIn(word, archive.read(name), name)

        # it is Ada's alone, and for a week
        self.assertEqual(carl.get(done["url"]).status, 404)
        self.assertEqual(carl.api("GET", one).status, 404)
        self.assertEqual(carl.api("GET", "/api/v1/portal/exports").json()["items"], [])
        self.assertIn(Visitor(self.desk.portal_port).get(done["url"]).status,
                      (303, 401, 404))
        self.desk.postgres.execute("UPDATE exports SET expires_at = now() - interval '1 s'",
                                   self.desk.database)
        self.assertEqual(ada.get(done["url"]).status, 404)
        self.assertEqual(ada.api("GET", one).status, 404)

    def test_an_archive_that_was_broken_off(self):
        """A clock that died left it half-made: it is begun anew; after three tries no more."""
        ada = self.sign_in(ADA)
        ada.submit(ada.get("/account/export"), "/account/export")
        self.desk.postgres.execute("""
            UPDATE exports SET state = 'building', tries = 1, done = 2;
            INSERT INTO export_pieces (tenant_id, export_id, ordinal, content)
            SELECT tenant_id, id, 0, 'torn' FROM exports ON CONFLICT DO NOTHING""",
                                   self.desk.database)
        harness.wait_until(lambda: self.desk.value(
            "SELECT state FROM exports WHERE expires_at > now()") == "ready", 40, "a new one")
        url = ada.api("GET", "/api/v1/portal/exports").json()["items"][0]["url"]
        self.assertTrue(ada.get(url).body.startswith(b"PK"))
        self.desk.postgres.execute("UPDATE exports SET state = 'building', tries = 3",
                                   self.desk.database)
        harness.wait_until(lambda: self.desk.value(
            "SELECT state FROM exports WHERE expires_at > now()") == "failed", 40, "the end")
        self.assertIn("could not be put together", ada.get("/account/export").text)

    def test_preview(self):
        ada = self.sign_in(ADA)
        csrf = ada.get("/account").forms
        token = next(f["csrf"] for f in csrf.values() if "csrf" in f)

        def preview(document, **headers):
            return ada.request("POST", "/api/v1/portal/preview", json.dumps(document), {"Content-Type": "application/json", "X-CSRF-Token": token,
                            "Origin": f"http://{ada.host}",
                            "Sec-Fetch-Site": "same-origin"} | headers)
        page = preview({"markdown": "*It* [burns](javascript:alert(1))\n<b>now</b>"})
        self.assertEqual(page.status, 200, page)
        self.assertEqual(page.json(), {"html": "<p><em>It</em> burns<br>"
                                               "&lt;b&gt;now&lt;/b&gt;</p>"})
        self.assertEqual(preview({"markdown": 7}).status, 422)
        self.assertEqual(preview({}).status, 422)
        self.assertEqual(preview({"markdown": "x"},
                                 Origin="https://evil.example").status, 403)



class Often(Case):
    rates = ""

    def test_not_too_many_in_a_while(self):
        ada, path = self.sign_in(ADA), f"/tickets/{self.number()}/export.mbox"
        answers = [ada.get(path) for _ in range(14)]
        self.assertEqual([a.status for a in answers[:12]], [200] * 12)
        self.assertEqual(answers[-1].status, 429)
        self.assertIn(int(answers[-1].headers["Retry-After"]), range(1, 11))
        self.assertIn("Too many", answers[-1].text)
        self.assertEqual(ada.get("/tickets").status, 200)
        self.assertEqual(self.sign_in(CARL).get(path).status, 200)


if __name__ == "__main__":
    harness.main()
