# tests/run: timeout 300
"""The agents' API: the same tickets that mail makes, changed the same way."""
import concurrent.futures
import hashlib
import json
import re
import secrets
import urllib.parse

import harness
from servers.visitor import Visitor

DESK = "/api/v1/desk"
NOWHERE = "019367a0-0000-7000-8000-000000000000"


class Program:
    """A program with an API key."""

    def __init__(self, desk, address, read_only=False, scopes=("desk",)):
        self.key = "pk_" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567")
                                   for _ in range(52))
        digest = hashlib.sha256(self.key.encode()).hexdigest()
        desk.postgres.execute(f"""
            INSERT INTO api_keys (tenant_id, id, person_id, name, prefix, digest, read_only,
                                  scopes)
            SELECT tenant_id, gen_random_uuid(), person_id, 'test', 'pk_', '\\x{digest}',
                   {read_only}, '{{{",".join(scopes)}}}'
            FROM addresses WHERE address = '{address}'""", desk.database)
        self.visitor = Visitor(desk.portal_port, agent="program/1.0")

    def call(self, method, path, document=None, headers=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        headers = {"Authorization": f"Bearer {self.key}"} | (headers or {})
        body = None
        if document is not None:
            body = json.dumps(document)
            headers["Content-Type"] = "application/json"
        return self.visitor.request(method, path if path.startswith("/api") else DESK + path,
                                    body, headers)

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, document, **headers):
        return self.call("POST", path, document, headers)


class Case(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(portal="rate_factor = 50")
        cls.desk.start_portal()
        cls.anna = Program(cls.desk, "anna@desk.example")

    def open(self, subject, text="It burns.", sender="ada@customer.example", count=1):
        self.desk.accept(harness.mail(subject=subject, text=text, sender=sender),
                         sender=sender)
        return harness.wait_until(lambda: self.desk.value(
            f"SELECT id FROM conversations WHERE subject = '{subject}'"), 20, subject)

    def done(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def subjects(self, **query):
        return [t["subject"] for t in self.done(self.anna.get("/tickets", **query))["items"]]


class Reads(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.ids = {}
        for subject, text, sender in (
                ("r one", "The printer smokes.", "ada@customer.example"),
                ("r two", "A zebrafish swims.", "ben@customer.example"),
                ("r three", "Invoice is wrong.", "ada@customer.example"),
                ("r four", "Nothing works.", "cyd@customer.example"),
                ("r five", "Nothing at all.", "cyd@customer.example")):
            cls.ids[subject] = case.open(subject, text, sender)
        cls.anna.post(f"/tickets/{cls.ids['r two']}/priority", {"priority": "urgent"})
        cls.anna.post(f"/tickets/{cls.ids['r three']}/tags", {"add": ["Money", "vip"]})
        cls.anna.post(f"/tickets/{cls.ids['r four']}/assign", {"owner": "me"})
        cls.anna.post(f"/tickets/{cls.ids['r five']}/status", {"status": "closed"})
        cls.anna.post(f"/tickets/{cls.ids['r one']}/notes", {"text": "a quokka note"})

    def test_filters(self):
        queue = self.done(self.anna.get("/queues"))["items"][0]
        me = next(a for a in self.done(self.anna.get("/agents"))["items"]
                  if a["address"] == "anna@desk.example")
        ada = self.done(self.anna.get(f"/tickets/{self.ids['r one']}"))["requester"]["id"]
        everything = {"r one", "r two", "r three", "r four", "r five"}
        for query, want in (
                ({}, everything),
                ({"status": "closed"}, {"r five"}),
                ({"status": ["closed", "open"]}, everything),
                ({"priority": "urgent"}, {"r two"}),
                ({"owner": "me"}, {"r four"}),
                ({"owner": me["id"]}, {"r four"}),
                ({"owner": "none"}, everything - {"r four"}),
                ({"owner": NOWHERE}, set()),
                ({"tag": "vip"}, {"r three"}),
                ({"tag": "none"}, set()),
                ({"queue": queue["id"]}, everything),
                ({"queue": NOWHERE}, set()),
                ({"team": queue["team"]["id"]}, everything),
                ({"category": "general"}, everything),
                ({"category": "billing"}, set()),
                ({"requester": ada}, {"r one", "r three"}),
                ({"requester": ada, "tag": "vip"}, {"r three"}),
                ({"q": "zebrafish"}, {"r two"}),
                ({"q": "zebraf"}, {"r two"}),
                ({"q": "quokka"}, {"r one"}),
                ({"q": "cyd@customer.example"}, {"r four", "r five"}),
                ({"q": "nothing works"}, {"r four"}),
                ({"q": "'; DROP TABLE tickets; --"}, set()),
                ({"number": 1}, {"r one"})):
            with self.subTest(query):
                self.assertEqual(set(self.subjects(**query)), want)
        found = self.done(self.anna.get("/search", q="zebrafish"))
        self.assertEqual([t["subject"] for t in found["items"]], ["r two"])

    def test_sorts_and_pages(self):
        for sort, want in (
                ("created_at", ["r one", "r two", "r three", "r four", "r five"]),
                ("-created_at", ["r five", "r four", "r three", "r two", "r one"]),
                ("updated_at", ["r two", "r three", "r four", "r five", "r one"]),
                (None, ["r one", "r five", "r four", "r three", "r two"])):
            with self.subTest(sort):
                query = {"sort": sort} if sort else {}
                self.assertEqual(self.subjects(**query), want)
                got, path = [], "/tickets"
                query["limit"] = 2
                while True:
                    answer = self.anna.get(path, **query)
                    page = self.done(answer)
                    got += [t["subject"] for t in page["items"]]
                    if not page["next"]:
                        self.assertIsNone(answer.headers["Link"])
                        break
                    path = re.fullmatch(r'<(.*)>; rel="next"', answer.headers["Link"])[1]
                    self.assertIn(urllib.parse.quote(page["next"], safe=""), path)
                    query = {}
                self.assertEqual(got, want)
        self.assertEqual(self.subjects(sort="-priority")[0], "r two")
        self.assertEqual(self.subjects(sort="priority")[-1], "r two")

    def test_cursors_are_ours(self):
        page = self.done(self.anna.get("/tickets", limit=1))
        for query in ({"cursor": "a"}, {"cursor": page["next"][:-2]},
                      {"cursor": page["next"], "sort": "created_at"},
                      {"limit": 0}, {"limit": 101}, {"sort": "id"}, {"status": "lost"},
                      {"owner": "somebody"}, {"queue": "1"}, {"nothing": 1}):
            with self.subTest(query):
                answer = self.anna.get("/tickets", **query)
                self.assertEqual(answer.status, 422, answer)
                self.assertIn(answer.json()["errors"][0]["parameter"], query)

    def test_a_whole_ticket(self):
        answer = self.anna.get(f"/tickets/{self.ids['r one']}")
        ticket = self.done(answer)
        self.assertEqual([(m["text"], m["is_note"], m["author"]["address"])
                          for m in ticket["messages"]],
                         [("The printer smokes.", False, "ada@customer.example"),
                          ("a quokka note", True, "anna@desk.example")])
        self.assertEqual([e["kind"] for e in ticket["events"]], ["opened", "note"])
        self.assertEqual(ticket["events"][1]["door"], "api")
        self.assertEqual([p["role"] for p in ticket["participants"]], ["requester"])
        again = self.anna.call("GET", f"/tickets/{self.ids['r one']}",
                               headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual(again.status, 304)


class Changes(Case):
    def test_a_reply_goes_out_by_mail(self):
        ticket = self.open("c reply")
        answer = self.done(self.anna.post(f"/tickets/{ticket}/reply",
                                          {"text": "Is it **off**?"}))
        self.assertEqual((answer["status"], answer["owner"]["address"]),
                         ("waiting_customer", "anna@desk.example"))
        self.assertIsNotNone(answer["sla"]["first_response_at"])
        mail = self.desk.wait_mail(to="ada@customer.example", contains="Is it **off**?")
        self.assertIn("c reply", mail["Subject"])
        # and what comes back by mail is in the same ticket
        self.desk.accept(harness.mail(subject="Re: c reply", text="It is now.",
                                      to=mail["Reply-To"].split("<")[-1].strip(">"),
                                      In_Reply_To=mail["Message-ID"]),
                         to=mail["Reply-To"].split("<")[-1].strip(">"))
        harness.wait_until(lambda: len(self.done(self.anna.get(f"/tickets/{ticket}"))
                                       ["messages"]) == 3, 20, "the answer")
        closed = self.done(self.anna.post(f"/tickets/{ticket}/reply",
                                          {"text": "Good.", "status": "resolved"}))
        self.assertEqual(closed["status"], "resolved")

    def test_a_note_stays_inside(self):
        ticket = self.open("c note")
        self.done(self.anna.post(f"/tickets/{ticket}/notes", {"text": "They never pay."}))
        self.desk.wait_sent()
        self.assertEqual(self.desk.find_mails(to="ada@customer.example",
                                              contains="never pay"), [])

    def test_files_go_along_and_come_back(self):
        ticket = self.open("c files")
        anna = Program(self.desk, "anna@desk.example", scopes=("desk", "tickets"))
        body = ("--b\r\nContent-Disposition: form-data; name=\"file\"; "
                "filename=\"plan.txt\"\r\nContent-Type: text/plain\r\n\r\nwords of the plan"
                "\r\n--b--\r\n")
        upload = anna.visitor.request("POST", "/api/v1/portal/uploads", body, {
            "Authorization": f"Bearer {anna.key}",
            "Content-Type": "multipart/form-data; boundary=b"})
        document = {"text": "See the plan.", "uploads": [self.done(upload, 201)["id"]]}
        said = self.done(anna.post(f"/tickets/{ticket}/reply", document))["messages"][-1]
        self.assertEqual([a["name"] for a in said["attachments"]], ["plan.txt"])
        file = anna.get(said["attachments"][0]["url"])
        self.assertEqual((file.status, file.body), (200, b"words of the plan"))
        whole = anna.get(f"/messages/{said['id']}/parts/0")
        self.assertIn(b"plan.txt", whole.body)
        again = anna.post(f"/tickets/{ticket}/reply", document)
        self.assertEqual(again.status, 409, again)  # it is used up
        mail = self.desk.wait_mail(to="ada@customer.example", contains="See the plan.")
        self.assertIn("plan.txt", str(mail.path.read_bytes()))

    def test_fields(self):
        ticket = self.open("c fields")
        path = f"/tickets/{ticket}"
        ben = next(a for a in self.done(self.anna.get("/agents"))["items"]
                   if a["address"] == "ben@desk.example")
        self.assertEqual(self.done(self.anna.post(path + "/assign", {"owner": ben["id"]}))
                         ["owner"]["id"], ben["id"])
        self.assertIsNone(self.done(self.anna.post(path + "/assign", {"owner": None}))
                          ["owner"])
        ada = self.done(self.anna.get(path))["requester"]["id"]
        self.assertEqual(self.anna.post(path + "/assign", {"owner": ada}).status, 422)
        self.assertEqual(self.anna.post(path + "/assign", {"owner": NOWHERE}).status, 409)
        self.assertEqual(self.done(self.anna.post(path + "/tags", {
            "add": ["a", "b"], "remove": ["c"]}))["tags"], ["a", "b"])
        self.assertEqual(self.done(self.anna.post(path + "/tags", {
            "remove": ["A"]}))["tags"], ["b"])
        for deed, document in (("status", {"status": "lost"}), ("status", {}),
                               ("priority", {"priority": 1}), ("tags", {}),
                               ("tags", {"add": [""]}), ("reply", {"text": ""}),
                               ("reply", {"text": "x", "more": 1}),
                               ("assign", {"owner": "anna"}), ("merge", {"into": "x"}),
                               ("links", {"to": ticket, "kind": "merged"})):
            with self.subTest(deed):
                answer = self.anna.post(f"{path}/{deed}", document)
                self.assertEqual(answer.status, 422, answer)
                self.assertTrue(answer.json()["errors"])
        blank = self.anna.post(path + "/reply", {"text": " \n "})
        self.assertEqual((blank.status, blank.json()["errors"][0]["pointer"]),
                         (422, "/text"), blank)

    def test_merge_split_link(self):
        one, two = self.open("c merge one"), self.open("c merge two")
        merged = self.done(self.anna.post(f"/tickets/{one}/merge", {"into": two}))
        self.assertEqual((merged["id"], len(merged["messages"])), (two, 2))
        self.assertEqual(self.done(self.anna.get(f"/tickets/{one}"))["id"], two)
        self.assertNotIn("c merge one", self.subjects(limit=100))
        answer = self.anna.post(f"/tickets/{two}/split", {
            "message": merged["messages"][1]["id"], "subject": "apart"})
        apart = self.done(answer, 201)
        self.assertEqual(answer.headers["Location"], f"{DESK}/tickets/{apart['id']}")
        self.assertEqual(apart["subject"], "apart")
        last = self.anna.post(f"/tickets/{apart['id']}/split", {
            "message": apart["messages"][0]["id"]})
        self.assertEqual(last.status, 409, last)
        linked = self.done(self.anna.post(f"/tickets/{apart['id']}/links",
                                          {"to": two, "kind": "follow_up"}))
        self.assertIn(("follow_up", "to", two),
                      [(k["kind"], k["direction"], k["id"]) for k in linked["links"]])
        back = self.done(self.anna.get(f"/tickets/{two}"))["links"]
        self.assertIn(("follow_up", "from", apart["id"]),
                      [(k["kind"], k["direction"], k["id"]) for k in back])

    def test_only_to_the_state_that_was_seen(self):
        ticket = self.open("c match")
        path = f"/tickets/{ticket}"
        seen = self.anna.get(path).headers["ETag"]
        first = self.anna.call("POST", path + "/priority", {"priority": "high"},
                               {"If-Match": seen})
        self.assertEqual(first.status, 200)
        late = self.anna.call("POST", path + "/priority", {"priority": "low"},
                              {"If-Match": seen})
        self.assertEqual(late.status, 412, late)
        self.assertEqual(self.done(self.anna.get(path))["priority"], "high")
        self.assertEqual(self.anna.call("POST", path + "/priority", {"priority": "low"}, {
            "If-Match": first.headers["ETag"]}).status, 200)


class Once(Case):
    def test_the_same_request_is_done_once(self):
        ticket = self.open("o once")
        path, key = f"/tickets/{ticket}/reply", {"Idempotency-Key": "k-1"}
        first = self.anna.post(path, {"text": "once"}, **key)
        again = self.anna.post(path, {"text": "once"}, **key)
        self.assertEqual((first.status, again.status), (200, 200), again)
        self.assertEqual(first.body, again.body)
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(first.headers["ETag"], again.headers["ETag"])
        self.assertEqual(len(self.done(self.anna.get(f"/tickets/{ticket}"))["messages"]), 2)
        other = self.anna.post(path, {"text": "another"}, **key)
        self.assertEqual(other.status, 422, other)
        # another person's key of the same name is another key
        ben = Program(self.desk, "ben@desk.example")
        self.assertEqual(ben.post(path, {"text": "from ben"}, **key).status, 200)
        kept = self.desk.value("SELECT k.answer AS kept FROM idempotency_keys k LIMIT 1")
        self.assertNotIn("once", kept)  # sealed

    def test_a_location_is_given_again(self):
        ticket = self.open("o split")
        said = self.done(self.anna.post(f"/tickets/{ticket}/notes", {"text": "n"}))
        document = {"message": said["messages"][1]["id"]}
        answers = [self.anna.call("POST", f"/tickets/{ticket}/split", document,
                                  {"Idempotency-Key": "k-2"}) for _ in range(2)]
        self.assertEqual([a.status for a in answers], [201, 201], answers)
        self.assertEqual(answers[0].headers["Location"], answers[1].headers["Location"])

    def test_many_at_once(self):
        ticket = self.open("o many")

        def send(_):
            return self.anna.call("POST", f"/tickets/{ticket}/notes", {"text": "many"},
                                  {"Idempotency-Key": "k-3"})
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(8)))
        self.assertEqual({a.status for a in answers}, {200}, answers)
        self.assertEqual(len({a.body for a in answers}), 1)
        self.assertEqual(len(self.done(self.anna.get(f"/tickets/{ticket}"))["messages"]), 2)

    def test_what_failed_may_be_tried_again(self):
        ticket = self.open("o fail")
        path, key = f"/tickets/{ticket}/merge", {"Idempotency-Key": "k-4"}
        self.assertEqual(self.anna.post(path, {"into": NOWHERE}, **key).status, 409)
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM idempotency_keys WHERE key = 'k-4'"), 0)
        for wrong in ("a b", "x" * 256):
            answer = self.anna.post(path, {"into": NOWHERE}, **{"Idempotency-Key": wrong})
            self.assertEqual(answer.status, 400, answer)


class Walls(Case):
    def test_who_may_not(self):
        ticket = self.open("w one")
        self.desk.add("other.example", ["help@other.example"], ["zoe@other.example"])
        self.desk.postgres.execute(
            "INSERT INTO portal_domains (domain, tenant_id) SELECT v.domain, t.id "
            "FROM tenants t JOIN (VALUES ('127.0.0.1', 'desk.example'), "
            "('other.example', 'other.example')) AS v (domain, name) ON v.name = t.name",
            self.desk.database)
        zoe = Program(self.desk, "zoe@other.example")
        zoe.visitor.host = "other.example"
        reader = Program(self.desk, "anna@desk.example", read_only=True)
        narrow = Program(self.desk, "anna@desk.example", scopes=("tickets",))
        customer = Program(self.desk, "ada@customer.example", scopes=("desk", "tickets"))
        nobody = Program(self.desk, "nobody@nowhere.example")
        message = self.desk.value(
            f"SELECT id FROM messages WHERE conversation_id = '{ticket}'")
        deeds = (("GET", "/tickets", None), ("GET", "/search?q=w", None),
                 ("GET", f"/tickets/{ticket}", None), ("GET", "/queues", None),
                 ("GET", "/agents", None), ("GET", "/teams", None),
                 ("GET", f"/messages/{message}/parts/0", None),
                 ("POST", f"/tickets/{ticket}/reply", {"text": "x"}),
                 ("POST", f"/tickets/{ticket}/notes", {"text": "x"}),
                 ("POST", f"/tickets/{ticket}/status", {"status": "closed"}),
                 ("POST", f"/tickets/{ticket}/priority", {"priority": "low"}),
                 ("POST", f"/tickets/{ticket}/assign", {"owner": None}),
                 ("POST", f"/tickets/{ticket}/tags", {"add": ["x"]}),
                 ("POST", f"/tickets/{ticket}/merge", {"into": ticket}),
                 ("POST", f"/tickets/{ticket}/split", {"message": NOWHERE}),
                 ("POST", f"/tickets/{ticket}/links", {"to": ticket}))
        before = self.done(self.anna.get(f"/tickets/{ticket}"))
        for method, path, document in deeds:
            with self.subTest(path):
                for who, want in ((nobody, 401), (customer, 403), (narrow, 403)):
                    self.assertEqual(who.call(method, path, document).status, want)
                if method == "POST":
                    self.assertEqual(reader.call(method, path, document).status, 403)
                    self.assertEqual(zoe.call(method, path, document).status, 404)
                else:
                    self.assertEqual(reader.call(method, path, document).status, 200)
        self.assertEqual(zoe.get("/tickets").json()["items"], [])
        self.assertEqual(zoe.get("/search", q="burns").json()["items"], [])
        self.assertEqual(zoe.get(f"/tickets/{ticket}").status, 404)
        self.assertEqual(zoe.get(f"/messages/{message}/parts/0").status, 404)
        self.assertEqual([q["address"] for q in zoe.get("/queues").json()["items"]],
                         ["help@other.example"])
        self.assertEqual([a["address"] for a in zoe.get("/agents").json()["items"]],
                         ["zoe@other.example"])
        zoe.visitor.host = "127.0.0.1"  # her key is no key of that desk
        self.assertEqual(zoe.get("/tickets").status, 401)
        after = self.done(self.anna.get(f"/tickets/{ticket}"))
        self.assertEqual(before, after)


if __name__ == "__main__":
    harness.main()
