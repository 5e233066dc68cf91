"""Notices as people want them: muted, at their time, together; and the link to the ticket
that a customer's mail carries."""
import re

import harness
from portal_case import Case


class Notices(Case):
    def ticket(self, address, subject, number=None):
        """A new ticket by mail from this address; its number."""
        self.desk.accept(f"From: {address}\r\nTo: {self.desk.queue}\r\n"
                         f"Subject: {subject}\r\nMessage-ID: <{subject.replace(' ', '.')}@x>"
                         "\r\n\r\nHelp!\r\n", sender=address)
        return harness.wait_until(lambda: self.desk.value(
            "SELECT t.number FROM tickets t JOIN conversations c ON c.id = t.id "
            f"WHERE c.subject = '{subject}'"), 20, "the ticket")

    def choose(self, address, settings, count=1):
        visitor = self.sign_in(address, count=count)
        visitor.headers["X-CSRF-Token"] = visitor.get("/account").forms["/account"]["csrf"]
        answer = visitor.api("PUT", "/api/v1/portal/notifications/settings", settings)
        self.assertEqual(answer.status, 200, answer)

    def outbox(self, address):
        return self.desk.sql(
            "SELECT template, state, next_at > now() + interval '30 s' AS waits "
            f"FROM outbox WHERE address = '{address}' AND role <> 'account' "
            "ORDER BY created_at")

    def test_a_muted_event(self):
        self.choose("mute@customer.example", {"events": [
            {"event": "acknowledgement", "mail": False, "in_app": True}]})
        self.ticket("mute@customer.example", "Mute one")
        self.ticket("loud@customer.example", "Loud one")
        self.desk.wait_mail(to="loud@customer.example")
        self.assertEqual(self.outbox("mute@customer.example"), [])

    def test_quiet_hours(self):
        """From an hour ago until in an hour: it waits."""
        self.choose("quiet@customer.example", self.desk.sql(
            "SELECT to_char(now() - interval '1 h', 'HH24:MI') AS quiet_from, "
            "to_char(now() + interval '1 h', 'HH24:MI') AS quiet_until")[0])
        self.ticket("quiet@customer.example", "Quiet one")
        self.assertEqual(self.outbox("quiet@customer.example"), [
            {"template": "acknowledgement", "state": "queued", "waits": True}])
        self.assertEqual(self.desk.sql(
            "SELECT extract(epoch FROM next_at - now())::integer BETWEEN 3480 AND 3660 AS ok "
            "FROM outbox WHERE address = 'quiet@customer.example' AND role = 'requester'"),
            [{"ok": True}])

    def test_together(self):
        address = "digest@customer.example"
        self.choose(address, {"digest": "hourly"})
        numbers = [self.ticket(address, f"Digest {i}") for i in range(3)]
        self.assertEqual([r["state"] for r in self.outbox(address)], ["held"] * 3)
        self.desk.postgres.execute(
            f"UPDATE outbox SET next_at = now() WHERE address = '{address}' AND state = "
            "'held' AND subject = 'Digest 0'", self.desk.database)
        mail = self.desk.wait_mail(to=address, subject="3 news", timeout=40)
        for i, number in enumerate(numbers):
            self.assertIn(f"#{number} Digest {i}", mail.text)
        self.assertIn("we have your new ticket", mail.text)
        self.assertIn("/account/notifications", mail.text)
        self.assertEqual([r["state"] for r in self.outbox(address)], ["cancelled"] * 3)

        # a single one goes as it is
        self.ticket(address, "Digest alone")
        self.desk.postgres.execute("UPDATE outbox SET next_at = now() WHERE state = 'held'",
                                   self.desk.database)
        mail = self.desk.wait_mail(to=address, subject="Digest alone", timeout=40)
        self.assertIn("number", mail.text)

    def test_the_link_to_the_ticket(self):
        address = "link@customer.example"
        number = self.ticket(address, "Link one")
        mail = self.desk.wait_mail(to=address, subject=f"#{number}")
        link = re.search(rf"http://127.0.0.1:{self.desk.portal_port}(/t/[a-z2-7]{{24}})",
                         mail.text)[1]
        html = mail.message.get_body(("html",)).get_content()
        self.assertIn(link, html)
        agent = self.desk.wait_mail(to="anna@desk.example", subject=f"#{number}")
        self.assertNotIn("/t/", agent.text)
        row = self.desk.sql("SELECT kind, expires_at > now() + interval '80 days' AS long, "
                            "revoked_at FROM capabilities WHERE kind = 'view' AND person_id "
                            "= (SELECT person_id FROM addresses WHERE address = "
                            f"'{address}')")
        self.assertEqual(row, [{"kind": "view", "long": True, "revoked_at": None}])

        visitor = self.visitor()
        for wrong in ("a" * 24, link[3:-1] + ("b" if link[-1] == "a" else "a"), "x"):
            self.assertEqual(visitor.post(f"/t/{wrong}/revoke").status, 410, wrong)
        # another site's page can't do it, and a reply address is no such link
        self.assertEqual(visitor.post(f"{link}/revoke", headers={
            "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}).status, 403)
        reply = re.search(r"\+([a-z2-7]{24})@", mail["Reply-To"])[1]
        self.assertEqual(visitor.post(f"/t/{reply}/revoke").status, 410)
        # it opens nothing else
        self.assertEqual(visitor.get("/account").status, 303)
        self.assertEqual(visitor.post(f"{link}/revoke").status, 303)
        self.assertEqual(visitor.post(f"{link}/revoke").status, 410)


if __name__ == "__main__":
    harness.main()
