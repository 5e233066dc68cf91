/*
 * keyboard: shortcuts of one or two keys, never while something is being written.
 *
 *     ? help   n new ticket   / search   j k move   r reply   g d|t|m go to
 *
 * They can be switched off in the help dialog (WCAG 2.2, 2.1.4). The elements that they
 * act on are named by the page: [data-key=search], [data-key=reply], [data-key=new];
 * [data-item] are what j and k go through.
 */

const GO = { d: "/", t: "/tickets", m: "/messages" };
const SEQUENCE_MS = 1200;

/* Keys in, names of actions out: feed(key, now) gives a name or null. */
export class Keys {
    constructor(bindings) {
        this.bindings = bindings;
        this.before = "";
        this.at = 0;
    }

    feed(key, now) {
        const isFresh = this.before && now - this.at <= SEQUENCE_MS;
        const typed = isFresh ? `${this.before} ${key}` : key;
        const action = this.bindings[typed] ?? null;
        const begins = Object.keys(this.bindings).some((name) => name.startsWith(`${typed} `));
        this.before = !action && begins ? typed : "";
        this.at = now;
        return action;
    }
}

const BINDINGS = {
    "?": "help", "n": "new", "/": "search", "j": "next", "k": "previous", "r": "reply",
    "g d": "go d", "g t": "go t", "g m": "go m",
};

function isTyping(target) {
    return target instanceof Element && (target.isContentEditable
        || target.matches("input:not([type=checkbox], [type=radio]), textarea, select")
        || target.closest("dialog[open]"));
}

function isOn() {
    try {
        return localStorage.getItem("postern-shortcuts") !== "off";
    } catch {
        return true;
    }
}

/* Go on to the next or back to the previous item, where one is. */
function move(step) {
    const items = Array.from(document.querySelectorAll("[data-item]"));
    if (!items.length)
        return;
    const at = items.findIndex((item) => item.classList.contains("is-selected"));
    const next = items[Math.max(0, Math.min(items.length - 1, at < 0 ? 0 : at + step))];
    items[at]?.classList.remove("is-selected");
    next.classList.add("is-selected");
    const target = next.querySelector("a[href]") ?? next;
    if (target === next)
        next.tabIndex = -1;
    target.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
}

/* Only to where the page leads as well: what a desk does not offer is not there. */
function goTo(path) {
    if (document.querySelector(`a[href="${path}"]`))
        location.assign(path);
}

function act(action) {
    if (action === "help")
        document.getElementById("keyboard-help")?.showModal();
    else if (action === "next" || action === "previous")
        move(action === "next" ? 1 : -1);
    else if (action.startsWith("go "))
        goTo(GO[action.slice(3)]);
    else if (action === "new")
        location.assign("/tickets/new");
    else
        document.querySelector(`[data-key="${action}"]`)?.focus();
}

function keepSetting() {
    const box = document.querySelector("[data-setting=shortcuts]");
    if (!box)
        return;
    box.checked = isOn();
    box.addEventListener("change", () => {
        try {
            localStorage.setItem("postern-shortcuts", box.checked ? "on" : "off");
        } catch { /* then it holds for this page only */ }
    });
}

/* Whether this keyboard has a ⌘ where others have Ctrl. */
export function isApple({ userAgentData, platform = "" }) {
    return /^(?:mac|ip(?:hone|ad|od))/i.test(userAgentData?.platform || platform);
}

/* The help names the key that this keyboard has. */
function nameKeys() {
    if (isApple(navigator))
        document.querySelectorAll("[data-command]").forEach((key) => {
            key.textContent = "⌘";
        });
}

export function startKeyboard() {
    const keys = new Keys(BINDINGS);
    keepSetting();
    nameKeys();
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing
            || isTyping(event.target))
            return;
        const action = keys.feed(event.key, event.timeStamp);
        if (!action || (action !== "help" && !isOn()))
            return;
        event.preventDefault();
        act(action);
    });
}
