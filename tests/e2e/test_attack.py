"""portald under attack: other sites, markup in every word, files that lie, fields that no
browser sends, the same thing at once, and a kill in the middle."""
# tests/run: timeout 900
import concurrent.futures
import html
import http.client
import json
import random
import re
import time
import urllib.parse

import harness
from attack_case import ADA, MARK, SUPPORT, AttackCase, strange
from portal_case import Case
from servers.visitor import Visitor
from tickets_case import Browser, multipart

FORM = "application/x-www-form-urlencoded"
FILES = (("page.png", b"<html><script>xss()</script>", "image/png"),
         ("draw.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='xss()'/>",
          "image/png"),
         ("draw.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>"
          b"<script>xss()</script></svg>", "image/svg+xml"),
         ("both.gif", b"GIF89a/*<svg onload=xss()>*/=1;xss()//\0\0\0", "text/html"),
         ("run.js", b"xss()", "application/javascript"),
         ("sheet.css", b"*{}", "text/css"),
         ("x.html", b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0", "text/html"),
         ("doc.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
          "application/xhtml+xml"))
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf",
         "text/plain; charset=utf-8", "application/octet-stream"}


class OtherSites(AttackCase):
    def state(self):
        """How much there is of all that a request may make or change."""
        return self.desk.sql("""
            SELECT (SELECT count(*) FROM messages) AS messages,
                   (SELECT count(*) FROM events) AS events,
                   (SELECT count(*) FROM sessions) AS sessions,
                   (SELECT count(*) FROM api_keys) AS keys,
                   (SELECT count(*) FROM announcements) AS announcements,
                   (SELECT string_agg(name || role, ',' ORDER BY id) FROM people) AS people""")

    def test_no_unsafe_route_does_what_another_site_asks(self):
        """Every route that changes something, with the session of an admin, asked from
        another origin, without the token, and with the token of another session."""
        self.open("kettle")
        zoe, ada = self.admin(), self.sign_in(ADA, "Ada")
        theirs, ours = ada.token(), zoe.token()
        told = self.desk.wait_mail(to=ADA, subject="kettle")
        link = re.search(r"http://[^/]+/t/([a-z2-7]{24})\b", told.text)[1]
        attempts = (("no token", "", {}),
                    ("another session's token", theirs, {}),
                    ("another origin", ours, {"Origin": "https://evil.example"}),
                    ("no origin that it would tell", ours, {"Origin": "null"}),
                    ("our name in theirs", ours, {
                        "Origin": f"http://127.0.0.1:{self.desk.portal_port}.evil.example"}),
                    ("another port", ours, {"Origin": "http://127.0.0.1:1"}),
                    ("another site", ours, {"Sec_Fetch_Site": "cross-site"}),
                    ("a site beside", ours, {"Sec_Fetch_Site": "same-site"}))
        before, asked = self.state(), 0
        for method, path in self.paths(("link", "person", "agent", "admin"), texts=(link,),
                                       methods=("POST", "PUT", "PATCH", "DELETE")):
            if path.startswith("/t/"):
                continue
            for name, token, fields in attempts:
                for type_ in ((FORM, "text/plain") if not path.startswith("/api/")
                              else ("application/json",)):
                    body = {FORM: urllib.parse.urlencode({"csrf": token}),
                            "text/plain": f"csrf={token}"}.get(type_, "{}")
                    head = {"X_CSRF_Token": token} if path.startswith("/api/") and token \
                        else {}
                    status, _, text = zoe.request(path, method,
                                                  None if method == "DELETE" else body,
                                                  Content_Type=type_, **head, **fields)
                    if status == 413:  # it takes no body
                        status, _, text = zoe.request(path, method, **head, **fields)
                    asked += 1
                    self.assertEqual(status, 403, f"{method} {path}, {name}: {text[:300]}")
        self.assertGreater(asked, 300)
        self.assertEqual(self.state(), before)

    def test_links_take_nothing_from_another_site(self):
        self.open("kettle")
        told = self.desk.wait_mail(to=ADA, subject="kettle")
        link = re.search(r"http://[^/]+/t/([a-z2-7]{24})\b", told.text)[1]
        before, nobody = self.state(), Browser(self.desk)
        for method, path in self.paths(("link", "anybody"), texts=(link,),
                                       methods=("POST",)):
            for fields in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                           {"Sec_Fetch_Site": "cross-site"}):
                status, _, _ = nobody.request(
                    path, method, b"{}" if "/api/" in path else b"text=a&rating=1",
                    Content_Type="application/json" if "/api/" in path else FORM, **fields)
                want = 401 if path == "/api/v1/portal/preview" else 403
                self.assertEqual(status, want, f"{path} {fields}")
        self.assertEqual(self.state(), before)

    def test_nothing_leads_elsewhere(self):
        """No Location leads to another site, whatever is asked for and said to be where
        one came from."""
        nobody, zoe = Browser(self.desk), self.admin()
        evils = ("//evil.example", "/\\evil.example", "https://evil.example", "\\\\evil",
                 "/%0d%0aSet-Cookie:%20evil=1", "/%09/evil.example", "javascript:xss()",
                 "/;@evil.example", "//evil.example/%2e%2e", "///evil.example", "/%5cevil")
        for evil in evils:
            for path in (f"/sign-in?next={urllib.parse.quote(evil)}", f"/sign-in?next={evil}",
                         f"/tickets?next={evil}&done={evil}", evil if evil[0] == "/" else "/",
                         f"/{evil}", f"/tickets/1?insert={evil}"):
                for who in (nobody, zoe):
                    status, headers, _ = who.request(
                        path, Referer="https://evil.example/", X_Forwarded_Host="evil.example",
                        X_Original_URL="//evil.example")
                    where = headers["Location"] or ""
                    self.assertLess(status, 500, path)
                    self.assertRegex(where, r"^(/(?![/\\])|$)", path)
                    self.assertNotIn("evil", headers["Set-Cookie"] or "", path)


class Words(AttackCase):
    def fill(self, ada, zoe):
        """Markup wherever somebody can write a word."""
        self.desk.postgres.execute("""
            UPDATE tenants SET settings = settings || '{"custom_fields": [{"key": "k",
            "label": "<xss-mark>L", "type": "text", "visible_to_customer": true}]}'""",
                                   self.desk.database)
        ada.open("/tickets/new")
        ada.submit("/tickets", {"subject": MARK, "text": f"{MARK}\n\n[a](javascript:xss())\n\n"
                                f"<{MARK}>\n\n![b](data:text/html,<script>xss()</script>)",
                                "field.k": MARK},
                   [(MARK.replace('"', "").replace("/", ""), b"x", "text/plain")])
        ada.submit("/tickets/1/escalate", {"reason": MARK})
        ada.open("/account")
        ada.api("/profile", "PUT", {"name": MARK})
        ada.api("/keys", "POST", {"name": MARK[:60], "scopes": ["tickets"]}, status=201)
        ada.api("/texts", "POST", {"title": MARK[:90], "text": MARK}, status=201)
        self.desk.accept((
            f'From: "{MARK.replace(chr(34), chr(92) + chr(34))}" <{ADA}>\r\nTo: {SUPPORT}\r\n'
            f"Subject: Re: [#1] {MARK}\r\nMessage-ID: <a{chr(34)}{MARK[:20]}@x>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            f"<style>@import 'x';*{{background:url(javascript:xss())}}</style><p>{MARK}"
            "<svg onload=xss()><a href='java\tscript:xss()'>a</a><math><a xlink:href="
            "'javascript:xss()'>b</a></math><img src='x' onerror='xss()'><form "
            "action='javascript:xss()'><button formaction='javascript:xss()'>c</button>"
            "</form><iframe srcdoc='<script>xss()</script>'></iframe><base href='//evil'>"
            "<noscript><p title='</noscript><img src=x onerror=xss()>'>"
            "<meta http-equiv=refresh content='0;url=javascript:xss()'>\r\n"),
            sender=ADA)
        zoe.open("/admin/brand")
        zoe.submit("/admin/brand", {"title": MARK[:60], "accent": "", "welcome": MARK,
                                    "feature_messages": "1", "feature_rating": "1"})
        zoe.open("/admin/announcements")
        zoe.submit("/admin/announcements", {"title": MARK[:60], "text": MARK, "kind": "news",
                                            "starts_at": "", "ends_at": ""})
        self.desk.wait_ingested()
        desk = "/api/v1/desk/tickets/" + str(self.desk.value(
            "SELECT id FROM tickets ORDER BY number LIMIT 1"))
        for path, body in (("tags", {"add": [MARK[:40]]}), ("notes", {"text": MARK}),
                           ("reply", {"text": MARK})):
            status, _, text = zoe.request(f"{desk}/{path}", "POST", json.dumps(body),
                                          Content_Type="application/json",
                                          X_CSRF_Token=zoe.token())
            self.assertIn(status, (200, 201, 422), f"{path}: {text[:300]}")

    def test_words_stay_words_on_every_page(self):
        ada, zoe = self.sign_in(ADA, MARK.replace("'", "''")), self.admin()
        ada.request("/", User_Agent=MARK)
        self.fill(ada, zoe)
        ids = [row["id"] for row in self.desk.sql(
            "SELECT id FROM messages UNION ALL SELECT person_id FROM sessions")]
        query = "?" + urllib.parse.urlencode({
            "q": MARK, "status": MARK, "done": MARK, "next": MARK, "cursor": MARK,
            "category": MARK, "from": MARK, "insert": MARK, "role": MARK})
        seen = 0
        for who in (ada, zoe, Browser(self.desk)):
            for _, path in self.paths(("anybody", "link", "person", "admin"), ids,
                                      ("answer", urllib.parse.quote(MARK, safe=""))):
                if path == "/live":
                    continue
                for tail in ("", query):
                    status, headers, text = who.request(path + tail)
                    self.assertLess(status, 500, path + tail)
                    if not headers.get("Content-Type", "").startswith("text/html"):
                        continue
                    self.assertEqual(strange(text.decode()), [], path + tail)
                    self.assertNotIn("unsafe", headers["Content-Security-Policy"].replace(
                        "style-src 'unsafe-inline'", ""), path)
                    seen += b"xss-mark" in text
        self.assertGreater(seen, 20)  # so the words were there to be seen

    def test_fields_do_not_get_out_of_their_line(self):
        """Line ends in what becomes a field of a mail or of an answer."""
        ada = self.sign_in(ADA, "Ada")
        evil = "x\r\nBcc: evil@evil.example\r\nX-Evil: 1\r\n\r\nbody"
        ada.open("/tickets/new")
        for fields in ({"subject": evil, "text": "one"}, {"subject": "x\rX-Evil: 1",
                                                          "text": "two"}):
            ada.request("/tickets", "POST", urllib.parse.urlencode(
                fields | {"csrf": ada.csrf}), Content_Type=FORM)
        ada.api("/profile", "PUT", {"name": "y\r\nBcc: evil@evil.example"},
                status=ada.request("/api/v1/portal/profile", "PUT", json.dumps(
                    {"name": "y\r\nBcc: evil@evil.example"}),
                    Content_Type="application/json", X_CSRF_Token=ada.token())[0])
        ada.open("/tickets/new")
        body, type_ = multipart(
            [("subject", "file"), ("text", "three"), ("csrf", ada.csrf)],
            [("a\rX-Evil: 1\rb.txt", b"abc", "text/plain\rX-Evil: 1")])
        status, headers, text = ada.request("/tickets", "POST", body, Content_Type=type_)
        self.assertEqual(status, 303, text[:500])
        self.desk.wait_sent()
        for mail in self.desk.mails():
            head = mail.raw.split(b"\r\n\r\n", 1)[0] if b"\r\n\r\n" in mail.raw else \
                mail.raw.split(b"\n\n", 1)[0]
            self.assertNotRegex(head, rb"(?mi)(^|\r)(bcc|x-evil):")
            self.assertNotIn("evil@evil.example", str(mail["To"]) + str(mail["Cc"]))
        for row in self.desk.sql("SELECT convert_from(raw, 'utf8') AS raw FROM inbound"):
            self.assertNotRegex(row["raw"], r"(?mi)(^|\r(?!\n))(bcc|x-evil):")
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM addresses WHERE address LIKE '%evil%'"), 0)
        ticket = ada.api("/tickets/" + str(self.desk.value(
            "SELECT t.id FROM tickets t ORDER BY number DESC LIMIT 1")))
        url = ticket["messages"][0]["attachments"][0]["url"]
        status, headers, _ = ada.request(url)
        self.assertEqual(status, 200)
        self.assertIsNone(headers["X-Evil"])


class Files(AttackCase):
    def test_files_that_lie(self):
        ada = self.sign_in(ADA, "Ada")
        ada.open("/tickets/new")
        names = ('a"; filename=evil.html', "..%2f..%2fetc%2fpasswd", "\u202egnp.exe",
                 "a" * 3000 + ".txt", "", "%0d%0aSet-Cookie: evil=1", "con\\..\\nul.txt")
        files = list(FILES) + [(name.replace('"', "%22"), b"words", "image/png")
                               for name in names]
        body, type_ = multipart([("subject", "lies"), ("text", "t"), ("csrf", ada.csrf)],
                                files[:10])
        status, _, text = ada.request("/tickets", "POST", body, Content_Type=type_)
        self.assertEqual(status, 303, text[:500])
        body, type_ = multipart([("text", "more"), ("csrf", ada.csrf)], files[10:])
        status, _, text = ada.request("/tickets/1/reply", "POST", body, Content_Type=type_)
        self.assertEqual(status, 303, text[:500])
        ticket = ada.api("/tickets/" + str(self.desk.value("SELECT id FROM tickets")))
        found = [a for m in ticket["messages"] for a in m["attachments"]]
        self.assertEqual(len(found), len(files))
        for file in found:
            status, headers, _ = ada.request(file["url"])
            self.assert_harmless(status, headers, file)
            self.assertTrue(headers["Content-Disposition"].startswith("attachment;"), file)
            status, headers, _ = ada.request(file["url"] + "/preview")
            self.assert_harmless(status, headers, file)
            self.assertIn(headers["Content-Type"], SHOWN, file)

    def assert_harmless(self, status, headers, file):
        self.assertEqual(status, 200, file)
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", headers["Content-Security-Policy"], file)
        self.assertEqual(headers["Cross-Origin-Resource-Policy"], "same-origin")
        self.assertIsNone(headers["Set-Cookie"])
        self.assertRegex(headers["Content-Disposition"],
                         r"^(attachment|inline); filename=\"[\w.-]*\"; "
                         r"filename\*=UTF-8''[\w.%~-]*$")
        self.assertNotIn("/", urllib.parse.unquote(
            headers["Content-Disposition"].split("''")[1]), file)

    def test_a_logo_that_lies(self):
        zoe = self.admin()
        zoe.open("/admin/brand")
        for name, content, type_ in FILES:
            body, form = multipart(
                [("title", "T"), ("accent", ""), ("welcome", ""), ("csrf", zoe.csrf)],
                [(name, content, type_)], name="logo")
            status, _, _ = zoe.request("/admin/brand", "POST", body, Content_Type=form)
            self.assertEqual(status, 422, name)


class Fields(AttackCase):
    def test_numbers_that_nobody_means(self):
        self.open("kettle")
        zoe = self.admin()
        values = ("99999999999999999999", "-1", "0", "1e400", "NaN", "1.5", "%00", "%ff",
                  "9223372036854775807", "-9223372036854775808", "''", "x" * 9000, "[]",
                  "2147483648")
        for _, path in self.paths(("anybody", "person", "agent", "admin")):
            if path == "/live":
                continue
            for value in values:
                query = "&".join(f"{name}={value}" for name in (
                    "limit", "cursor", "page", "sort", "from", "to", "since", "rating"))
                status, _, text = zoe.request(f"{path}?{query}")
                self.assertLess(status, 500, f"{path}?{query}: {text[:300]}")
        for number in ("0", "-1", "999999999999999999", "9999999999999999999", "1" * 200,
                       "0x1", "1e3", "+1", "%31%00"):
            self.assertIn(zoe.request(f"/tickets/{number}")[0], (400, 404), number)

    def test_fields_without_end(self):
        zoe = self.admin()
        line = b"GET / HTTP/1.1\r\nHost: h\r\n"
        many = b"".join(b"X-%d: y\r\n" % n for n in range(10000))
        self.assertRegex(self.raw(line + many + b"\r\n"), rb"^(HTTP/1.1 (431|400|413) .*|)$"
                         .replace(b".*", b"[^$]*"))
        cookies = "; ".join(f"c{n}=v" for n in range(1500)).encode()
        for field in (b"Cookie: " + cookies, b"\r\n".join([b"Cookie: a=b"] * 300),
                      b"Cookie: " + b";" * 9000, b"Cookie: session=" + b"a" * 9000,
                      b"Accept-Language: " + b"en;q=0.1," * 900,
                      b"Range: bytes=" + b"0-1," * 2000, b"If-None-Match: " + b'"a",' * 2000,
                      b"Authorization: Bearer " + b"a." * 4000,
                      b"Authorization: Bearer " + b"." * 9000,
                      b"Accept-Encoding: " + b"gzip;q=0," * 1000,
                      b"X-Forwarded-For: " + b"1.1.1.1," * 1000 + b"'; --"):
            for path in (b"/", b"/tickets", b"/api/v1/portal/tickets", b"/brand.css"):
                answer = self.raw(b"GET " + path + b" HTTP/1.1\r\nHost: h\r\nConnection: close"
                                  b"\r\n" + field + b"\r\n\r\n")
                self.assertRegex(answer[:13], rb"^HTTP/1.1 [234]\d\d", field[:40])
        planted = f"session={zoe.cookie}; " + "; ".join(f"c{n}=v" for n in range(180))
        self.assertEqual(self.desk.http("/admin", headers={"Cookie": planted})[0], 200)
        self.assert_alive()

    def test_hosts_that_are_none(self):
        """Host becomes part of policies and links: what is no host is refused."""
        self.desk.accept((f"From: {ADA}\r\nTo: {SUPPORT}\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
                          "Content-Type: text/html\r\n\r\n<p>words</p>\r\n"), sender=ADA)
        self.desk.wait_tickets(1)
        ada = self.sign_in(ADA)
        view = ada.api("/tickets/" + str(self.desk.value("SELECT id FROM tickets")))[
            "messages"][0]["html_url"]
        for host in (b"a\tb", b"a b", b"a;script-src *", b"a,b", b"a/b", b"a@b", b"<xss>",
                     b"a'b", b"a\"b", b"\xc3\xa9", b"a%0d%0ab", b"h" * 5000):
            for path in (view, "/", "/sign-in", "/healthz"):
                answer = self.raw(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: " + host
                                  + b"\r\nConnection: close\r\nCookie: session="
                                  + ada.cookie.encode() + b"\r\n\r\n")
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (host, answer[:300]))
        self.assert_alive()
        self.assertEqual(ada.request(view)[0], 200)

    def test_targets_that_are_no_paths(self):
        for target in (b"?a=b", b"*", b"http://evil.example/tickets", b"tickets", b"%2ftickets",
                       b"/", b"#", b"?", b"/?%", b"/" * 5000, b"/tickets/1/", b"/\xc3\xa4"):
            for method in (b"GET", b"POST", b"OPTIONS", b"CONNECT", b"BREW"):
                answer = self.raw(method + b" " + target + b" HTTP/1.1\r\nHost: h\r\nAccept: "
                                  b"text/html\r\nContent-Length: 0\r\nConnection: close"
                                  b"\r\n\r\n")
                self.assertRegex(answer[:13], rb"^HTTP/1.1 [234]\d\d", method + target[:20])
        self.assert_alive()
        self.desk.check_sanitizers()

    def test_old_requests_and_heads(self):
        self.open("kettle")
        zoe = self.admin()
        cookie = f"Cookie: session={zoe.cookie}\r\n".encode()
        for _, path in self.paths(("public", "anybody", "person", "agent", "admin")):
            if path == "/live":
                continue
            answer = self.raw(b"GET %s HTTP/1.0\r\n%s\r\n" % (path.encode(), cookie))
            self.assertRegex(answer[:13], rb"^HTTP/1.[01] [234]\d\d", path)
            self.assertNotIn(b"Transfer-Encoding", answer.split(b"\r\n\r\n")[0])
            status = zoe.request(path)[0]
            head = self.raw(b"HEAD %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n"
                            % (path.encode(), cookie))
            self.assertEqual((int(head[9:12]), head.split(b"\r\n\r\n", 1)[1]),
                             (status, b""), path)
        head = self.raw(b"HEAD /live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n"
                        % cookie)
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "))
        self.assert_alive()


class AtOnce(AttackCase):
    def together(self, work, n=6):
        with concurrent.futures.ThreadPoolExecutor(n) as pool:
            return [f.result() for f in [pool.submit(work, i) for i in range(n)]]

    def test_one_key_at_once_is_one_ticket(self):
        ada = self.sign_in(ADA, "Ada")
        token = ada.token()
        for round_ in range(3):
            body = json.dumps({"subject": f"once {round_}", "text": "It burns."})
            answers = self.together(lambda _, body=body, key=f"k{round_}": ada.request(
                "/api/v1/portal/tickets", "POST", body, Content_Type="application/json",
                Accept="application/json", X_CSRF_Token=token, Idempotency_Key=key))
            self.assertEqual({a[0] for a in answers}, {201}, [a[2][:200] for a in answers])
            self.assertEqual(len({a[2] for a in answers}), 1)
            self.assertEqual(self.desk.value("SELECT count(*) FROM conversations WHERE "
                                             f"subject = 'once {round_}'"), 1)

    def test_a_rating_and_a_close_at_once(self):
        self.open("kettle")
        ada = self.sign_in(ADA, "Ada")
        token = ada.token()
        ticket = self.desk.value("SELECT id FROM tickets")
        answers = self.together(lambda i: ada.request(
            f"/api/v1/portal/tickets/{ticket}/{('close', 'reopen')[i % 2]}", "POST", "{}",
            Content_Type="application/json", Accept="application/json",
            X_CSRF_Token=token)[0], 8)
        self.assertTrue(all(a < 500 for a in answers), answers)

    def test_killed_in_the_middle(self):
        """SIGKILL while tickets are posted; what was asked is asked again. Nothing is there
        twice, nothing half."""
        ada = self.sign_in(ADA, "Ada")
        token, subjects = ada.token(), [f"killed {n}" for n in range(24)]

        def post(subject):
            body = json.dumps({"subject": subject, "text": "words " * 2000})
            for _ in range(200):
                try:
                    status, _, text = ada.request(
                        "/api/v1/portal/tickets", "POST", body, Accept="application/json",
                        Content_Type="application/json", X_CSRF_Token=token,
                        Idempotency_Key=subject.replace(" ", "-"))
                except (OSError, http.client.HTTPException):
                    time.sleep(0.1)
                    continue
                if status == 503:
                    time.sleep(0.1)
                    continue
                return status, text
            return None, b"no answer"

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(post, subject) for subject in subjects]
            for _ in range(4):
                time.sleep(random.uniform(0.05, 0.6))
                self.desk.portal.kill()
                self.desk.start_portal()
            answers = [job.result() for job in jobs]
        # 409: it was done, and the answer was lost with the process
        self.assertTrue(all(a[0] in (201, 409) for a in answers),
                        [a[1][:200] for a in answers if a[0] not in (201, 409)])
        self.settle()
        counts = self.desk.sql("""
            SELECT c.subject, count(m.id) AS n, count(DISTINCT t.id) AS t
            FROM conversations c LEFT JOIN tickets t ON t.id = c.id
            LEFT JOIN messages m ON m.conversation_id = c.id AND m.author_role = 'customer'
            WHERE c.subject LIKE 'killed %' GROUP BY c.id, c.subject""")
        self.assertEqual(sorted(r["subject"] for r in counts), sorted(subjects))
        self.assertEqual({(r["n"], r["t"]) for r in counts}, {(1, 1)})


class SignInAtOnce(Case):
    portal = "rate_factor = 1000"

    def test_one_link_at_once_is_one_session(self):
        visitor = self.visitor()
        self.ask(visitor, "twin@customer.example")
        link, _ = self.mail("twin@customer.example")
        page = visitor.get(link)
        twins = []
        for _ in range(6):
            twin = Visitor(self.desk.portal_port)
            twin.cookies = dict(visitor.cookies)
            twins.append(twin)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda t: t.submit(page, page.path), twins))
        self.assertEqual(sorted(a.status for a in answers), [303] + [410] * 5,
                         [a for a in answers if a.status not in (303, 410)])
        self.assertEqual(sum("session" in t.cookies for t in twins), 1)
        self.assertEqual(self.desk.value(
            "SELECT count(*) FROM sessions s JOIN addresses a ON a.person_id = s.person_id "
            "WHERE a.address = 'twin@customer.example'"), 1)
        self.assertEqual(self.desk.value("SELECT count(*) FROM addresses WHERE address = "
                                         "'twin@customer.example'"), 1)

    def test_a_refresh_token_at_once(self):
        visitor = self.visitor(agent="postern-cli/1.0")
        asked = visitor.api("POST", "/api/v1/auth/link", {"address": "two@customer.example"})
        _, code = self.mail("two@customer.example")
        first = visitor.api("POST", "/api/v1/auth/token", {
            "request": asked.json()["request"], "mail_code": code}).json()
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda _: Visitor(self.desk.portal_port).api(
                "POST", "/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}),
                range(5)))
        good = [a.json() for a in answers if a.status == 200]
        self.assertLessEqual(len(good), 1, answers)
        self.assertEqual({a.status for a in answers} - {200}, {401})
        for tokens in good:  # the second use ended the family
            self.assertEqual(visitor.api("POST", "/api/v1/auth/refresh", {
                "refresh_token": tokens["refresh_token"]}).status, 401)


if __name__ == "__main__":
    harness.main()
