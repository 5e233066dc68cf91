"""test_features: what a tenant switches off at /admin/brand is off: on pages, in the API and
in mails; and the page of what is not there."""
import json

from loop_case import ADA, ANNA
from tickets_case import PortalDesk, multipart

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


class Features(PortalDesk):
    def switch_off(self, *names):
        features = json.dumps(dict.fromkeys(names, False))
        self.desk.postgres.execute(
            "UPDATE tenants SET settings = jsonb_set(settings, '{portal}', "
            f"'{{\"welcome\": \"Glad to help.\", \"features\": {features}}}')",
            self.desk.database)

    def ticket_of(self, browser):
        browser.open("/tickets/new")
        browser.submit("/tickets", {"subject": "Printer", "text": "It burns."})
        return self.ticket()["id"]

    def test_messages(self):
        ada = self.sign_in(ADA, "Ada")
        ticket = self.ticket_of(ada)
        self.assertIn('href="/messages"', ada.open("/"))
        ada.api(f"/conversations/{ticket}")
        self.switch_off("messages")
        self.assertNotIn('href="/messages"', ada.open("/"))
        ada.open("/messages", 404)
        ada.submit("/messages/1/archive", csrf=ada.token(), status=404)
        ada.open("/tickets/new")
        ada.api("/conversations", status=404)
        ada.api("/conversations", "POST", {"subject": "S", "text": "T"}, 404)
        ada.api(f"/conversations/{ticket}", status=404)
        ada.api(f"/conversations/{ticket}/messages", "POST", {"text": "T"}, 404)
        ada.api(f"/conversations/{ticket}/read", "POST", status=404)
        ada.api(f"/conversations/{ticket}/archive", "POST", status=404)
        ada.api(f"/tickets/{ticket}/reply", "POST", {"text": "Still here."}, 201)

    def test_files(self):
        ada = self.sign_in(ADA, "Ada")
        ticket = self.ticket_of(ada)
        self.assertIn('type="file"', ada.open("/tickets/new"))
        body, type_ = multipart([], [("a.png", PNG, "image/png")])
        upload = ada.api("/uploads", "POST", body, 201, Content_Type=type_)["id"]
        self.switch_off("attachments")
        self.assertNotIn('type="file"', ada.open("/tickets/1"))
        self.assertNotIn("data-upload-url", ada.page)
        self.assertNotIn('type="file"', ada.open("/tickets/new"))
        self.assertNotIn("data-upload-url", ada.page)
        ada.api("/uploads", "POST", body, 404, Content_Type=type_)
        words = {"text": "With a file.", "uploads": [upload]}
        ada.api(f"/tickets/{ticket}/reply", "POST", words, 403)
        ada.api("/tickets", "POST", {"subject": "S"} | words, 403)
        files = [("a.png", PNG, "image/png")]
        ada.submit("/tickets/1/reply", {"text": "T"}, files, 403)
        ada.open("/tickets/new")
        ada.submit("/tickets", {"subject": "S", "text": "T"}, files, 403)
        ada.open("/tickets/1")
        self.assertIn("Just words.", ada.submit("/tickets/1/reply", {"text": "Just words."}))
        self.assertEqual(self.desk.value("SELECT count(*) FROM tickets"), 1)

    def test_ratings_and_escalation(self):
        ada = self.sign_in(ADA, "Ada")
        ticket = self.ticket_of(ada)
        self.assertIn("/tickets/1/escalate", ada.open("/tickets/1"))
        self.switch_off("rating", "escalation")
        self.assertNotIn("/tickets/1/escalate", ada.open("/tickets/1"))
        self.assertFalse(ada.api(f"/tickets/{ticket}")["can"]["escalate"])
        ada.submit("/tickets/1/escalate", {"reason": "now"}, status=404)
        ada.open("/tickets/1")
        ada.api(f"/tickets/{ticket}/escalate", "POST", {"reason": "now"}, 404)
        notice = self.desk.wait_mail(to=ANNA, subject="Printer")
        self.answer(notice, "#resolve\n\nIt is out.", ANNA)
        self.wait_status("resolved")
        solved = self.desk.wait_mail(to=ADA, contains="is solved")
        self.assertNotIn("/rate/", solved.text)
        self.assertNotIn("How did we solve it?", ada.open("/tickets/1"))
        ada.submit("/tickets/1/rate", {"rating": "4"}, status=404)
        ada.open("/tickets/1")
        ada.api(f"/tickets/{ticket}/rate", "POST", {"rating": 4}, 404)
        self.switch_off()
        self.assertIn("How did we solve it?", ada.open("/tickets/1"))

    def test_a_wrong_address_is_a_page_of_the_same_site(self):
        ada = self.sign_in(ADA, "Ada")
        self.desk.postgres.execute("UPDATE people SET locale = 'de' WHERE name = 'Ada'",
                                   self.desk.database)
        for path in ("/nowhere", "/tickets/99", "/attachments/none"):
            with self.subTest(path):
                page = ada.open(path, 404)
                self.assertIn('action="/sign-out"', page)
                self.assertIn("Hier ist nichts", page)
                self.assertNotIn("there is", page)

    def test_strangers_are_written_nothing(self):
        self.switch_off("sign_up")
        nobody = self.sign_in(ADA, "Ada")
        nobody.cookie = None
        self.assertIn("Glad to help.", nobody.open("/"))
        for address in ("stranger@client.example", ADA):
            status, _, _ = nobody.request(
                "/sign-in", "POST", f"address={address}".encode(),
                Origin=f"http://127.0.0.1:{self.desk.portal_port}",
                Content_Type="application/x-www-form-urlencoded")
            self.assertEqual(status, 303)
        self.desk.wait_mail(to=ADA, contains="/sign-in/link/")
        self.assertEqual(self.desk.value("SELECT count(*) FROM outbox WHERE address = "
                                         "'stranger@client.example'"), 0)


if __name__ == "__main__":
    import harness
    harness.main()
