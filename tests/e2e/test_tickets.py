"""test_tickets: a customer's tickets on the portal and in its API, with the agents at their
mail."""
import html
import re
import uuid

import harness
from loop_case import ADA, ANNA, BEN, CARL, SUPPORT, attachments
from tickets_case import Browser, PortalDesk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class TicketsCase(PortalDesk):
    def new_ticket(self, browser, subject="Printer on fire", text="It **burns**.", files=(),
                   **fields):
        browser.open("/tickets/new")
        return browser.submit("/tickets", {"subject": subject, "text": text, **fields},
                              files)

    def ticket_id(self, number=1):
        return self.ticket(number)["id"]


class TheWholeWay(TicketsCase):
    def test_from_the_form_to_the_rating(self):
        ada = self.sign_in(ADA, "Ada")
        page = self.new_ticket(ada, files=[("photo.png", PNG, "image/png")],
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
        found = ada.api("/tickets")["items"]
        self.assertEqual([(t["number"], t["status"], t["is_unread"]) for t in found],
                         [(1, "waiting_customer", True)])
        page = ada.open("/tickets/1")
        self.assertIn("Please unplug it.", page)
        self.assertIn("Waiting for you", page)
        self.assertNotIn(ANNA, page)
        self.assertFalse(ada.api("/tickets")["items"][0]["is_unread"])
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
        page = ada.submit("/tickets/1/rate", {"rating": "4", "comment": "Quick."})
        self.assertIn("Thank you for your rating.", page)
        self.assertIn("4 / 5", page)
        rated = self.desk.wait_mail(to=ANNA, contains="4 of 5")
        self.assertIn("Quick.", rated.text)
        self.assertEqual(self.ticket()["satisfaction_rating"], 4)

    def test_the_link_of_a_mail_shows_answers_and_rates(self):
        _, notice = self.open("kettle")
        self.answer(notice, "Try the other socket.", ANNA)
        told = self.desk.wait_mail(to=ADA, contains="other socket")
        link = re.search(r"http://[^/]+(/t/[a-z2-7]{24})\b", told.text)[1]
        nobody = Browser(self.desk)
        page = nobody.open(link)
        self.assertIn("Try the other socket.", page)
        self.assertNotIn('href="/tickets', page.split("<main", 1)[1])
        nobody.submit(f"{link}/reply", {"text": "That one works."},
                      [("log.txt", b"all is well", "text/plain")])
        told = self.desk.wait_mail(to=ANNA, contains="That one works.")
        self.assertEqual(attachments(told), {"log.txt": b"all is well"})
        self.assertEqual(self.messages()[-1]["author_address"], ADA)
        self.answer(told, "#resolve", ANNA)
        solved = self.desk.wait_mail(to=ADA, contains="is solved")
        stars = re.findall(r"http://[^/]+(/t/[a-z2-7]{24}/rate/[1-5])\b", solved.text)
        self.assertEqual(len(stars), 5)
        page = nobody.open(stars[0])
        self.assertIsNone(self.ticket()["satisfaction_rating"])
        self.assertIn('value="5" required checked', page)
        nobody.submit(stars[0].rsplit("/", 1)[0], {"rating": "5"})
        self.assertEqual(self.ticket()["satisfaction_rating"], 5)
        for path in (f"{link}/close", f"{link}/escalate", "/tickets/1", "/tickets"):
            status, headers, _ = nobody.request(
                path, "POST", b"subject=s&text=t&reason=r",
                Content_Type="application/x-www-form-urlencoded")
            self.assertTrue(status in (401, 403, 404, 405)
                            or headers["Location"].startswith("/sign-in"), path)
        self.assertEqual([t["status"] for t in self.desk.tickets()], ["resolved"])
        self.assertIn(f'action="{link}/revoke"', nobody.open(link))
        self.assertIn("no longer good", nobody.submit(f"{link}/revoke"))
        nobody.open(link, 410)

    def test_close_reopen_escalate(self):
        ada = self.sign_in(ADA, "Ada")
        self.new_ticket(ada)
        self.desk.wait_mail(to=ANNA, subject="Printer on fire")
        ada.submit("/tickets/1/escalate", {"reason": "The house is full of smoke."})
        for agent in (ANNA, BEN):
            told = self.desk.wait_mail(to=agent, contains="looked at soon")
            self.assertIn("The house is full of smoke.", told.text)
        self.assertEqual((self.ticket()["priority"], self.ticket()["tags"]),
                         ("high", ["escalated"]))
        ada.submit("/tickets/1/escalate", {"reason": "Still."}, status=422)
        ticket = ada.api(f"/tickets/{self.ticket_id()}/close", "POST")
        self.assertEqual(ticket["status"], "closed")
        self.assertEqual(ada.headers["ETag"][0], '"')
        old = ada.headers["ETag"]
        ada.api(f"/tickets/{self.ticket_id()}/reopen", "POST", If_Match=old)
        ada.api(f"/tickets/{self.ticket_id()}/close", "POST", If_Match=old, status=412)
        self.wait_status("open")
        told = self.desk.wait_mail(to=ANNA, contains="changed the status: closed")
        ada.api(f"/tickets/{self.ticket_id()}/rate", "POST", {"rating": 3}, status=409)
        kinds = [e["kind"] for e in ada.api(f"/tickets/{self.ticket_id()}")["events"]]
        self.assertEqual(kinds, ["opened", "escalated", "priority", "status", "status"])


class Walls(TicketsCase):
    def test_nobody_else_sees_it(self):
        ada, carl = self.sign_in(ADA, "Ada"), self.sign_in(CARL, "Carl")
        self.new_ticket(ada, files=[("photo.png", PNG, "image/png")])
        ticket = ada.api(f"/tickets/{self.ticket_id()}")
        url = ticket["messages"][0]["attachments"][0]["url"]
        self.assertEqual(ada.request(url)[0], 200)
        for path in ("/tickets/1", url, f"{url}/preview",
                     f"/tickets/1/messages/{ticket['messages'][0]['id']}/view",
                     f"/api/v1/portal/tickets/{ticket['id']}", "/tickets/2",
                     f"/api/v1/portal/tickets/{uuid.uuid4()}"):
            self.assertEqual(carl.request(path)[0], 404, path)
            self.assertIn(Browser(self.desk).request(path)[0], (303, 401), path)
        carl.open("/tickets/new")
        for verb in ("reply", "close", "reopen", "rate", "escalate"):
            carl.api(f"/tickets/{ticket['id']}/{verb}", "POST",
                     {"text": "x"} if verb == "reply" else
                     {"rating": 1} if verb == "rate" else
                     {"reason": "x"} if verb == "escalate" else None, status=404)
            carl.submit(f"/tickets/1/{verb}", {"text": "x", "rating": "1", "reason": "x"},
                        status=404)
            carl.open("/tickets/new")
        self.assertEqual(carl.api("/tickets")["items"], [])
        self.assertEqual(carl.api("/tickets?q=printer")["items"], [])
        self.assertEqual(len(self.messages()), 1)

    def rows_seen(self, person):
        """{table: rows} that portald's role sees where this person looks, whatever a
        statement asks for."""
        tables = ("tickets", "conversations", "messages", "parts", "events", "inbound",
                  "participants", "uploads", "customer_texts")
        counts = " || ' ' || ".join(f"(SELECT count(*) FROM {t})" for t in tables)
        self.desk.postgres.execute(f"""
            CREATE TABLE IF NOT EXISTS seen (counts text);
            GRANT INSERT, SELECT, DELETE ON seen TO postern_portald;
            DELETE FROM seen;
            BEGIN;
            SELECT set_config('postern.tenant', (SELECT id::text FROM tenants), true),
                   set_config('postern.viewer', 'person', true),
                   set_config('postern.person', '{person}', true);
            SET LOCAL ROLE postern_portald;
            INSERT INTO seen SELECT {counts};
            COMMIT""", self.desk.database)
        found = self.desk.value("SELECT counts FROM seen").split()
        return dict(zip(tables, map(int, found)))

    def test_the_second_wall(self):
        ada = self.sign_in(ADA, "Ada")
        self.new_ticket(ada, files=[("photo.png", PNG, "image/png")])
        ada.api("/texts", "POST", {"title": "t", "text": "x"}, status=201)
        notice = self.desk.wait_mail(to=ANNA, subject="Printer on fire")
        self.answer(notice, "#note for us alone", ANNA)
        self.desk.wait_mail(to=BEN, contains="for us alone")
        carl = self.rows_seen(self.person(CARL))
        self.assertEqual({t: n for t, n in carl.items() if n}, {})
        seen = self.rows_seen(self.person(ADA))
        self.assertEqual((seen["tickets"], seen["messages"], seen["inbound"],
                          seen["customer_texts"]), (1, 1, 1, 1))

    def test_another_tenant(self):
        ada = self.sign_in(ADA, "Ada")
        self.new_ticket(ada, files=[("photo.png", PNG, "image/png")])
        ticket = ada.api(f"/tickets/{self.ticket_id()}")
        url = ticket["messages"][0]["attachments"][0]["url"]
        self.desk.maild("add", "tenant", "other.example")
        eve = self.sign_in("eve@x.example", "Eve", tenant="other.example")
        for path in ("/tickets/1", url, f"/api/v1/portal/tickets/{ticket['id']}",
                     f"/api/v1/portal/conversations/{ticket['id']}"):
            status, _, raw = eve.request(path, Host="other.example")
            self.assertEqual(status, 404, path)
            self.assertNotIn(b"burns", raw)
            self.assertIn(eve.request(path, Host="desk.example")[0], (303, 401), path)
            self.assertIn(ada.request(path, Host="other.example")[0], (303, 401), path)
        self.assertEqual(eve.request("/tickets?q=printer", Host="other.example")[2].count(
            b"Printer on fire"), 0)

    def test_closed_long_ago(self):
        ada = self.sign_in(ADA, "Ada")
        self.new_ticket(ada)
        ada.submit("/tickets/1/close")
        self.desk.postgres.execute("UPDATE tickets SET closed_at = now() - "
                                   "interval '90 days'", self.desk.database)
        page = ada.open("/tickets/1")
        self.assertIn("/tickets/new?follows=1", page)
        ada.api(f"/tickets/{self.ticket_id()}/reply", "POST", {"text": "x"}, status=409)
        ada.api(f"/tickets/{self.ticket_id()}/reopen", "POST", status=409)
        ada.open("/tickets/new?follows=1")
        page = ada.submit("/tickets", {"subject": "again", "text": "It burns again.",
                                       "follows": "1"})
        self.assertIn("Related tickets", page)
        self.assertIn('href="/tickets/1"', page)

    def test_an_upload_is_its_owners(self):
        ada, carl = self.sign_in(ADA), self.sign_in(CARL)
        from tickets_case import multipart  # pylint: disable=import-outside-toplevel
        body, type_ = multipart([], [("a.txt", b"words", "text/plain")])
        done = ada.api("/uploads", "POST", body, status=201, Content_Type=type_)
        self.assertEqual((done["name"], done["size"]), ("a.txt", 5))
        carl.api("/tickets", "POST", {"subject": "s", "text": "t",
                                      "uploads": [done["id"]]}, status=409)
        carl.api(f"/uploads/{done['id']}", "DELETE", status=404)
        ticket = ada.api("/tickets", "POST", {"subject": "s", "text": "t",
                                              "uploads": [done["id"]]}, status=201)
        self.assertEqual([a["name"] for a in ticket["messages"][0]["attachments"]],
                         ["a.txt"])
        ada.api("/tickets", "POST", {"subject": "s", "text": "t",
                                     "uploads": [done["id"]]}, status=409)
        self.assertEqual(self.desk.value("SELECT count(*) FROM uploads"), 0)

    def test_notes_and_agents_mails_stay_inside(self):
        receipt, notice = self.open("kettle")
        del receipt
        self.answer(notice, "#note he is a nuisance", ANNA)
        told = self.desk.wait_mail(to=BEN, contains="nuisance")
        self.answer(told, "Buy a new one.", BEN)
        self.desk.wait_mail(to=ADA, contains="Buy a new one.")
        ada = self.sign_in(ADA)
        page, ticket = ada.open("/tickets/1"), ada.api(f"/tickets/{self.ticket_id()}")
        for text in (page, str(ticket), ada.open("/tickets")):
            for word in ("nuisance", ANNA, BEN):
                self.assertNotIn(word, text)
        self.assertEqual(ada.api("/tickets?q=nuisance")["items"], [])
        for message in self.messages():
            if message["author_role"] == "customer":
                continue
            for what in ("view", "parts/0", "parts/1", "parts/1/preview"):
                status, _, raw = ada.request(f"/tickets/1/messages/{message['id']}/{what}")
                self.assertNotIn(b"nuisance", raw)
                self.assertEqual(status, 404)

    def test_nothing_typed_is_markup(self):
        ada = self.sign_in(ADA, XSS.replace("'", ""))
        self.desk.postgres.execute("""
            UPDATE tenants SET settings = '{"custom_fields": [{"key": "k", "label":
            "<b>L</b>", "type": "text", "visible_to_customer": true}]}'""",
                                   self.desk.database)
        self.new_ticket(ada, XSS, XSS, [(XSS.replace('"', ""), b"<html>", "text/html")],
                        **{"field.k": XSS})
        ada.submit("/tickets/1/escalate", {"reason": XSS})
        pages = [ada.open("/tickets/1"), ada.open("/tickets"),
                 ada.open("/tickets?q=%3Cscript%3E%22%3E"),
                 ada.submit("/tickets", {"subject": "", "text": XSS, "field.k": XSS},
                            status=422)]
        for page in pages:
            self.assertNotRegex(page, r"<script>|<img src=x|onerror=alert\(2\)>[^&]?<|<b>L")
        self.assertIn(html.escape(XSS).replace("&#x27;", "&#39;"), pages[0])
        ticket = ada.api(f"/tickets/{self.ticket_id()}")
        url = ticket["messages"][0]["attachments"][0]["url"]
        _, headers, raw = ada.request(f"{url}/preview")
        self.assertEqual((headers["Content-Type"], raw),
                         ("text/plain; charset=utf-8", b"<html>"))
        self.assertIn("sandbox", headers["Content-Security-Policy"])


class Start(TicketsCase):
    def test_dashboard(self):
        self.assertIn("/sign-in", Browser(self.desk).open("/"))
        ada = self.sign_in(ADA, "Ada Lovelace")
        page = ada.open("/")
        self.assertIn("Ada Lovelace", page)
        self.assertIn("You have no open tickets.", page)
        self.new_ticket(ada)
        notice = self.desk.wait_mail(to=ANNA, subject="Printer on fire")
        self.answer(notice, "Please unplug it.", ANNA)
        self.desk.wait_mail(to=ADA, contains="Please unplug it.")
        page = ada.open("/")
        self.assertIn("Printer on fire", page)
        self.assertIn("Answer of the team", page)
        self.assertIn('class="badge is-count">1<', page)
        self.assertNotIn("Printer on fire", self.sign_in(CARL).open("/"))

    def test_conversations(self):
        ada, carl = self.sign_in(ADA, "Ada"), self.sign_in(CARL)
        started = ada.api("/conversations", "POST", {"subject": "Hello", "text": "Is it you?"},
                          status=201)
        self.assertEqual([m["text"].strip() for m in started["messages"]], ["Is it you?"])
        notice = self.desk.wait_mail(to=ANNA, subject="Hello")
        self.answer(notice, "It is.", ANNA)
        self.desk.wait_mail(to=ADA, contains="It is.")
        listed = ada.api("/conversations")["items"]
        self.assertEqual([(c["subject"], c["unread"]) for c in listed], [("Hello", 1)])
        path = f"/conversations/{started['id']}"
        for verb in ("read", "archive"):
            carl.api(f"{path}/{verb}", "POST", status=404)
            ada.api(f"{path}/{verb}", "POST", status=204)
        carl.api(path, status=404)
        carl.api(f"{path}/messages", "POST", {"text": "x"}, status=404)
        self.assertEqual(ada.api("/conversations")["items"], [])
        listed = ada.api("/conversations?archived=true")["items"]
        self.assertEqual([(c["subject"], c["unread"]) for c in listed], [("Hello", 0)])
        self.assertIn("Hello", ada.open("/messages?archived=1"))
        said = ada.api(f"{path}/messages", "POST", {"text": "Good."}, status=201,
                       Idempotency_Key="one")
        again = ada.api(f"{path}/messages", "POST", {"text": "Good."}, status=201,
                        Idempotency_Key="one")
        self.assertEqual((len(said["messages"]), said), (3, again))
        self.desk.wait_mail(to=ANNA, contains="Good.")
        page = ada.open("/messages?q=good")
        self.assertIn("Hello", page)
        ada.submit("/messages/1/archive")
        self.assertEqual(ada.api("/conversations")["items"], [])

    def test_own_texts(self):
        ada, carl = self.sign_in(ADA), self.sign_in(CARL)
        ada.open("/account/texts")
        page = ada.submit("/account/texts", {"title": XSS[:90], "text": "Kind **regards**"})
        self.assertNotIn("<script>alert", page)
        kept = ada.api("/texts")["items"]
        self.assertEqual([t["text"] for t in kept], ["Kind **regards**"])
        path = f"/texts/{kept[0]['id']}"
        self.assertEqual(carl.api("/texts")["items"], [])
        carl.api(path, "PUT", {"title": "x", "text": "y"}, status=404)
        carl.api(path, "DELETE", status=404)
        self.new_ticket(ada)
        page = ada.open(f"/tickets/1?insert={kept[0]['id']}")
        self.assertIn(">Kind **regards**</textarea>", page)
        ada.api(path, "PUT", {"title": "t", "text": "Bye"})
        ada.submit("/account/texts", {"title": "", "text": "y"}, status=422)
        ada.api(path, "DELETE", status=204)
        self.assertEqual(ada.api("/texts")["items"], [])


class Reading(TicketsCase):
    def test_search_filter_pages(self):
        ada = self.sign_in(ADA)
        ada.open("/tickets/new")
        for n in range(1, 8):
            ada.api("/tickets", "POST", {
                "subject": f"Subject {n}", "text": f"common word{n} Straße",
                "category": "billing" if n % 2 else "technical"}, status=201)
        def numbers(query):
            return [t["number"] for t in ada.api(f"/tickets?{query}")["items"]]
        self.assertEqual(numbers("q=word3"), [3])
        self.assertEqual(numbers("q=stra&sort=created"), [7, 6, 5, 4, 3, 2, 1])
        self.assertEqual(numbers("q=%235"), [5])
        self.assertEqual(numbers("q=word3+nothing"), [])
        self.assertEqual(numbers("q=%27%3A%2A%20%26%20%7C%20%21%28"), [])
        self.assertEqual(numbers("category=technical&sort=created"), [6, 4, 2])
        self.assertEqual(numbers("status=ended"), [])
        self.assertEqual(numbers("to=2020-01-01"), [])
        seen, cursor = [], None
        while True:
            page = ada.api("/tickets?sort=created&limit=3"
                           + (f"&cursor={cursor}" if cursor else ""))
            seen.append([t["number"] for t in page["items"]])
            if not page["next"]:
                break
            cursor = page["next"]
        self.assertEqual(seen, [[7, 6, 5], [4, 3, 2], [1]])
        last = ada.open(f"/tickets?sort=created&limit=3&cursor={cursor}")
        path = html.unescape(re.search(r'<a[^>]*rel="prev"[^>]*href="([^"]*)"', last)[1])
        back = ada.open(path)
        self.assertEqual([n for n in range(1, 8) if f'href="/tickets/{n}"' in back],
                         [2, 3, 4])
        for name, value in (("cursor", "abc"), ("limit", "0"), ("sort", "x"),
                            ("status", "x"), ("from", "x"), ("to", "x")):
            refused = ada.api(f"/tickets?{name}={value}", status=422)
            self.assertEqual([e["parameter"] for e in refused["errors"]], [name])
        refused = ada.api("/conversations?cursor=abc", status=422)
        self.assertEqual([e["parameter"] for e in refused["errors"]], ["cursor"])

    def test_search_of_who_has_many(self):
        """More conversations than are looked through one by one, and a word that more
        messages have than the index is asked for."""
        person, other = self.person(ADA), self.person(CARL)
        for count, who, first in ((400, person, 1000), (3200, other, 2000)):
            self.desk.postgres.execute(f"""
                SET session_replication_role = replica;
                INSERT INTO conversations (tenant_id, id, queue_id, channel, subject)
                SELECT q.tenant_id, md5('c' || n)::uuid, q.id, 'mail', 's'
                FROM queues q, generate_series({first}, {first} + {count} - 1) AS n;
                INSERT INTO tickets (tenant_id, id, number, source, requester_id)
                SELECT t.id, md5('c' || n)::uuid, n, 'email', '{who}'
                FROM tenants t, generate_series({first}, {first} + {count} - 1) AS n;
                INSERT INTO participants (tenant_id, conversation_id, person_id, address_id,
                                          role)
                SELECT t.tenant_id, t.id, t.requester_id, a.id, 'requester' FROM tickets t
                JOIN addresses a ON a.person_id = t.requester_id
                WHERE t.number >= {first} AND t.requester_id = '{who}';
                INSERT INTO messages (tenant_id, id, conversation_id, inbound_id, author_id,
                    author_address, author_role, message_id, body_sha256, subject, text,
                    received_at)
                SELECT tenant_id, id, id, id, requester_id, 'x@x.example', 'customer',
                       number, '\\x00', 's', 'common word rare' || number, now()
                FROM tickets WHERE requester_id = '{who}'""", self.desk.database)
        ada = self.sign_in(ADA)
        def numbers(query):
            return [t["number"] for t in ada.api(f"/tickets?{query}")["items"]]
        self.assertEqual(numbers("q=rare1007"), [1007])
        self.assertEqual(numbers("q=rare2007"), [])
        self.assertEqual(numbers("q=%231009"), [1009])
        self.assertEqual(len(numbers("q=common&limit=100")), 100)
        self.assertTrue(all(n < 2000 for n in numbers("q=common&limit=100")))

    def test_a_mail_in_its_frame(self):
        raw = harness.mail(subject="html", sender=ADA, to=SUPPORT, text="plain").decode()
        head, _ = raw.split("\r\n\r\n", 1) if "\r\n\r\n" in raw else raw.split("\n\n", 1)
        head = re.sub(r"(?im)^(content-\S+|mime-version):.*\n?", "", head).strip()
        body = (f'{head}\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n'
                '--b\nContent-Type: text/html; charset=utf-8\n\n'
                '<p>Look: <img src="cid:pic@x"><img src="https://far.example/p.png">'
                '<script>alert(1)</script></p>\n'
                '--b\nContent-Type: image/png\nContent-ID: <pic@x>\n'
                'Content-Transfer-Encoding: base64\n\niVBORw0KGgoAAAA=\n--b--\n')
        self.desk.accept(body.encode(), SUPPORT, ADA)
        self.desk.wait_tickets(1)
        ada = self.sign_in(ADA)
        message = ada.api(f"/tickets/{self.ticket_id()}")["messages"][0]
        self.assertIn(message["html_url"], ada.open("/tickets/1"))
        status, headers, page = ada.request(message["html_url"])
        page = page.decode()
        self.assertEqual(status, 200)
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertIn("frame-ancestors 'self'", headers["Content-Security-Policy"])
        self.assertNotIn("https:", headers["Content-Security-Policy"])
        self.assertNotIn("<script", page)
        picture = re.search(r'src="http://[^/]+(/cid/[^"]+)"', page)[1]
        status, headers, raw = Browser(self.desk).request(html.unescape(picture))
        self.assertEqual((status, headers["Content-Type"], raw[:4]),
                         (200, "image/png", b"\x89PNG"))
        self.assertEqual(Browser(self.desk).request(picture.replace("/cid/A", "/cid/B")
                                                    .replace("pic", "pid"))[0], 404)
        _, headers, page = ada.request(message["html_url"] + "?images=1")
        self.assertIn("https:", headers["Content-Security-Policy"])

    def test_a_part_of_a_file(self):
        ada = self.sign_in(ADA)
        content = bytes(range(256)) * 1000
        self.new_ticket(ada, files=[("data.bin", content, "application/x-data")])
        url = ada.api(f"/tickets/{self.ticket_id()}")["messages"][0]["attachments"][0]["url"]
        status, headers, raw = ada.request(url, Range="bytes=1000-1999")
        self.assertEqual((status, raw), (206, content[1000:2000]))
        self.assertEqual(headers["Content-Range"], f"bytes 1000-1999/{len(content)}")
        status, headers, raw = ada.request(url)
        self.assertEqual((status, raw), (200, content))
        self.assertTrue(headers["Content-Disposition"].startswith("attachment"))

    def test_own_fields_and_what_is_wrong(self):
        self.desk.postgres.execute("""
            UPDATE tenants SET settings = '{"custom_fields": [
            {"key": "model", "label": "Model", "type": "select", "required": true,
             "options": ["A4", "A3"], "visible_to_customer": true},
            {"key": "pages", "label": "Pages", "type": "number", "visible_to_customer": true},
            {"key": "inside", "label": "Inside", "type": "text"}]}'""", self.desk.database)
        ada = self.sign_in(ADA)
        page = ada.open("/tickets/new")
        self.assertIn("Model", page)
        self.assertNotIn("Inside", page)
        page = ada.submit("/tickets", {"subject": "", "text": "words that stay",
                                       "field.pages": "many"}, status=422)
        for text in ("Please write a subject.", "words that stay", "Please fill this in.",
                     "This value does not fit."):
            self.assertIn(text, page)
        page = ada.submit("/tickets", {"subject": "s", "text": "t", "field.model": "A4",
                                       "field.pages": "12"})
        self.assertIn("A4", page)
        self.assertEqual(self.ticket()["custom_fields"], {"model": "A4", "pages": 12})
        got = ada.request("/api/v1/portal/tickets", "POST",
                          b'{"subject": "s", "text": "t", "category": "x", '
                          b'"custom_fields": {"inside": "x", "model": "B"}}',
                          Content_Type="application/json", X_CSRF_Token=ada.token())
        self.assertEqual(got[0], 422)
        for pointer in (b"/category", b"/custom_fields/inside", b"/custom_fields/model"):
            self.assertIn(pointer, got[2])


if __name__ == "__main__":
    harness.main()
