/*
 * queue: answers that are written without a network wait on this device.
 *
 *     form[data-queue-url=/api/v1/…/reply][data-draft]   fields: text
 *
 * A form that can't be sent now is kept in IndexedDB with a key of its own, and is sent
 * through the API when the network is back: the server does a key once, so a try whose
 * answer was lost is repeated without harm. What the server refuses is not thrown away: it
 * is shown with its words. Only words wait here; files need the network.
 */
import { element, enhance, owner, text, toast } from "./dom.js";
import { refreshSoon } from "./live.js";
import { newKey, post } from "./net.js";

/* Send what waits of `owner`, oldest first, one after the other. `store` has all(),
   remove(key) and put(item); `send(item)` throws {status}. Answers {sent, refused, kept}:
   refused are those that will never be taken as they are. */
export async function flush(store, owner, send) {
    const came = { sent: [], refused: [], kept: [] };
    const mine = (await store.all()).filter((item) => item.owner === owner && !item.refused);
    mine.sort((a, b) => a.at - b.at);
    for (const item of mine) {
        try {
            await send(item);
            await store.remove(item.key);
            came.sent.push(item);
        } catch (error) {
            if (isForGood(error.status)) {
                await store.put({ ...item, refused: true });
                came.refused.push(item);
                continue;
            }
            came.kept.push(item);
            if (!error.status)
                break; /* still no network: the others need not try */
        }
    }
    return came;
}

/* 401 and 403 pass when the person signs in again, 408 to 429 and 5xx by waiting. */
export function isForGood(status) {
    return status >= 400 && status < 500 && ![401, 403, 408, 409, 425, 429].includes(status);
}

function asked(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/* The store of flush(), in IndexedDB. */
export class Waiting {
    async open() {
        if (!this.database) {
            const request = indexedDB.open("postern", 1);
            request.onupgradeneeded = () =>
                request.result.createObjectStore("replies", { keyPath: "key" });
            this.database = await asked(request);
            this.database.onversionchange = () => this.database.close();
        }
        return this.database;
    }

    async with(mode, work) {
        const database = await this.open();
        return asked(work(database.transaction("replies", mode).objectStore("replies")));
    }

    all() {
        return this.with("readonly", (store) => store.getAll());
    }

    put(item) {
        return this.with("readwrite", (store) => store.put(item));
    }

    remove(key) {
        return this.with("readwrite", (store) => store.delete(key));
    }

    clear() {
        return this.with("readwrite", (store) => store.clear());
    }
}

function showRefused(store, item) {
    const words = element("textarea", { readonly: true, "aria-label": text("not-sent") });
    words.value = item.text;
    const shown = toast(text("not-sent"), {
        kind: "bad", button: text("close"), onPress: () => store.remove(item.key),
    });
    shown?.querySelector("p").append(words);
}

async function flushNow(store) {
    if (!owner() || !navigator.onLine)
        return;
    const came = await flush(store, owner(),
        (item) => post(item.url, { text: item.text }, { key: item.key }));
    if (came.sent.length) {
        toast(text("sent"), { kind: "good" });
        refreshSoon();
    }
    came.refused.forEach((item) => showRefused(store, item));
}

/* The answer as it will look, dashed, below the others. */
function showWaiting(item) {
    document.querySelector(".messages")?.append(
        element("li", { class: "message is-mine is-waiting" },
            element("p", { class: "message-kind small" }, text("queued")),
            element("div", { class: "words", dir: "auto" }, item.text)));
}

async function keep(store, form) {
    const field = form.elements.namedItem("text");
    const item = { key: newKey(), owner: owner(), url: form.dataset.queueUrl,
        text: field.value, at: Date.now() };
    await store.put(item);
    field.value = "";
    form.dispatchEvent(new Event("postern:sent"));
    showWaiting(item);
    toast(text("queued"));
}

function watch(store, form) {
    form.addEventListener("submit", (event) => {
        if (navigator.onLine || !form.elements.namedItem("text")?.value.trim())
            return; /* the browser sends it */
        event.preventDefault();
        keep(store, form).catch(() => form.submit());
    });
}

export function startQueue() {
    if (!globalThis.indexedDB)
        return;
    const store = new Waiting();
    enhance("form[data-queue-url]", (form) => watch(store, form));
    enhance("form[data-sign-out]", (form) =>
        form.addEventListener("submit", () => { store.clear().catch(() => {}); }));
    const later = () => flushNow(store).catch(() => {});
    addEventListener("online", later);
    later();
}
