import assert from "node:assert/strict";
import test from "node:test";

import { Keys, isApple } from "../../portald/static/keyboard.js";

const BINDINGS = { "?": "help", "g d": "go d", "g t": "go t", "r": "reply" };

const cases = [
    ["one key", [["?", 0]], ["help"]],
    ["a key that means nothing", [["x", 0]], [null]],
    ["two keys", [["g", 0], ["t", 300]], [null, "go t"]],
    ["too slow: the second counts alone", [["g", 0], ["r", 5000]], [null, "reply"]],
    ["a wrong second ends it", [["g", 0], ["x", 10], ["t", 20]], [null, null, null]],
    ["twice", [["g", 0], ["d", 10], ["g", 20], ["d", 30]], [null, "go d", null, "go d"]],
    ["capitals are other keys", [["R", 0]], [null]],
];
for (const [name, typed, want] of cases)
    test(`keys: ${name}`, () => {
        const keys = new Keys(BINDINGS);
        assert.deepEqual(typed.map(([key, at]) => keys.feed(key, at)), want);
    });

for (const [name, navigator, want] of [
    ["a Mac", { platform: "MacIntel" }, true],
    ["a Mac that says so anew", { userAgentData: { platform: "macOS" }, platform: "" }, true],
    ["an iPad", { platform: "iPad" }, true],
    ["Linux", { platform: "Linux x86_64" }, false],
    ["Windows", { userAgentData: { platform: "Windows" }, platform: "Win32" }, false],
    ["nothing is told", {}, false],
])
    test(`the command key of ${name}`, () => assert.equal(isApple(navigator), want));
