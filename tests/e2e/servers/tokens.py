"""tokens: an OAuth 2.0 token endpoint (RFC 6749 §6) over HTTPS, and beside it, over HTTP
for Dovecot, the introspection of RFC 7662.

A refresh token becomes an access token that lives `life` seconds. `refuse` set to an
error word ("invalid_grant") answers 400 with it; `broken` answers 500.
"""
import json
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .process import free_port


class TokenServer:
    def __init__(self, certificates, users, life=3600, rotate=False, client_id="postern"):
        """users: {refresh token: user}. rotate: each answer brings a new refresh token
        and the old one is worth nothing."""
        self.users = dict(users)
        self.life = life
        self.rotate = rotate
        self.client_id = client_id
        self.refuse = None
        self.broken = False
        self.requests = []
        self._access = {}
        self._lock = threading.Lock()
        self.port, self.introspection_port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}/token"
        self.introspection_url = f"http://127.0.0.1:{self.introspection_port}/introspect"
        self._servers = [self._serve(self.port, certificates.context()),
                         self._serve(self.introspection_port, None)]

    def _serve(self, port, context):
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
                status, answer = tokens.answer(self.path, form)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.05}).start()
        return server

    def answer(self, path, form):
        with self._lock:
            if path.startswith("/introspect"):
                return 200, self._introspect(form.get("token", ""))
            self.requests.append(form)
            if self.broken:
                return 500, {"error": "server_error"}
            if self.refuse:
                return 400, {"error": self.refuse}
            return self._refresh(form)

    def _refresh(self, form):
        user = self.users.get(form.get("refresh_token"))
        if form.get("grant_type") != "refresh_token" or not user \
                or form.get("client_id") != self.client_id:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(24)
        self._access[access] = (user, time.time() + self.life)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        if self.rotate:
            del self.users[form["refresh_token"]]
            answer["refresh_token"] = secrets.token_urlsafe(24)
            self.users[answer["refresh_token"]] = user
        return 200, answer

    def _introspect(self, token):
        user, expiry = self._access.get(token, (None, 0))
        if not user or expiry < time.time():
            return {"active": "false"}
        return {"active": "true", "username": user, "sub": user}

    def access_tokens(self):
        with self._lock:
            return dict(self._access)

    def revoke_all(self):
        """Every access token given out so far is worth nothing from now on."""
        with self._lock:
            self._access.clear()

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()
