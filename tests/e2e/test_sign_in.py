"""Signing in to the portal: by mail, by password, with a code; and what must not work."""
import signal
import time

import harness
from portal_case import Case


class ByMail(Case):
    def test_a_newcomer_gets_an_account_when_the_link_comes_back(self):
        visitor = self.visitor()
        asked = visitor.get("/tickets?a=b").location
        self.assertEqual(asked, "/sign-in?next=/tickets%3Fa%3Db")
        page = visitor.get(asked)
        visitor.submit(page, "/sign-in", address="New.Comer@Customer.example")
        known = ("SELECT count(*) FROM addresses WHERE address = "
                 "'new.comer@customer.example'")
        self.assertEqual(self.desk.value(known), 0)
        link, _ = self.mail("new.comer@customer.example")
        mail = self.desk.wait_mail(to="new.comer@customer.example")
        self.assertIn("wants an account", mail.text)
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")

        # a scanner follows it, many times: nothing is used up
        for _ in range(3):
            self.assertEqual(self.visitor().get(link).status, 200)
        self.assertEqual(self.desk.value(known), 0)
        page = visitor.get(link)
        self.assertEqual(page.status, 200)
        answer = visitor.submit(page, page.path)
        self.assertEqual((answer.status, answer.location), (303, "/tickets?a=b"), answer)
        self.assertEqual(self.desk.value(known), 1)
        self.assertTrue(self.desk.value(
            "SELECT verified_at IS NOT NULL FROM addresses WHERE address = "
            "'new.comer@customer.example'"))
        self.assertTrue(self.is_signed_in(visitor))
        cookie = answer.headers.get_all("Set-Cookie")
        session = [c for c in cookie if c.startswith("session=")][0]
        self.assertIn("HttpOnly", session)
        self.assertIn("SameSite=Lax", session)

        # once only
        self.assertEqual(visitor.get(link).status, 410)
        self.assertEqual(visitor.post(page.path).status, 403)  # no token of the form

    def test_another_browser_gets_a_code_and_nothing_else(self):
        asker, other = self.visitor(), self.visitor(agent="Mozilla/5.0 iPhone Safari/605")
        self.ask(asker, "coda@customer.example")
        link, code = self.mail("coda@customer.example")
        page = other.get(link)
        self.assertIn(code, page.text)
        self.assertEqual(other.post(page.path).status, 403)
        self.assertFalse(self.is_signed_in(other))

        waiting = asker.get("/sign-in/sent")
        self.assertIn("coda@customer.example", waiting.text)
        wrong = asker.submit(waiting, "/sign-in/code", code="BBBB-BBBB")
        self.assertEqual(wrong.status, 422)
        self.assertFalse(self.is_signed_in(asker))
        right = asker.submit(waiting, "/sign-in/code", code=code.lower().replace("-", " "))
        self.assertEqual((right.status, right.location), (303, "/"), right)
        self.assertTrue(self.is_signed_in(asker))
        self.assertEqual(other.get(link).status, 410)

    def test_codes_can_not_be_guessed(self):
        asker = self.visitor()
        self.ask(asker, "guess@customer.example")
        _, code = self.mail("guess@customer.example")
        waiting = asker.get("/sign-in/sent")
        for _ in range(5):
            asker.submit(waiting, "/sign-in/code", code="BBBB-BBBB")
        right = asker.submit(waiting, "/sign-in/code", code=code)
        self.assertEqual(right.status, 422)
        self.assertFalse(self.is_signed_in(asker))

    def test_links_run_out(self):
        asker = self.visitor()
        self.ask(asker, "late@customer.example")
        link, code = self.mail("late@customer.example")
        page = asker.get(link)
        self.desk.postgres.execute("UPDATE sign_ins SET expires_at = now() "
                                   "WHERE address = 'late@customer.example'",
                                   self.desk.database)
        self.assertEqual(asker.submit(page, page.path).status, 410)
        self.assertEqual(asker.post("/sign-in/code", code=code).status, 200)
        self.assertFalse(self.is_signed_in(asker))

    def test_nothing_tells_who_is_known(self):
        """Same answers, with the same fields, for an agent, a stranger and a password."""
        def shape(page):
            return (page.status, page.location, sorted(
                k for k in page.headers.keys() if k not in ("Date",)))
        answers = []
        for address in ("anna@desk.example", "nobody-knows@customer.example"):
            visitor = self.visitor()
            form = visitor.get("/sign-in")
            mailed = visitor.submit(form, "/sign-in", address=address)
            sent = visitor.get("/sign-in/sent").text.replace(address, "")
            reset = visitor.submit(visitor.get("/sign-in/reset"), "/sign-in/reset",
                                   address=address)
            typed = visitor.submit(form, "/sign-in/password", address=address,
                                   password="something wrong 7")
            answers.append((shape(mailed), sent, shape(reset), shape(typed),
                            typed.text.replace(address, "")))
        self.assertEqual(*answers)

    def test_no_mail_to_the_desk_itself(self):
        self.ask(self.visitor(), self.desk.queue)
        self.ask(self.visitor(), "support+x@desk.example")
        self.ask(self.visitor(), "after@customer.example")
        self.mail("after@customer.example")
        self.assertEqual(self.desk.find_mails(to=self.desk.queue, subject="account"), [])
        self.assertEqual(self.desk.find_mails(to="support+x@desk.example"), [])

    def test_no_address(self):
        visitor = self.visitor()
        answer = visitor.submit(visitor.get("/sign-in"), "/sign-in",
                                address="x\"><script>alert(1)</script>")
        self.assertEqual(answer.status, 422)
        self.assertNotIn("<script>alert", answer.text)

    def test_next_stays_here(self):
        for evil in ("//evil.example", "https://evil.example", "/\\evil.example",
                     "/\t/evil.example", "javascript:alert(1)"):
            visitor = self.visitor()
            self.assertEqual(visitor.post("/sign-in", address=f"n{hash(evil) % 9999}@x.example",
                                          next=evil).status, 303)
            self.assertEqual(self.desk.value(
                "SELECT next FROM sign_ins ORDER BY created_at DESC LIMIT 1"), "/")
        visitor = self.sign_in("nexter@customer.example")
        for evil in ("//evil.example", "https:%2f%2fevil.example", "/%5cevil.example"):
            self.assertEqual(visitor.get(f"/sign-in?next={evil}").location, "/")

    def test_other_sites_can_not_sign_in_or_out(self):
        visitor = self.sign_in("csrf@customer.example")
        token = visitor.get("/sign-in/reset").forms["/sign-in/reset"]["csrf"]
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            answer = visitor.post("/sign-out", {"csrf": token}, headers)
            self.assertEqual(answer.status, 403, headers)
        self.assertEqual(visitor.post("/sign-out").status, 403)
        self.assertEqual(visitor.post("/sign-out", csrf="a" * 32).status, 403)
        self.assertTrue(self.is_signed_in(visitor))
        answer = visitor.post("/sign-out", csrf=token)
        self.assertEqual((answer.status, answer.location),
                         (303, "/sign-in?done=signed-out"))
        self.assertFalse(self.is_signed_in(visitor))
        self.assertNotIn("session", visitor.cookies)

    def test_a_planted_session_is_not_kept(self):
        """Fixation: what was in the browser before is not what it has afterwards, and a
        session that was there ends."""
        mallory = self.sign_in("mallory@customer.example")
        victim = self.visitor()
        victim.cookies = {"session": mallory.cookies["session"]}
        csrf = victim.get("/sign-in/reset").forms["/sign-in/reset"]["csrf"]
        victim.post("/sign-in", address="victim@customer.example", csrf=csrf)
        link, _ = self.mail("victim@customer.example")
        page = victim.get(link)
        self.assertEqual(victim.submit(page, page.path).status, 303)
        self.assertNotEqual(victim.cookies["session"], mallory.cookies["session"])
        self.assertFalse(self.is_signed_in(mallory))
        planted = self.visitor()
        planted.cookies = {"session": "a" * 52}
        self.sign_in("victim@customer.example", planted, count=2)
        self.assertNotEqual(planted.cookies["session"], "a" * 52)

    def test_a_new_device_is_told_of(self):
        first = self.sign_in("devi@customer.example")
        self.sign_in("devi@customer.example", first, count=2)
        self.assertEqual(self.desk.find_mails(to="devi@customer.example",
                                              subject="New sign-in"), [])
        second = self.visitor(agent="Mozilla/5.0 (iPhone) Safari/605")
        self.sign_in("devi@customer.example", second, count=3)
        mail = self.desk.wait_mail(to="devi@customer.example", subject="New sign-in")
        self.assertIn("Safari on iPhone", mail.text)
        self.assertIn("127.0.0.1", mail.text)

    def test_a_host_that_is_not_ours_gets_into_no_mail(self):
        visitor = self.visitor(host="evil.example")
        self.ask(visitor, "hosted@customer.example")
        link, _ = self.mail("hosted@customer.example")
        self.assertTrue(link.startswith(f"http://127.0.0.1:{self.desk.portal_port}/"), link)
        self.desk.postgres.execute(
            "INSERT INTO portal_domains (domain, tenant_id) SELECT 'help.own.example', id "
            "FROM tenants", self.desk.database)
        visitor = self.visitor(host="help.own.example:8443")
        self.ask(visitor, "owned@customer.example")
        link, _ = self.mail("owned@customer.example")
        self.assertTrue(link.startswith("http://help.own.example/sign-in/link/"), link)

    def test_in_german(self):
        visitor = self.visitor(headers={"Accept-Language": "de"})
        visitor.post("/sign-in", address="dora@kundin.example")
        mail = self.desk.wait_mail(to="dora@kundin.example")
        self.assertIn("Dieser Link", mail.text)
        self.assertIn("Postfach", visitor.get("/sign-in/sent").text)


class Api(Case):
    def token(self, **document):
        return self.visitor().api("POST", "/api/v1/auth/token", document)

    def by_mail(self, address, count=1):
        visitor = self.visitor(agent="postern-cli/1.0")
        asked = visitor.api("POST", "/api/v1/auth/link", {"address": address})
        self.assertEqual(asked.status, 202, asked)
        _, code = self.mail(address, count)
        answer = visitor.api("POST", "/api/v1/auth/token", {
            "request": asked.json()["request"], "mail_code": code})
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def is_good(self, token):
        return self.visitor().api("GET", "/api/v1/portal/profile",
                                  token=token).status == 200

    def test_tokens_turn_and_a_used_one_ends_them_all(self):
        tokens = self.by_mail("api@customer.example")
        self.assertEqual((tokens["token_type"], tokens["expires_in"]), ("Bearer", 900))
        self.assertTrue(self.is_good(tokens["access_token"]))
        visitor = self.visitor()
        second = visitor.api("POST", "/api/v1/auth/refresh",
                             {"refresh_token": tokens["refresh_token"]})
        self.assertEqual(second.status, 200, second)
        second = second.json()
        self.assertNotEqual(second["refresh_token"], tokens["refresh_token"])
        self.assertTrue(self.is_good(second["access_token"]))

        stolen = visitor.api("POST", "/api/v1/auth/refresh",
                             {"refresh_token": tokens["refresh_token"]})
        self.assertEqual(stolen.status, 401)
        for token in (tokens, second):
            self.assertFalse(self.is_good(token["access_token"]))
        after = visitor.api("POST", "/api/v1/auth/refresh",
                            {"refresh_token": second["refresh_token"]})
        self.assertEqual(after.status, 401)
        self.assertEqual(self.audit("refresh_reused"), 1)

    def test_revoke(self):
        tokens = self.by_mail("revo@customer.example")
        visitor = self.visitor()
        for token in (tokens["refresh_token"], tokens["refresh_token"], "pr_nothing"):
            answer = visitor.api("POST", "/api/v1/auth/revoke", {"refresh_token": token})
            self.assertEqual(answer.status, 204)
        self.assertFalse(self.is_good(tokens["access_token"]))

    def test_what_is_no_token(self):
        good = self.by_mail("forger@customer.example")["access_token"]
        header, claims, signature = good.split(".")
        none = "eyJhbGciOiJub25lIn0"
        rs256 = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9"
        for token in (f"{none}.{claims}.", f"{none}.{claims}.{signature}",
                      f"{rs256}.{claims}.{signature}", f"{header}.{claims}.",
                      f"{header}.{claims}.{signature}A", f"{header}.{claims}", "x", "a.b.c",
                      "pk_" + "a" * 52):
            answer = self.visitor().api("GET", "/api/v1/portal/profile", token=token)
            self.assertEqual(answer.status, 401, token)
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        self.assertTrue(self.is_good(good))

    def test_wrong_codes(self):
        visitor = self.visitor()
        asked = visitor.api("POST", "/api/v1/auth/link", {"address": "w@customer.example"})
        for document in ({"request": asked.json()["request"], "mail_code": "BBBB-BBBB"},
                         {"request": "a" * 52, "mail_code": "BBBB-BBBB"},
                         {"address": "w@customer.example", "password": "wrong one here"}):
            answer = visitor.api("POST", "/api/v1/auth/token", document)
            self.assertEqual(answer.status, 401, answer)
        self.assertEqual(visitor.api("POST", "/api/v1/auth/token", {}).status, 422)
        self.assertEqual(visitor.api("POST", "/api/v1/auth/token", [1]).status, 422)
        self.assertEqual(visitor.api("POST", "/api/v1/auth/link", {}).status, 422)


class Brute(Case):
    portal = ""

    def test_mails_are_capped(self):
        visitor = self.visitor()
        form = visitor.get("/sign-in")
        answers = [visitor.submit(form, "/sign-in", address="flood@customer.example")
                   for _ in range(6)]
        self.assertEqual([a.status for a in answers], [303] * 4 + [429] * 2)
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 60)
        self.assertIn("Too many", answers[-1].text)

        # another portald on the same database counts on
        self.desk.portal.stop(signal.SIGTERM)
        self.desk.start_portal()
        self.assertEqual(visitor.submit(form, "/sign-in",
                                        address="flood@customer.example").status, 429)
        self.assertEqual(visitor.submit(form, "/sign-in",
                                        address="calm@customer.example").status, 303)

    def test_passwords_can_not_be_tried_for_ever(self):
        visitor = self.visitor()
        form = visitor.get("/sign-in")
        started = time.monotonic()
        answers = [visitor.submit(form, "/sign-in/password", address="anna@desk.example",
                                  password=f"guess number {i}").status for i in range(10)]
        self.assertEqual(answers[:6], [422] * 6)
        # one more flows back each minute
        self.assertLessEqual(answers[6:].count(422),
                             (time.monotonic() - started) // 60 + 1)
        self.assertGreaterEqual(self.audit("password_wrong"), 6)



class Barred(Case):
    """Passwords from where their person never was, while many wrong ones come."""
    portal = "rate_factor = 50\nproxies = 127.0.0.1/32"
    good = "grüne Tassen im Regen"

    def at(self, peer):
        return self.visitor(headers={"X-Forwarded-For": peer})

    def person(self, address, peer="192.0.2.7"):
        """Somebody with a password, who signed in by a link from that network."""
        visitor = self.sign_in(address, self.at(peer))
        page = visitor.get("/account/password")
        self.assertEqual(visitor.submit(page, "/account/password",
                                        password=self.good).status, 303)
        return address

    def type(self, address, password, peer):
        visitor = self.at(peer)
        return visitor.submit(visitor.get("/sign-in"), "/sign-in/password",
                              address=address, password=password)

    def guess(self, address, times, peer="203.0.113.{}"):
        for i in range(times):
            self.assertEqual(self.type(address, f"guess {i} of many", peer.format(i)).status,
                             422)

    def test_a_right_one_is_refused_where_they_never_were(self):
        who, before = self.person("barry@customer.example"), self.audit("password_barred")
        self.guess(who, 4)
        self.assertEqual(self.type(who, self.good, "198.51.100.1").status, 303)
        self.desk.postgres.execute("DELETE FROM audit WHERE kind = 'sign_in' AND peer = "
                                   "'198.51.100.1'", self.desk.database)
        self.guess(who, 1)
        refused = self.type(who, self.good, "198.51.100.1")
        self.assertEqual(refused.status, 422)
        self.assertIn("too many wrong passwords", refused.text)
        mail = self.desk.wait_mail(to=who, subject="A password was refused")
        self.assertIn("198.51.100.1", mail.text)
        # the same words for a wrong one, and for an address that is nobody's
        wrong = self.type(who, "still wrong, alas", "198.51.100.1")
        self.guess("nobody@customer.example", 5)
        nobodys = self.type("nobody@customer.example", "it is wrong too", "198.51.100.1")
        same = {page.text.replace(who, "").replace("nobody@customer.example", "")
                for page in (refused, wrong, nobodys)}
        self.assertEqual(len(same), 1)
        # on record each time, told once an hour
        self.type(who, self.good, "198.51.100.2")
        self.assertEqual(self.audit("password_barred"), before + 2)
        self.assertEqual(len(self.desk.find_mails(to=who, subject="A password was")), 1)
        answer = self.at("198.51.100.3").api(
            "POST", "/api/v1/auth/token", {"address": who, "password": self.good})
        self.assertEqual(answer.status, 403)

        # where they were before it counts, in the same /24; in the next one not
        self.assertEqual(self.type(who, self.good, "192.0.2.200").status, 303)
        self.assertEqual(self.type(who, self.good, "192.0.3.7").status, 422)
        # a link works everywhere, and then passwords do there too
        self.sign_in(who, self.at("198.51.100.9"), count=2)
        self.assertEqual(self.type(who, self.good, "198.51.100.1").status, 303)
        self.assertIn("unknown network", self.sign_in(who, self.at("192.0.2.7"), count=3)
                      .get("/account/sessions").text)

    def test_a_network_that_guesses(self):
        who = self.person("nell@customer.example", "2001:db8:1::7")
        for i in range(20):
            self.guess(f"somebody{i}@customer.example", 1, "2001:db8:2:{}::1")
        self.assertEqual(self.type(who, self.good, "2001:db8:2:77::2").status, 422)
        self.assertEqual(self.type(who, self.good, "2001:db8:3::2").status, 303)
        self.assertEqual(self.type(who, self.good, "2001:db8:1:9::2").status, 303)
        self.desk.postgres.execute("UPDATE audit SET created_at = created_at - interval "
                                   "'61 min'", self.desk.database)
        self.assertEqual(self.type(who, self.good, "2001:db8:2:78::2").status, 303)


if __name__ == "__main__":
    harness.main()
