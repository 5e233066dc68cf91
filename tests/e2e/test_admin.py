"""The administration in the browser: who may, what it sets, what it shows."""
import csv
import html
import io
import json
import re
import urllib.parse

import harness

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
                    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")


class Admin(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk()
        cls.desk.maild("add", "admin", "zoe@desk.example", "--tenant", "desk.example",
                       "--name", "Zoe")
        cls.desk.start_portal()
        cls.zoe = cls.desk.session("zoe@desk.example") | {"Accept": "text/html"}
        cls.anna = cls.desk.session("anna@desk.example") | {"Accept": "text/html"}
        cls.ada = cls.desk.session("ada@customer.example", "Ada") | {"Accept": "text/html"}

    def page(self, path, who=None, status=200):
        got, _, body = self.desk.http(path, headers=who or self.zoe)
        self.assertEqual(got, status, body[:500])
        return body.decode()

    def csrf(self, who=None):
        return re.search(r'name="csrf" value="([^"]+)"', self.page("/", who))[1]

    def post(self, path, fields, who=None, files=()):
        """(status, Location, body) of a form."""
        boundary = "----form"
        parts = [(f'name="{k}"', v.encode()) for k, v in
                 ({"csrf": self.csrf(who)} | fields).items()]
        parts += [(f'name="{k}"; filename="{n}"', v) for k, n, v in files]
        body = b"".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
            + value + b"\r\n" for head, value in parts) + f"--{boundary}--\r\n".encode()
        status, headers, answer = self.desk.http(
            path, "POST", (who or self.zoe)
            | {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body)
        return status, headers.get("Location"), answer.decode()

    def test_only_admins(self):
        for path in ("/admin", "/admin/people", "/admin/brand", "/admin/announcements",
                     "/admin/templates", "/admin/templates/answer", "/admin/queues",
                     "/admin/audit", "/admin/audit.csv", "/admin/form",
                     "/admin/form/categories", "/admin/form/fields",
                     "/admin/form/categories/general"):
            with self.subTest(path):
                self.page(path)
                self.page(path, self.anna, 403)
                self.page(path, self.ada, 403)
                self.assertEqual(self.desk.http(path)[0], 303)

    def test_overview(self):
        page = self.page("/admin")
        self.assertIn("support@desk.example", page)
        self.assertIn("Mails waiting to be sent", page)

    def test_the_overview_says_what_is_missing(self):
        self.desk.postgres.execute("DELETE FROM memberships", self.desk.database)
        try:
            self.assertIn("Nobody is told of new tickets yet.", self.page("/admin"))
        finally:
            self.desk.maild("add", "agent", "anna@desk.example", "--tenant", "desk.example")
        self.assertNotIn("Nobody is told of new tickets yet.", self.page("/admin"))

    def test_brand(self):
        status, location, _ = self.post(
            "/admin/brand", {"title": "Ice & <Fire>", "accent": "#ffcc00",
                             "welcome": "How can we help?", "feature_rating": "1"},
            files=[("logo", "logo.png", PNG)])
        self.assertEqual((status, location), (303, "/admin/brand?done=saved"))
        page = self.page("/admin/brand?done=saved")
        self.assertIn("Ice &amp; &lt;Fire&gt;", page)
        self.assertNotIn("<Fire>", page)
        self.assertIn("Your changes are saved.", page)
        self.assertRegex(page, r'name="feature_rating" value="1" checked')
        self.assertNotRegex(page, r'name="feature_messages" value="1" checked')
        css = self.desk.http("/brand.css")[2].decode()
        self.assertIn("--brand-fill: #ffcc00; --brand-on-fill: #000000", css)
        status, headers, logo = self.desk.http("/brand/logo")
        self.assertEqual((status, headers["Content-Type"], logo), (200, "image/png", PNG))

    def test_brand_is_judged(self):
        for fields, files, said in (
                ({"title": "", "accent": "", "welcome": ""}, (), "A title is needed"),
                ({"title": "T", "accent": "red;}", "welcome": ""}, (), "written like"),
                ({"title": "T", "accent": "", "welcome": "x" * 2001}, (), "too long"),
                ({"title": "T", "accent": "", "welcome": ""},
                 [("logo", "x.svg", b"<svg onload=alert(1)>")], "PNG, JPEG or WebP picture")):
            with self.subTest(said):
                status, _, body = self.post("/admin/brand", fields, files=files)
                self.assertEqual(status, 422)
                self.assertIn(said, body)

    def test_announcements(self):
        status, location, _ = self.post("/admin/announcements", {
            "title": "Works <b>", "text": "On Sunday we move.", "kind": "maintenance",
            "starts_at": "", "ends_at": ""})
        self.assertEqual((status, location), (303, "/admin/announcements?done=saved"))
        page = self.page("/", self.ada)
        self.assertIn("On Sunday we move.", page)
        self.assertIn("Works &lt;b&gt;", page)
        id_ = self.desk.value("SELECT id FROM announcements WHERE title = 'Works <b>'")
        self.assertEqual(self.post(f"/admin/announcements/{id_}/remove", {})[0], 303)
        self.assertNotIn("On Sunday we move.", self.page("/", self.ada))
        self.post("/admin/announcements", {
            "title": "Later", "text": "Not yet.", "kind": "news",
            "starts_at": "2099-01-01T00:00", "ends_at": ""})
        self.assertNotIn("Not yet.", self.page("/", self.ada))
        status, _, body = self.post("/admin/announcements", {
            "title": "T", "text": "x", "kind": "news", "starts_at": "2099-01-02T00:00",
            "ends_at": "2099-01-01T00:00"})
        self.assertEqual(status, 422)
        self.assertIn("It must end after it begins.", body)

    def test_people_and_roles(self):
        person = self.desk.value("SELECT person_id FROM addresses "
                                 "WHERE address = 'zoe@desk.example'")
        status, _, body = self.post(f"/admin/people/{person}/role", {"role": "customer"})
        self.assertIn("The last admin stays one", body)
        team = self.desk.value("SELECT id FROM teams LIMIT 1")
        status, location, _ = self.post("/admin/people", {
            "address": "Carl@Desk.example", "name": "Carl", "team": str(team)})
        self.assertEqual((status, location), (303, "/admin/people?role=agent&done=saved"))
        page = self.page("/admin/people?q=carl")
        self.assertIn("carl@desk.example", page)
        self.assertNotIn("anna@desk.example", page)
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM memberships m JOIN addresses a ON a.person_id = m.person_id "
            "WHERE a.address = 'carl@desk.example'"), 1)
        self.assertIn("looks like name@example.org", self.post(
            "/admin/people", {"address": "nonsense", "name": "", "team": ""})[2])

    def test_a_template_is_shown_and_sent(self):
        page = self.page("/admin/templates/answer?lang=de")
        self.assertIn('sandbox=""', page)
        status, headers, body = self.desk.http("/admin/templates/answer/html?lang=de",
                                               headers=self.zoe)
        self.assertEqual(status, 200)
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.page("/admin/templates/nonsense", status=404)
        status, location, _ = self.post("/admin/templates/answer/send?lang=de", {})
        self.assertEqual(status, 303)
        self.assertIn("done=test-sent", location)
        mail = self.desk.wait_mail(to="zoe@desk.example")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")

    def test_the_manifest_is_the_tenants(self):
        self.desk.postgres.execute(
            "UPDATE tenants SET title = 'Ice & Co', settings = jsonb_set(settings, "
            "'{portal}', '{\"accent\": \"#aa0011\"}') WHERE name = 'desk.example'",
            self.desk.database)
        status, headers, body = self.desk.http("/manifest.webmanifest")
        manifest = json.loads(body)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/manifest+json"))
        self.assertEqual((manifest["name"], manifest["theme_color"]), ("Ice & Co", "#aa0011"))
        for icon in manifest["icons"]:
            self.assertEqual(self.desk.http(icon["src"])[0], 200, icon)
        self.assertIn('rel="manifest" href="/manifest.webmanifest"', self.page("/"))

    def queue(self, **other):
        return {"name": "Sales & more", "team": self.team(), "owner": "", "priority": "high",
                "reopen_days": "7", "hours": "2.5"} | other

    def team(self):
        return str(self.desk.value("SELECT id FROM teams ORDER BY name LIMIT 1"))

    def add_queue(self, address):
        status, location, body = self.post("/admin/queues", {
            "address": address, "name": "Sales", "team": self.team()})
        self.assertEqual(status, 303, body)
        return location.split("?")[0]

    def test_a_queue_is_added_and_obeys_its_policy(self):
        path = self.add_queue("Sales@Desk.example")
        status, location, body = self.post(path, self.queue(autoreply="1"))
        self.assertEqual((status, location), (303, "/admin/queues?done=saved"), body)
        self.assertIn("Sales &amp; more", self.page("/admin/queues"))
        self.desk.accept("From: carol@customer.example\r\nTo: sales@desk.example\r\n"
                         "Subject: To sales\r\nMessage-ID: <sales1@x>\r\n\r\nHi\r\n",
                         to="sales@desk.example")
        ticket = harness.wait_until(lambda: self.desk.sql(
            "SELECT t.priority, t.sla_due_at - t.created_at < interval '151 minutes' "
            "AND t.sla_due_at - t.created_at > interval '149 minutes' AS due, q.address "
            "FROM tickets t JOIN conversations c ON c.id = t.id "
            "JOIN queues q ON q.id = c.queue_id WHERE c.subject = 'To sales'"), 20,
            "the ticket")[0]
        self.assertEqual(dict(ticket), {"priority": "high", "due": True,
                                        "address": "sales@desk.example"})

    def test_a_queue_is_judged(self):
        path = self.add_queue("judged@desk.example")
        for change, said in (({"name": ""}, "A name is needed"),
                             ({"reopen_days": "-1"}, "a number of days"),
                             ({"reopen_days": "1.5"}, "a number of days"),
                             ({"hours": "nan"}, "a number of hours"),
                             ({"priority": "huge"}, "can’t be chosen"),
                             ({"team": "none"}, "no such team"),
                             ({"owner": self.team()}, "no longer there")):
            with self.subTest(change):
                status, _, body = self.post(path, self.queue(**change))
                self.assertEqual(status, 422)
                self.assertIn(said, body)
        for address, said in (("sales@elsewhere.example", "No mail of this domain"),
                              ("judged@desk.example", "has a queue already"),
                              ("a+b@desk.example", "no mail address"),
                              ("nonsense", "no mail address")):
            with self.subTest(address):
                status, _, body = self.post("/admin/queues", {
                    "address": address, "name": "N", "team": self.team()})
                self.assertEqual(status, 422)
                self.assertIn(said, body)

    def test_two_change_a_queue(self):
        path = self.add_queue("twice@desk.example")
        version = html.unescape(re.search(r'name="version" value="([^"]+)"',
                                          self.page(path))[1])
        self.assertEqual(self.post(path, self.queue(version=version))[0], 303)
        status, _, body = self.post(path, self.queue(version=version, name="Mine"))
        self.assertEqual(status, 412)
        self.assertIn('value="Mine"', body)

    def test_a_retired_queue_hands_on_its_mail(self):
        path = self.add_queue("old@desk.example")
        heir = str(self.desk.value("SELECT id FROM queues WHERE address = 'support@desk.example'"))
        self.assertEqual(self.post(path + "/retire", {"heir": ""})[0], 422)
        self.assertEqual(self.post(path + "/retire", {"heir": path.split("/")[-1]})[0], 422)
        self.assertEqual(self.post(path + "/retire", {"heir": heir})[0], 303)
        self.page(path, status=404)
        self.desk.accept("From: carol@customer.example\r\nTo: old@desk.example\r\n"
                         "Subject: To old\r\nMessage-ID: <old1@x>\r\n\r\nHi\r\n",
                         to="old@desk.example")
        self.assertEqual(harness.wait_until(lambda: self.desk.sql(
            "SELECT q.address FROM conversations c JOIN queues q ON q.id = c.queue_id "
            "WHERE c.subject = 'To old'"), 20, "the ticket")[0]["address"], "support@desk.example")

    def test_a_queue_that_is_read_out_of_a_mailbox_stays(self):
        path = self.add_queue("read@desk.example")
        self.desk.postgres.execute(
            "INSERT INTO mailboxes (tenant_id, id, name, queue_id, last_contact_at) SELECT "
            "tenant_id, gen_random_uuid(), 'read', id, now() FROM queues WHERE address = 'read@desk.example'",
            self.desk.database)
        heir = str(self.desk.value("SELECT id FROM queues WHERE address = 'support@desk.example'"))
        status, _, body = self.post(path + "/retire", {"heir": heir})
        self.assertEqual(status, 422)
        self.assertIn("out of a mailbox still", body)

    def choices(self, language="en"):
        status, _, body = self.desk.http("/api/v1/portal/tickets/categories", headers=self.ada
                                         | {"Accept-Language": language})
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def test_categories_have_labels_and_an_order(self):
        saved = (303, "/admin/form?done=saved")
        status, location, body = self.post("/admin/form/categories", {
            "key": "rma", "label.en": "Returns <b>", "label.de": "Rückgabe"})
        self.assertEqual((status, location), saved, body)
        self.assertEqual(self.post("/admin/form/categories/rma/up", {})[0], 303)
        keys = [c["key"] for c in self.choices()["categories"]]
        self.assertEqual(keys[-2:], ["rma", "feature_request"])
        german = self.ada | {"Accept-Language": "de"}
        for path in ("/tickets/new", "/tickets?category=rma"):
            page = self.page(path, german)
            self.assertIn(">Rückgabe</option>", page)
            self.assertIn(">Abrechnung</option>", page)
            self.assertIn("Returns &lt;b&gt;", self.page(path, self.ada))
        self.assertIn("Rückgabe", [c["label"] for c in self.choices("de")["categories"]])
        made = self.desk.http("/tickets", "POST", german | {
            "Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode({
                "csrf": self.csrf(self.ada), "subject": "Back", "text": "It goes back",
                "category": "rma"}).encode())
        self.assertEqual(made[0], 303)
        path = made[1]["Location"].split("?")[0]
        self.assertEqual(self.post("/admin/form/categories/rma", {
            "label.en": "Returns", "label.de": "Rückgabe"})[0], 303)
        self.assertNotIn("Rückgabe</option>", self.page("/tickets/new", german))
        self.assertIn("Rückgabe", self.page(path, german))
        refused = self.post("/tickets", {"subject": "s", "text": "t", "category": "rma"},
                            self.ada)
        self.assertEqual(refused[0], 422)
        self.assertIn("Category changed", self.page("/admin/audit?kind=category"))

    def test_choices_are_judged(self):
        field = {"key": "colour", "label.en": "Colour", "type": "select", "options": "red"}
        for path, fields, said in (
                ("categories", {"key": "Big", "label.en": "B"}, "small letters"),
                ("categories", {"key": "a" * 41, "label.en": "B"}, "small letters"),
                ("categories", {"key": "b", "label.en": " "}, "A label is needed"),
                ("categories", {"key": "b", "label.en": "x" * 101}, "A label is needed"),
                ("categories", {"key": "general", "label.en": "B"}, "of this name already"),
                ("categories/none", {"label.en": "B"}, "no longer there"),
                ("fields", field | {"options": " \n "}, "one on each line"),
                ("fields", field | {"options": "x" * 101}, "At most 100 options"),
                ("fields", field | {"type": "file"}, "can’t be chosen")):
            with self.subTest(said, fields=fields):
                status, _, body = self.post(f"/admin/form/{path}", fields)
                self.assertEqual(status, 422)
                self.assertIn(said, body)
        self.page("/admin/form/colours", status=404)
        for key in ("billing", "technical", "feature_request", "rma"):
            self.post(f"/admin/form/categories/{key}", {"label.en": key})
        status, _, body = self.post("/admin/form/categories/general", {"label.en": "G"})
        self.assertEqual(status, 422)
        self.assertIn("One category at least", body)
        for key in ("billing", "technical", "feature_request"):
            self.post(f"/admin/form/categories/{key}", {"label.en": key, "offered": "1"})

    def test_two_change_the_form(self):
        page = self.page("/admin/form/categories/general")
        version = html.unescape(re.search(r'name="version" value="([^"]+)"', page)[1])
        fields = {"label.en": "Anything", "offered": "1", "version": version}
        self.assertEqual(self.post("/admin/form/categories/general", fields)[0], 303)
        status, _, body = self.post("/admin/form/categories/general",
                                    fields | {"label.en": "All else"})
        self.assertEqual(status, 412)
        self.assertIn('value="All else"', body)

    def test_own_fields(self):
        field = {"label.en": "Printer", "label.de": "Drucker", "type": "select",
                 "options": "A4\r\nA3\r\nA4\r\n", "visible": "1", "offered": "1"}
        status, _, body = self.post("/admin/form/fields", field | {"key": "printer"})
        self.assertEqual(status, 303, body)
        self.assertEqual(self.post("/admin/form/fields", {
            "key": "inside", "label.en": "Inside", "type": "text"})[0], 303)
        page = self.page("/tickets/new", self.ada | {"Accept-Language": "de"})
        self.assertIn("Drucker", page)
        self.assertNotIn("Inside", page)
        self.assertEqual(page.count(">A4</option>"), 1)
        self.assertEqual(self.post("/tickets", {"subject": "s", "text": "t",
                                                "field.printer": "A5"}, self.ada)[0], 422)
        status, location, _ = self.post("/tickets", {
            "subject": "s", "text": "t", "field.printer": "A3"}, self.ada)
        self.assertEqual(status, 303)
        del field["offered"]
        self.assertEqual(self.post("/admin/form/fields/printer", field)[0], 303)
        self.assertNotIn("Printer", self.page("/tickets/new", self.ada))
        page = self.page(location.split("?")[0], self.ada)
        self.assertIn("Printer", page)
        self.assertIn("A3", page)
        self.assertIn("Own field changed", self.page("/admin/audit?kind=field"))

    def test_the_record(self):
        self.add_queue("seen@desk.example")
        self.desk.postgres.execute(
            "INSERT INTO audit (tenant_id, id, person_id, kind, peer, device, detail, "
            "created_at) SELECT a.tenant_id, gen_random_uuid(), a.person_id, 'sign_in', "
            "'192.0.2.' || n, '=cmd', '{\"secret\": \"Zirkonium\"}', now() - n * "
            "interval '1 hour' FROM addresses a, generate_series(1, 60) AS n "
            "WHERE a.address = 'ada@customer.example'", self.desk.database)
        page = self.page("/admin/audit")
        self.assertNotIn("Zirkonium", page)
        self.assertRegex(self.page("/admin/audit?kind=queue_added"),
                         r"Queue added\s+· <bdi>Sales")
        kinds = re.findall(r'<td data-label="What">(.*?)\s*</td>',
                           self.page("/admin/audit?kind=sign_in"), re.S)
        self.assertEqual(set(kinds), {"Signed in"})
        path, seen = "/admin/audit?q=ada%40&kind=sign_in", []
        for _ in range(10):
            page = self.page(path)
            self.assertNotIn("zoe@desk.example</bdi></span></td>", page)
            seen += re.findall(r'<bdi dir="ltr">(192\.0\.2\.\d+)</bdi>', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if not following:
                break
            path = html.unescape(following[1])
        self.assertEqual(sorted(seen), sorted(f"192.0.2.{n}" for n in range(1, 61)))
        status, headers, body = self.desk.http("/admin/audit.csv?q=ada%40", headers=self.zoe)
        self.assertEqual((status, headers["Content-Type"]), (200, "text/csv; charset=utf-8"))
        rows = list(csv.reader(io.StringIO(body.decode())))
        self.assertGreaterEqual(len(rows), 61)
        self.assertEqual(rows[1][0][:2], "20")
        self.assertIn("'=cmd", {row[-1] for row in rows})
        self.assertNotIn("Zirkonium", body.decode())

    def test_another_site_can_not_post(self):
        for fields in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                       {}):
            body = urllib.parse.urlencode({"title": "Hacked", "accent": "", "welcome": ""})
            status, _, _ = self.desk.http(
                "/admin/brand", "POST", self.zoe | fields
                | {"Content-Type": "application/x-www-form-urlencoded"}, body.encode())
            self.assertEqual(status, 403)
        self.assertNotIn("Hacked", self.page("/"))

    def test_domains_of_the_portal(self):
        self.desk.maild("add", "domain", "Help.Example", "--tenant", "desk.example")
        again = self.desk.maild("add", "domain", "help.example", "--tenant", "desk.example")
        self.assertIn("is there", again.stdout.decode() if isinstance(
            again.stdout, bytes) else again.stdout)
        self.assertIn("help.example", self.page("/admin"))


class Setup(harness.TestCase):
    SAID = {"queue": "No queue takes mail yet", "agents": "Nobody is told of new tickets",
            "mail": "No mail has come yet", "brand": "Give the portal a title",
            "domain": "no host name of its own"}

    def missing(self, wim):
        status, _, body = self.desk.http("/admin", headers=wim)
        self.assertEqual(status, 200, body[:300])
        self.assertEqual("Still to set up" in body.decode(),
                         any(said in body.decode() for said in self.SAID.values()))
        return {what for what, said in self.SAID.items() if said in body.decode()}

    def test_what_is_still_to_set_up(self):
        self.desk = self.enterContext(harness.Servers()).desk()
        self.desk.start()
        self.desk.maild("add", "tenant", "new.example")
        self.desk.maild("add", "admin", "wim@new.example", "--tenant", "new.example")
        self.desk.start_portal()
        self.desk.tenant = "new.example"
        wim = self.desk.session("wim@new.example") | {"Accept": "text/html",
                                                      "Host": "new.example"}
        self.assertEqual(self.missing(wim), set(self.SAID))
        self.desk.maild("add", "queue", "help@new.example", "--tenant", "new.example",
                        "--agents", "wim@new.example")
        self.assertEqual(self.missing(wim), {"mail", "brand", "domain"})
        self.desk.accept(harness.mail(to="help@new.example"), ["help@new.example"])
        self.desk.maild("add", "tenant", "new.example", "--title", "New")
        self.desk.maild("add", "domain", "help.new.example", "--tenant", "new.example")
        self.assertEqual(self.missing(wim), set())


if __name__ == "__main__":
    harness.main()
