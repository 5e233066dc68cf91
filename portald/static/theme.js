/*
 * theme: a choice of light, dark or the system's shows at once; the form saves it.
 */
import { enhance } from "./dom.js";

export function showTheme(root, theme) {
    if (theme === "light" || theme === "dark")
        root.dataset.theme = theme;
    else
        delete root.dataset.theme;
}

export function startTheme() {
    enhance("[name=theme]", (field) => field.addEventListener("change", () => {
        if (field.type !== "radio" || field.checked)
            showTheme(document.documentElement, field.value);
    }));
}
