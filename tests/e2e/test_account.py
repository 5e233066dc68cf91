"""A person's own settings: pages without scripts, and the API."""
import base64
import hashlib
import hmac
import re
import struct
import time

import harness
from portal_case import Case

OLD, NEW = "nine yellow buses wait", "seven quiet otters swim"


def totp(secret, at=None):
    """RFC 6238, as an authenticator does it."""
    key = base64.b32decode(secret.replace(" ", ""))
    mac = hmac.digest(key, struct.pack(">Q", int(at or time.time()) // 30), "sha1")
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06}"


class Account(Case):
    def set_password(self, visitor, password, **fields):
        page = visitor.get("/account/password")
        return visitor.submit(page, "/account/password", password=password, **fields)

    def by_password(self, address, password):
        visitor = self.visitor()
        return visitor, visitor.submit(visitor.get("/sign-in"), "/sign-in/password",
                                       address=address, password=password)

    def test_profile(self):
        visitor = self.sign_in("pro@customer.example")
        page = visitor.get("/account")
        answer = visitor.submit(page, "/account", name="Prö <b>File</b>", phone="+49 30 12",
                                time_zone="Europe/Berlin", theme="dark")
        self.assertEqual((answer.status, answer.location), (303, "/account?done=saved"))
        page = visitor.follow(answer)
        self.assertIn('data-theme="dark"', page.text)
        self.assertIn("Pr&ouml;" if "&ouml;" in page.text else "Prö &lt;b&gt;", page.text)
        self.assertEqual(page.forms["/account"]["time_zone"], "Europe/Berlin")
        profile = visitor.api("GET", "/api/v1/portal/profile").json()
        self.assertEqual((profile["name"], profile["phone"], profile["theme"]),
                         ("Prö <b>File</b>", "+49 30 12", "dark"))

        for fields, pointer in (({"name": "x" * 300}, "name"), ({"phone": "abc"}, "phone"),
                                ({"time_zone": "Mars/Base"}, "time_zone"),
                                ({"locale": "xx"}, "locale")):
            wrong = visitor.submit(visitor.get("/account"), "/account", **fields)
            self.assertEqual(wrong.status, 422, fields)
            self.assertIn(f'href="#{pointer}"', wrong.text)
        self.assertEqual(visitor.post("/account", name="x").status, 403)  # no token

    def test_profile_by_api(self):
        visitor = self.sign_in("api.pro@customer.example")
        csrf = {"X-CSRF-Token": visitor.get("/account").forms["/account"]["csrf"]}

        def put(document):
            visitor.headers |= csrf
            return visitor.api("PUT", "/api/v1/portal/profile", document)
        changed = put({"name": "Ann"})
        self.assertEqual((changed.status, changed.json()["name"]), (200, "Ann"), changed)
        changed = put({"time_zone": "Asia/Tokyo", "locale": "en"})
        self.assertEqual((changed.json()["name"], changed.json()["time_zone"]),
                         ("Ann", "Asia/Tokyo"))
        self.assertIsNone(put({"time_zone": None}).json()["time_zone"])
        wrong = put({"theme": "pink"})
        self.assertEqual(wrong.status, 422)
        self.assertEqual(wrong.json()["errors"][0]["pointer"], "/theme")
        self.assertEqual(put({"locale": "xx"}).json()["errors"][0]["pointer"], "/locale")

    def test_password(self):
        address = "pass@customer.example"
        visitor = self.sign_in(address)
        other = self.sign_in(address, count=2)
        self.assertEqual(self.set_password(visitor, "short").status, 422)
        common = self.set_password(visitor, "Password2026!")
        self.assertEqual(common.status, 422)
        self.assertIn("tried first", common.text)
        self.assertEqual(self.set_password(visitor, "pass@customer").status, 422)
        self.assertEqual(self.set_password(visitor, OLD).status, 303)
        self.assertTrue(self.is_signed_in(visitor))
        self.assertFalse(self.is_signed_in(other))
        mail = self.desk.wait_mail(to=address, subject="was changed")
        self.assertIn("the password of your account was changed", mail.text)
        self.assertTrue(self.desk.value(
            "SELECT password_hash LIKE '$argon2id$%' FROM credentials c JOIN addresses a "
            f"ON a.person_id = c.person_id WHERE a.address = '{address}'"))

        typed, answer = self.by_password(address, OLD)
        self.assertEqual(answer.status, 303, answer)
        # signed in by the password: it is asked for again
        self.assertIn('name="current"', typed.get("/account/password").text)
        self.assertEqual(self.set_password(typed, NEW).status, 422)
        self.assertEqual(self.set_password(typed, NEW, current="wrong").status, 422)
        self.assertEqual(self.set_password(typed, NEW, current=OLD).status, 303)
        self.assertEqual(self.by_password(address, OLD)[1].status, 422)
        self.assertEqual(self.by_password(address, NEW)[1].status, 303)

        # forgotten: the mailed link stands for the old one
        visitor = self.visitor()
        visitor.submit(visitor.get("/sign-in/reset"), "/sign-in/reset", address=address)
        link, _ = self.mail(address, 3)
        page = visitor.get(link)
        answer = visitor.submit(page, page.path)
        self.assertEqual(answer.location, "/account/password", answer)
        self.assertNotIn('name="current"', visitor.follow(answer).text)
        self.assertEqual(self.set_password(visitor, OLD).status, 303)
        self.assertEqual(self.by_password(address, OLD)[1].status, 303)

    def test_first_password_takes_a_fresh_session(self):
        visitor = self.sign_in("stale@customer.example")
        self.desk.postgres.execute("UPDATE sessions SET created_at = now() - interval '1 h'",
                                   self.desk.database)
        answer = self.set_password(visitor, OLD)
        self.assertEqual((answer.status, answer.location),
                         (303, "/sign-in?again=1&next=/account/password"))
        self.assertEqual(visitor.follow(answer).status, 200)

    def enable(self, visitor):
        """(secret, recovery codes)"""
        page = visitor.submit(visitor.get("/account/two-factor"),
                              "/account/two-factor/enable")
        self.assertEqual(page.status, 200, page)
        self.assertIn("<svg ", page.text)
        secret = re.search(r'<code dir="ltr">([A-Z2-7 ]+)</code>', page.text)[1]
        wrong = visitor.submit(page, "/account/two-factor/enable", code="000000")
        self.assertEqual(wrong.status, 422)
        self.assertIn(secret, wrong.text)
        page = visitor.submit(page, "/account/two-factor/enable", code=totp(secret))
        self.assertEqual(page.status, 200, page)
        codes = re.findall(r'<code dir="ltr">([a-z2-7]{5}-[a-z2-7]{5})</code>', page.text)
        self.assertEqual(len(set(codes)), 10)
        return secret, codes

    def test_two_factors(self):
        address = "two@customer.example"
        visitor = self.sign_in(address)
        secret, codes = self.enable(visitor)
        self.set_password(visitor, OLD)
        self.assertNotIn(secret.replace(" ", "").encode(), base64.b64encode(bytes(
            self.desk.value("SELECT sealed_totp FROM credentials") or b"")))
        state = visitor.api("GET", "/api/v1/portal/2fa").json()
        self.assertEqual((state["enabled"], state["recovery_codes_left"]), (True, 10))

        # by mail, by password: a code is asked for, and no session is there before it
        second = self.visitor()
        self.ask(second, address)
        link, _ = self.mail(address, 2)
        page = second.get(link)
        answer = second.submit(page, page.path)
        self.assertEqual((answer.status, answer.location), (303, "/sign-in/second"))
        self.assertNotIn("session", second.cookies)
        self.assertEqual(second.get("/account").status, 303)
        self.assertEqual(self.visitor().post("/sign-in/second", code=codes[0]).location,
                         "/sign-in")
        form = second.follow(answer)
        # the code that switched it on was used
        self.assertEqual(second.submit(form, "/sign-in/second", code=totp(secret)).status,
                         422)
        later = totp(secret, time.time() + 30)
        self.assertEqual(second.submit(form, "/sign-in/second", code=later).status, 303)
        self.assertTrue(self.is_signed_in(second))

        third, answer = self.by_password(address, OLD)
        self.assertEqual(answer.location, "/sign-in/second")
        form = third.follow(answer)
        self.assertEqual(third.submit(form, "/sign-in/second", code=later).status, 422)
        self.assertEqual(third.submit(form, "/sign-in/second",
                                      code=codes[3].upper().replace("-", " ")).status, 303)
        fourth, answer = self.by_password(address, OLD)
        form = fourth.follow(answer)
        self.assertEqual(fourth.submit(form, "/sign-in/second", code=codes[3]).status, 422)
        self.assertFalse(self.is_signed_in(fourth))

        # a program too
        program = self.visitor()
        asked = program.api("POST", "/api/v1/auth/token",
                            {"address": address, "password": OLD})
        self.assertEqual(asked.status, 401)
        self.assertIn("code", asked.json()["detail"])
        got = program.api("POST", "/api/v1/auth/token",
                          {"address": address, "password": OLD, "code": codes[4]})
        self.assertEqual(got.status, 200, got)
        token = got.json()["access_token"]
        self.assertEqual(program.api("DELETE", "/api/v1/portal/2fa", {"code": "000000"},
                                     token).status, 422)
        self.assertEqual(program.api("DELETE", "/api/v1/portal/2fa", {"code": codes[5]},
                                     token).status, 204)
        self.assertEqual(self.by_password(address, OLD)[1].location, "/")
        for change in ("now on a code", "no longer asked"):
            self.desk.wait_mail(to=address, subject="was changed",
                                where=lambda m, c=change: c in m.text.replace("\n", " "))

    def test_sessions(self):
        address = "sess@customer.example"
        visitor = self.sign_in(address)
        other = self.sign_in(address, self.visitor(agent="Mozilla/5.0 (iPhone) Safari/605"),
                             2)
        page = visitor.get("/account/sessions")
        self.assertIn("Safari on iPhone", page.text)
        self.assertIn("Firefox on Linux", page.text)
        sessions = visitor.api("GET", "/api/v1/portal/sessions").json()["items"]
        self.assertEqual([s["is_current"] for s in sessions], [True, False])
        action = f"/account/sessions/{sessions[1]['id']}/end"
        self.assertEqual(visitor.submit(page, action).status, 303)
        self.assertFalse(self.is_signed_in(other))
        self.assertEqual(visitor.submit(page, action).status, 404)

        stranger = self.sign_in("sess.stranger@customer.example")
        csrf = stranger.get("/account").forms["/account"]["csrf"]
        action = f"/account/sessions/{sessions[0]['id']}/end"
        self.assertEqual(stranger.post(action, csrf=csrf).status, 404)
        self.assertTrue(self.is_signed_in(visitor))
        third = self.sign_in(address, count=3)
        self.assertEqual(visitor.submit(page, "/account/sessions/end-others").status, 303)
        self.assertFalse(self.is_signed_in(third))
        self.assertTrue(self.is_signed_in(visitor))
        for table, age in (("expires_at", "now()"),
                           ("last_seen_at", "now() - interval '15 days'")):
            idle = self.sign_in(f"idle.{table}@customer.example".replace("_", "."))
            self.desk.postgres.execute(
                f"UPDATE sessions SET {table} = {age} WHERE person_id = (SELECT person_id "
                f"FROM addresses WHERE address = 'idle.{table.replace('_', '.')}"
                "@customer.example')", self.desk.database)
            self.assertFalse(self.is_signed_in(idle), table)

    def test_keys(self):
        visitor = self.sign_in("keys@customer.example")
        page = visitor.get("/account/keys")
        made = visitor.submit(page, "/account/keys", name="backup", access="read", days="")
        self.assertEqual(made.status, 200, made)
        key = re.search(r'<code dir="ltr">(pk_[a-z2-7]{52})</code>', made.text)[1]
        self.assertNotIn(key, visitor.get("/account/keys").text)
        self.assertEqual(self.desk.value("SELECT count(*) FROM api_keys WHERE digest = "
                                         f"'\\x{hashlib.sha256(key.encode()).hexdigest()}'"),
                         1)
        program = self.visitor(agent="backup/2")

        # it opens tickets, not the account; and never what guards it
        answer = program.api("GET", "/api/v1/portal/profile", token=key)
        self.assertEqual(answer.status, 403, answer)
        csrf = page.forms["/account/keys"]["csrf"]
        visitor.headers["X-CSRF-Token"] = csrf
        wide = visitor.api("POST", "/api/v1/portal/keys", {
            "name": "wide", "scopes": ["account", "tickets"], "read_only": False})
        self.assertEqual(wide.status, 201, wide)
        wide = wide.json()["key"]
        narrow = visitor.api("POST", "/api/v1/portal/keys", {
            "name": "narrow", "scopes": ["account"], "days": 1}).json()["key"]
        for token, method, path, document, status in (
                (wide, "GET", "profile", None, 200),
                (wide, "PUT", "profile", {"name": "By Key"}, 200),
                (narrow, "GET", "profile", None, 200),
                (narrow, "PUT", "profile", {"name": "By Key"}, 403),
                (wide, "GET", "keys", None, 403),
                (wide, "POST", "keys", {"name": "x", "scopes": ["tickets"]}, 403),
                (wide, "PUT", "password", {"password": NEW}, 403),
                (wide, "GET", "2fa", None, 403),
                (wide, "GET", "sessions", None, 403)):
            answer = program.api(method, f"/api/v1/portal/{path}", document, token)
            self.assertEqual(answer.status, status, (method, path, answer))
        listed = visitor.api("GET", "/api/v1/portal/keys").json()["items"]
        self.assertEqual({k["name"]: k["last_used_at"] is not None for k in listed},
                         {"wide": True, "narrow": True, "backup": True})
        desk = visitor.api("POST", "/api/v1/portal/keys", {"name": "d", "scopes": ["desk"]})
        self.assertEqual(desk.status, 422)

        wide_id = [k["id"] for k in listed if k["name"] == "wide"][0]
        self.assertEqual(visitor.api("DELETE", f"/api/v1/portal/keys/{wide_id}").status, 204)
        self.assertEqual(program.api("GET", "/api/v1/portal/profile", token=wide).status, 401)
        self.desk.postgres.execute("UPDATE api_keys SET expires_at = now() WHERE name = "
                                   "'narrow'", self.desk.database)
        self.assertEqual(program.api("GET", "/api/v1/portal/profile", token=narrow).status,
                         401)
        self.desk.postgres.execute("UPDATE sessions SET created_at = now() - interval '1 h'",
                                   self.desk.database)
        stale = visitor.api("POST", "/api/v1/portal/keys", {"name": "x",
                                                           "scopes": ["tickets"]})
        self.assertEqual(stale.status, 403)

    def test_addresses(self):
        visitor = self.sign_in("first@customer.example")
        page = visitor.get("/account/addresses")
        answer = visitor.submit(page, "/account/addresses", address="second@customer.example")
        self.assertEqual(answer.location, "/account/addresses?done=link-sent")
        mail = self.desk.wait_mail(to="second@customer.example")
        link = re.search(r"^(http\S+)$", mail.text, re.M)[1]

        # whoever else opens it gets nowhere, nor does it sign anybody in
        self.assertEqual(self.visitor().get(link).status, 303)
        stranger = self.sign_in("third@customer.example")
        self.assertEqual(stranger.get(link).status, 410)
        self.assertEqual(self.visitor().get(link.replace("account/verify",
                                                         "sign-in/link")).status, 410)
        page = visitor.get(link)
        self.assertEqual(visitor.submit(page, page.path).status, 303)
        self.assertEqual(visitor.get(link).status, 410)
        profile = visitor.api("GET", "/api/v1/portal/profile").json()
        self.assertEqual([(a["address"], a["is_main"]) for a in profile["addresses"]],
                         [("first@customer.example", True),
                          ("second@customer.example", False)])
        self.sign_in("second@customer.example", count=1)
        self.assertEqual(self.desk.value(
            "SELECT count(DISTINCT person_id) FROM addresses WHERE address IN "
            "('first@customer.example', 'second@customer.example')"), 1)

        # of another account
        page = visitor.get("/account/addresses")
        visitor.submit(page, "/account/addresses", address="third@customer.example")
        mail = self.desk.wait_mail(to="third@customer.example", subject="your address")
        page = visitor.get(re.search(r"^(http\S+)$", mail.text, re.M)[1])
        self.assertEqual(visitor.submit(page, page.path).status, 409)

        page = visitor.get("/account/addresses")
        ids = [a["id"] for a in profile["addresses"]]
        remove = visitor.submit(page, f"/account/addresses/{ids[0]}/remove")
        self.assertEqual(remove.status, 303)
        last = visitor.submit(page, f"/account/addresses/{ids[1]}/remove")
        self.assertEqual(last.status, 409)

    def test_what_agents_choose_to_be_told_of(self):
        agent = self.sign_in("anna@desk.example")
        stored = agent.api("GET", "/api/v1/portal/notifications/settings").json()
        self.assertLessEqual({"escalated", "rated", "merged", "split", "new_ticket"},
                             {e["event"] for e in stored["events"]})
        page = agent.get("/account/notifications")
        form = dict(page.forms["/account/notifications"])
        del form["mail.escalated"]
        self.assertEqual(agent.post("/account/notifications", form).status, 303)
        self.desk.accept("From: e@customer.example\r\nTo: support@desk.example\r\n"
                         "Subject: urgent\r\nMessage-ID: <urgent@x>\r\n\r\nHi\r\n",
                         sender="e@customer.example")
        number = self.desk.wait_mail(to="e@customer.example")["Subject"]
        customer = self.sign_in("e@customer.example")
        path = "/tickets/" + re.search(r"#(\d+)", number)[1]
        page = customer.get(path)
        self.assertEqual(customer.submit(page, f"{path}/escalate", reason="now").status, 303)
        self.desk.wait_sent()
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM outbox WHERE template = 'escalated' AND address = "
            "'anna@desk.example'"), 0)

    def test_notification_settings(self):
        visitor = self.sign_in("noti@customer.example")
        page = visitor.get("/account/notifications")
        form = dict(page.forms["/account/notifications"])
        self.assertIn("mail.answer", form)
        del form["mail.answer"]
        answer = visitor.post("/account/notifications", form | {
            "digest": "daily", "digest_hour": "7", "quiet_from": "22:00",
            "quiet_until": "06:30"})
        self.assertEqual(answer.status, 303, answer)
        stored = visitor.api("GET", "/api/v1/portal/notifications/settings").json()
        self.assertEqual({e["event"]: (e["mail"], e["in_app"]) for e in stored["events"]},
                         {"acknowledgement": (True, True), "answer": (False, True),
                          "resolved": (True, True)})
        self.assertEqual((stored["digest"], stored["digest_hour"], stored["quiet_from"],
                          stored["quiet_until"]), ("daily", 7, "22:00", "06:30"))
        visitor.headers["X-CSRF-Token"] = form["csrf"]
        path = "/api/v1/portal/notifications/settings"
        changed = visitor.api("PUT", path, {"digest": "none", "quiet_from": None,
                                            "quiet_until": None})
        self.assertEqual((changed.status, changed.json()["digest"],
                          changed.json()["quiet_from"]), (200, "none", None), changed)
        for wrong in ({"quiet_from": "25:00", "quiet_until": "06:00"},
                      {"quiet_from": "22:00", "quiet_until": None}, {"digest_hour": 24},
                      {"digest": "yearly"}, {"events": [{"event": "answer"}]}):
            self.assertEqual(visitor.api("PUT", path, wrong).status, 422, wrong)


if __name__ == "__main__":
    harness.main()
