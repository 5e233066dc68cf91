/*
 * seen: on the page of a signed link, what was said counts as read when somebody is there.
 *
 *     [data-seen-url]    told once, when a person first moves in the page
 *
 * Scanners follow the links of a mail before anybody reads it, some of them in a browser, so
 * that the page was fetched, or stood open, says nothing.
 */
import { csrfToken } from "./net.js";

const ACTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/* Call `told` once, at the first act of a person while the page can be seen. */
export function onFirstAct(page, told) {
    const act = (event) => {
        if (!event.isTrusted || page.hidden)
            return;
        ACTS.forEach((name) => page.removeEventListener(name, act));
        told();
    };
    ACTS.forEach((name) => page.addEventListener(name, act, { passive: true }));
}

function tell(url) {
    fetch(url, {
        method: "POST", credentials: "same-origin", keepalive: true,
        headers: { "X-CSRF-Token": csrfToken() },
    }).catch(() => { /* no network: it stays unread until the next time */ });
}

export function startSeen() {
    const messages = document.querySelector("[data-seen-url]");
    if (!messages)
        return;
    const watch = () => onFirstAct(document, () => tell(messages.dataset.seenUrl));
    watch();
    messages.addEventListener("postern:new", watch);
}
