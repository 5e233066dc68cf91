/* The service worker, run in a world of its own with caches and a network of ours. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const source = readFileSync(new URL("../../portald/static/sw.js", import.meta.url), "utf8");
const ORIGIN = "https://desk.example";

class MemoryCache {
    entries = new Map();

    url(request) {
        return new URL(request.url ?? request, ORIGIN).href;
    }

    async match(request) {
        return this.entries.get(this.url(request))?.clone();
    }

    async put(request, response) {
        this.entries.set(this.url(request), response);
    }

    async delete(request) {
        return this.entries.delete(this.url(request));
    }

    async keys() {
        return [...this.entries.keys()];
    }
}

/* A worker in a browser: go(path) as a person would, post(path), tell(person), pages(). */
function browser() {
    const stores = new Map();
    const listeners = {};
    const world = { online: true, network: () => html("page") };
    const caches = {
        open: async (name) => stores.get(name) ?? stores.set(name, new MemoryCache()).get(name),
        delete: async (name) => stores.delete(name),
    };
    const fetch = async (request) => {
        if (!world.online)
            throw new TypeError("offline");
        return world.network(new URL(request.url ?? request, ORIGIN).pathname);
    };
    class PageRequest {
        constructor(url) {
            this.url = new URL(url, ORIGIN).href;
        }
    }
    const self = {
        location: { origin: ORIGIN }, clients: { claim: async () => {} },
        skipWaiting: async () => {},
        addEventListener: (kind, work) => { listeners[kind] = work; },
    };
    vm.runInNewContext(source, { self, caches, fetch, URL, Response, Promise, RegExp, Map,
        Request: PageRequest });

    async function dispatch(kind, event) {
        const work = [];
        let answer = null;
        listeners[kind]({ ...event, waitUntil: (promise) => work.push(promise),
            respondWith: (promise) => { answer = promise; } });
        const response = answer && await answer;
        await Promise.all(work);
        return response;
    }
    const ask = (method, mode) => (path) => dispatch("fetch", {
        request: { url: ORIGIN + path, method, mode } });
    return Object.assign(world, {
        go: ask("GET", "navigate"), load: ask("GET", "no-cors"), post: ask("POST", "navigate"),
        tell: (person, page = `${ORIGIN}/`) => dispatch("message", {
            data: { kind: "person", person, page } }),
        pages: (name = "postern-pages-1") => [...stores.get(name)?.entries.keys() ?? []]
            .map((url) => url.slice(ORIGIN.length)).sort(),
    });
}

function html(words, init = {}) {
    const response = new Response(words, { headers: { "Content-Type": "text/html" }, ...init });
    Object.defineProperty(response, "type", { value: "basic" });
    const clone = response.clone.bind(response);
    response.clone = () => Object.defineProperty(clone(), "type", { value: "basic" });
    return response;
}

test("a ticket that was read can be read offline", async () => {
    const b = browser();
    await b.tell("sara");
    b.network = () => html("ticket 7");
    await b.go("/tickets/7");
    b.online = false;
    assert.equal(await (await b.go("/tickets/7")).text(), "ticket 7");
});

test("a ticket that was not read leads to the list", async () => {
    const b = browser();
    await b.tell("sara");
    b.network = () => html("the list");
    await b.go("/tickets");
    b.online = false;
    assert.equal(await (await b.go("/tickets/8")).text(), "the list");
});

test("with nothing kept, offline is offline", async () => {
    const b = browser();
    b.online = false;
    await assert.rejects(() => b.go("/tickets"), TypeError);
});

test("nothing is kept while nobody is known", async () => {
    const b = browser();
    await b.go("/tickets/7");
    assert.deepEqual(b.pages(), []);
});

for (const [name, change] of [
    ["somebody else", (b) => b.tell("tom", `${ORIGIN}/account`)],
    ["nobody", (b) => b.tell("", `${ORIGIN}/sign-in`)],
    ["a sign-out", (b) => b.post("/sign-out")],
    ["a sign-in", (b) => b.post("/sign-in")],
])
    test(`pages go with ${name}`, async () => {
        const b = browser();
        await b.tell("sara");
        await b.go("/tickets/7");
        assert.deepEqual(b.pages(), ["/", "/tickets/7"]);
        await change(b);
        assert.deepEqual(b.pages(), []);
    });

const LINK = `/t/${"a2".repeat(12)}`;
const OTHER = `/t/${"b3".repeat(12)}`;

test("a link's page can be read offline, by whoever has the link", async () => {
    const b = browser();
    b.network = () => html("ticket 7");
    await b.tell("", ORIGIN + LINK);
    assert.deepEqual(b.pages("postern-links-1"), [LINK]);
    assert.deepEqual(b.pages(), []);
    b.online = false;
    assert.equal(await (await b.go(LINK)).text(), "ticket 7");
    await assert.rejects(() => b.go(OTHER), TypeError);
});

test("a link's page goes when it is over, and at sign-out; not with a person's", async () => {
    const b = browser();
    await b.go(LINK);
    await b.go(OTHER);
    await b.go(`${LINK}/messages/1/view`);
    await b.tell("sara", `${ORIGIN}/account`);
    await b.tell("", `${ORIGIN}/sign-in`);
    assert.deepEqual(b.pages("postern-links-1"), [LINK, OTHER]);
    b.network = () => html("over", { status: 410 });
    assert.equal((await b.go(LINK)).status, 410);
    assert.deepEqual(b.pages("postern-links-1"), [OTHER]);
    await b.post("/sign-out");
    assert.deepEqual(b.pages("postern-links-1"), []);
    b.network = () => html("ticket 7");
    await b.go(LINK);
    await b.post(`${LINK}/revoke`);
    assert.deepEqual(b.pages("postern-links-1"), []);
});

test("refusals, redirects, files and settings are not kept", async () => {
    const b = browser();
    await b.tell("sara");
    const before = b.pages();
    b.network = () => html("gone", { status: 404 });
    await b.go("/tickets/7");
    b.network = () => Object.defineProperty(html("sign in"), "redirected", { value: true });
    await b.go("/tickets/8");
    b.network = () => html("x");
    assert.equal(await b.go("/account"), null);
    assert.equal(await b.load("/attachments/1"), null);
    assert.equal(await b.load("/api/v1/portal/tickets"), null);
    assert.deepEqual(b.pages(), before);
});

test("a release's files come from the cache, others are asked for", async () => {
    const b = browser();
    b.network = () => new Response("css");
    await b.load("/static/0123456789abcdef/postern.css");
    b.online = false;
    const again = await b.load("/static/0123456789abcdef/postern.css");
    assert.equal(await again.text(), "css");
    assert.equal(await b.load("/static/postern.css"), null);
});

test("no more than sixty pages", async () => {
    const b = browser();
    await b.tell("sara");
    for (let n = 0; n < 70; n++)
        await b.go(`/tickets/${n}`);
    assert.equal(b.pages().length, 60);
    assert.ok(b.pages().includes("/tickets/69") && !b.pages().includes("/tickets/1"));
});
