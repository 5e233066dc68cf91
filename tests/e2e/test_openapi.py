# tests/run: timeout 300
"""The API as its own document describes it: the document is valid, every operation of it
is called, and every answer is as its schema says.

An operation that no scenario below calls with success is a failure: a new one needs a call
here. npm brings the validator, by the lock file in tests/openapi, into build/openapi.
"""
import html
import json
import re
import subprocess
import urllib.parse

import api_scenarios
import harness
from portal_case import Case
from servers.visitor import Visitor

HERE = harness.TOP / "tests" / "openapi"


class World:
    """A desk and its API: who asks is made as needed, what was answered is kept."""

    def __init__(self, case):
        self.case, self.desk = case, case.desk
        self.visitor = Visitor(case.desk.portal_port, agent="walker/1.0")
        self.document = self.visitor.api("GET", "/api/v1/openapi.json").json()
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()}
        self.answers, self.tokens, self.called = [], {}, set()

    def token(self, address):
        """An access token, by a mailed code."""
        if address not in self.tokens:
            self.tokens[address] = self.sign_in(address)["access_token"]
        return self.tokens[address]

    def sign_in(self, address, count=1):
        asked = self.call("requestSignIn", body={"address": address}).json()
        _, code = self.case.mail(address, count)
        return self.call("createToken", body={"request": asked["request"],
                                              "mail_code": code}).json()

    def path(self, operation_id, params=None, query=None):
        path = self.operations[operation_id][1]
        for name, value in (params or {}).items():
            path = path.replace("{%s}" % name, urllib.parse.quote(str(value), safe=""))
        return path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")

    def call(self, operation_id, who=None, params=None, query=None, body=None, want=None,
             headers=None, data=None):
        """Call it as `who` (an address) and keep the answer to be looked at; `want` is the
        status, by default the one that the document promises. `data` is a body as it is."""
        method, _, operation = self.operations[operation_id]
        success = next(int(s) for s in operation["responses"] if s.startswith("2"))
        fields = {"Accept": "application/json"} | (headers or {})
        if body is not None:
            data = json.dumps(body)
            fields["Content-Type"] = "application/json"
        if who:
            fields["Authorization"] = f"Bearer {self.token(who)}"
        answer = self.visitor.request(method, self.path(operation_id, params, query), data,
                                      fields)
        self.case.assertEqual(answer.status, want or success, (operation_id, answer))
        self.keep(operation_id, answer)
        if answer.status == success:
            self.called.add(operation_id)
        return answer

    def keep(self, operation_id, answer):
        type_ = (answer.headers["Content-Type"] or "").split(";")[0]
        body = None
        if answer.body:
            body = answer.json() if type_.endswith("json") else "bytes"
        self.answers.append({"id": operation_id, "status": answer.status, "type": type_,
                             "body": body})


class Description(Case):
    portal = "rate_factor = 50"

    @classmethod
    def setUpClass(cls):
        cls.modules = harness.npm_modules(HERE, "openapi")
        super().setUpClass()
        cls.desk.start()

    def look(self, world):
        """What the validators say of the document and of all that was answered."""
        file = self.desk.directory / f"{self.id()}.json"
        file.write_text(json.dumps({"document": world.document, "answers": world.answers}))
        done = subprocess.run(["node", HERE / "check.js", file, self.modules],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, ""), done.stderr)

    def test_every_operation_answers_as_described(self):
        world = World(self)
        world.call("getApiDescription")
        for scenario in api_scenarios.ALL:
            scenario(world)
        self.look(world)
        self.assertEqual(set(world.operations) - world.called, set(),
                         "no scenario calls these with success")

    def test_what_is_refused_everywhere(self):
        """Nobody, the wrong role, parameters and bodies that nobody described."""
        world = World(self)
        customer = "cust@customer.example"
        for operation_id, (method, path, operation) in world.operations.items():
            with self.subTest(operation_id):
                params = {p["name"]: "019367a0-0000-7000-8000-000000000000"
                          if p["schema"].get("format") == "uuid" else 1
                          for p in operation.get("parameters", ())
                          if p.get("in") == "path"}
                is_open = operation.get("security") == []
                takes_json = "application/json" in operation.get(
                    "requestBody", {}).get("content", {})
                said = operation.get("description", "")
                if not is_open:
                    world.call(operation_id, params=params, want=401)
                if said.startswith(("For agents.", "For admins.")):
                    world.call(operation_id, customer, params, want=403)
                    continue
                who = None if is_open else customer
                takes_body = "requestBody" in operation
                body = {} if takes_json else None
                if operation_id != "getApiDescription":
                    wrong = world.call(operation_id, who, params, {"surplus": "1"}, body,
                                       want=422)
                    self.assertIn("surplus", [e.get("parameter")
                                              for e in wrong.json()["errors"]])
                if not takes_body:
                    world.call(operation_id, who, params, body={"surplus": 1}, want=413)
                if takes_json:
                    world.call(operation_id, who, params, body=[1], want=422)
                    wrong = world.call(operation_id, who, params, body={"surplus": 1},
                                       want=422)
                    self.assertIn("/surplus", [e.get("pointer")
                                               for e in wrong.json()["errors"]])
                    world.call(operation_id, who, params, want=415, data="a=b", headers={
                        "Content-Type": "application/x-www-form-urlencoded"})
                    world.call(operation_id, who, params, want=400, data="{", headers={
                        "Content-Type": "application/json"})
        self.look(world)

    def test_every_list_has_one_shape(self):
        document = self.visitor().api("GET", "/api/v1/openapi.json").json()
        for name, schema in document["components"]["schemas"].items():
            members = set(schema.get("properties", ()))
            if name.endswith("List") or "items" in members or "next" in members:
                self.assertEqual((members, set(schema["required"])),
                                 ({"items", "next"},) * 2, name)
        for path, item in document["paths"].items():
            for operation in item.values():
                said = operation["responses"].get("200", {}).get("content", {})
                name = said.get("application/json", {}).get("schema", {}).get("$ref", "")
                if operation["operationId"].startswith("list") and "Choices" not in name:
                    self.assertTrue(name.endswith("List"), path)

    def test_what_has_an_etag_can_be_changed_on_condition(self):
        """Each change of what one can read takes If-Match, and heeds it before all else."""
        world = World(self)
        reads = {path for method, path, _ in world.operations.values() if method == "GET"}
        lists = {path for _, path, operation in world.operations.values()
                 if "List" in str(operation["responses"].get("200"))}
        for operation_id, (method, path, operation) in world.operations.items():
            takes = any("IfMatch" in p.get("$ref", "")
                        for p in operation.get("parameters", ()))
            parent = path.rsplit("/", 1)[0]
            with self.subTest(operation_id):
                if method == "GET":
                    self.assertFalse(takes)
                elif {path, parent} & (reads - lists):
                    self.assertTrue(takes)

    def test_a_condition_is_never_passed_over(self):
        world = World(self)
        for operation_id in ("createTicket", "addText", "readAllNotifications"):
            _, _, operation = world.operations[operation_id]
            body = {"subject": "s", "text": "t"} if operation_id == "createTicket" else \
                {"title": "s", "text": "t"} if operation_id == "addText" else None
            world.call(operation_id, "cond@customer.example", body=body, want=412,
                       headers={"If-Match": '"x"'})
        self.look(world)

    def test_the_reference(self):
        """The page that people read has all that the document has, each link leads to
        something, and it needs no script."""
        visitor = self.visitor()
        document = visitor.api("GET", "/api/v1/openapi.json").json()
        page = visitor.get(document["externalDocs"]["url"])
        self.assertEqual(page.status, 200)
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        ids = re.findall(r' id="([^"]*)"', page.text)
        self.assertEqual(len(ids), len(set(ids)))
        for path, item in document["paths"].items():
            for operation in item.values():
                shown = page.text.partition(f'id="{operation["operationId"]}"')[2]
                shown = html.unescape(shown.partition("</details>")[0])
                self.assertIn(f"<code>{path}</code>", page.text)
                for name in re.findall(r"{(\w+)}", path):
                    self.assertIn(f'<code dir="ltr">{name}</code>', shown)
                    self.assertIn("$" + name.upper(), shown)
                self.assertIn("curl ", shown)
                content = operation.get("requestBody", {}).get("content", {})
                for schema in (c["schema"] for c in content.values()):
                    name = schema["$ref"].rpartition("/")[2]
                    for member in document["components"]["schemas"][name]["properties"]:
                        self.assertIn(f'<code dir="ltr">{member}</code>', shown)
        for target in re.findall(r'href="#([^"]*)"', page.text):
            self.assertIn(target, [*ids, "content"])
        german = visitor.request("GET", "/api/v1/docs", None, {"Accept-Language": "de"})
        self.assertIn("Bedeutung", german.text)
        for again in (german, visitor.get("/api/v1/docs")):
            self.assertIn(f"URL=http://{visitor.host}\n", again.text)
        self.assertNotIn("Bedeutung", again.text)

    def test_examples_of_the_reference_are_taken(self):
        """What curl is told to send is taken; what it names need not be there."""
        world, customer, root = World(self), "examples@customer.example", "root@desk.example"
        world.desk.maild("add", "admin", root, "--tenant", "desk.example")
        page, sent = world.visitor.get("/api/v1/docs").text, 0
        for operation_id, (method, _, operation) in world.operations.items():
            shown = page.partition(f'id="{operation_id}"')[2].partition("</details>")[0]
            found = re.search(r"-d '(.*?)'", html.unescape(shown))
            if not found:
                continue
            is_open = operation.get("security") == []
            said = operation.get("description", "")
            who = root if said.startswith(("For agents.", "For admins.")) else customer
            with self.subTest(operation_id):
                params = {p["name"]: "019367a0-0000-7000-8000-000000000000"
                          for p in operation.get("parameters", ()) if p.get("in") == "path"}
                headers = {"Content-Type": "application/json"} | (
                    {} if is_open else {"Authorization": f"Bearer {world.token(who)}"})
                answer = world.visitor.request(
                    method, world.path(operation_id, params), found[1], headers)
                own = operation_id in ("changePassword", "enableTwoFactor", "closeAccount",
                                       "disableTwoFactor", "renewRecoveryCodes")
                self.assertIn(answer.status, (200, 201, 202, 204, 401, 404)
                              + (422,) * own, answer)
                sent += 1
        self.assertGreater(sent, 20)

    def test_the_document_is_kept_by_its_tag(self):
        visitor = self.visitor()
        first = visitor.api("GET", "/api/v1/openapi.json")
        again = visitor.request("GET", "/api/v1/openapi.json",
                                headers={"If-None-Match": first.headers["ETag"]})
        self.assertEqual((first.status, again.status, again.body), (200, 304, b""))


if __name__ == "__main__":
    harness.main()
