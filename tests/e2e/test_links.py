"""The link of a mail (/t/…): who opens it, what counts as read, and what its page can do."""
import json
import re

import harness
from loop_case import ANNA, CARL
from tickets_case import Browser, PortalDesk, multipart

LINK = re.compile(r"http://[^/]+(/t/[a-z2-7]{24})\b")


class Links(PortalDesk):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.servers.desk(portal="rate_factor = 20")
        cls.desk.start_portal()

    def setUp(self):
        self.me = f"{self._testMethodName[5:].replace('_', '-')}@customer.example"

    def linked(self, subject, text="Try the other socket."):
        """A ticket of mine that Anna answered: the link of that mail."""
        self.write(subject, self.me)
        notice = self.desk.wait_mail(to=ANNA, subject=subject)
        self.answer(notice, text, ANNA)
        return LINK.search(self.desk.wait_mail(to=self.me, contains=text).text)[1]

    def unread(self):
        return self.desk.value(
            "SELECT count(*) FROM notifications n JOIN addresses a ON a.person_id = "
            f"n.person_id WHERE a.address = '{self.me}' AND n.read_at IS NULL")

    def post(self, browser, path, document, **headers):
        status, got, raw = browser.request(
            path, "POST", json.dumps(document).encode(), Accept="application/json",
            Content_Type="application/json", **headers)
        return status, got, json.loads(raw) if raw else None

    def messages(self, text):
        return self.desk.value(f"SELECT count(*) FROM messages WHERE text LIKE '%{text}%'")

    # --- what counts as read ------------------------------------------------------------

    def test_a_scanner_reads_nothing(self):
        link, other = self.linked("Kettle"), self.linked("Lamp", "Turn it.")
        self.assertEqual(self.unread(), 4)
        scanner = Browser(self.desk)
        for _ in range(3):
            self.assertIn(f'data-seen-url="{link}/seen"', scanner.open(link))
        scanner.request(link, "HEAD")
        self.assertEqual(self.unread(), 4)
        self.assertEqual(scanner.request(f"{link}/seen", "POST")[0], 204)
        self.assertEqual(self.unread(), 2)
        status, _, _ = scanner.request(f"{other}/seen", "POST",
                                       Origin="https://evil.example",
                                       Sec_Fetch_Site="cross-site")
        self.assertEqual((status, self.unread()), (403, 2))
        # an answer is an act too
        scanner.open(other)
        scanner.submit(f"{other}/reply", {"text": "It shines."})
        self.assertEqual(self.unread(), 0)

    def test_signed_in_it_is_read_when_it_is_opened(self):
        link = self.linked("Toaster")
        self.sign_in(self.me).open(link)
        self.assertEqual(self.unread(), 0)

    # --- who opens it -------------------------------------------------------------------

    def test_an_agent_is_told_what_it_is(self):
        link = self.linked("Fridge")
        anna = self.sign_in(ANNA)
        page = anna.open(link, 403)
        for word in ("This link is a customer", "Fridge", self.me, ANNA, "/notifications"):
            self.assertIn(word, page)
        self.assertNotIn("other socket", page)
        for path in ("/reply", "/rate", "/seen", "/answers", "/uploads", "/preview",
                     "/revoke"):
            status, _, _ = anna.request(link + path, "POST", b"text=mine&csrf=" +
                                        anna.token().encode(),
                                        Content_Type="application/x-www-form-urlencoded")
            self.assertEqual(status, 403, path)
        self.assertEqual(anna.request(f"{link}/live")[0], 403)
        self.assertEqual((self.messages("mine"), self.unread()), (0, 2))
        # who asked the desk something and then came to work there: it is their own
        self.desk.postgres.execute(
            "UPDATE people SET role = 'agent' WHERE id IN (SELECT person_id FROM addresses "
            f"WHERE address = '{self.me}')", self.desk.database)
        self.assertIn("other socket", self.sign_in(self.me).open(link))

    def test_another_customer_sees_whose_it_is(self):
        link = self.linked("Oven")
        carl = self.sign_in(CARL)
        page = carl.open(link)
        self.assertIn("another person", page)
        self.assertIn(CARL, page)
        self.assertIn("other socket", page)
        carl.submit(f"{link}/reply", {"text": "Said by the link."})
        self.assertEqual(self.desk.value(
            "SELECT author_address FROM messages WHERE text LIKE 'Said by the link.%'"),
                         self.me)
        self.assertNotIn("another person", Browser(self.desk).open(link))
        self.assertNotIn("another person", self.sign_in(self.me).open(link))

    def test_one_that_is_over_offers_to_sign_in(self):
        link = self.linked("Stove")
        self.desk.postgres.execute(
            "UPDATE capabilities SET revoked_at = now() WHERE kind = 'view' AND person_id IN "
            f"(SELECT person_id FROM addresses WHERE address = '{self.me}')",
            self.desk.database)
        page = Browser(self.desk).open(link, 410)
        self.assertIn(f'href="/sign-in?next={link}"', page)
        self.assertNotIn("/sign-in?next=", self.sign_in(CARL).open(link, 410))
        self.assertNotIn("/sign-in?next=", Browser(self.desk).open("/sign-in/link/x", 410))

    # --- what its page can do ------------------------------------------------------------

    def test_preview_and_files(self):
        link, other = self.linked("Radio"), self.linked("Bell", "Press it.")
        nobody = Browser(self.desk)
        status, _, answer = self.post(nobody, f"{link}/preview", {"markdown": "*so*"})
        self.assertEqual((status, answer), (200, {"html": "<p><em>so</em></p>"}))
        body, type_ = multipart([], [("a.txt", b"all of it", "text/plain")])
        status, _, raw = nobody.request(f"{link}/uploads", "POST", body, Content_Type=type_,
                                        Accept="application/json")
        self.assertEqual(status, 201, raw)
        upload = json.loads(raw)["id"]
        # neither by the link of another ticket, nor by that of another person
        for path in (other, self.of_carl()):
            status, _, _ = self.post(nobody, f"{path}/answers",
                                     {"text": "Taken.", "uploads": [upload]})
            self.assertEqual(status, 409, path)
        status, _, _ = self.post(nobody, f"{link}/answers",
                                 {"text": "See this.", "uploads": [upload]})
        self.assertEqual((status, self.messages("See this."), self.messages("Taken.")),
                         (200, 1, 0))
        told = self.desk.wait_mail(to=ANNA, contains="See this.")
        self.assertIn("a.txt", told.raw.decode())
        wrong = "/t/" + "a" * 24
        for path in ("/preview", "/uploads", "/answers", "/seen"):
            self.assertEqual(nobody.request(wrong + path, "POST")[0], 410, path)

    def of_carl(self):
        self.write("Of Carl", CARL)
        return LINK.search(self.desk.wait_mail(to=CARL, subject="Of Carl").text)[1]

    def test_an_answer_sent_twice_is_one(self):
        link = self.linked("Clock")
        nobody = Browser(self.desk)
        for _ in range(3):
            status, _, answer = self.post(nobody, f"{link}/answers", {"text": "Once only."},
                                          Idempotency_Key="queue-1")
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["url"], link)
        self.assertEqual(self.messages("Once only."), 1)
        status, _, _ = self.post(nobody, f"{link}/answers", {"text": "Other."},
                                 Idempotency_Key="queue-1")
        self.assertEqual((status, self.messages("Other.")), (422, 0))
        self.assertEqual(self.post(nobody, f"{link}/answers", {"text": " "})[0], 422)
        self.assertEqual(self.post(nobody, f"{link}/answers", {"text": "Free."})[0], 200)


if __name__ == "__main__":
    harness.main()
