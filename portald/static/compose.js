/*
 * compose: a bar of Markdown buttons, a preview and Ctrl+Enter for a textarea.
 *
 *     textarea[data-compose][data-preview-url]
 *
 * The preview is what the server makes of the words, the same that will be sent, shown in
 * a frame in which nothing runs.
 */
import { element, enhance, icon, text } from "./dom.js";
import { post } from "./net.js";
import { fillFrame } from "./trust.js";

/* Each takes {value, start, end} of a textarea and gives the same, changed. */

/* Put `mark` around what is selected, or take it away where it is around already. */
export function surround({ value, start, end }, mark) {
    const n = mark.length;
    if (value.slice(start - n, start) === mark && value.slice(end, end + n) === mark)
        return {
            value: value.slice(0, start - n) + value.slice(start, end) + value.slice(end + n),
            start: start - n, end: end - n,
        };
    return {
        value: value.slice(0, start) + mark + value.slice(start, end) + mark + value.slice(end),
        start: start + n, end: end + n,
    };
}

/* Put `prefix` before each line that is touched, or take it away when all have it. */
export function prefixLines({ value, start, end }, prefix) {
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const next = value.indexOf("\n", end);
    const to = next < 0 ? value.length : next;
    const lines = value.slice(from, to).split("\n");
    const has = lines.every((line) => line.startsWith(prefix));
    const changed = lines.map((line) => (has ? line.slice(prefix.length) : prefix + line))
        .join("\n");
    return { value: value.slice(0, from) + changed + value.slice(to),
        start: from, end: from + changed.length };
}

/* A link of the selected words; its address is selected, to be typed over. */
export function linkTo({ value, start, end }) {
    const words = value.slice(start, end);
    const isAddress = /^https?:\/\/\S+$/.test(words);
    const label = isAddress ? "" : words;
    const address = isAddress ? words : "https://";
    const made = `[${label}](${address})`;
    const at = start + label.length + 3;
    return { value: value.slice(0, start) + made + value.slice(end),
        ...(isAddress ? { start: start + 1, end: start + 1 }
            : { start: at, end: at + address.length }) };
}

/* Several lines become a block, a few words a span of code. */
export function codeOf(state) {
    if (!state.value.slice(state.start, state.end).includes("\n"))
        return surround(state, "`");
    const { value, start, end } = state;
    const made = "```\n" + value.slice(start, end).replace(/\n$/, "") + "\n```";
    return { value: value.slice(0, start) + made + value.slice(end),
        start: start + 4, end: start + made.length - 4 };
}

const BUTTONS = [
    ["bold", (state) => surround(state, "**"), "b"],
    ["italic", (state) => surround(state, "_"), "i"],
    ["link", linkTo, "k"],
    ["code", codeOf, null],
    ["quote", (state) => prefixLines(state, "> "), null],
    ["list", (state) => prefixLines(state, "- "), null],
];

function apply(area, change) {
    const to = change({ value: area.value, start: area.selectionStart,
        end: area.selectionEnd });
    area.value = to.value;
    area.focus();
    area.setSelectionRange(to.start, to.end);
    area.dispatchEvent(new Event("input", { bubbles: true }));
}

function frameOf(html) {
    const frame = element("iframe", { class: "composer-preview", title: text("preview") });
    const sheet = new URL("postern.css", import.meta.url).pathname;
    const theme = document.documentElement.dataset.theme ?? "";
    const page = `<!DOCTYPE html><html data-theme="${theme}"><meta charset="utf-8">`
        + `<link rel="stylesheet" href="${sheet}">`
        + `<link rel="stylesheet" href="${sheet.replace("postern", "conversation")}">`
        + `<body class="markdown" dir="auto">${html}`;
    fillFrame(frame, page);
    return frame;
}

async function togglePreview(area, button, shown) {
    if (shown.frame) {
        shown.frame.remove();
        shown.frame = null;
        area.hidden = false;
        button.textContent = text("preview");
        area.focus();
        return;
    }
    try {
        const { html } = await post(area.dataset.previewUrl, { markdown: area.value });
        shown.frame = frameOf(html);
    } catch {
        shown.frame = element("p", { class: "hint", role: "status" }, text("preview-failed"));
    }
    area.after(shown.frame);
    area.hidden = true;
    button.textContent = text("write");
}

function toolbar(area) {
    const bar = element("div", {
        class: "toolbar", role: "toolbar", "aria-label": text("formatting"),
    });
    for (const [name, change] of BUTTONS)
        bar.append(element("button", {
            class: "button is-quiet is-icon is-small", type: "button",
            "aria-label": text(name), title: text(name), "aria-controls": area.id,
            onclick: () => apply(area, change),
        }, icon(name)));
    if (area.dataset.previewUrl) {
        const shown = { frame: null };
        const button = element("button", {
            class: "button is-quiet is-small", type: "button",
            onclick: () => togglePreview(area, button, shown),
        }, text("preview"));
        bar.append(button);
    }
    return bar;
}

/* One stop for Tab, arrows go from button to button (the toolbar pattern of ARIA). */
function roveFocus(bar) {
    const buttons = Array.from(bar.children);
    buttons.forEach((button, i) => { button.tabIndex = i ? -1 : 0; });
    bar.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const at = buttons.indexOf(document.activeElement);
        if (!step || at < 0)
            return;
        const forward = document.dir === "rtl" ? -step : step;
        const next = buttons[(at + forward + buttons.length) % buttons.length];
        buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
        next.focus();
        event.preventDefault();
    });
}

function onKey(event, area) {
    if (!event.ctrlKey && !event.metaKey)
        return;
    if (event.key === "Enter") {
        event.preventDefault();
        area.form?.requestSubmit();
        return;
    }
    const found = BUTTONS.find(([, , key]) => key && key === event.key.toLowerCase());
    if (found && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        apply(area, found[1]);
    }
}

export function startCompose() {
    enhance("textarea[data-compose]", (area) => {
        const bar = toolbar(area);
        area.before(bar);
        roveFocus(bar);
        area.addEventListener("keydown", (event) => onKey(event, area));
    });
}
