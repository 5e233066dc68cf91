"""worst: mails that are made to take long or much, each of a size that grows with n. Every
step of reading one must stay linear: `./postern bench worst` measures each at n and 2n, and
test_worst.py that none takes maild's `inspect` above its time.
"""
HEADER = (b"From: Ada <ada@customer.example>\r\nTo: support@desk.example\r\n"
          b"Subject: worst\r\nMessage-ID: <worst@customer.example>\r\n"
          b"Date: Sat, 21 Nov 2026 00:00:00 +0000\r\nMIME-Version: 1.0\r\n")
MB = 1 << 20


def typed(content_type, body, extra=b""):
    return HEADER + b"Content-Type: " + content_type + b"\r\n" + extra + b"\r\n" + body


def text(body, **_):
    return typed(b"text/plain; charset=utf-8", body)


def html(body):
    return typed(b"text/html; charset=utf-8", body)


def mixed(parts):
    return typed(b"multipart/mixed; boundary=b", b"".join(parts) + b"--b--\r\n")


def deep(n):
    return HEADER + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (i, i + 1)
        for i in range(n))


def classes(n):
    """A sheet of many rules, and elements of twenty classes each."""
    rules = b"".join(b".c%d{color:red}" % i for i in range(n // 4))
    used = b"".join(b"<p class='%s'>x</p>" % b" ".join(
        b"c%d" % (i + k) for k in range(20)) for i in range(n))
    return html(b"<style>" + rules + b"</style>" + used)


def report(n):
    return typed(b"multipart/report; report-type=delivery-status; boundary=b",
                 b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                 b"Reporting-MTA: dns; mx.example\r\n\r\n"
                 + b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n"
                 b"Status: 5.1.1\r\n\r\n" * n + b"--b--\r\n")


def blocks(n):
    """Files in a text that begin and never end."""
    return text(b"begin 644 a\nM" + b"A" * 60 + b"\n" + b"begin 644 a\n" * n)


BROKEN_LINES = b"a\n" * 95 + b"X-B: c\n"

# name: (the mail of n, n); most are 4 to 10 MB at 2n.
CASES = {
    "a million parts": (lambda n: mixed([b"--b\r\n\r\n"] * n), 500_000),
    "multiparts in each other": (deep, 50_000),
    "messages in each other": (lambda n: HEADER + b"Content-Type: message/rfc822\r\n\r\n"
                               + b"Content-Type: message/rfc822\r\n\r\n" * n, 100_000),
    "50 boundaries open, near misses": (lambda n: deep(49) + b"--b\r\n" * n, MB),
    "parts of broken header lines": (
        lambda n: mixed([b"--b\r\n" + BROKEN_LINES * 100 + b"\nx\n"] * n), 250),
    "one long header field": (lambda n: b"Subject: " + b"a" * n + b"\r\n\r\nx", 5 * MB),
    "header fields": (lambda n: b"X-A: b\r\n" * n + b"\r\nx", 600_000),
    "a field of many lines": (lambda n: b"Subject: a\r\n" + b" b\r\n" * n + b"\r\nx", MB),
    "encoded words": (lambda n: b"Subject: " + b"=?utf-8?q?a?= " * n + b"\r\n\r\nx", 400_000),
    "addresses": (lambda n: b"To: " + b"a@b.example, " * n + b"\r\n\r\nx", 400_000),
    "open comments in an address": (lambda n: b"To: " + b"(" * n + b"\r\n\r\nx", 200_000),
    "references": (lambda n: b"References: " + b"<a@b> " * n + b"\r\n\r\nx", 400_000),
    "parameters": (lambda n: b"Content-Type: text/plain; " + b"a*1=b; " * n + b"\r\n\r\nx",
                   300_000),
    "10 MB of >": (lambda n: text(b">" * n), 5 * MB),
    "lines of >": (lambda n: text(b">\n" * n), 5 * MB // 2),
    "quotes, each deeper": (lambda n: text(b"".join(
        b">" * (i % 1000) + b" x\n" for i in range(n))), 5_000),
    "attribution lines": (lambda n: text(b"On Monday Ada <a@b.example> wrote:\n" * n), 150_000),
    "forwarded blocks": (lambda n: text(
        b"---------- Forwarded message ----------\nFrom: a <a@b>\nDate: x\nSubject: y\n"
        b"To: z\n\n" * n), 40_000),
    "signature marks": (lambda n: text(b"-- \n" * n), MB),
    "empty lines": (lambda n: text(b"\n" * n), 5 * MB),
    "blanks": (lambda n: text(b" " * n), 5 * MB),
    "links": (lambda n: text(b"http://a.example/b " * n), 250_000),
    "files that never end": (blocks, 400_000),
    "bytes of no charset": (lambda n: text(b"\xff" * n), 5 * MB),
    "escapes of ISO-2022-JP": (lambda n: typed(b"text/plain; charset=iso-2022-jp",
                                               b"\x1b$B$" * n), MB),
    "flowed quotes": (lambda n: typed(b"text/plain; format=flowed; delsp=yes",
                                      b"> a \n" * n), MB),
    "100,000 quotes in each other": (lambda n: html(b"<blockquote>" * n + b"x"), 50_000),
    "tables in each other": (lambda n: html(b"<table><tr><td>" * n), 50_000),
    "elements never closed": (lambda n: html(b"<div>x" * n), 200_000),
    "formatting never closed": (lambda n: html(b"<b><i>x<p>" * n), 50_000),
    "entities": (lambda n: html(b"&amp;&lt;&#x41;&bogus;" * n), 45_000),
    "tags that are none": (lambda n: html(b"<" * n), MB),
    "comments never closed": (lambda n: html(b"<!--" * n), MB),
    "attributes of one tag": (lambda n: html(b"<a " + b"x=y " * n), MB),
    "style rules": (classes, 8_000),
    "one long style": (lambda n: html(b"<p style='" + b"color:red;" * n + b"'>x"), 200_000),
    "HTML parts": (lambda n: mixed([b"--b\r\nContent-Type: text/html\r\n\r\n"
                                    + b"<b><i>x<p>" * n + b"\r\n"] * 900), 1_000),
    "recipients of a report": (report, 30_000),
    "events of a calendar": (lambda n: typed(
        b"text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
        + b"BEGIN:VEVENT\r\n" * n), 200_000),
}


def make(name, factor=1):
    """The mail of that name, as bytes: of its n, times `factor`."""
    function, n = CASES[name]
    return function(max(1, int(n * factor)))
