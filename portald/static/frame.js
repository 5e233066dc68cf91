/*
 * frame: the mails that came as HTML, each in a frame in which nothing runs.
 *
 *     iframe[data-mail-frame], and in the same [data-item] a[data-show-images]
 *
 * The frame gets the height of what is in it. Remote pictures wait in data-remote-src; they
 * are asked for only when the button was pressed, which is shown only where some wait.
 */
import { enhance } from "./dom.js";

const HEIGHT_MAX = 20_000; /* px: a mail that is longer scrolls in its frame */

function fit(frame) {
    const root = frame.contentDocument?.documentElement;
    if (!root)
        return; /* not there yet, or not ours to see */
    /* the box of what is in it: scrollHeight is never less than the frame has already */
    const height = Math.min(Math.max(Math.ceil(root.getBoundingClientRect().height), 48),
        HEIGHT_MAX);
    frame.style.blockSize = `${height + 2}px`;
}

/* The button below this frame, shown while pictures wait in it. */
function offerImages(frame) {
    const offer = frame.closest("[data-item]")?.querySelector(".images-offer");
    const waits = frame.contentDocument?.querySelector("[data-remote-src]");
    offer?.classList.toggle("is-offered", Boolean(waits));
}

function watch(frame) {
    let known = 0;
    const ready = () => {
        fit(frame);
        offerImages(frame);
        for (const picture of frame.contentDocument?.images ?? [])
            picture.addEventListener("load", () => fit(frame));
        for (const fold of frame.contentDocument?.querySelectorAll("details") ?? [])
            fold.addEventListener("toggle", () => fit(frame));
    };
    frame.addEventListener("load", ready);
    if (frame.contentDocument?.readyState === "complete")
        ready();
    new ResizeObserver(([entry]) => {
        if (entry.contentRect.width !== known) {
            known = entry.contentRect.width;
            fit(frame);
        }
    }).observe(frame);
}

export function startFrames() {
    enhance("iframe[data-mail-frame]", watch);
    enhance("a[data-show-images]", (link) => {
        const frame = link.closest("[data-item]")?.querySelector("iframe[data-mail-frame]");
        if (!frame)
            return; /* the link leads to the mail with its pictures by itself */
        link.addEventListener("click", (event) => {
            event.preventDefault();
            frame.src = link.href;
            frame.focus();
        });
    });
}
