"""test_hostile: mail that means harm, or is merely broken: it becomes a ticket that everyone
is told of, says nothing to the database that it refuses, and makes nobody an agent."""
import harness
from loop_case import ADA, ANNA, SUPPORT, SmallDesk

PASS = "mx.desk.example; dmarc=pass header.from="


def mail(body=b"It burns.", sender=b"ada@customer.example", **headers):
    """A mail as bytes, of header values that are bytes."""
    fields = {"From": sender, "To": SUPPORT.encode(), "Subject": b"broken",
              "Content-Type": b"text/plain; charset=utf-8"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return b"".join(name.encode() + b": " + value + b"\r\n"
                    for name, value in fields.items() if value is not None) \
        + b"\r\n" + body + b"\r\n"


def with_part(header):
    return mail(b"--b1\r\nContent-Type: text/plain\r\n\r\nIt burns.\r\n--b1\r\n" + header
                + b"\r\n\r\nxx\r\n--b1--", Content_Type=b"multipart/mixed; boundary=b1")


BROKEN = {
    "a type of odd bytes": with_part(b"Content-Type: appl\xffication/\x00x; name=\"\xff\"\r\n"
                                     b"Content-Transfer-Encoding: \xffbase64\r\n"
                                     b"Content-ID: <\xff\x00>"),
    "a very long type": with_part(b"Content-Type: " + b"a" * 5000 + b"/" + b"b" * 5000
                                  + b"; name=x"),
    "a name of two lines": with_part(b"Content-Type: text/x; name*=utf-8''a%0D%0ABcc:%20x%00"),
    "a subject of one word": mail(Subject=b"A" * 100000),
    "a subject of two lines": mail(Subject=b"=?utf-8?Q?x=0D=0ABcc:_evil@x.example=00?="),
    "a very long thread": mail(Thread_Index=b"A" * 100000, Thread_Topic=b"B" * 100000),
    "a Message-ID of 10 kB": mail(Message_ID=b"<" + b"m" * 10000 + b"@x.example>"),
    "a Message-ID of odd bytes": mail(Message_ID=b"<\xff\xfe\x00@x.example>"),
    "a date that never was": mail(Date=b"Tue, 99 Jun 294277 99:99:99 +9999"),
    "no From": mail(sender=None),
    "a From of nobody": mail(sender=b"undisclosed-recipients:;"),
    "a From that is quoted": mail(sender=b"\"a b\"@customer.example"),
}


class Broken(SmallDesk):
    def test_becomes_a_ticket(self):
        for n, (name, raw) in enumerate(BROKEN.items(), 1):
            with self.subTest(name):
                sender = f"broken{n}@customer.example"
                raw = raw.replace(b"ada@customer.example", sender.encode())
                self.desk.accept(raw, SUPPORT, sender)
                self.settle()
                self.assertEqual(self.desk.sql(
                    "SELECT reason FROM inbound WHERE state <> 'done' OR tries > 1"), [])
                self.assertEqual(len(self.desk.tickets()), n)
                self.assertEqual(self.desk.sql(
                    "SELECT address, reply FROM outbox WHERE state <> 'sent'"), [])
                receipt = self.desk.wait_mail(to=sender)
                for out in (receipt, self.desk.find_mails(to=ANNA)[-1]):
                    self.assertIsNone(out["Bcc"])
                    self.assertLessEqual(max(map(len, out.raw.splitlines())), 998)


class Impostors(SmallDesk):
    """Who may write what stands in From, and has it vouched for in their own domain's name,
    is not the agent."""

    def test_is_not_obeyed(self):
        tries = {
            "Reply-To of a no-reply address": {
                "sender": "no-reply@evil.example", "Reply_To": ANNA,
                "Authentication_Results": PASS + "evil.example"},
            "Reply-To of the desk's own address": {
                "sender": SUPPORT, "Reply_To": ANNA,
                "Authentication_Results": PASS + "desk.example"},
            "another domain": {
                "sender": ANNA, "Authentication_Results": PASS + "evil.example"},
            "two in From": {
                "sender": f"{ANNA}, x@evil.example",
                "Authentication_Results": PASS + "evil.example"},
            "not the first": {
                "sender": ANNA, "Authentication_Results":
                "mx.evil.example; dmarc=none\r\nAuthentication-Results: " + PASS
                + "desk.example"},
        }
        self.open("guarded", ADA)
        for name, headers in tries.items():
            with self.subTest(name):
                self.write("Re: [#1] guarded", text="#close", envelope="x@evil.example",
                           **headers)
                self.settle()
                self.assertEqual(self.ticket()["status"], "open")

    def test_the_agent_is_obeyed(self):
        self.open("guarded", ADA)
        self.write("Re: [#1] guarded", ANNA, "#close",
                   Authentication_Results=PASS + "desk.example")
        self.wait_status("closed")


if __name__ == "__main__":
    harness.main()
