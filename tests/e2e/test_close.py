"""A customer closes their account: at once, in the end, and not after all."""
import re

import harness
from portal_case import Case

PASSWORD = "nine yellow buses wait"
# what belongs to a person alone: nothing of it is left in the end
OWN = ("credentials", "recovery_codes", "sessions", "devices", "token_families", "api_keys",
       "notification_settings", "notification_times", "notifications", "uploads", "exports",
       "customer_texts", "idempotency_keys", "sign_ins")


class Close(Case):
    def person(self, address):
        """Somebody with a ticket, a password, a key, settings and an own text."""
        self.desk.accept(harness.mail(subject=f"Of {address}", text="It burns.",
                                      sender=f"Clara Close <{address}>", to=self.desk.queue))
        self.desk.wait_mail(to=address, subject=f"Of {address}")
        visitor = self.sign_in(address)
        visitor.submit(visitor.get("/account/password"), "/account/password",
                       password=PASSWORD)
        made = visitor.submit(visitor.get("/account/keys"), "/account/keys", name="k",
                              access="read", days="")
        self.key = re.search(r"pk_[a-z2-7]{52}", made.text)[0]
        visitor.submit(visitor.get("/account/notifications"), "/account/notifications",
                       digest="daily")
        return visitor

    def id_of(self, address):
        return self.desk.value(f"SELECT person_id FROM addresses WHERE address = '{address}'")

    def close(self, visitor, confirm):
        return visitor.submit(visitor.get("/account/close"), "/account/close",
                              confirm=confirm)

    def answer(self, address, text):
        """Anna answers the notice of this person's ticket."""
        notice = self.desk.wait_mail(to="anna@desk.example", subject=f"Of {address}")
        self.desk.accept(harness.mail(
            sender="anna@desk.example", text=text, to=str(notice["Reply-To"]),
            subject="Re: " + str(notice["Subject"]), In_Reply_To=str(notice["Message-ID"])),
            to=notice["Reply-To"].addresses[0].addr_spec, sender="anna@desk.example")
        self.desk.wait_ingested()

    def release(self):
        """What waits for a daily mail goes now."""
        self.desk.wait_ingested()
        self.desk.postgres.execute("UPDATE outbox SET next_at = now(), state = 'queued' "
                                   "WHERE state = 'held'", self.desk.database)

    def by_password(self, address):
        visitor = self.visitor()
        return visitor.submit(visitor.get("/sign-in"), "/sign-in/password", address=address,
                              password=PASSWORD).status

    def kinds(self, person):
        return [r["kind"] for r in self.desk.sql(
            f"SELECT kind FROM audit WHERE person_id = '{person}' ORDER BY created_at, id")]

    def test_it_takes_a_fresh_sign_in_and_the_address(self):
        address = "careful@customer.example"
        visitor = self.sign_in(address)
        self.assertIn('href="/account/close"', visitor.get("/account").text)
        for wrong in ("", "other@customer.example", "careful"):
            page = self.close(visitor, wrong)
            self.assertEqual(page.status, 422)
            self.assertIn("not the address of your account", page.text)
        api = visitor.api("POST", "/api/v1/portal/account/close", {"confirm": address})
        self.assertEqual(api.status, 403)  # no token of the form
        self.desk.postgres.execute(
            "UPDATE sessions SET created_at = now() - interval '16 min' WHERE person_id = "
            f"'{self.id_of(address)}'", self.desk.database)
        self.assertEqual(self.close(visitor, address).location,
                         "/sign-in?again=1&next=/account/close")
        self.assertTrue(self.is_signed_in(visitor))
        self.assertEqual(self.desk.value("SELECT count(*) FROM people WHERE closing_at IS NOT "
                                         f"NULL AND id = '{self.id_of(address)}'"), 0)

    def test_an_agent_does_not(self):
        anna = self.sign_in("anna@desk.example")
        page = anna.get("/account/close")
        self.assertIn("Ask an admin", page.text)
        csrf = anna.get("/account").forms["/account"]["csrf"]
        self.assertEqual(anna.post("/account/close", csrf=csrf,
                                   confirm="anna@desk.example").status, 403)
        self.assertTrue(self.is_signed_in(anna))

    def test_at_once_and_back(self):
        address = "clara@customer.example"
        visitor = self.person(address)
        other = self.sign_in(address, count=2)
        person = self.id_of(address)
        page = self.close(visitor, "  Clara@Customer.example ")
        self.assertEqual(page.location, "/sign-in?done=closing")
        self.assertIn("within two weeks", visitor.get(page.location).text)
        self.desk.wait_mail(to=address, contains="will be closed in 14 days")
        for browser in (visitor, other):
            self.assertFalse(self.is_signed_in(browser))
        self.assertEqual(self.visitor().api("GET", "/api/v1/portal/tickets",
                                            token=self.key).status, 401)
        self.answer(address, "Nobody is mailed of this.")
        self.assertEqual(self.desk.find_mails(to=address, contains="Nobody is mailed"), [])

        # who writes again is answered, though the account is still to be closed
        self.desk.accept(harness.mail(subject="One more thing", text="It smokes now.",
                                      sender=address, to=self.desk.queue))
        self.release()
        self.desk.wait_mail(to=address, subject="One more thing")
        self.assertIsNotNone(self.desk.value(
            f"SELECT closing_at FROM people WHERE id = '{person}'"))

        # a sign-in keeps all but the sessions and keys
        self.assertEqual(self.by_password(address), 303)
        self.desk.wait_mail(to=address, contains="your account stays open")
        self.answer(address, "This one arrives.")
        self.release()
        self.desk.wait_mail(to=address, contains="This one arrives.")
        kinds = self.kinds(person)
        self.assertLess(kinds.index("account_closing"), kinds.index("account_kept"))
        self.desk.postgres.execute("UPDATE people SET closing_at = closing_at - interval "
                                   "'15 days'", self.desk.database)
        self.assertEqual(self.id_of(address), person)

    def test_in_the_end(self):
        address = "ende@customer.example"
        visitor = self.person(address)
        link = re.search(r"http://[^/]+(/t/[a-z2-7]{24})", self.desk.wait_mail(
            to=address, contains="/t/").text)[1]
        person, number = self.id_of(address), self.desk.value(
            f"SELECT number FROM tickets WHERE requester_id = '{self.id_of(address)}'")
        self.close(visitor, address)
        self.desk.wait_mail(to=address, contains="will be closed")
        self.desk.postgres.execute("UPDATE people SET closing_at = now() WHERE id = "
                                   f"'{person}'", self.desk.database)
        harness.wait_until(lambda: self.desk.value(
            f"SELECT closed_at IS NOT NULL FROM people WHERE id = '{person}'"), 30, "the end")

        for table in OWN:
            self.assertEqual(self.desk.value(f"SELECT count(*) FROM {table} WHERE person_id "
                                             f"= '{person}'"), 0, table)
        self.assertEqual(self.desk.sql(
            f"SELECT name, phone, closing_at FROM people WHERE id = '{person}'"),
                         [{"name": "Closed account", "phone": "", "closing_at": None}])
        self.assertIsNone(self.id_of(address))
        self.assertEqual(self.visitor().get(link).status, 410)
        self.assertEqual(self.by_password(address), 422)
        self.assertIn("account_closed", self.kinds(person))
        # the record of the desk stays, and is answered without a mail to anybody outside
        anna = self.sign_in("anna@desk.example", count=len(self.desk.find_mails(
            to="anna@desk.example", contains="/sign-in/link/")) + 1)
        listed = anna.api("GET", "/api/v1/desk/tickets?limit=100")
        self.assertIn("Closed account", listed.text)
        self.assertIn("It burns.", self.desk.maild("export", str(number)).stdout)
        sent = len(self.desk.find_mails(to=address))
        self.answer(address, "Said to nobody.")
        # who writes again is somebody new
        self.desk.accept(harness.mail(subject="A new start", text="Hello.", sender=address,
                                      to=self.desk.queue))
        self.desk.wait_mail(to=address, subject="A new start")
        self.assertNotEqual(self.id_of(address), person)
        self.assertEqual(len(self.desk.find_mails(to=address)), sent + 1)

    def test_the_name_that_a_tenant_shows(self):
        address = "keeps@customer.example"
        self.person(address)
        person = self.id_of(address)
        self.desk.postgres.execute(
            "UPDATE tenants SET settings = settings || '{\"closed_name\": \"\"}';"
            f"UPDATE people SET closing_at = now() WHERE id = '{person}'", self.desk.database)
        harness.wait_until(lambda: self.desk.value(
            f"SELECT closed_at IS NOT NULL FROM people WHERE id = '{person}'"), 30, "the end")
        self.assertEqual(self.desk.value(f"SELECT name FROM people WHERE id = '{person}'"),
                         "Clara Close")
        self.desk.postgres.execute("UPDATE tenants SET settings = settings - 'closed_name'",
                                   self.desk.database)


if __name__ == "__main__":
    harness.main()
