/*
 * behave: small manners of pages. [data-open=ID] opens a dialog, form[data-confirm=ID]
 * asks in it before it is sent, an open menu closes by Escape and by a click elsewhere,
 * and a form that was refused takes the focus to what is wrong.
 */
import { enhance } from "./dom.js";

function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
        if (menu !== except)
            menu.open = false;
    });
}

function startMenus() {
    document.addEventListener("click", (event) =>
        closeMenus(event.target.closest?.("details.menu")));
    document.addEventListener("keydown", (event) => {
        const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
        if (menu) {
            menu.open = false;
            menu.querySelector("summary").focus();
        }
    });
}

function confirmFirst(form) {
    const dialog = document.getElementById(form.dataset.confirm);
    if (!dialog)
        return;
    let isSure = false;
    form.addEventListener("submit", (event) => {
        if (isSure)
            return;
        event.preventDefault();
        event.stopImmediatePropagation();
        dialog.returnValue = "";
        dialog.onclose = () => {
            if (dialog.returnValue !== "yes")
                return;
            isSure = true;
            form.requestSubmit(event.submitter ?? undefined);
            isSure = false;
        };
        dialog.showModal();
    });
}

export function startManners() {
    document.documentElement.classList.add("has-script");
    startMenus();
    enhance("[data-open]", (button) => button.addEventListener("click", () =>
        document.getElementById(button.dataset.open)?.showModal()));
    enhance("form[data-confirm]", confirmFirst);
    enhance("select[data-send]", (field) => field.addEventListener("change", () =>
        field.form.requestSubmit()));
    document.getElementById("errors")?.focus();
}
