/*
 * draft: what is being written survives a closed tab.
 *
 *     form[data-draft="reply-ID"][data-done="sent"]
 *         fields with a name, but no files, passwords or hidden
 *
 * Kept in localStorage under the person's name, so that nobody else finds it; forgotten
 * when the form was taken (the page that follows says ?done=sent), after 30 days and at
 * sign-out. So what was refused, or came back to the sign-in because the session was over,
 * is still there.
 */
import { element, enhance, owner, text } from "./dom.js";

const PREFIX = "postern-draft:";
const LINK = "link:";
const SENDING = "postern-sending"; /* in sessionStorage: which form this tab has just sent */
const DAYS = 30;

export class Drafts {
    /* `storage` as localStorage is, `now` in milliseconds. */
    constructor(storage, owner, now = () => Date.now()) {
        Object.assign(this, { storage, owner, now });
    }

    key(name) {
        return `${PREFIX}${this.owner}:${name}`;
    }

    /* {field: text}; nothing in any of them forgets the draft. */
    keep(name, fields) {
        if (Object.values(fields).every((words) => !words.trim()))
            this.forget(name);
        else
            this.storage.setItem(this.key(name), JSON.stringify({ at: this.now(), fields }));
    }

    /* The fields of it, or null. */
    find(name) {
        try {
            return JSON.parse(this.storage.getItem(this.key(name)))?.fields ?? null;
        } catch {
            return null;
        }
    }

    forget(name) {
        this.storage.removeItem(this.key(name));
    }

    keys() {
        return Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i))
            .filter((key) => key?.startsWith(PREFIX));
    }

    /* Those that are too old, and all of others who signed in: not while nobody is (the
       session may be over in the middle of a word), nor those of links. */
    sweep() {
        const isSignedIn = this.owner && !this.owner.startsWith(LINK);
        const isForeign = (key) => isSignedIn && !key.startsWith(`${PREFIX}${this.owner}:`)
            && !key.startsWith(PREFIX + LINK);
        for (const key of this.keys()) {
            let at = 0;
            try {
                at = JSON.parse(this.storage.getItem(key)).at;
            } catch { /* not ours any more */ }
            if (isForeign(key) || this.now() - at > DAYS * 86_400_000)
                this.storage.removeItem(key);
        }
    }

    forgetAll() {
        this.keys().forEach((key) => this.storage.removeItem(key));
    }
}

function fieldsOf(form) {
    return Array.from(form.elements).filter((field) => field.name && (
        field.matches("textarea, select, input:is([type=text], [type=search], :not([type]))")));
}

function read(form) {
    return Object.fromEntries(fieldsOf(form)
        .filter((field) => field.value !== (field.dataset.first ?? ""))
        .map((field) => [field.name, field.value]));
}

/* Put it back where nothing else stands; true when anything was. */
function restore(form, saved) {
    let any = false;
    for (const field of fieldsOf(form)) {
        const words = saved[field.name];
        const isFree = field.value === field.dataset.first;
        if (typeof words === "string" && words !== field.value && isFree) {
            field.value = words;
            any = true;
        }
    }
    return any;
}

function offerToDiscard(form, drafts, name) {
    const note = element("p", { class: "hint row", role: "status" }, text("draft-restored"),
        element("button", {
            class: "button is-small is-quiet", type: "button",
            onclick: () => {
                drafts.forget(name);
                fieldsOf(form).forEach((field) => { field.value = field.dataset.first; });
                note.remove();
            },
        }, text("draft-discard")));
    form.prepend(note);
}

function watch(form, drafts) {
    const name = form.dataset.draft;
    let timer = 0;
    /* What a form that was refused shows is what was typed: a draft, not a beginning. */
    const isShownAgain = Boolean(form.querySelector("[aria-invalid=true], .errors"));
    for (const field of fieldsOf(form))
        field.dataset.first = isShownAgain ? "" : field.value;
    const saved = drafts.find(name);
    if (saved && !isShownAgain && restore(form, saved))
        offerToDiscard(form, drafts, name);
    const keep = () => drafts.keep(name, read(form));
    form.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(keep, 400);
    });
    form.addEventListener("submit", () => {
        clearTimeout(timer);
        keep();
        sessionStorage.setItem(SENDING, JSON.stringify({ name, done: form.dataset.done }));
    });
    form.addEventListener("postern:sent", () => drafts.forget(name));
}

/* The first page after it tells: only where it says that this was done, it was. */
function forgetSent(drafts) {
    const sent = JSON.parse(sessionStorage.getItem(SENDING) ?? "null");
    const done = new URLSearchParams(location.search).get("done");
    if (sent && done && sent.done === done)
        drafts.forget(sent.name);
    sessionStorage.removeItem(SENDING);
}

export function startDrafts() {
    let drafts;
    try {
        drafts = new Drafts(localStorage, owner());
        drafts.sweep();
    } catch {
        return; /* storage is forbidden here: no drafts, everything else works */
    }
    forgetSent(drafts);
    enhance("form[data-draft]", (form) => watch(form, drafts));
    enhance("form[data-sign-out]", (form) =>
        form.addEventListener("submit", () => drafts.forgetAll()));
}
