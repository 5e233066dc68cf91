import assert from "node:assert/strict";
import test from "node:test";

import { Drafts } from "../../portald/static/draft.js";

/* localStorage, as far as drafts use it. */
class MemoryStorage {
    items = new Map();

    get length() {
        return this.items.size;
    }

    key(i) {
        return [...this.items.keys()][i] ?? null;
    }

    getItem(key) {
        return this.items.get(key) ?? null;
    }

    setItem(key, value) {
        this.items.set(key, String(value));
    }

    removeItem(key) {
        this.items.delete(key);
    }
}

const DAY = 86_400_000;

test("a draft comes back, field by field", () => {
    const drafts = new Drafts(new MemoryStorage(), "sara", () => 1);
    drafts.keep("new", { subject: "Printer", text: "it\nburns" });
    assert.deepEqual(drafts.find("new"), { subject: "Printer", text: "it\nburns" });
    assert.equal(drafts.find("other"), null);
});

test("nothing but space is no draft, and takes the old one away", () => {
    const drafts = new Drafts(new MemoryStorage(), "sara", () => 1);
    drafts.keep("new", { text: "a" });
    drafts.keep("new", { text: "  \n" });
    assert.equal(drafts.find("new"), null);
});

test("what is not a draft's JSON is none", () => {
    const storage = new MemoryStorage();
    storage.setItem("postern-draft:sara:new", "{broken");
    assert.equal(new Drafts(storage, "sara").find("new"), null);
});

test("sweeping takes what is old, broken or another person's, and nothing else", () => {
    const storage = new MemoryStorage();
    storage.setItem("other-program", "stays");
    new Drafts(storage, "tom", () => 100 * DAY).keep("new", { text: "tom's" });
    new Drafts(storage, "sara", () => 60 * DAY).keep("old", { text: "too old" });
    const drafts = new Drafts(storage, "sara", () => 100 * DAY);
    drafts.keep("new", { text: "fresh" });
    storage.setItem("postern-draft:sara:broken", "{");
    drafts.sweep();
    assert.deepEqual([...storage.items.keys()].sort(),
        ["other-program", "postern-draft:sara:new"]);
});

test("a session that is over takes no drafts along, nor does a link", () => {
    const storage = new MemoryStorage();
    new Drafts(storage, "sara", () => 1).keep("new", { text: "half a thought" });
    new Drafts(storage, "link:tom", () => 1).keep("reply", { text: "by a link" });
    new Drafts(storage, "", () => 2).sweep();
    new Drafts(storage, "link:ann", () => 2).sweep();
    assert.deepEqual([...storage.items.keys()].sort(),
        ["postern-draft:link:tom:reply", "postern-draft:sara:new"]);
    new Drafts(storage, "ben", () => 2).sweep();
    assert.deepEqual([...storage.items.keys()], ["postern-draft:link:tom:reply"]);
    new Drafts(storage, "", () => 90 * DAY).sweep();
    assert.equal(storage.length, 0);
});

test("at sign-out all drafts go", () => {
    const storage = new MemoryStorage();
    storage.setItem("other-program", "stays");
    const drafts = new Drafts(storage, "sara", () => 1);
    drafts.keep("a", { text: "a" });
    drafts.keep("b", { text: "b" });
    drafts.forgetAll();
    assert.deepEqual([...storage.items.keys()], ["other-program"]);
});
