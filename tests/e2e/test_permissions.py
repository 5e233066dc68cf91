"""Every route of the portal, asked by who must not: nobody, another person, another tenant,
a customer where agents work, a key that only reads."""
import json
import re
import uuid

import harness
from portal_case import Case
from servers.process import run_as_user
from servers.visitor import Visitor

MARK = "Zirkonium4711"  # stands in all that is Ann's


class Permissions(Case):
    portal = "rate_factor = 1000"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk.add("other.example", ["help@other.example"], ["eve@other.example"])
        cls.desk.postgres.execute(
            "INSERT INTO portal_domains (domain, tenant_id) SELECT CASE name WHEN "
            f"'other.example' THEN 'other.host' ELSE '127.0.0.1' END, id FROM tenants",
            cls.desk.database)
        printed = run_as_user([cls.desk.program.portald, "--routes"])
        cls.routes = [line.split() for line in printed.stdout.splitlines()]
        cls.make_ann()

    @classmethod
    def make_ann(cls):
        """A person with one of everything."""
        case = cls("test_there_are_routes")
        cls.desk.accept(
            f"From: Ann {MARK} <ann@customer.example>\r\nTo: {cls.desk.queue}\r\n"
            f"Subject: {MARK} subject\r\nMessage-ID: <{MARK}@x>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
            f"{MARK} words\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: "
            f"attachment; filename={MARK}.txt\r\n\r\n{MARK} file\r\n--b--\r\n",
            sender="ann@customer.example")
        cls.desk.wait_tickets()
        cls.ann = case.sign_in("ann@customer.example")
        csrf = cls.ann.get("/account").forms["/account"]["csrf"]
        cls.ann.headers["X-CSRF-Token"] = csrf
        made = cls.ann.api("POST", "/api/v1/portal/keys", {
            "name": MARK, "scopes": ["tickets", "account"]})
        cls.key = made.json()["key"]
        made = cls.ann.api("POST", "/api/v1/portal/texts", {"title": MARK, "text": MARK})
        case.assertEqual(made.status, 201, made)
        made = cls.ann.request(
            "POST", "/api/v1/portal/uploads", "--b\r\nContent-Disposition: form-data; "
            f"name=file; filename={MARK}.txt\r\n\r\n{MARK}\r\n--b--\r\n",
            {"Content-Type": "multipart/form-data; boundary=b"})
        case.assertEqual(made.status, 201, made)
        made = cls.ann.api("POST", "/api/v1/portal/exports")
        case.assertIn(made.status, (201, 202), made)
        cls.ids = [row["id"] for row in cls.desk.sql(
            "SELECT id FROM conversations UNION ALL SELECT id FROM messages UNION ALL "
            "SELECT id FROM sessions UNION ALL SELECT id FROM api_keys UNION ALL "
            "SELECT id FROM uploads UNION ALL SELECT id FROM exports UNION ALL "
            "SELECT id FROM customer_texts UNION ALL "
            "SELECT n.id FROM notifications n JOIN addresses a ON a.person_id = n.person_id "
            "WHERE a.address = 'ann@customer.example' UNION ALL "
            "SELECT a.id FROM addresses a WHERE address = 'ann@customer.example' UNION ALL "
            "SELECT person_id FROM addresses WHERE address = 'ann@customer.example'")]
        cls.bob = case.sign_in("bob@customer.example")

    def paths(self, pattern):
        """The pattern with what is Ann's in its places."""
        values = {"uuid": [*self.ids, str(uuid.uuid4())], "int": ["1"],
                  "": ["x" * 24, self.ids[0]]}
        paths = [pattern]
        for part in re.findall(r"\{[^}]*\}", pattern):
            kind = part.strip("{}").partition(":")[2]
            paths = [path.replace(part, value, 1) for path in paths
                     for value in values[kind if kind in values else ""]]
        return sorted(set(paths))[:60]

    def try_route(self, visitor, method, path, token=None):
        """As the browser would that is signed in there: with its form's token."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"} \
            if path.startswith("/api/") else {
                "Content-Type": "application/x-www-form-urlencoded"}
        body = None if method in ("GET", "DELETE") else \
            "{}" if path.startswith("/api/") else "a=b"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            page = visitor.request(method, path, body, headers)
            if page.status == 413:  # the route takes no body
                page = visitor.request(method, path, None, headers)
            return page
        except TimeoutError:
            return None  # a stream of events, of the one who asks

    def anns(self):
        """What is hers, as the database has it, but for when it was seen last."""
        return json.dumps(self.desk.sql(
            "SELECT to_jsonb(t) - 'updated_at' AS row FROM tickets t UNION ALL "
            "SELECT to_jsonb(c) - 'updated_at' FROM conversations c UNION ALL "
            "SELECT jsonb_build_object('n', count(*)) FROM messages UNION ALL "
            "SELECT to_jsonb(s) - 'last_seen_at' FROM sessions s JOIN addresses a ON "
            "a.person_id = s.person_id WHERE a.address = 'ann@customer.example' UNION ALL "
            "SELECT to_jsonb(n) FROM notifications n UNION ALL "
            "SELECT to_jsonb(u) FROM uploads u UNION ALL "
            "SELECT to_jsonb(x) FROM customer_texts x UNION ALL "
            "SELECT jsonb_build_object('e', count(*)) FROM exports UNION ALL "
            "SELECT to_jsonb(k) - 'last_used_at' - 'last_peer' FROM api_keys k UNION ALL "
            "SELECT to_jsonb(p) FROM people p JOIN addresses a ON a.person_id = p.id "
            "WHERE a.address = 'ann@customer.example' UNION ALL "
            "SELECT to_jsonb(a) FROM addresses a WHERE address = 'ann@customer.example' "
            "ORDER BY 1"),
            default=str, sort_keys=True)

    def walk(self, visitor, wanted, check, token=None):
        """Ask all that `wanted` says of a route; check(page, method, path, who)."""
        before, asked = self.anns(), 0
        for method, pattern, who in self.routes:
            if not wanted(method, pattern, who):
                continue
            for path in self.paths(pattern):
                page = self.try_route(visitor, method, path, token)
                asked += 1
                if page is None:
                    continue
                if MARK in page.text:
                    self.fail(f"{method} {path} shows what is Ann's: {page}")
                if page.status >= 500:
                    self.fail(f"{method} {path}: {page}")
                check(page, f"{method} {path}", who)
        self.assertEqual(self.anns(), before)
        self.assertGreater(asked, 5)

    def refused(self, page, asked, _who):
        if asked.split()[1].startswith("/api/"):
            self.assertEqual(page.status, 401, asked)
        else:
            self.assertIn((page.status, (page.location or "").startswith("/sign-in")),
                          ((303, True), (410, False)), asked)

    def not_there(self, page, asked, _who):
        self.assertGreaterEqual(page.status, 300, asked)
        if not asked.split()[1].startswith("/admin"):  # there removing is idempotent
            self.assertNotIn("done=", page.location or "", asked)

    def test_there_are_routes(self):
        self.assertGreater(len(self.routes), 50)
        self.assertIn(["PUT", "/api/v1/portal/profile", "person"], self.routes)
        for _, pattern, who in self.routes:
            if pattern.startswith("/api/v1/desk/"):
                self.assertIn(who, ("agent", "admin"), pattern)
            if pattern.startswith(("/admin", "/api/v1/admin/")):
                self.assertEqual(who, "admin", pattern)
            if pattern.startswith(("/account", "/tickets", "/messages")):
                self.assertEqual(who, "person", pattern)

    def test_nobody(self):
        self.walk(Visitor(self.desk.portal_port, timeout=5),
                  lambda m, p, who: who in ("link", "person", "agent", "admin"),
                  self.refused)

    def test_who_has_a_bad_token(self):
        self.walk(Visitor(self.desk.portal_port, timeout=5),
                  lambda m, p, who: p.startswith("/api/") and who in ("person", "agent",
                                                                     "admin"),
                  self.refused, token="pk_" + "a" * 52)

    def test_a_customer_where_agents_work(self):
        def check(page, asked, _who):
            self.assertEqual(page.status, 403, asked)
        self.bob.headers.pop("X-CSRF-Token", None)
        routes = [r for r in self.routes if r[2] in ("agent", "admin")]
        if routes:
            self.walk(self.bob, lambda m, p, who: who in ("agent", "admin"), check)

    def test_another_person(self):
        """With all tokens right: what is Ann's is not there for Bob."""
        csrf = self.bob.get("/account").forms["/account"]["csrf"]
        bob = Visitor(self.desk.portal_port, timeout=3)
        bob.cookies = dict(self.bob.cookies)
        bob.headers["X-CSRF-Token"] = csrf

        self.walk(bob, lambda m, p, who: who in ("link", "person") and "{" in p,
                  self.not_there)

    def test_another_tenant(self):
        """Ann's session and key are nothing at another tenant's host."""
        there = Visitor(self.desk.portal_port, host="other.host", timeout=3)
        there.cookies = dict(self.ann.cookies)
        there.headers["X-CSRF-Token"] = self.ann.headers["X-CSRF-Token"]
        self.walk(there, lambda m, p, who: who in ("link", "person", "agent", "admin"),
                  self.refused)
        self.walk(there, lambda m, p, who: p.startswith("/api/") and who == "person",
                  self.refused, token=self.key)
        self.desk.postgres.execute(
            "UPDATE people SET role = 'admin' WHERE id = (SELECT person_id FROM addresses "
            "WHERE address = 'eve@other.example')", self.desk.database)
        eve = Visitor(self.desk.portal_port, host="other.host", timeout=3)
        eve.post("/sign-in", address="eve@other.example")
        link, _ = self.mail("eve@other.example")
        page = eve.get(link)
        self.assertEqual(eve.submit(page, page.path).status, 303)
        eve.headers["X-CSRF-Token"] = eve.get("/account").forms["/account"]["csrf"]
        self.walk(eve, lambda m, p, who: who in ("link", "person", "agent", "admin")
                  and "{" in p, self.not_there)

    def test_a_key_that_reads(self):
        def check(page, asked, _who):
            self.assertEqual(page.status, 403, asked)
        self.walk(Visitor(self.desk.portal_port, timeout=3),
                  lambda m, p, who: p.startswith("/api/v1/portal/") and m != "GET"
                  and who == "person", check, token=self.key)

    def test_a_key_of_tickets_leaves_the_account_alone(self):
        made = self.ann.api("POST", "/api/v1/portal/keys", {
            "name": MARK, "scopes": ["tickets"], "read_only": False})
        self.assertEqual(made.status, 201, made)
        visitor = Visitor(self.desk.portal_port, timeout=3)
        for method, path in (("GET", "/account"), ("GET", "/account/export"),
                             ("GET", "/api/v1/portal/exports"),
                             ("POST", "/api/v1/portal/exports"),
                             ("GET", "/api/v1/portal/keys"),
                             ("GET", "/api/v1/portal/profile"),
                             ("GET", "/api/v1/portal/2fa"),
                             ("GET", "/api/v1/portal/sessions")):
            self.assertEqual(visitor.api(method, path, token=made.json()["key"]).status,
                             403, path)
        self.assertEqual(visitor.api("GET", "/api/v1/portal/tickets",
                                     token=made.json()["key"]).status, 200)

    def test_an_access_token_of_another_tenant(self):
        client = Visitor(self.desk.portal_port)
        asked = client.api("POST", "/api/v1/auth/link", {"address": "jo@customer.example"})
        _, code = self.mail("jo@customer.example")
        token = client.api("POST", "/api/v1/auth/token", {
            "request": asked.json()["request"], "mail_code": code}).json()
        self.assertEqual(client.api("GET", "/api/v1/portal/profile",
                                    token=token["access_token"]).status, 200)
        there = Visitor(self.desk.portal_port, host="other.host")
        self.assertEqual(there.api("GET", "/api/v1/portal/profile",
                                   token=token["access_token"]).status, 401)
        self.assertEqual(there.api("POST", "/api/v1/auth/refresh", {
            "refresh_token": token["refresh_token"]}).status, 401)

    def test_a_host_of_nobody(self):
        def check(page, asked, _who):
            self.assertEqual(page.status, 421, asked)
        self.walk(Visitor(self.desk.portal_port, host="nobody.example", timeout=3),
                  lambda m, p, who: who not in ("public",), check)


if __name__ == "__main__":
    harness.main()
