"""portal_case: a desk with a portal, and people who sign in to it by mail."""
import re

import harness
from servers.visitor import Visitor


class Case(harness.TestCase):
    portal = "rate_factor = 20"

    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(portal=cls.portal)
        cls.desk.start_portal()

    def visitor(self, **options):
        return Visitor(self.desk.portal_port, **options)

    def mail(self, address, count=1, contains="/sign-in/link/"):
        """The newest of `count` mails with a link: (link, code)."""
        mails = self.desk.wait_mails(count, to=address, contains=contains)
        text = sorted(mails, key=lambda m: m.path.stat().st_mtime_ns)[-1].text
        code = re.search(r"^ +([A-Z2-9]{4}-[A-Z2-9]{4})$", text, re.M)
        return (re.search(r"^(http\S+)$", text, re.M)[1], code and code[1])

    def ask(self, visitor, address, **fields):
        answer = visitor.submit(visitor.get("/sign-in?again=1"), "/sign-in",
                                address=address, **fields)
        self.assertEqual((answer.status, answer.location), (303, "/sign-in/sent"), answer)
        return answer

    def sign_in(self, address, visitor=None, count=1):
        visitor = visitor or self.visitor()
        self.ask(visitor, address)
        link, _ = self.mail(address, count)
        page = visitor.get(link)
        answer = visitor.submit(page, page.path)
        self.assertEqual(answer.status, 303, answer)
        return visitor

    def audit(self, kind):
        return self.desk.value(f"SELECT count(*) FROM audit WHERE kind = '{kind}'")

    def is_signed_in(self, visitor):
        return visitor.get("/sign-in").status == 303
