"""tickets_case: what tests of the portal share: a desk with portald, and people who are
signed in. Their sessions are rows as portald makes them (portald/auth/session.c)."""
import hashlib
import html
import json
import re
import secrets
import urllib.parse
import uuid

from loop_case import ADA, SmallDesk


class Browser:
    """A person at the portal: pages, forms and the API with the session's cookie. No
    script runs; `page` is the last one."""

    def __init__(self, desk, cookie=None):
        self.desk, self.cookie, self.page, self.path = desk, cookie, "", "/"

    def request(self, path, method="GET", body=None, **headers):
        """(status, headers, text)"""
        sent = {"Accept": "text/html", "Host": f"127.0.0.1:{self.desk.portal_port}"}
        if self.cookie:
            sent["Cookie"] = f"session={self.cookie}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        status, got, raw = self.desk.http(path, method, sent, body)
        return status, got, raw

    def open(self, path, status=200):
        got, _, raw = self.request(path)
        self.page, self.path = raw.decode(), path
        if got != status:
            raise AssertionError(f"{path} answers {got}: {self.page[:2000]}")
        return self.page

    @property
    def csrf(self):
        found = re.search(r'name="csrf" value="([^"]*)"', self.page)
        return html.unescape(found[1]) if found else ""

    def submit(self, path, fields=(), files=(), status=303, csrf=None):
        """Send a form: fields {name: value} or [(name, value)], files [(name, bytes,
        type)]. Where it leads to, is opened."""
        pairs = list(fields.items() if isinstance(fields, dict) else fields)
        pairs.append(("csrf", self.csrf if csrf is None else csrf))
        if files:
            body, type_ = multipart(pairs, files)
        else:
            body, type_ = urllib.parse.urlencode(pairs).encode(), \
                "application/x-www-form-urlencoded"
        got, headers, raw = self.request(path, "POST", body, Content_Type=type_)
        text = raw.decode()
        if got != status:
            raise AssertionError(f"POST {path} answers {got}: {text[:3000]}")
        if got == 303:
            return self.open(headers["Location"])
        self.page = text
        return text

    def api(self, path, method="GET", body=None, status=200, **headers):
        """The JSON answer of /api/v1/portal + path, None where there is none."""
        if method != "GET":
            headers.setdefault("X_CSRF_Token", self.token())
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        got, self.headers, raw = self.request("/api/v1/portal" + path, method, body,
                                              Accept="application/json", **headers)
        if got != status:
            raise AssertionError(f"{method} {path} answers {got}: {raw[:2000]}")
        return json.loads(raw) if raw else None

    def token(self):
        """The token of this session for what changes something."""
        if not self.csrf:
            self.open("/tickets/new")
        return self.csrf


def multipart(fields, files, name="file"):
    """(body, Content-Type) of a form with files [(name, bytes, type)]."""
    mark = "x" + secrets.token_hex(12)
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
             for n, v in fields]
    for file, content, type_ in files:
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; '
                     f'filename="{file}"\r\nContent-Type: {type_}\r\n\r\n'.encode()
                     + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), \
        f"multipart/form-data; boundary={mark}"


class PortalDesk(SmallDesk):
    """A desk with its portal."""

    def setUp(self):
        super().setUp()
        self.desk.start_portal()

    def person(self, address=ADA, name="", role="customer", tenant=None):
        """Their id; made where nobody has this address yet."""
        tenant = tenant or self.desk.tenant
        found = self.desk.sql(
            "SELECT a.person_id FROM addresses a JOIN tenants t ON t.id = a.tenant_id "
            f"WHERE a.address = '{address}' AND t.name = '{tenant}'")
        if found:
            return found[0]["person_id"]
        person = str(uuid.uuid4())
        self.desk.postgres.execute(f"""
            INSERT INTO people (tenant_id, id, name, role)
            SELECT id, '{person}', '{name}', '{role}' FROM tenants WHERE name = '{tenant}';
            INSERT INTO addresses (tenant_id, id, person_id, address)
            SELECT id, '{uuid.uuid4()}', '{person}', '{address}' FROM tenants
            WHERE name = '{tenant}'""", self.desk.database)
        return person

    def sign_in(self, address=ADA, name="", **options):
        """A browser in which this person is signed in."""
        person = self.person(address, name, **options)
        token = secrets.token_hex(16)
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.desk.postgres.execute(f"""
            INSERT INTO sessions (tenant_id, id, person_id, token_digest, device, peer,
                                  expires_at)
            SELECT tenant_id, '{uuid.uuid4()}', id, '\\x{digest}', 'test', '127.0.0.1',
                   now() + interval '1 day'
            FROM people WHERE id = '{person}'""", self.desk.database)
        return Browser(self.desk, token)


__all__ = ["Browser", "PortalDesk", "multipart"]
