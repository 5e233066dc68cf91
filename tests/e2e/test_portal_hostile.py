"""portald under clients that mean no good, and behind proxies and TLS of its own."""
# tests/run: alone
# tests/run: timeout 900
import resource
import socket
import ssl
import subprocess
import threading
import time

import harness

IDLE = 10_000


class Slow(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False)
        cls.desk.start_portal()

    def drip(self, head, each, results, name):
        """Send a byte every two seconds until the server has enough: after how long?"""
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.desk.portal_port), 10) as s:
            s.sendall(head)
            s.settimeout(2)
            while time.monotonic() - start < 120:
                try:
                    s.sendall(each)
                    if s.recv(1000) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        results[name] = time.monotonic() - start

    def test_slow_clients_are_ended(self):
        results = {}
        threads = [threading.Thread(target=self.drip, args=(head, each, results, name))
                   for name, head, each in (
                       ("fields", b"GET / HTTP/1.1\r\nHost: h\r\nX-A: ", b"a"),
                       ("request line", b"GET /", b"a"),
                       ("nothing but empty lines", b"\r\n", b"\r\n"))]
        for thread in threads:
            thread.start()
        while any(t.is_alive() for t in threads):
            start = time.monotonic()
            self.assertEqual(self.desk.http("/healthz")[0], 200)
            self.assertLess(time.monotonic() - start, 5)
            time.sleep(1)
        for name, seconds in results.items():
            self.assertLess(seconds, 60, name)

    def test_ten_thousand_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + 1000), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        idle = []
        try:
            for _ in range(IDLE):
                idle.append(socket.create_connection(
                    ("127.0.0.1", self.desk.portal_port), 10))
            start = time.monotonic()
            for _ in range(20):
                self.assertEqual(self.desk.http("/healthz")[0], 200)
            print(f"# 20 answers beside {IDLE} idle connections in "
                  f"{time.monotonic() - start:.2f} s")
        finally:
            for s in idle:
                s.close()

    def test_endless_and_huge_bodies(self):
        with socket.create_connection(("127.0.0.1", self.desk.portal_port), 10) as s:
            s.sendall(b"POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n")
            self.assertIn(b" 405 ", s.recv(1000))
        for head in (b"Content-Length: 99999999999\r\n\r\n",
                     b"Transfer-Encoding: chunked\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.desk.portal_port), 10) as s:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n" + head)
                self.assertIn(b" 413 ", s.recv(1000))

    def test_paths_that_play_tricks(self):
        for path in ("/../etc/passwd", "/static/..%2f..%2fetc/passwd", "/static/x/..",
                     "/static//postern.css", "/./healthz", "/healthz%00", "/%2e%2e/healthz",
                     "/healthz/..;/metrics", "//healthz", "/\\healthz", "/static/%ff/%ff"):
            with self.subTest(path):
                self.assertIn(self.desk.http(path)[0], (400, 404))


class Proxies(harness.TestCase):
    def test_only_a_trusted_proxy_is_believed(self):
        desk = self.servers.desk(start=False)
        desk.start_portal()
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.1.1.1, 192.0.2.7"}
        self.assertIn("Strict-Transport-Security", desk.http("/", headers=forwarded)[1])
        self.assertNotIn("Strict-Transport-Security", desk.http("/")[1])
        desk.portal.stop()
        desk.configure(portal="proxies = 192.0.2.1")
        desk.start_portal()
        self.assertNotIn("Strict-Transport-Security", desk.http("/", headers=forwarded)[1])

    def test_a_host_of_nobody(self):
        desk = self.servers.desk(start=False)
        desk.add("other.example", ["help@other.example"], ["zoe@other.example"])
        desk.start_portal()
        self.assertEqual(desk.http("/", headers={"Host": "desk.example"})[0], 200)
        self.assertEqual(desk.http("/", headers={"Host": "other.example:8080"})[0], 200)
        self.assertEqual(desk.http("/", headers={"Host": "nobody.example"})[0], 421)


class OwnTls(harness.TestCase):
    def test_tls_1_3_and_nothing_older(self):
        desk = self.servers.desk(start=False)
        certificate, key = desk.directory / "tls.pem", desk.directory / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                        certificate, "-days", "2", "-subj", "/CN=desk.example", "-addext",
                        "subjectAltName=DNS:desk.example"], check=True,
                       capture_output=True)
        for path in (certificate, key):
            harness.write(path, path.read_text())
        desk.configure(portal=f"tls_certificate = {certificate}\n"
                                   f"tls_key = {key}")
        desk.start_portal()
        context = ssl.create_default_context(cafile=certificate)
        with socket.create_connection(("127.0.0.1", desk.portal_port), 10) as plain, \
                context.wrap_socket(plain, server_hostname="desk.example") as s:
            self.assertEqual(s.version(), "TLSv1.3")
            s.sendall(b"GET / HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n")
            answer = b""
            while data := s.recv(65536):
                answer += data
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))
        self.assertIn(b"Strict-Transport-Security: max-age=31536000", answer)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", desk.portal_port), 10) as plain, \
                self.assertRaises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain, server_hostname="desk.example")


if __name__ == "__main__":
    harness.main()
