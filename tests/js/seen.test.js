import assert from "node:assert/strict";
import test from "node:test";

import { onFirstAct } from "../../portald/static/seen.js";

/* A document, as far as this needs one. */
class Page extends EventTarget {
    hidden = false;

    listeners = new Map();

    addEventListener(name, listener) {
        this.listeners.set(name, listener);
    }

    removeEventListener(name) {
        this.listeners.delete(name);
    }

    act(name, isTrusted = true) {
        this.listeners.get(name)?.({ isTrusted });
    }
}

for (const [name, acts, want] of [
    ["nothing is done", [], 0],
    ["a key", ["keydown"], 1],
    ["a finger, and on", ["touchstart", "pointermove", "wheel"], 1],
    ["what only loads", ["load", "visibilitychange"], 0],
])
    test(`seen: ${name}`, () => {
        const page = new Page();
        let told = 0;
        onFirstAct(page, () => { told++; });
        acts.forEach((act) => page.act(act));
        assert.equal(told, want);
    });

test("seen: not by a script, nor in a page behind others", () => {
    const page = new Page();
    let told = 0;
    onFirstAct(page, () => { told++; });
    page.act("keydown", false);
    page.hidden = true;
    page.act("pointermove");
    assert.equal(told, 0);
    page.hidden = false;
    page.act("pointermove");
    assert.equal(told, 1);
});
