/*
 * dom: the few things that every script of ours does with a page. Nothing here makes HTML
 * out of strings: elements are built, words are set as text.
 */

/* A word or sentence in the page's language: the page has them all (scripts partial). */
export function text(name) {
    const key = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
    return document.getElementById("texts")?.dataset[key] ?? "";
}

/* An element with these attributes, listeners (on…) and children (nodes or strings). */
export function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function")
            made.addEventListener(name.slice(2), value);
        else if (value !== false && value !== null)
            made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
}

/* One of icons.svg, from where the page's own icons come. */
export function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    picture.setAttribute("class", "icon");
    picture.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${new URL("icons.svg", import.meta.url).pathname}#${name}`);
    picture.append(use);
    return picture;
}

/* Say something in the corner, which is a polite live region. It stays until it is closed
   when it has a button, else for a while. */
export function toast(words, { kind = "info", button = null, onPress = null } = {}) {
    const box = document.getElementById("toasts");
    if (!box || !words)
        return null;
    const shown = element("div", { class: `flash is-${kind}` }, element("p", {}, words));
    if (button)
        shown.append(element("button", {
            class: "button is-small", type: "button",
            onclick: () => { shown.remove(); onPress?.(); },
        }, button));
    else
        setTimeout(() => shown.remove(), 8000);
    box.append(shown);
    return shown;
}

/* Run for every element there is, and for those that come later (live.js). */
export function enhance(selector, work) {
    const all = (root) => {
        if (root instanceof Element && root.matches(selector))
            work(root);
        root.querySelectorAll(selector).forEach((found) => work(found));
    };
    all(document);
    document.addEventListener("postern:new", (event) => all(event.target));
}

/* Who is signed in here, "" for nobody. */
export function person() {
    return document.body.dataset.person ?? "";
}

/* Whose words are written here: who is signed in, or "link:" and the address that a signed
   link was sent to; "" for nobody. Keys of local data begin with it. */
export function owner() {
    return document.body.dataset.owner ?? "";
}
