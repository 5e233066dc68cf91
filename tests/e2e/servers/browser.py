"""browser: Debian's Chromium without a window, and a page server that knows who asked."""
import http.server
import shutil
import subprocess
import tempfile
import threading



class Pages:
    """Serves {path: (type, bytes)} on 127.0.0.1 and remembers every path asked for."""

    def __init__(self):
        self.pages, self.asked = {}, []
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                pages.asked.append(self.path)
                kind, body = pages.pages.get(self.path, ("text/plain", b""))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # pylint: disable=invalid-name

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def html(self, path, text):
        self.pages[path] = ("text/html; charset=utf-8", text.encode())

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def chromium(url, *options, milliseconds=8000):
    """Load a page, let its own clock run that long, give its DOM as text."""
    program = shutil.which("chromium")
    if not program:
        raise RuntimeError("chromium is missing: ./postern test installs it")
    with tempfile.TemporaryDirectory(prefix="postern-chromium-",
                                     ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--no-first-run",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
             f"--user-data-dir={profile}", f"--virtual-time-budget={milliseconds}",
             *options, "--dump-dom", url],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True)
    return done.stdout.decode("utf-8", "replace")


__all__ = ["Pages", "chromium"]
