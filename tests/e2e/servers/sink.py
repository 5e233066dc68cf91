"""sink: an SMTP server that keeps what it is sent, and misbehaves on demand.

`sink.behave(stage, what, times=None)` sets what happens at a stage ("connect", "ehlo",
"auth", "mail", "rcpt", "data", "dot"):

    a text          is the reply, "450 4.2.0 later"; a mail is kept only on 2xx
    Sink.STALL      nothing is answered until the sink stops or release() is called
    Sink.HANG_UP    the connection is closed instead of an answer
    Sink.KEEP_AND_HANG_UP  at the dot: the mail is kept, then the line is cut
    a function      is called with the argument (address, or the raw mail), and returns
                    any of these, or None for the usual answer

`times` is how often, then all is well again.
"""
import base64
import socket
import socketserver
import ssl
import threading
import time

from .maildir import Mail, Waiting
from .process import free_port


class _Gone(Exception):
    """The peer, or the line, is gone."""


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.sink = self.server.sink
        self.secure = False
        self.user = None
        self.esmtp = False
        self.sink.sockets.add(self.connection)
        try:
            if self.sink.implicit_tls:
                self._start_tls()
            self._act("connect", "", "220 sink.example ESMTP")
            while self._command():
                pass
        except (_Gone, OSError, ssl.SSLError):
            pass
        finally:
            self.sink.sockets.discard(self.connection)

    def _start_tls(self):
        self.connection = self.sink.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.secure = True

    def _say(self, text):
        self.wfile.write(text.replace("\n", "\r\n").encode() + b"\r\n")
        self.wfile.flush()

    def _act(self, stage, argument, usual, keep=None):
        """Answer as told; True when the answer is 2xx or 3xx."""
        what = self.sink.behaviour(stage, argument)
        if what in (Sink.KEEP_AND_HANG_UP, None) and keep:
            keep()
        if what in (Sink.HANG_UP, Sink.KEEP_AND_HANG_UP):
            raise _Gone
        if what == Sink.STALL:
            self.sink.released.wait()
            raise _Gone
        if what and what[0] in "23" and keep:
            keep()
        self._say(what or usual)
        return (what or usual)[0] in "23"

    def _line(self):
        line = self.rfile.readline(100000)
        if not line.endswith(b"\n"):
            raise _Gone
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def _command(self):
        line = self._line()
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if verb in ("EHLO", "HELO", "LHLO"):
            self.mail = None
            self._act("ehlo", argument, self._greeting() if verb != "HELO" else "250 ok")
        elif verb == "STARTTLS" and self.sink.context and not self.secure:
            self._say("220 go ahead")
            self._start_tls()
        elif verb == "AUTH":
            self._auth(argument)
        elif verb == "MAIL":
            self.mail = {"from": _path(argument), "to": [], "line": argument}
            if not self._act("mail", self.mail["from"], "250 2.1.0 ok"):
                self.mail = None
        elif verb == "RCPT" and self.mail:
            address = _path(argument)
            if self._act("rcpt", address, "250 2.1.5 ok"):
                self.mail["to"].append(address)
        elif verb == "DATA" and self.mail and self.mail["to"]:
            if self._act("data", "", "354 go on"):
                self._message()
        elif verb == "RSET":
            self.mail = None
            self._say("250 ok")
        elif verb == "NOOP":
            self._say("250 ok")
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("503 5.5.1 not now")
        return True

    def _greeting(self):
        offers = ["sink.example", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 60000000",
                  "ENHANCEDSTATUSCODES"]
        if self.sink.context and not self.secure:
            offers.append("STARTTLS")
        if self.sink.users is not None and (self.secure or not self.sink.context):
            offers.append("AUTH PLAIN LOGIN XOAUTH2")
        return "\n".join(f"250{'-' if o is not offers[-1] else ' '}{o}" for o in offers)

    def _ask(self, challenge):
        self._say(f"334 {base64.b64encode(challenge).decode()}")
        return base64.b64decode(self._line())

    def _auth(self, argument):
        method, _, first = argument.partition(" ")
        method = method.upper()
        if method == "LOGIN":
            user = base64.b64decode(first) if first else self._ask(b"Username:")
            password = self._ask(b"Password:")
        elif method == "PLAIN":
            answer = base64.b64decode(first) if first else self._ask(b"")
            _, user, password = answer.split(b"\0")
        elif method == "XOAUTH2":
            answer = base64.b64decode(first) if first else self._ask(b"")
            fields = dict(f.split(b"=", 1) for f in answer.split(b"\1") if b"=" in f)
            user, password = fields[b"user"], fields[b"auth"].removeprefix(b"Bearer ")
        else:
            self._say("504 5.5.4 unknown mechanism")
            return
        user, password = user.decode(), password.decode()
        self.sink.logins.append((method, user, password))
        if self.sink.users is not None and self.sink.users.get(user) == password:
            self.user = user
            self._act("auth", user, "235 2.7.0 welcome")
        else:
            self._say("535 5.7.8 no")

    def _message(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Gone
            lines.append(line[1:] if line.startswith(b".") else line)
        raw, mail = b"".join(lines), self.mail
        self.mail = None
        number = self.sink.next_number()
        self._act("dot", raw, f"250 2.0.0 queued as SINK{number}",
                  keep=lambda: self.sink.keep(raw, mail, self))


def _path(argument):
    return argument[argument.find("<") + 1:argument.rfind(">")]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Sink(Waiting):
    STALL, HANG_UP, KEEP_AND_HANG_UP = "<stall>", "<hang up>", "<keep and hang up>"

    def __init__(self, context=None, implicit_tls=False, users=None, port=None):
        """context: an ssl context (Certificates.context()), to offer STARTTLS or, with
        implicit_tls, to speak TLS at once. users: {name: password or access token}."""
        self.context = context
        self.implicit_tls = implicit_tls
        self.users = users
        self.logins = []
        self.sockets = set()
        self.released = threading.Event()
        self._kept = []
        self._told = {}
        self._number = 0
        self._lock = threading.Lock()
        self.port = port or free_port()
        self.start()

    def start(self):
        self.server = _Server(("127.0.0.1", self.port), _Session)
        self.server.sink = self
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True,
                                        kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self):
        """Stop listening and cut every connection; start() listens again."""
        self.release()
        self.server.shutdown()
        self.server.server_close()
        for s in list(self.sockets):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def release(self):
        """End all stalls (the stalled connections are cut)."""
        self.released.set()
        self.released = threading.Event()

    def behave(self, stage, what, times=None):
        with self._lock:
            self._told[stage] = [what, times]

    def behave_well(self):
        with self._lock:
            self._told.clear()

    def behaviour(self, stage, argument):
        with self._lock:
            entry = self._told.get(stage)
            if not entry:
                return None
            if entry[1] is not None:
                entry[1] -= 1
                if entry[1] <= 0:
                    del self._told[stage]
        return entry[0](argument) if callable(entry[0]) else entry[0]

    def next_number(self):
        with self._lock:
            self._number += 1
            return self._number

    def keep(self, raw, mail, session):
        kept = Mail(raw, sender=mail["from"], recipients=mail["to"])
        kept.secure, kept.user, kept.time = session.secure, session.user, time.monotonic()
        kept.mail_line = mail["line"]
        with self._lock:
            self._kept.append(kept)

    def mails(self):
        """What was kept, oldest first; each with .sender, .recipients, .secure, .user."""
        with self._lock:
            return list(self._kept)

    def clear(self):
        with self._lock:
            self._kept.clear()
