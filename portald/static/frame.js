/*
 * frame: the mails that came as HTML, each in a frame in which nothing runs.
 *
 *     iframe[data-mail-frame][data-images=URL]   a[data-show-images] near it
 *
 * The frame gets the height of what is in it, as long as its document lets us look; else
 * it keeps the style sheet's and can be drawn larger. Remote pictures are asked for only
 * after the button was pressed.
 */
import { enhance } from "./dom.js";

const HEIGHT_MAX = 20_000; /* px: a mail that is longer scrolls in its frame */

function fit(frame) {
    const root = frame.contentDocument?.documentElement;
    if (!root)
        return; /* an opaque origin: it keeps the height that it has */
    frame.style.blockSize = "0";
    const height = Math.min(Math.max(root.scrollHeight, 48), HEIGHT_MAX);
    frame.style.blockSize = `${height + 2}px`;
}

function watch(frame) {
    let known = 0;
    const ready = () => {
        fit(frame);
        for (const picture of frame.contentDocument?.images ?? [])
            picture.addEventListener("load", () => fit(frame));
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
        const frame = link.closest("[data-item]")?.querySelector("iframe[data-images]");
        if (!frame)
            return; /* the link leads to the mail with its pictures by itself */
        link.addEventListener("click", (event) => {
            event.preventDefault();
            frame.src = frame.dataset.images;
            link.parentElement.remove();
            frame.focus();
        });
    });
}
