"""attack_case: what the tests of attacks share: every route of portald, people who are
signed in, and a look at what a browser would make of a page."""
import html.parser
import re
import socket
import uuid

from loop_case import ADA, ANNA, SUPPORT
from servers.process import run_as_user
from tickets_case import PortalDesk

ZOE = "zoe@desk.example"
MARK = "\"'><xss-mark onxss=1><script>xss()</script><img src=x onerror=xss()>"


class Markup(html.parser.HTMLParser):
    """Elements and attributes of a page that our templates never have."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "xss-mark":
            self.found.append(tag)
        if tag == "script" and not (attrs.get("src") or "").startswith("/static/"):
            self.found.append("script")
        for name, value in attrs.items():
            plain = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name == "srcdoc" or (
                    name in ("href", "src", "action", "formaction", "xlink:href", "data")
                    and plain.startswith(("javascript:", "data:text", "vbscript:"))):
                self.found.append(f"{tag} {name}={value}")


def strange(page):
    """What in this page would do something that was not ours."""
    reader = Markup()
    reader.feed(page)
    return reader.found


class AttackCase(PortalDesk):
    options = {"portal": "rate_factor = 1000"}

    def setUp(self):
        super().setUp()
        printed = run_as_user([self.desk.program.portald, "--routes"])
        self.routes = [line.split() for line in printed.stdout.splitlines()]

    def admin(self):
        return self.sign_in(ZOE, "Zoe", role="admin")

    def paths(self, who, ids=(), texts=("x",), methods=("GET",)):
        """(method, path) of every route for these, with ids and texts in their places."""
        for method, pattern, least in self.routes:
            if least not in who or method not in methods:
                continue
            made = [pattern]
            for part in re.findall(r"\{[^}]*\}", pattern):
                kind = part.strip("{}").partition(":")[2]
                values = {"uuid": [*ids, str(uuid.uuid4())], "int": ["1"]}.get(kind, texts)
                made = [p.replace(part, str(v), 1) for p in made for v in values]
            yield from ((method, path) for path in dict.fromkeys(made))

    def raw(self, data, seconds=5):
        """What comes back for these bytes, until the server hangs up or says no more."""
        with socket.create_connection(("127.0.0.1", self.desk.portal_port), 10) as s:
            s.settimeout(seconds)
            answer = b""
            try:
                s.sendall(data)
                while more := s.recv(65536):
                    answer += more
            except (TimeoutError, ConnectionError):
                pass
            return answer

    def assert_alive(self):
        self.assertTrue(self.desk.portal.running(), self.desk.portal.tail())
        self.assertEqual(self.desk.http("/readyz")[0], 200)


__all__ = ["ADA", "ANNA", "AttackCase", "MARK", "SUPPORT", "ZOE", "strange"]
