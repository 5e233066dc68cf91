"""What the sanitiser lets through, in a real browser: every vector of tests/html runs in a
page of its own without any policy around it, is hovered, focused and clicked, and neither
runs a script nor asks for anything. Those that are said to hit must do so as they stand."""
import json
import re
import subprocess
import tempfile
from pathlib import Path

import harness
from servers.browser import Pages, chromium

# A page tells when it has loaded and every element of it was poked.
PAGE = """<!DOCTYPE html><meta charset="utf-8"><script>
function hit() {{ fetch('/hit/{name}'); }}
addEventListener('load', () => setTimeout(() => {{
    for (const e of document.querySelectorAll('body *')) {{
        if (e.focus) e.focus();
        for (const kind of ['mouseover', 'pointerenter', 'toggle'])
            e.dispatchEvent(new MouseEvent(kind, {{ bubbles: true }}));
        if (!/^(https?|mailto|tel):/.test(e.href || '')) e.click();
    }}
    fetch('/loaded/{name}');
}}, 50));
</script><body>{html}"""


def read_vectors():
    """[(name, whether it hits as it stands, text)]"""
    text = (harness.TOP / "tests" / "html" / "vectors.txt").read_text()
    found = re.findall(r"(?ms)^=== (! )?([^\n]*)\n(.*?)(?=^=== |\Z)", text)
    return [(name, bool(hits), html) for hits, name, html in found]


class BrowserMail(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.pages = Pages()
        self.addCleanup(self.pages.close)

    def filled(self, html, name):
        for mark, what in (("@HIT@", "hit()"), ("@NUL@", "\0"), ("@FF@", "\f"),
                           ("@LEAK@", self.pages.url(f"/leak/{name}"))):
            html = html.replace(mark, what)
        return html

    def clean(self, documents):
        """What `maild inspect` shows of each as the HTML of a mail."""
        with tempfile.TemporaryDirectory() as directory:
            files = []
            for i, html in enumerate(documents):
                files.append(Path(directory) / f"{i}.eml")
                files[-1].write_bytes(
                    b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
                    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + html.encode())
            done = subprocess.run([harness.BUILD / "maild" / "maild", "inspect", *files],
                                  capture_output=True, check=True, timeout=100)
        return [json.loads(line)["html"] for line in done.stdout.splitlines()]

    def load(self, documents):
        """Each of {name: html} in a frame of one page; the names that ran something, and
        those that asked for something."""
        for name, html in documents.items():
            self.pages.html(f"/frame/{name}", PAGE.format(name=name, html=html))
        self.pages.html("/", "".join(f'<iframe src="/frame/{n}"></iframe>'
                                     for n in documents))
        chromium(self.pages.url("/"), "--blink-settings=imagesEnabled=true",
                 "--autoplay-policy=no-user-gesture-required")
        asked = [path.split("/") for path in self.pages.asked]
        of = {kind: {p[2] for p in asked if p[1] == kind}
              for kind in ("hit", "leak", "loaded")}
        return of["hit"], of["leak"], of["loaded"]

    def test_nothing_runs_and_nothing_is_fetched(self):
        vectors = read_vectors()
        self.assertGreater(len(vectors), 120)
        cleaned = self.clean(self.filled(html, f"c{i}")
                             for i, (_, _, html) in enumerate(vectors))
        documents = {f"c{i}": html or "" for i, html in enumerate(cleaned)}
        hostile = [i for i, (_, hits, _) in enumerate(vectors) if hits]
        documents |= {f"r{i}": self.filled(vectors[i][2], f"r{i}") for i in hostile}
        ran, asked, loaded = self.load(documents)
        bad = [vectors[int(n[1:])][0] for n in ran | asked if n[0] == "c"]
        self.assertEqual(bad, [])
        self.assertEqual([vectors[i][0] for i in range(len(vectors))
                          if f"c{i}" not in loaded], [])
        unseen = [vectors[i][0] for i in hostile if f"r{i}" not in ran | asked]
        self.assertEqual(unseen, [], "these don't hit: the test wouldn't see them")


if __name__ == "__main__":
    harness.main()
