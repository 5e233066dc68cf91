"""visitor: a browser without scripts: cookies, forms, redirects; the way a test uses the
portal when nothing is to be looked at."""
import html.parser
import http.client
import http.cookies
import json
import urllib.parse


class Page:
    """An answer: .status, .headers, .body, .text, .json(), .forms, .location, .path."""

    def __init__(self, path, status, headers, body):
        self.path, self.status, self.headers, self.body = path, status, headers, body
        self.location = headers["Location"]

    def __repr__(self):
        return f"<{self.status} {self.path}: {self.body[:300]!r}>"

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    @property
    def forms(self):
        """{action: {name: value}} of the forms of a page."""
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms


class _Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self._form, self._select = {}, None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._form = self.forms.setdefault(attrs.get("action", ""), {})
        elif self._form is None:
            return
        elif tag in ("input", "textarea") and attrs.get("name"):
            if attrs.get("type") in ("checkbox", "radio") and "checked" not in attrs:
                return
            self._form[attrs["name"]] = attrs.get("value") or ""
        elif tag == "select":
            self._select = attrs.get("name")
        elif tag == "option" and self._select and "selected" in attrs:
            self._form[self._select] = attrs.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None


class Visitor:
    """One browser: what it is given as cookies it sends again."""

    def __init__(self, port, host=None, agent="Mozilla/5.0 (X11; Linux) Firefox/140.0",
                 headers=None, timeout=30):
        self.port, self.host = port, host or f"127.0.0.1:{port}"
        self.timeout = timeout
        self.headers = {"User-Agent": agent, "Accept": "text/html"} | (headers or {})
        self.cookies = {}

    def request(self, method, path, body=None, headers=None):
        if path.startswith("http"):
            parts = urllib.parse.urlsplit(path)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        fields = self.headers | {"Host": self.host} | (headers or {})
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        client = http.client.HTTPConnection("127.0.0.1", self.port,
                                            timeout=self.timeout)
        try:
            client.request(method, path, body=body, headers=fields)
            answer = client.getresponse()
            page = Page(path, answer.status, answer.headers, answer.read())
        finally:
            client.close()
        for field in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(field).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return page

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, fields=None, headers=None, **more):
        """A form, as a browser sends it from one of our own pages."""
        body = urllib.parse.urlencode((fields or {}) | more, doseq=True)
        return self.request("POST", path, body, {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{self.host}", "Sec-Fetch-Site": "same-origin"}
            | (headers or {}))

    def submit(self, page, action, **fields):
        """Send the form of a page with this action, some fields filled in."""
        if action not in page.forms:
            raise AssertionError(f"no form {action}, but {list(page.forms)} on {page}")
        return self.post(action, page.forms[action] | fields)

    def follow(self, page):
        if not page.location:
            raise AssertionError(f"no redirect: {page}")
        return self.get(page.location)

    def api(self, method, path, document=None, token=None):
        headers = {"Accept": "application/json"}
        body = None
        if document is not None:
            body = json.dumps(document)
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.request(method, path, body, headers)
