# tests/run: timeout 240
"""What people are told on the portal: written with the mail about it, read on the page and
through the API, at once on an open page, and by nobody else."""
import re

import harness
from loop_case import ANNA, BEN
from test_live import Stream
from tickets_case import PortalDesk

BELL = re.compile(r'id="unread">([^<]*)<')


class Notifications(PortalDesk):
    """One desk; each test has a customer of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.servers.desk()
        cls.desk.start_portal()

    def setUp(self):
        self.me = f"{self._testMethodName[5:].replace('_', '-')}@customer.example"
        self.subject = f"About {self._testMethodName[5:].replace('_', ' ')}"

    def ticket_of_mine(self, subject=None):
        """My new ticket, by mail: what Anna was mailed about it."""
        subject = subject or self.subject
        self.write(subject, self.me)
        return self.desk.wait_mail(to=ANNA, subject=subject)

    def told(self, browser, query="", about=None):
        """[(event, read)] of the API, newest first, of tickets of this subject."""
        items = browser.api("/notifications?limit=100" + query)["items"]
        return [(n["event"], n["read_at"] is not None) for n in items
                if n["ticket"]["subject"] == (about or self.subject)]

    def bell(self, browser, path="/account"):
        return BELL.search(browser.open(path))[1]

    def rows(self, address):
        """What is stored for this person, by event."""
        return {r["event"] for r in self.desk.sql(
            "SELECT n.event FROM notifications n JOIN addresses a ON a.tenant_id = "
            "n.tenant_id AND a.person_id = n.person_id JOIN conversations c ON c.id = "
            f"n.conversation_id WHERE a.address = '{address}' AND c.subject = "
            f"'{self.subject}'")}

    # --- who is told of what -----------------------------------------------------------

    def test_a_mail_and_its_answer(self):
        notice = self.ticket_of_mine()
        me, anna, ben = self.sign_in(self.me), self.sign_in(ANNA), self.sign_in(BEN)
        eve = self.sign_in("eve@customer.example")
        for agent in (anna, ben):
            self.assertEqual(self.told(agent), [("new_ticket", False)])
        self.assertEqual(self.told(me), [("acknowledgement", False)])
        self.assertEqual(self.bell(me), "1")

        self.answer(notice, "Please unplug\n\nit.", ANNA)
        self.desk.wait_mail(to=self.me, contains="unplug")
        self.assertEqual(self.told(me), [("answer", False), ("acknowledgement", False)])
        self.assertEqual(self.told(anna), [("new_ticket", False)])
        item = me.api("/notifications?unread=true")["items"][0]
        number = item["ticket"]["number"]
        self.assertEqual((item["excerpt"].strip(), item["url"]),
                         ("Please unplug it.", f"/tickets/{number}"))
        self.assertNotIn(ANNA, str(item))
        page = me.open("/notifications")
        self.assertIn("Somebody answered you", page)
        self.assertIn(f'<a href="/tickets/{number}">', page)
        self.assertEqual(self.bell(me), "2")
        # an agent has no page of a ticket that they don't take part in
        page = anna.open("/notifications")
        self.assertIn("There is a new ticket", page)
        self.assertNotIn(f'href="/tickets/{number}"', page)

        self.assertEqual(eve.api("/notifications"), {"items": [], "next": None})
        self.assertIn("Nothing has happened yet.", eve.open("/notifications"))
        self.assertEqual(self.bell(eve), "")
        self.assertEqual(self.desk.http("/api/v1/portal/notifications")[0], 401)

    def test_a_note_is_not_the_customers(self):
        self.ticket_of_mine()
        notice = self.desk.wait_mail(to=BEN, subject=self.subject)
        self.answer(notice, "#note\nThe customer is difficult.", BEN)
        self.desk.wait_mail(to=ANNA, contains="difficult")
        anna, me = self.sign_in(ANNA), self.sign_in(self.me)
        self.assertEqual(self.told(anna), [("note", False), ("new_ticket", False)])
        self.assertEqual(self.told(me), [("acknowledgement", False)])
        # nor what is the desk's own, should somebody who was an agent be one no more
        for event, wanted in (("note", "f"), ("answer", "t")):
            self.assertEqual(self.as_viewer(self.me, "SELECT notification_is_wanted("
                                            f"current_person(), '{event}')"), wanted)

    def test_an_answer_on_the_web_tells_the_agents(self):
        """Who writes is held to their own rows; the agents' are written all the same."""
        notice = self.ticket_of_mine()
        self.answer(notice, "Try this.", ANNA)
        self.desk.wait_mail(to=self.me, contains="Try this.")
        me, anna = self.sign_in(self.me), self.sign_in(ANNA)
        number = me.api("/notifications")["items"][0]["ticket"]["number"]
        me.open(f"/tickets/{number}")
        me.submit(f"/tickets/{number}/reply", {"text": "It works now."})
        self.assertEqual(self.told(anna)[0], ("customer_reply", False))
        self.assertEqual(anna.api("/notifications")["items"][0]["actor"], self.me)
        # nobody is told of what they did themselves
        self.assertEqual([event for event, _ in self.told(me)], ["answer", "acknowledgement"])

    def test_settings(self):
        """Off for one event: none of it; the mail off: shown all the same."""
        me = self.sign_in(self.me)
        me.api("/notifications/settings", "PUT", {"events": [
            {"event": "acknowledgement", "mail": True, "in_app": False},
            {"event": "answer", "mail": False, "in_app": True}]})
        notice = self.ticket_of_mine()
        self.desk.wait_mail(to=self.me, subject=self.subject)
        self.assertEqual(self.told(me), [])
        self.answer(notice, "Please wait.", ANNA)
        harness.wait_until(lambda: self.told(me), 20, "the notification")
        self.assertEqual(self.told(me), [("answer", False)])
        self.settle()
        self.assertEqual(self.desk.find_mails(to=self.me, contains="Please wait."), [])

    def test_a_merged_ticket(self):
        """What was told of a ticket that went into another leads there."""
        notice = self.ticket_of_mine("The other one")
        other = self.desk.value("SELECT number FROM tickets t JOIN conversations c ON c.id "
                                "= t.id WHERE c.subject = 'The other one'")
        notice = self.ticket_of_mine()
        self.answer(notice, f"#merge {other}", ANNA)
        self.desk.wait_mail(to=ANNA, contains=f"was merged into #{other}")
        me = self.sign_in(self.me)
        self.assertEqual({n["url"] for n in me.api("/notifications")["items"]},
                         {f"/tickets/{other}"})
        self.assertEqual(self.told(self.sign_in(BEN), about="The other one")[0],
                         ("merged", False))
        me.open(f"/tickets/{other}")
        self.assertEqual(self.bell(me), "")

    def test_a_split_ticket(self):
        """What was told of a message that is elsewhere now leads to where it is."""
        self.ticket_of_mine()
        receipt = self.desk.wait_mail(to=self.me, subject=self.subject)
        self.answer(receipt, "And the door squeaks.", self.me)
        notice = self.desk.wait_mail(to=ANNA, contains="squeaks")
        self.answer(notice, "#split The door", ANNA)
        self.desk.wait_mail(to=BEN, subject="The door")
        found = {n["event"]: n["ticket"]["subject"] for n in
                 self.sign_in(BEN).api("/notifications?limit=3")["items"]}
        self.assertEqual(found, {"split": "The door", "customer_reply": "The door",
                                 "new_ticket": self.subject})

    # --- reading -----------------------------------------------------------------------

    def test_read(self):
        notice = self.ticket_of_mine()
        self.answer(notice, "Done.", ANNA)
        self.desk.wait_mail(to=self.me, contains="Done.")
        me, eve = self.sign_in(self.me), self.sign_in("eve@customer.example")
        answer, receipt = (n["id"] for n in me.api("/notifications")["items"])
        for browser in (eve, self.sign_in(ANNA)):
            browser.api(f"/notifications/{answer}/read", "POST", status=404)
            browser.api("/notifications/read-all", "POST", status=204)
        self.assertEqual(self.bell(me), "2")
        me.api(f"/notifications/{receipt}/read", "POST", status=204)
        me.api(f"/notifications/{receipt}/read", "POST", status=204)
        self.assertEqual(self.told(me), [("answer", False), ("acknowledgement", True)])
        self.assertEqual(self.told(me, "&unread=true"), [("answer", False)])
        self.assertEqual(self.bell(me), "1")
        me.api("/notifications/read-all", "POST", status=204)
        self.assertEqual(self.told(me, "&unread=true"), [])
        self.assertIn("You have read everything.", me.open("/notifications?unread=1"))

    def test_read_without_scripts(self):
        notice = self.ticket_of_mine()
        self.answer(notice, "First.", ANNA)
        told = self.desk.wait_mail(to=self.me, contains="First.")
        me = self.sign_in(self.me)
        page = me.open("/notifications")
        one = re.search(r'action="(/notifications/[0-9a-f-]+/read)"', page)[1]
        newest = re.search(r'name="newest" value="([0-9a-f-]+)"', page)[1]
        me.submit(one, csrf="wrong", status=403)
        self.assertEqual(self.bell(me), "2")
        me.submit(one)
        self.assertEqual(self.bell(me), "1")

        # what came after the page was shown stays unread
        self.answer(told, "Thanks.", self.me)
        notice = self.desk.wait_mail(to=ANNA, contains="Thanks.")
        self.answer(notice, "Second.", ANNA)
        self.desk.wait_mail(to=self.me, contains="Second.")
        me.submit("/notifications/read-all", {"newest": newest})
        self.assertEqual([read for _, read in self.told(me)], [False, True, True])
        me.submit("/notifications/read-all", {"newest": "x"}, status=400)

    def test_opening_the_ticket_reads_them(self):
        notice = self.ticket_of_mine()
        self.write("Another matter", self.me)
        self.answer(notice, "Look.", ANNA)
        self.desk.wait_mail(to=self.me, contains="Look.")
        self.desk.wait_mail(to=self.me, subject="Another matter")
        me = self.sign_in(self.me)
        self.assertEqual(self.bell(me), "3")
        url = next(n["url"] for n in me.api("/notifications")["items"]
                   if n["ticket"]["subject"] == self.subject)
        self.assertEqual(self.bell(me, url), "1")
        self.assertEqual(self.told(me), [("answer", True), ("acknowledgement", True)])

    def test_page_by_page(self):
        subjects = [f"Page {i}" for i in range(3)]
        for subject in subjects:
            self.ticket_of_mine(subject)
        me = self.sign_in(self.me)
        first = me.api("/notifications?limit=2")
        self.assertIn('rel="next"', me.headers["Link"])
        second = me.api(f"/notifications?limit=2&cursor={first['next']}")
        self.assertEqual([n["ticket"]["subject"] for n in first["items"] + second["items"]],
                         subjects[::-1])
        self.assertEqual(second["next"], None)
        me.api("/notifications?cursor=nonsense", status=422)
        me.api("/notifications?unread=perhaps", status=422)
        newest = first["items"][0]["id"]
        page = me.open(f"/notifications?before={newest}")
        self.assertNotIn("Page 2", page)
        self.assertIn("Page 1", page)
        self.assertIn("Newest", page)
        me.open("/notifications?before=x", status=400)

    def test_more_than_a_page(self):
        me = self.sign_in(self.me)
        self.ticket_of_mine()
        self.desk.wait_mail(to=self.me, subject=self.subject)
        self.desk.postgres.execute(f"""
            INSERT INTO notifications (tenant_id, person_id, id, conversation_id, event)
            SELECT n.tenant_id, n.person_id, uuid_of_time(now() - interval '1 day' - i
                   * interval '1 s'), n.conversation_id, 'answer'
            FROM notifications n JOIN conversations c ON c.id = n.conversation_id
            JOIN addresses a ON a.person_id = n.person_id, generate_series(1, 120) AS i
            WHERE c.subject = '{self.subject}' AND a.address = '{self.me}'""",
            self.desk.database)
        self.assertEqual(self.bell(me), "99+")
        seen, path = 0, "/notifications"
        while path:
            page = me.open(path)
            seen += page.count("data-item")
            found = re.search(r'rel="next" href="([^"]+)"', page)
            path = found and found[1].replace("&amp;", "&")
        self.assertEqual(seen, 121)

    # --- live, walls, and the end --------------------------------------------------------

    def test_live(self):
        me = Stream(self.desk, self.desk.session(self.me))
        eve = Stream(self.desk, self.desk.session("eve@customer.example"))
        cleo = Stream(self.desk, self.desk.session("cleo@desk.example"))
        self.addCleanup(me.close)
        self.addCleanup(eve.close)
        self.addCleanup(cleo.close)
        anna = Stream(self.desk, self.desk.session(ANNA))
        self.addCleanup(anna.close)
        for stream in (me, eve, cleo, anna):
            stream.read("retry: 2000")
        self.ticket_of_mine()
        me.read("event: notification")
        anna.read("event: notification")
        eve.socket.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            eve.socket.recv(1000)
        # each is told their own alone
        mine = self.desk.value(
            "SELECT n.id FROM notifications n JOIN addresses a ON a.person_id = n.person_id "
            f"WHERE a.address = '{self.me}'")
        self.assertIn(f"id: {mine}\nevent: notification", me.text)
        self.assertEqual(me.text.count("event: notification"), 1)
        self.assertNotIn(str(mine), anna.text)

        # and afterwards to who was away
        before = "00000000-0000-7000-8000-000000000000"
        again = Stream(self.desk, self.desk.session(self.me) | {"Last-Event-ID": before})
        self.addCleanup(again.close)
        again.read(f"id: {mine}\nevent: notification")
        agent = Stream(self.desk, self.desk.session(BEN) | {"Last-Event-ID": before})
        self.addCleanup(agent.close)
        agent.read("event: notification")
        self.assertNotIn(str(mine), agent.text)

    def as_viewer(self, address, script, viewer="person"):
        """Run as portald's role, as this person."""
        return self.desk.postgres.execute(f"""BEGIN;
            SELECT set_config('postern.tenant', '{self.tenant()}', true),
                   set_config('postern.viewer', '{viewer}', true),
                   set_config('postern.person', '{self.person(address)}', true) \\g /dev/null
            {script}; ROLLBACK;""", self.desk.database, "postern_portald").strip()

    def tenant(self):
        return self.desk.value("SELECT id FROM tenants")

    def test_the_second_wall(self):
        """Statements that forget to ask see and change no other person's."""
        self.ticket_of_mine()
        count = "SELECT count(*) FROM notifications"
        everybodys = int(self.desk.value(count))
        mine = int(self.as_viewer(self.me, count))
        self.assertEqual(mine, 1)
        self.assertLess(mine, everybodys)
        self.assertEqual(self.as_viewer("eve@customer.example", count), "0")
        self.assertEqual(self.as_viewer(self.me, count, "link"), "0")
        anna = int(self.as_viewer(ANNA, count, "desk"))
        self.assertTrue(0 < anna < everybodys)
        self.assertEqual(self.as_viewer(
            self.me, "WITH u AS (UPDATE notifications SET read_at = now() RETURNING id) "
            "SELECT count(*) FROM u"), "1")
        for wrong in ("DELETE FROM notifications", "UPDATE notifications SET event = 'x'"):
            with self.assertRaisesRegex(RuntimeError, "permission denied"):
                self.as_viewer(self.me, wrong)
        # who left a ticket is not shown what was told of it
        self.desk.postgres.execute(
            "UPDATE participants SET left_at = now() WHERE person_id = "
            f"'{self.person(self.me)}'", self.desk.database)
        self.assertEqual(self.as_viewer(self.me, count), "0")
        self.assertEqual(self.bell(self.sign_in(self.me)), "")

    def test_the_clock_forgets(self):
        self.ticket_of_mine()
        self.desk.wait_mail(to=self.me, subject=self.subject)
        kept = self.rows(self.me)
        self.desk.postgres.execute(f"""
            INSERT INTO notifications (tenant_id, person_id, id, conversation_id, event)
            SELECT n.tenant_id, n.person_id, uuid_of_time(now() - old.days * interval '1 d'),
                   n.conversation_id, old.name
            FROM notifications n JOIN conversations c ON c.id = n.conversation_id
            JOIN addresses a ON a.person_id = n.person_id,
            (VALUES ('old', 91), ('young', 89)) AS old (name, days)
            WHERE c.subject = '{self.subject}' AND a.address = '{self.me}'""",
            self.desk.database)
        self.assertEqual(self.rows(self.me), kept | {"old", "young"})
        self.desk.kill("clock")  # it cleans when it starts
        harness.wait_until(lambda: "old" not in self.rows(self.me), 30, "the clock")
        self.assertEqual(self.rows(self.me), kept | {"young"})


if __name__ == "__main__":
    harness.main()
