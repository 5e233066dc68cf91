"""Nobody's change is written over: If-Match of the API, and forms of pages that two tabs or
two people have open."""
import concurrent.futures
import re

import harness
from portal_case import Case
from servers.visitor import Visitor
from test_desk_api import Program

API = "/api/v1/portal"
ADDRESS = "ada@customer.example"


class Conditions(Case):
    portal = "rate_factor = 100"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk.start()
        cls.desk.maild("add", "admin", "zoe@desk.example", "--tenant", "desk.example",
                       "--name", "Zoe")
        cls.desk.accept(harness.mail(subject="One", text="It burns.", sender=ADDRESS),
                        sender=ADDRESS)
        cls.desk.wait_tickets()
        cls.ticket = cls.desk.value("SELECT id FROM tickets")
        cls.ada = Program(cls.desk, ADDRESS, scopes=("tickets", "account"))

    def call(self, method, path, document=None, status=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.ada.call(method, API + path, document, headers)
        if status:
            self.assertEqual(answer.status, status, (method, path, answer))
        return answer

    def tag(self, path):
        return self.call("GET", path, status=200).headers["ETag"]

    def test_the_api(self):
        text = "/texts/" + self.call("POST", "/texts", {"title": "a", "text": "b"},
                                     201).json()["id"]
        talk, ticket = f"/conversations/{self.ticket}", f"/tickets/{self.ticket}"
        for name, read, method, change, documents in (
                ("profile", "/profile", "PUT", "/profile", [{"name": n} for n in "abc"]),
                ("settings", "/notifications/settings", "PUT", "/notifications/settings",
                 [{"digest_hour": n} for n in (1, 2, 3)]),
                ("text", text, "PUT", text, [{"title": "a", "text": t} for t in "123"]),
                ("conversation", talk, "POST", talk + "/messages",
                 [{"text": t} for t in "456"]),
                ("ticket", ticket, "POST", ticket + "/reply",
                 [{"text": t} for t in "789"])):
            with self.subTest(name):
                old = self.tag(read)
                self.assertLess(self.call(method, change, documents[0],
                                          If_Match=old).status, 300)
                new = self.tag(read)
                self.assertNotEqual(new, old)
                refused = self.call(method, change, documents[1], 412, If_Match=old)
                self.assertEqual(refused.headers["Content-Type"],
                                 "application/problem+json")
                self.call(method, change, documents[1], 412, If_Match=f"W/{new}")
                self.assertEqual(self.tag(read), new)
                for value in (f'"x", {new}', "*"):
                    self.assertLess(self.call(method, change, documents[2],
                                              If_Match=value).status, 300)
        self.call("DELETE", text, None, 412, If_Match='"x"')
        self.call("DELETE", text, None, 204, If_Match=self.tag(text))

    def test_refusals_name_the_field(self):
        """What fits the schema and can't be taken is 422, and says what of it."""
        anna = Program(self.desk, "anna@desk.example")
        desk = f"/api/v1/desk/tickets/{self.ticket}"
        ada = self.desk.value(f"SELECT person_id FROM addresses WHERE address = '{ADDRESS}'")
        wide = "ä" * 150000  # fits in characters, not in bytes
        for program, path, document, pointer in (
                (self.ada, f"{API}/tickets/{self.ticket}/reply", {}, "/text"),
                (self.ada, f"{API}/tickets/{self.ticket}/reply", {"text": " \n"}, "/text"),
                (self.ada, f"{API}/tickets/{self.ticket}/reply", {"text": wide}, "/text"),
                (self.ada, f"{API}/conversations/{self.ticket}/messages", {}, "/text"),
                (self.ada, f"{API}/conversations", {"subject": "s"}, "/text"),
                (self.ada, f"{API}/tickets", {"subject": " ", "text": "x"}, "/subject"),
                (self.ada, f"{API}/tickets/{self.ticket}/escalate", {"reason": " "},
                 "/reason"),
                (self.ada, f"{API}/texts", {"title": " ", "text": "x"}, "/title"),
                (self.ada, f"{API}/tickets/{self.ticket}/close", {"text": 1}, "/text"),
                (anna, desk + "/reply", {"text": " "}, "/text"),
                (anna, desk + "/notes", {"text": " "}, "/text"),
                (anna, desk + "/assign", {"owner": str(ada)}, "/owner")):
            with self.subTest(path):
                answer = program.call("POST", path, document)
                self.assertEqual((answer.status,
                                  [e.get("pointer") for e in answer.json()["errors"]]),
                                 (422, [pointer]), answer)

    def test_what_was_read_is_what_was_seen(self):
        """GET changes nothing; `read` with the tag of what was shown marks just that."""
        for path in (f"/tickets/{self.ticket}", f"/conversations/{self.ticket}"):
            with self.subTest(path):
                anna = Program(self.desk, "anna@desk.example")
                told = "SELECT count(*) FROM notifications n JOIN addresses a ON " \
                    f"a.person_id = n.person_id WHERE a.address = '{ADDRESS}' " \
                    "AND n.read_at IS NULL"
                tag = self.tag(path)
                self.assertEqual(anna.post(f"/tickets/{self.ticket}/reply",
                                           {"text": "Is it off?"}).status, 200)
                waiting = self.desk.value(told)
                self.assertGreater(waiting, 0)
                ticket = self.call("GET", f"/tickets/{self.ticket}", status=200).json()
                self.assertTrue(ticket["is_unread"])
                self.call("POST", path + "/read", None, 412, If_Match=tag)
                self.assertEqual(self.desk.value(told), waiting)
                self.call("POST", path + "/read", None, 204, If_Match=self.tag(path))
                self.assertEqual(self.desk.value(told), 0)
                ticket = self.call("GET", f"/tickets/{self.ticket}", status=200).json()
                self.assertFalse(ticket["is_unread"])

    def test_one_of_many_at_once(self):
        tag = self.tag("/profile")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda n: self.call(
                "PUT", "/profile", {"name": f"many {n}"}, If_Match=tag).status, range(8)))
        self.assertEqual(sorted(got), [200] + [412] * 7)

    def test_two_factor(self):
        path = "/api/v1/portal/2fa"
        visitor = self.sign_in("codes@customer.example")
        visitor.headers["X-CSRF-Token"] = visitor.get("/account").forms["/account"]["csrf"]
        refused = visitor.request("POST", path + "/enable", "{}", {
            "Content-Type": "application/json", "If-Match": '"x"'})
        self.assertEqual(refused.status, 412, refused)
        tag = visitor.get(path).headers["ETag"]
        made = visitor.request("POST", path + "/enable", "{}", {
            "Content-Type": "application/json", "If-Match": tag})
        self.assertEqual(made.status, 200, made)

    def look(self, visitor, path, action, changes, kept):
        """Two tabs with the same form: the second one's is not taken, but shown again with
        all of `kept` in it, and taken when it is sent once more."""
        one, other = visitor.get(path), visitor.get(path)
        self.assertEqual(visitor.submit(one, action, **changes[0]).status, 303)
        stored = visitor.get(path).forms[action]
        again = visitor.submit(other, action, **changes[1])
        self.assertEqual(again.status, 412, again)
        self.assertIn("This was changed meanwhile", again.text)
        for words in kept:
            self.assertIn(words, again.text)
        self.assertEqual(visitor.get(path).forms[action], stored)
        self.assertEqual(visitor.submit(again, action, **changes[1]).status, 303)
        self.assertNotEqual(visitor.get(path).forms[action], stored)

    def test_pages(self):
        bob = self.sign_in("bob@customer.example")
        with self.subTest("profile"):
            self.look(bob, "/account", "/account",
                      [{"name": "Bob"}, {"name": "Robert <b>", "phone": "+49 30 1",
                                         "theme": "dark", "locale": "en",
                                         "time_zone": "Europe/Berlin"}],
                      ['value="Robert &lt;b&gt;"', 'value="+49 30 1"',
                       '<option value="dark" selected', '<option value="en" selected',
                       '<option value="Europe/Berlin" selected'])
        with self.subTest("notifications"):
            path = "/account/notifications"
            self.look(bob, path, path,
                      [{"digest": "hourly"}, {"digest": "daily", "digest_hour": "5",
                                              "quiet_from": "21:00",
                                              "quiet_until": "06:30"}],
                      ['<option value="daily" selected', 'value="5"', 'value="21:00"',
                       'value="06:30"'])
        with self.subTest("texts"):
            self.assertEqual(bob.submit(bob.get("/account/texts"), "/account/texts",
                                        title="Street", text="One").status, 303)
            action = next(a for a in bob.get("/account/texts").forms
                          if re.fullmatch(r"/account/texts/[^/]{36}", a))
            self.look(bob, "/account/texts", action,
                      [{"title": "Street", "text": "Two"},
                       {"title": "Way", "text": "Three & <four>"}],
                      ["<details open>", 'value="Way"', "Three &amp; &lt;four&gt;"])
        zoe = self.sign_in("zoe@desk.example")
        with self.subTest("announcement"):
            path = "/admin/announcements"
            self.assertEqual(zoe.submit(zoe.get(path), path, title="Works", text="Sunday.",
                                        ends_at="2099-01-01T12:00").status, 303)
            action = next(a for a in zoe.get(path).forms
                          if re.fullmatch(path + "/[^/]{36}", a))
            self.look(zoe, path, action,
                      [{"title": "Works", "text": "Monday."},
                       {"title": "Fair", "text": "Come <all>", "kind": "maintenance",
                        "ends_at": "2098-01-01T12:00"}],
                      ["<details open>", 'value="Fair"', "Come &lt;all&gt;",
                       'value="2098-01-01T12:00"'])
            self.assertIn("Come &lt;all&gt;", zoe.get("/").text)
            wrong = zoe.submit(zoe.get(path), action, title="Fair", text="x",
                               ends_at="2000-01-01T00:00")
            self.assertEqual(wrong.status, 422)
            self.assertIn("It must end after it begins.", wrong.text)
            self.assertIn(f'href="#ends_at-{action.rpartition("/")[2]}"', wrong.text)
        with self.subTest("brand"):
            self.look(zoe, "/admin/brand", "/admin/brand",
                      [{"title": "Ice"}, {"title": "Fire", "accent": "#ffcc00",
                                          "welcome": "Come in."}],
                      ['value="Fire"', 'value="#ffcc00"', "Come in."])

    def test_a_key_of_an_admin(self):
        path = "/api/v1/admin/overview"
        for address, scopes, status in (("zoe@desk.example", ("admin",), 200),
                                        ("zoe@desk.example", ("desk",), 403),
                                        ("anna@desk.example", ("admin",), 403),
                                        (ADDRESS, ("admin",), 403)):
            program = Program(self.desk, address, scopes=scopes)
            self.assertEqual(program.get(path).status, status, (address, scopes))
        reading = Program(self.desk, "zoe@desk.example", read_only=True,
                          scopes=("admin",))
        self.assertEqual(reading.get("/api/v1/admin/people").status, 200)
        self.assertEqual(reading.call("POST", "/api/v1/admin/people",
                                      {"address": "x@desk.example"}).status, 403)
        stranger = Visitor(self.desk.portal_port)
        self.assertEqual(stranger.api("GET", "/admin/people", token=reading.key).status, 403)
        self.assertEqual(stranger.get(path).status, 401)


if __name__ == "__main__":
    harness.main()
