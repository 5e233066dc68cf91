import assert from "node:assert/strict";
import test from "node:test";

import { concerns, retryDelay } from "../../portald/static/live.js";

test("retryDelay doubles from one second to a minute", () => {
    assert.deepEqual([0, 1, 2, 5, 6, 20].map((n) => retryDelay(n, 0)),
        [1000, 2000, 4000, 32000, 60000, 60000]);
});

test("retryDelay is up to a half longer, by chance", () => {
    assert.equal(retryDelay(0, 0.5), 1250);
    for (let i = 0; i < 100; i++) {
        const delay = retryDelay(3);
        assert.ok(delay >= 8000 && delay <= 12000, `${delay}`);
    }
});

const regionCases = [
    ["its own conversation", { conversation: "a" }, [{ of: "a" }], true],
    ["another one", { conversation: "b" }, [{ of: "a" }], false],
    ["a region of all", { conversation: "b" }, [{ of: "a" }, { of: "" }], true],
    ["an event of none", {}, [{ of: "a" }], true],
    ["no region", { conversation: "a" }, [], false],
];
for (const [name, event, regions, want] of regionCases)
    test(`concerns: ${name}`, () => assert.equal(concerns(event, regions), want));
