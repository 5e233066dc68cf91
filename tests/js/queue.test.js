import assert from "node:assert/strict";
import test from "node:test";

import { flush, isForGood } from "../../portald/static/queue.js";

class MemoryStore {
    constructor(items) {
        this.items = new Map(items.map((item) => [item.key, item]));
    }

    async all() {
        return [...this.items.values()];
    }

    async put(item) {
        this.items.set(item.key, item);
    }

    async remove(key) {
        this.items.delete(key);
    }
}

const item = (key, at, owner = "sara") => ({ key, at, owner, url: "/r", text: key });
const refuse = (status) => () => Promise.reject(Object.assign(new Error(), { status }));

test("all are sent, oldest first, and leave", async () => {
    const store = new MemoryStore([item("b", 2), item("a", 1)]);
    const order = [];
    const came = await flush(store, "sara", async ({ key }) => { order.push(key); });
    assert.deepEqual(order, ["a", "b"]);
    assert.equal(came.sent.length, 2);
    assert.equal(store.items.size, 0);
});

test("another person's stay, and are not sent", async () => {
    const store = new MemoryStore([item("a", 1, "tom")]);
    const came = await flush(store, "sara", assert.fail);
    assert.equal(came.sent.length, 0);
    assert.equal(store.items.size, 1);
});

test("without a network the first try ends it, and all stay", async () => {
    const store = new MemoryStore([item("a", 1), item("b", 2)]);
    let tries = 0;
    const came = await flush(store, "sara", () => { tries++; return refuse(0)(); });
    assert.equal(tries, 1);
    assert.equal(came.kept.length, 1);
    assert.equal(store.items.size, 2);
});

test("what is refused for good stays with its words, and is not tried again", async () => {
    const store = new MemoryStore([item("a", 1), item("b", 2)]);
    const came = await flush(store, "sara", ({ key }) =>
        (key === "a" ? refuse(422)() : Promise.resolve()));
    assert.deepEqual([came.refused.length, came.sent.length], [1, 1]);
    assert.equal(store.items.get("a").text, "a");
    const again = await flush(store, "sara", assert.fail);
    assert.equal(again.refused.length, 0);
});

test("which answers are for good", () => {
    const all = [0, 400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 500, 503];
    assert.deepEqual(all.filter(isForGood), [400, 404, 410, 422]);
});
