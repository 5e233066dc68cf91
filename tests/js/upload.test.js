import assert from "node:assert/strict";
import test from "node:test";

import { chooseFiles, pastedName } from "../../portald/static/upload.js";

const file = (name, size) => ({ name, size });
const names = (chosen) => Object.fromEntries(
    Object.entries(chosen).map(([kind, files]) => [kind, files.map((f) => f.name)]));

const cases = [
    ["no limits", {}, { taken: ["a", "b", "c"], large: [], left: [] }],
    ["bytes", { bytes: 20 }, { taken: ["a", "b"], large: ["c"], left: [] }],
    ["count", { count: 2 }, { taken: ["a", "b"], large: [], left: ["c"] }],
    ["count, with some there", { count: 2, have: 1 },
        { taken: ["a"], large: [], left: ["b", "c"] }],
    ["a large one takes nobody's place", { bytes: 15, count: 2 },
        { taken: ["a"], large: ["b", "c"], left: [] }],
];
for (const [name, limits, want] of cases)
    test(`chooseFiles: ${name}`, () => {
        const files = [file("a", 10), file("b", 20), file("c", 30)];
        assert.deepEqual(names(chooseFiles(files, limits)), want);
    });

test("pastedName: a picture out of the clipboard gets a name of its own", () => {
    const now = new Date("2026-11-27T18:03:09Z");
    assert.equal(pastedName({ name: "image.png", type: "image/png" }, now),
        "2026-11-27-180309.png");
    assert.equal(pastedName({ name: "", type: "image/svg+xml" }, now),
        "2026-11-27-180309.svg");
    assert.equal(pastedName({ name: "plan.pdf", type: "application/pdf" }, now), "plan.pdf");
});
