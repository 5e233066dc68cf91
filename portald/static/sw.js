/*
 * sw: what the portal can do without a network. Served as /sw.js, for the whole site.
 *
 *     styles, scripts     from the cache when their path names a release, else asked for
 *     pages (GET)         from the network; a copy is kept of those a person reads again
 *                         offline: dashboard, tickets, messages
 *     a signed link's     the same, apart from those: it is whose link it is
 *     all else            not touched: API, files, live stream, every POST
 *
 * Pages belong to one person. They go when somebody signs out, when a page of somebody
 * else (or of nobody) is shown, and when the sign-in page is. A link's page goes at
 * sign-out too, and when the link is over.
 */
const PAGES = "postern-pages-1";
const LINKS = "postern-links-1";
const ASSETS = "postern-assets-1";
const WHO = "postern-who-1";
const PAGES_MAX = 60;
const LINKS_MAX = 10;
const ANY = { ignoreVary: true }; /* one person's pages, whatever language they were in */
const KEPT = /^\/(?:$|tickets(?:\/[^/]+)?$|messages(?:\/[^/]+)?$)/;
const LINK = /^\/t\/[a-z2-7]{24}$/;
const RELEASE = /^\/static\/[0-9a-f]{8,}\//;

/* "page", "link", "asset" or "" for what this worker leaves alone. */
function kindOf(request, origin) {
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== origin)
        return "";
    if (RELEASE.test(url.pathname))
        return "asset";
    if (request.mode !== "navigate" || url.searchParams.has("done"))
        return "";
    return KEPT.test(url.pathname) ? "page" : LINK.test(url.pathname) ? "link" : "";
}

/* Whether a page may be kept: its own answer, complete, and HTML. */
function isKeepable(response) {
    return response.status === 200 && response.type === "basic" && !response.redirected
        && (response.headers.get("Content-Type") ?? "").startsWith("text/html");
}

/* Only the newest `most` entries stay: a cache hands out its keys oldest first. */
async function trim(cache, most) {
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - most))
        .map((key) => cache.delete(key)));
}

async function keepPage(request, response, name = PAGES, most = PAGES_MAX) {
    const cache = await caches.open(name);
    await cache.delete(request, ANY); /* so that it becomes the newest */
    await cache.put(request, response);
    await trim(cache, most);
}

const keepLink = (request, response) => keepPage(request, response, LINKS, LINKS_MAX);

async function forgetPages() {
    await caches.delete(PAGES);
}

async function whoNow() {
    const found = await (await caches.open(WHO)).match("/who");
    return found ? found.text() : "";
}

/* The page that told came before this worker: it is asked for again, to be kept. */
async function keepAsked(page, keep) {
    const response = await fetch(page, { credentials: "same-origin",
        headers: { Accept: "text/html" } }).catch(() => null);
    if (response && isKeepable(response))
        await keep(new Request(page), response);
}

async function onPerson({ person, page }) {
    const path = page ? new URL(page).pathname : "";
    const before = await whoNow();
    if (before !== person)
        await forgetPages();
    await (await caches.open(WHO)).put("/who", new Response(person));
    if (before !== person && person && KEPT.test(path)) /* it is theirs */
        await keepAsked(page, keepPage);
    if (LINK.test(path) && !await (await caches.open(LINKS)).match(page, ANY))
        await keepAsked(page, keepLink);
}

async function answerAsset(request) {
    const cache = await caches.open(ASSETS);
    const found = await cache.match(request);
    if (found)
        return found;
    const response = await fetch(request);
    if (response.ok) {
        await cache.put(request, response.clone());
        await trim(cache, 80);
    }
    return response;
}

async function answerPage(event) {
    try {
        const response = await fetch(event.request);
        if (isKeepable(response) && await whoNow())
            event.waitUntil(keepPage(event.request, response.clone()));
        return response;
    } catch (error) {
        const cache = await caches.open(PAGES);
        const found = await cache.match(event.request, ANY)
            ?? await cache.match("/tickets", ANY) ?? await cache.match("/", ANY);
        if (found)
            return found;
        throw error; /* nothing was read here yet: the browser says that it is offline */
    }
}

async function answerLink(event) {
    const cache = await caches.open(LINKS);
    try {
        const response = await fetch(event.request);
        if (isKeepable(response))
            event.waitUntil(keepLink(event.request, response.clone()));
        else if (response.status === 410 || response.status === 403)
            event.waitUntil(cache.delete(event.request, ANY));
        return response;
    } catch (error) {
        const found = await cache.match(event.request, ANY);
        if (found)
            return found;
        throw error;
    }
}

function onFetch(event) {
    const { request } = event;
    const path = new URL(request.url).pathname;
    if (request.method === "POST" && (path === "/sign-out" || path === "/sign-in")) {
        event.waitUntil(Promise.all([forgetPages(),
            path === "/sign-out" ? caches.delete(LINKS) : null]));
        return;
    }
    if (request.method === "POST" && path.startsWith("/t/") && path.endsWith("/revoke")) {
        event.waitUntil(caches.delete(LINKS));
        return;
    }
    const kind = kindOf(request, self.location.origin);
    if (kind === "asset")
        event.respondWith(answerAsset(request));
    else if (kind === "page")
        event.respondWith(answerPage(event));
    else if (kind === "link")
        event.respondWith(answerLink(event));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", onFetch);
self.addEventListener("message", (event) => {
    if (event.data?.kind === "person")
        event.waitUntil(onPerson(event.data));
});
