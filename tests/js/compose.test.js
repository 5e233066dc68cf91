import assert from "node:assert/strict";
import test from "node:test";

import { codeOf, linkTo, prefixLines, surround } from "../../portald/static/compose.js";

/* "a[b]c": what stands between the brackets is selected. */
function state(marked) {
    const start = marked.indexOf("[");
    const end = marked.indexOf("]") - 1;
    return { value: marked.replace("[", "").replace("]", ""), start, end };
}

const surrounded = [
    ["words", "a [b] c", "**", { value: "a **b** c", start: 4, end: 5 }],
    ["away again", "a **[b]** c", "**", { value: "a b c", start: 2, end: 3 }],
    ["nothing selected", "a []", "_", { value: "a __", start: 3, end: 3 }],
    ["at the very start", "[a]", "**", { value: "**a**", start: 2, end: 3 }],
];
for (const [name, before, mark, after] of surrounded)
    test(`surround: ${name}`, () => assert.deepEqual(surround(state(before), mark), after));

const prefixed = [
    ["one line", "a\nb[]c\nd", "> ", { value: "a\n> bc\nd", start: 2, end: 6 }],
    ["two lines, touched in part", "o[ne\ntw]o\nthree", "- ",
        { value: "- one\n- two\nthree", start: 0, end: 11 }],
    ["away when all have it", "[> a\n> b]", "> ", { value: "a\nb", start: 0, end: 3 }],
    ["an empty text", "[]", "- ", { value: "- ", start: 0, end: 2 }],
];
for (const [name, before, prefix, after] of prefixed)
    test(`prefixLines: ${name}`, () =>
        assert.deepEqual(prefixLines(state(before), prefix), after));

test("linkTo: words become the label, the address is selected", () => {
    const to = linkTo(state("see [this] page"));
    assert.equal(to.value, "see [this](https://) page");
    assert.equal(to.value.slice(to.start, to.end), "https://");
});

test("linkTo: an address becomes the address", () => {
    const to = linkTo({ value: "https://desk.example/a", start: 0, end: 22 });
    assert.deepEqual(to, { value: "[](https://desk.example/a)", start: 1, end: 1 });
});

test("codeOf: a span in a line, a block over lines", () => {
    assert.equal(codeOf(state("run [ls] now")).value, "run `ls` now");
    assert.equal(codeOf(state("[a\nb\n]")).value, "```\na\nb\n```");
});
