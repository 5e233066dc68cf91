"""The administration in the browser: who may, what it sets, what it shows."""
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
                     "/admin/templates", "/admin/templates/answer"):
            with self.subTest(path):
                self.page(path)
                self.page(path, self.anna, 403)
                self.page(path, self.ada, 403)
                self.assertEqual(self.desk.http(path)[0], 303)

    def test_overview(self):
        page = self.page("/admin")
        self.assertIn("support@desk.example", page)
        self.assertIn("Mails waiting to be sent", page)

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


if __name__ == "__main__":
    harness.main()
