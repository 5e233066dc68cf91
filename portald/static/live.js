/*
 * live: what happens at the desk shows on an open page without a reload.
 *
 *     /live --event--> one tab --BroadcastChannel--> the others
 *     event --> GET this page again --> take over what changed in its live regions
 *
 * The server renders, as it does for everybody; no second set of templates lives here.
 * A live region is an element with an id and
 *     data-live="part"   replaced when it changed and nobody is typing in it
 *     data-live="list"   children with ids: new ones are added, changed ones replaced
 *     data-live-of="ID"  only events about that conversation concern it; without: all do
 * EventSource comes back by itself and tells Last-Event-ID. Where it can't be had, the
 * page is asked for again every half minute while it is looked at.
 */
import { text, toast } from "./dom.js";
import { fetchPage } from "./net.js";

export const KINDS = ["message", "status", "ticket", "read", "unread", "notification",
    "typing", "changed", "ping"];
const POLL_MS = 30_000;
const GATHER_MS = 250;

/* Milliseconds to wait before the n-th try (from 0): doubled from 1 s to 60 s, and up to a
   half more by `random` in [0, 1), so that not all pages come back in the same moment. */
export function retryDelay(n, random = Math.random()) {
    const base = Math.min(1000 * 2 ** n, 60_000);
    return Math.round(base * (1 + random / 2));
}

/* Whether an event concerns any of the regions, each {of} a conversation or of none. */
export function concerns(event, regions) {
    return regions.some(({ of }) => !of || !event.conversation || of === event.conversation);
}

function regions(root) {
    return Array.from(root.querySelectorAll("[data-live][id]"));
}

/* What the server had sent for each element, by id: scripts change what is shown. */
const asSent = new Map();

function remember(root) {
    for (const region of regions(root)) {
        asSent.set(region.id, region.innerHTML);
        for (const child of region.children)
            if (child.id)
                asSent.set(child.id, child.outerHTML);
    }
}

function isBusy(node) {
    return node.contains(document.activeElement) && document.activeElement !== document.body;
}

function arrived(node) {
    node.dispatchEvent(new Event("postern:new", { bubbles: true }));
}

function mergeChild(list, fresh) {
    const html = fresh.outerHTML;
    if (asSent.get(fresh.id) === html)
        return false;
    const old = document.getElementById(fresh.id);
    if (old && isBusy(old))
        return false;
    const node = document.importNode(fresh, true);
    asSent.set(fresh.id, html);
    if (old) {
        old.replaceWith(node);
    } else {
        node.classList.add("is-new");
        list.append(node);
    }
    arrived(node);
    return !old;
}

/* True when something new came into the list. The order is the server's. */
function mergeList(list, fresh) {
    let added = false;
    for (const child of fresh.children)
        if (child.id)
            added = mergeChild(list, child) || added;
    for (const child of fresh.children) {
        const here = child.id && document.getElementById(child.id);
        const at = Array.prototype.indexOf.call(fresh.children, child);
        if (here?.parentElement === list && list.children[at] !== here && !isBusy(here))
            list.insertBefore(here, list.children[at] ?? null);
    }
    return added;
}

function mergePart(part, fresh) {
    const html = fresh.innerHTML;
    if (asSent.get(part.id) === html || isBusy(part))
        return false;
    asSent.set(part.id, html);
    part.replaceChildren(...document.importNode(fresh, true).childNodes);
    arrived(part);
    return true;
}

/* Take over what differs; say aloud, once, what came. */
function merge(page) {
    let added = false;
    for (const region of regions(document)) {
        const fresh = page.getElementById(region.id);
        if (!fresh)
            continue;
        if (region.dataset.live === "list")
            added = mergeList(region, fresh) || added;
        else
            mergePart(region, fresh);
    }
    if (added)
        toast(text("new-message"));
    document.title = page.title || document.title;
}

let waiting = 0;

/* Take over what changed; soon, once for all events of that moment. */
export function refreshSoon() {
    if (waiting)
        return;
    waiting = setTimeout(async () => {
        try {
            merge(await fetchPage(location.href));
        } catch {
            /* offline, or signed out meanwhile: the next event or poll tries again */
        }
        waiting = 0;
    }, GATHER_MS);
}

function onEvent(event) {
    const found = regions(document).map((region) => ({ of: region.dataset.liveOf ?? "" }));
    document.dispatchEvent(new CustomEvent("postern:event", { detail: event }));
    if (event.kind !== "typing" && event.kind !== "ping" && concerns(event, found))
        refreshSoon();
}

function parse(data) {
    try {
        return JSON.parse(data) ?? {};
    } catch {
        return {};
    }
}

/* Listen until the server refuses for good; onGone is called then. */
function listen(url, tell, onGone) {
    const source = new EventSource(url);
    for (const kind of KINDS)
        source.addEventListener(kind, (event) => tell({ ...parse(event.data), kind }));
    source.onerror = () => {
        if (source.readyState === EventSource.CLOSED)
            onGone();
    };
    let wasOpen = false;
    source.onopen = () => {
        if (wasOpen)
            tell({ kind: "changed" }); /* whatever was missed in between */
        wasOpen = true;
    };
}

function keepListening(url, tell, n = 0) {
    if (!globalThis.EventSource)
        return;
    listen(url, (event) => { n = 0; tell(event); },
        () => setTimeout(() => keepListening(url, tell, n + 1), retryDelay(n)));
}

/* A browser opens only six connections to a site by HTTP/1.1, so of all open tabs one
   holds the stream, as long as it has the lock, and tells the others. */
function share(url) {
    const channel = new BroadcastChannel("postern-live");
    let lastHeard = Date.now();
    channel.onmessage = ({ data }) => { lastHeard = Date.now(); onEvent(data); };
    navigator.locks.request("postern-live", () => {
        keepListening(url, (event) => {
            lastHeard = Date.now();
            channel.postMessage(event);
            onEvent(event);
        });
        return new Promise(() => {}); /* held until this tab goes */
    });
    return () => Date.now() - lastHeard;
}

export function startLive(url = document.body.dataset.liveUrl) {
    if (!url || !regions(document).length)
        return;
    remember(document);
    let silence = () => Infinity;
    if (globalThis.BroadcastChannel && navigator.locks && globalThis.EventSource)
        silence = share(url);
    else
        keepListening(url, onEvent);
    setInterval(() => {
        if (!document.hidden && silence() > POLL_MS)
            refreshSoon();
    }, POLL_MS);
}
