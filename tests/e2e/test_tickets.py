"""test_tickets: a customer's tickets on the portal and in its API, with the agents at their
mail."""
import harness
from loop_case import ADA, ANNA, BEN, CARL, SUPPORT, attachments
from tickets_case import PortalDesk

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Tickets(PortalDesk):
    def new_ticket(self, browser, subject="Printer on fire", text="It **burns**.", files=(),
                   **fields):
        browser.open("/tickets/new")
        return browser.submit("/tickets", {"subject": subject, "text": text, **fields},
                              files)

    def test_the_whole_way(self):
        ada = self.sign_in(ADA, "Ada")
        page = self.new_ticket(ada, files=[("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(50),
                                            "image/png")],
                               category="technical", priority="high")
        self.assertIn("Your ticket is open.", page)
        self.assertIn("<strong>burns</strong>", page)
        self.assertIn("photo.png", page)
        notice = self.desk.wait_mail(to=ANNA, subject="Printer on fire")
        self.assertIn("It **burns**.", notice.text)
        self.assertEqual(list(attachments(notice)), ["photo.png"])
        self.desk.wait_mail(to=ADA, subject="Printer on fire")

        self.answer(notice, "Please unplug it.", ANNA)
        self.desk.wait_mail(to=ADA, contains="Please unplug it.")
        page = ada.open("/tickets/1")
        self.assertIn("Please unplug it.", page)
        self.assertIn("Waiting for you", page)
        self.assertNotIn(ANNA, page)
        found = ada.api("/tickets")["tickets"]
        self.assertEqual([(t["number"], t["status"], t["is_unread"]) for t in found],
                         [(1, "waiting_customer", False)])
        ticket = ada.api(f"/tickets/{found[0]['id']}")
        self.assertEqual([m["is_agent"] for m in ticket["messages"]], [False, True])
        self.assertEqual(ticket["messages"][1]["text"].strip(), "Please unplug it.")

        ada.submit("/tickets/1/reply", {"text": "I did, it is out."})
        told = self.desk.wait_mail(to=ANNA, contains="I did, it is out.")
        self.wait_status("open")
        self.answer(told, "#resolve\n\nGood to hear.", ANNA)
        self.wait_status("resolved")
        page = ada.open("/tickets/1")
        self.assertIn("How did we solve it?", page)
        page = ada.submit("/tickets/1/rate", {"rating": "5", "comment": "Quick."})
        self.assertIn("Thank you for your rating.", page)
        self.assertIn("5 / 5", page)
        rated = self.desk.wait_mail(to=ANNA, contains="5 of 5")
        self.assertIn("Quick.", rated.text)
        self.assertEqual(self.ticket()["satisfaction_rating"], 5)


if __name__ == "__main__":
    harness.main()
