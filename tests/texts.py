#!/usr/bin/env python3
"""texts: which words people read, and whether every language has them.

    tests/texts.py            each text that a language lacks, one a line; 1 if there is any
    tests/texts.py update     writes templates/texts/*.po anew: in the order of the sources,
                              with the translations they have, new ones empty, old ones gone

English is in the sources: [[…]] in templates/pages, and in portald's C files every string
that is handed to text_of(), texts_get(), locale_count() or TEXT(), or that is the `msgid`
of a table: a literal that begins with a capital letter and has a space or a full stop in
it is taken for one, since messages for logs are lower case.
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LITERAL = r'(?:"(?:[^"\\\n]|\\.)*"\s*)+'
CALL = re.compile(r'\b(?:text_of|texts_get|text|TEXT|locale_count)\s*\(\s*'
                  r'(?:[^,()";]+,\s*){0,2}(' + LITERAL + r')\s*[,)]')
SENTENCE = re.compile(r'[A-Z][^\n]*[ .]')
# Words that look like sentences and go to programs: headers, SQL, formats.
NOT_FOR_PEOPLE = re.compile(
    r'[A-Z][\w-]*: |Cookie, |Mozilla|Bearer|Basic |Mon, |GET |[A-Z_]+( [A-Z_]+)+$|.*%[a-zA-Z0-9.]'
    r'|Set-|Sec-|X-|HTTP/|(?:Samsung Internet|Mac OS X)$')
# C files whose strings are for programs.
PROGRAMS = re.compile(r'(_routes|openapi|server/|health/|http/|live/|portald/desk/|portald/api/)')


def unquote(literal):
    """The value of adjacent C or PO string literals."""
    parts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', literal)
    return re.sub(r'\\(.)', lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), "".join(parts))


def of_pages():
    for path in sorted((TOP / "templates" / "pages").glob("*.mustache")):
        for text in re.findall(r"\[\[(.*?)\]\]", path.read_text(), re.S):
            yield " ".join(text.split()), path.name


def of_code():
    for path in sorted((TOP / "portald").rglob("*.c")):
        source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        source = re.sub(r"(?m)^\s*#.*$", "", source)
        source = re.sub(r"struct operation\b[^;]*;", "", source)  # what an API says of itself
        name = str(path.relative_to(TOP))
        for match in CALL.finditer(source):
            yield unquote(match[1]), name
        if PROGRAMS.search(name):
            continue
        for match in re.finditer(LITERAL, source):
            text = unquote(match[0])
            if SENTENCE.match(text) and not NOT_FOR_PEOPLE.match(text):
                yield text, name


def wanted():
    """{msgid: where it stands first}, pages before code."""
    found = {}
    for text, where in [*of_pages(), *of_code()]:
        if text:
            found.setdefault(text, where)
    return found


def literals():
    """Every string of the C files. A refusal's words are translated where they are shown,
    so a .po file may have any of them."""
    return {unquote(match[0]) for folder in ("portald", "common")
            for path in (TOP / folder).rglob("*.c")
            for match in re.finditer(LITERAL, path.read_text())}


def read_po(path):
    """{msgid: msgstr} and the set of those that are fuzzy."""
    have, fuzzy = {}, set()
    entry = re.compile(r'((?:^#.*\n)*)^msgid (' + LITERAL + r')msgstr (' + LITERAL + ')', re.M)
    for comments, msgid, msgstr in entry.findall(path.read_text()):
        have[unquote(msgid)] = unquote(msgstr)
        if re.search(r"(?m)^#,.*\bfuzzy\b", comments):
            fuzzy.add(unquote(msgid))
    return have, fuzzy


def names(text):
    """What a translation must keep: {{names}}, {n}."""
    return sorted(set(re.findall(r"\{+[^{}]*\}+", text)))


# Forms of a counted text, "a day|{n} days", that a language has (see portald/pages/locale.h).
FORMS = {"de": 2, "ar": 6}


def lacks():
    """A line for each thing that is wrong with a language."""
    found, texts = [], wanted()
    anything = literals()
    for path in sorted((TOP / "templates" / "texts").glob("*.po")):
        have, fuzzy = read_po(path)
        for text, where in texts.items():
            said = have.get(text, "")
            if not said:
                found.append(f"{path.name}: no translation of {text!r} ({where})")
            elif text in fuzzy:
                found.append(f"{path.name}: fuzzy: {text!r}")
            elif "|" in text:
                if said.count("|") + 1 != FORMS.get(path.stem, 2):
                    found.append(f"{path.name}: {text!r} needs {FORMS.get(path.stem, 2)} forms")
            elif names(text) != names(said):
                found.append(f"{path.name}: {text!r} has other names in it: {said!r}")
        found += [f"{path.name}: nobody says {text!r} any more"
                  for text in have
                  if text and text not in texts and text not in anything]
    if not list((TOP / "templates" / "texts").glob("*.po")):
        found.append("templates/texts: there is no language")
    return found


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def update():
    texts, anything = wanted(), literals()
    for path in sorted((TOP / "templates" / "texts").glob("*.po")):
        have, _ = read_po(path)
        lines = [f'msgid ""\nmsgstr {quote(have.get("", ""))}\n']
        place = None
        also = sorted(text for text in have if text not in texts and text in anything)
        for text, where in [*texts.items(), *((text, "refusals") for text in also if text)]:
            if where != place:
                lines.append(f"# {where}\n")
                place = where
            lines.append(f"msgid {quote(text)}\nmsgstr {quote(have.get(text, ''))}\n")
        path.write_text("\n".join(lines))


def main():
    if sys.argv[1:] == ["update"]:
        update()
        return
    found = lacks()
    print("\n".join(found) or "every language has every text")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
