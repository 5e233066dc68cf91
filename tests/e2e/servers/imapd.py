"""imapd: a small IMAP server that misbehaves on demand, for what Dovecot never does.

    server = Imapd(messages=[raw, …])
    server.behave("BODY", lambda c, tag, line: c.send(b"* 1 FETCH (BODY[] {1000}\r\nab"),
                  times=1)

It speaks just what maild asks for: CAPABILITY, STARTTLS, LOGIN, AUTHENTICATE, SELECT, NOOP,
IDLE, UID SEARCH, UID FETCH, UID STORE, LOGOUT. A behaviour is called with the connection,
the tag and the line instead of the command's own answer ("GREETING" is one too, and "BODY"
a FETCH of bodies); when it
returns KEEP, the usual answer follows; with DONE that was the answer; else the connection
is closed after it.
"""
import base64
import socket
import threading

KEEP, DONE = object(), object()


class Connection:
    def __init__(self, server, sock):
        self.server, self.sock = server, sock
        self.file = sock.makefile("rb")
        self.secure = False

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        return self.file.readline(65536)

    def start_tls(self):
        self.sock = self.server.context.wrap_socket(self.sock, server_side=True)
        self.file = self.sock.makefile("rb")
        self.secure = True

    def close(self):
        for end in (lambda: self.sock.shutdown(socket.SHUT_RDWR), self.sock.close):
            try:
                end()
            except OSError:
                pass

    def wait_closed(self):
        """Until the client is gone, saying nothing."""
        try:
            while self.sock.recv(4096):
                pass
        except OSError:
            pass


class Imapd:
    def __init__(self, port, messages=(), context=None, implicit=False,
                 capabilities="IMAP4rev1 SASL-IR IDLE AUTH=PLAIN AUTH=XOAUTH2",
                 uidvalidity=77):
        self.messages = list(messages)
        self.seen = set()
        self.context, self.implicit = context, implicit
        self.capabilities = capabilities
        self.uidvalidity = uidvalidity
        self.commands = []
        self.connections = []
        self.refusing = False
        self._behaviours = {}
        self._lock = threading.Lock()
        self.port = port
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def behave(self, command, what, times=1):
        """what(connection, tag, line) in place of the next `times` such commands."""
        with self._lock:
            self._behaviours[command] = [times, what]

    def deliver(self, raw):
        """One more message; idling clients are told."""
        with self._lock:
            self.messages.append(raw)
        for connection in list(self.connections):
            if getattr(connection, "idling", False):
                connection.send(b"* %d EXISTS\r\n" % len(self.messages))

    def count(self, command):
        return sum(1 for c in self.commands if c == command)

    def stop(self):
        for end in (lambda: self._listener.shutdown(socket.SHUT_RDWR),
                    self._listener.close):
            try:
                end()
            except OSError:
                pass
        for connection in list(self.connections):
            connection.close()

    # --- one connection ---------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        connection = Connection(self, sock)
        try:
            if self.implicit:
                connection.start_tls()
            self.connections.append(connection)
            if self._misbehave("GREETING", connection, b"*", b"") is not KEEP:
                return
            connection.send(b"* OK ready\r\n")
            while (line := connection.line()):
                if not self._command(connection, line):
                    return
        except OSError:
            pass
        finally:
            connection.close()
            if connection in self.connections:
                self.connections.remove(connection)

    def _misbehave(self, command, connection, tag, line):
        """KEEP, DONE, or something else for the end of the connection."""
        with self._lock:
            self.commands.append(command)
            found = self._behaviours.get(command)
            if not found or found[0] == 0:
                return KEEP
            found[0] -= 1
        return found[1](connection, tag, line)

    def _command(self, connection, line):
        tag, _, rest = line.strip().partition(b" ")
        words = rest.upper().split()
        name = words[1 if words[0] == b"UID" else 0].decode()
        kind = "BODY" if b"BODY.PEEK" in rest else name
        behaved = self._misbehave(kind, connection, tag, rest)
        if behaved is not KEEP:
            return behaved is DONE
        handler = getattr(self, f"_do_{name.lower()}", None)
        if handler is None:
            connection.send(tag + b" BAD what?\r\n")
            return True
        return handler(connection, tag, rest) is not False

    @staticmethod
    def _ok(connection, tag, text=b"done"):
        connection.send(tag + b" OK " + text + b"\r\n")

    def _do_capability(self, connection, tag, _):
        words = self.capabilities
        if self.context and not connection.secure:
            words = "IMAP4rev1 STARTTLS LOGINDISABLED"
        connection.send(f"* CAPABILITY {words}\r\n".encode())
        self._ok(connection, tag)

    def _do_starttls(self, connection, tag, _):
        self._ok(connection, tag, b"begin TLS")
        connection.start_tls()

    def _do_login(self, connection, tag, _):
        self._ok(connection, tag)

    def _do_authenticate(self, connection, tag, line):
        words = line.split()
        if len(words) < 3:
            connection.send(b"+ \r\n")
            words.append(connection.line().strip())
        self.last_sasl = base64.b64decode(words[2])
        self._ok(connection, tag)

    def _do_select(self, connection, tag, _):
        connection.send(b"* FLAGS (\\Seen \\Deleted)\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
                        b"* OK [UIDVALIDITY %d] valid\r\n"
                        % (len(self.messages), self.uidvalidity))
        self._ok(connection, tag, b"[READ-WRITE] selected")

    def _do_noop(self, connection, tag, _):
        connection.send(b"* %d EXISTS\r\n" % len(self.messages))
        self._ok(connection, tag)

    def _do_idle(self, connection, tag, _):
        connection.idling = True
        connection.send(b"+ idling\r\n")
        connection.line()
        connection.idling = False
        connection.send(b"* %d EXISTS\r\n" % len(self.messages))
        self._ok(connection, tag)

    def uids(self, text):
        last = max(len(self.messages), 1)
        for part in text.decode().split(","):
            ends = [last if e == "*" else int(e) for e in part.split(":")]
            for uid in range(min(ends), max(ends) + 1):
                if uid <= len(self.messages):
                    yield uid

    def _do_search(self, connection, tag, line):
        words = line.upper().split()
        uids = [u for u in self.uids(words[words.index(b"UID", 1) + 1])
                if b"UNSEEN" not in words or u not in self.seen]
        connection.send(b"* SEARCH" + b"".join(b" %d" % u for u in uids) + b"\r\n")
        self._ok(connection, tag)

    def _do_fetch(self, connection, tag, line):
        for uid in self.uids(line.split()[2]):
            raw = self.messages[uid - 1]
            if b"RFC822.SIZE" in line:
                connection.send(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n"
                                % (uid, uid, len(raw)))
            elif b"[HEADER]" in line:
                head = raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
                connection.send(b"* %d FETCH (UID %d BODY[HEADER] {%d}\r\n%s)\r\n"
                                % (uid, uid, len(head), head))
            else:
                connection.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n"
                                % (uid, uid, len(raw), raw))
        self._ok(connection, tag)

    def _do_store(self, connection, tag, line):
        self.seen |= set(self.uids(line.split()[2]))
        self._ok(connection, tag)

    def _do_logout(self, connection, tag, _):
        connection.send(b"* BYE\r\n" + tag + b" OK bye\r\n")
        return False
