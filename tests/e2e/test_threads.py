"""test_threads: whole mailing-list threads, deep and with broken headers, against a ground
truth that a threader of its own makes of the same headers (containers by Message-ID, linked
by References and In-Reply-To, as J. W. Zawinski described it; subjects join nothing)."""
import random
import re
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

import harness
from loop_case import SmallDesk

PEOPLE = [f"{name}@list.example" for name in ("ines", "jan", "kim", "lea", "mo", "nia")]
ID = re.compile(r"<[^<>\s]+>")


class Truth:
    """Which messages hang together, by their headers alone."""

    def __init__(self):
        self.parent = {}

    def root(self, key):
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            key = self.parent[key]
        return key

    def add(self, mail):
        named = ID.findall(mail["References"]) + ID.findall(mail["In-Reply-To"])
        for other in named:
            self.parent[self.root(other)] = self.root(mail["Message-ID"])


def damage(rng, parent, path, never_came):
    """(References, In-Reply-To) as one client or another leaves them; `path` are the ids
    from the thread's first to the parent. Who answers a mail that never comes names others,
    too: nothing tells where a mail belongs that names no other."""
    kind = "whole" if never_came else rng.choice(["whole", "whole", "reply only", "references only", "cut", "turned",
                       "words", "torn", "folded"])
    references, reply = " ".join(path), parent
    if kind == "reply only":
        references = ""
    elif kind == "references only":
        reply = ""
    elif kind == "cut":
        references = " ".join(path[:1] + path[-2:])
    elif kind == "turned":
        references = " ".join(reversed(path))
    elif kind == "words":
        reply = f"Your message of \"Tue, 3 Jun\" {parent}"
    elif kind == "torn":
        references = references[:-1] if len(path) > 1 else references
    elif kind == "folded":
        references = "\r\n ".join(path)
    return references, reply


class List:
    """Threads of a list as they reach the desk: [{header: value}], in order of arrival."""

    def __init__(self, seed, threads=8, size=16):
        self.rng = random.Random(seed)
        self.clock = datetime(2026, 3, 1, tzinfo=timezone.utc)
        self.arriving = []
        for n in range(threads):
            self._thread(n, size)
        self._shuffle()

    def _mail(self, n, k, subject, references="", reply=""):
        self.clock += timedelta(minutes=7)
        return {"Message-ID": f"<{n}.{k}@list.example>", "References": references,
                "In-Reply-To": reply, "Subject": subject, "thread": n, "lost": False,
                "From": self.rng.choice(PEOPLE), "Date": format_datetime(self.clock)}

    def _thread(self, n, size):
        subject = f"topic {n} of the list"
        paths, never = {0: [f"<{n}.0@list.example>"]}, set()
        lost = set()
        self.arriving.append([self._mail(n, 0, subject)])
        for k in range(1, size):
            answered = [i for i in range(k) if i not in lost]
            deep = answered[-1] if self.rng.random() < 0.6 else self.rng.choice(answered)
            path = paths[deep]
            paths[k] = path + [f"<{n}.{k}@list.example>"]
            references, reply = damage(self.rng, path[-1], path, deep in never)
            title = "Re: " + subject if self.rng.random() < 0.9 else f"was: other {k}"
            mail = self._mail(n, k, title, references, reply)
            if self.rng.random() < 0.06:
                # Nobody answers it here: where one mail names two tickets, it goes to the
                # one it answers, and the truth, which knows no tickets, would join both.
                mail |= {"References": "", "In-Reply-To": "", "lost": True}
                lost.add(k)
            if self.rng.random() < 0.08:
                never.add(k)
            else:
                self.arriving[-1].append(mail)

    def _shuffle(self):
        """The threads one through the other; each in its order, but for neighbours that
        overtake each other where the later one names the thread's first, too."""
        for thread in self.arriving:
            for i in range(2, len(thread)):
                first = thread[0]["Message-ID"]
                if first in thread[i]["References"] and self.rng.random() < 0.2:
                    thread[i - 1], thread[i] = thread[i], thread[i - 1]
        mixed = []
        while any(self.arriving):
            thread = self.rng.choice([t for t in self.arriving if t])
            mixed.append(thread.pop(0))
        self.arriving = mixed


class Threads(SmallDesk):
    def deliver(self, mail):
        cc = [p for p in PEOPLE if p != mail["From"]]
        fields = {"Message_ID": mail["Message-ID"], "Date": mail["Date"], "Cc": ", ".join(cc)}
        for name in ("References", "In-Reply-To"):
            if mail[name]:
                fields[name.replace("-", "_")] = mail[name]
        self.write(mail["Subject"], mail["From"], f"Words of {mail['Message-ID']}.", **fields)

    def partition(self):
        """{Message-ID: number of its ticket}"""
        return {f"<{r['message_id']}>": r["number"] for r in self.desk.sql(
            "SELECT m.message_id, t.number FROM messages m JOIN tickets t ON t.id = "
            "m.conversation_id")}

    def compare(self, seed):
        arrived = List(seed).arriving
        truth = Truth()
        for mail in arrived:
            truth.add(mail)
            self.deliver(mail)
        self.settle()
        got = self.partition()
        self.assertEqual(set(got), {m["Message-ID"] for m in arrived})
        mixed, parted, n = 0, 0, 0
        for i, a in enumerate(arrived):
            for b in arrived[:i]:
                same = truth.root(a["Message-ID"]) == truth.root(b["Message-ID"])
                joined = got[a["Message-ID"]] == got[b["Message-ID"]]
                n += same
                mixed += joined and not same
                parted += same and not joined
        self.assertEqual(mixed, 0, "mails of different threads in one ticket")
        self.assertLessEqual(parted, n // 50, f"{parted} of {n} pairs are torn apart")
        return arrived, got

    def test_deep_and_broken(self):
        arrived, got = self.compare(1)
        # What lost all its headers is a ticket of its own, and the right one is suggested.
        links = {(r["a"], r["b"]) for r in self.desk.sql(
            "SELECT f.number AS a, t.number AS b FROM ticket_links l JOIN tickets f ON f.id = "
            "l.from_id JOIN tickets t ON t.id = l.to_id WHERE l.kind = 'related'")}
        lost = [m for m in arrived if m["lost"] and m["Subject"].startswith("Re: topic")]
        self.assertTrue(lost)
        for mail in lost:
            of = {got[m["Message-ID"]] for m in arrived if m["thread"] == mail["thread"]}
            mine = got[mail["Message-ID"]]
            self.assertTrue(any(a == mine and b in of for a, b in links), mail)

    def test_another_seed(self):
        self.compare(2)

    def test_a_hundred_deep(self):
        path = []
        for n in range(100):
            mail = {"Message-ID": f"<deep.{n}@list.example>", "References": " ".join(path),
                    "In-Reply-To": path[-1] if path else "", "Subject": "deep",
                    "From": PEOPLE[n % len(PEOPLE)], "Date": format_datetime(
                        datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(minutes=n))}
            self.deliver(mail)
            path.append(mail["Message-ID"])
        self.settle()
        self.assertEqual(set(self.partition().values()), {1})
        self.assertEqual(len(self.messages(1)), 100)


if __name__ == "__main__":
    harness.main()
