/*
 * upload: files go up while the words are still being written.
 *
 *     form[data-upload-url][data-upload-bytes][data-upload-count]
 *         input[type=file], .drop (where files may fall), ul.uploads
 *
 * Chosen, dropped or pasted, each file is sent on its own with its progress; what came of
 * it is a hidden field `upload` with the id that the server gave. Without this script the
 * same input sends its files with the form.
 */
import { element, enhance, text, toast } from "./dom.js";
import { csrfToken } from "./net.js";

/* Which of these files may go up, beside `have` others: {taken, large, left}. `bytes` for
   each, `count` for all; 0: no limit. */
export function chooseFiles(files, { bytes = 0, count = 0, have = 0 }) {
    const chosen = { taken: [], large: [], left: [] };
    for (const file of files) {
        if (bytes && file.size > bytes)
            chosen.large.push(file);
        else if (count && have + chosen.taken.length >= count)
            chosen.left.push(file);
        else
            chosen.taken.push(file);
    }
    return chosen;
}

/* A name for what was pasted: pictures come as image.png, all of them. */
export function pastedName(file, now) {
    if (file.name && file.name !== "image.png")
        return file.name;
    const stamp = now.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
    return `${stamp}.${(file.type.split("/")[1] ?? "bin").replace(/\W.*/, "")}`;
}

/* Send one file; tells how far it is, in percent. Returns {done: promise of the answer,
   cancel}. */
function send(url, file, onProgress) {
    const request = new XMLHttpRequest(); /* fetch can't tell how much is sent */
    const form = new FormData();
    form.append("file", file, file.name);
    const done = new Promise((resolve, reject) => {
        request.open("POST", url);
        request.responseType = "json";
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("X-CSRF-Token", csrfToken());
        request.upload.onprogress = (event) => {
            if (event.lengthComputable)
                onProgress(Math.floor(100 * event.loaded / event.total));
        };
        request.onload = () => (request.status < 300 && request.response?.id
            ? resolve(request.response) : reject(new Error(request.response?.detail ?? "")));
        request.onerror = () => reject(new Error(""));
        request.onabort = () => resolve(null);
        request.send(form);
    });
    return { done, cancel: () => request.abort() };
}

/* The row of one file: its name, how far it is, and a button for what can be done now. */
function newRow(list, file) {
    const progress = element("progress", { max: 100, value: 0, "aria-label": file.name });
    const state = element("span", { class: "small muted", role: "status" });
    const buttons = element("span", { class: "row" });
    const row = element("li", { class: "upload" },
        element("bdi", { class: "upload-name" }, file.name), state, progress, buttons);
    list.append(row);
    const offer = (word, press) => element("button", {
        class: "button is-small", type: "button", "aria-label": `${text(word)} ${file.name}`,
        onclick: press,
    }, text(word));
    return { row, progress, state, offer,
        show: (...shown) => buttons.replaceChildren(...shown) };
}

function startUpload(form, list, file) {
    const view = newRow(list, file);
    const sending = send(form.dataset.uploadUrl, file, (percent) => {
        view.progress.value = percent;
    });
    view.row.dataset.state = "sending";
    view.show(view.offer("cancel", () => sending.cancel()));
    sending.done.then((answer) => {
        if (!answer) {
            view.row.remove();
            return;
        }
        view.row.dataset.state = "done";
        view.progress.remove();
        view.state.textContent = text("upload-done");
        view.row.append(element("input", { type: "hidden", name: "upload", value: answer.id }));
        view.show(view.offer("remove", () => view.row.remove()));
    }, (error) => {
        view.row.dataset.state = "failed";
        view.row.classList.add("is-failed");
        view.progress.remove();
        view.state.textContent = `${text("upload-failed")} ${error.message}`;
        view.show(
            view.offer("retry", () => { view.row.remove(); startUpload(form, list, file); }),
            view.offer("remove", () => view.row.remove()));
    });
}

function take(form, list, files) {
    const chosen = chooseFiles(files, {
        bytes: Number(form.dataset.uploadBytes ?? 0),
        count: Number(form.dataset.uploadCount ?? 0),
        have: list.children.length,
    });
    for (const file of chosen.large)
        toast(`${text("upload-large")} ${file.name}`, { kind: "bad" });
    if (chosen.left.length)
        toast(text("upload-many"), { kind: "bad" });
    for (const file of chosen.taken)
        startUpload(form, list, file);
}

function onPaste(event, takeFiles) {
    const files = Array.from(event.clipboardData?.files ?? []);
    if (!files.length)
        return; /* words: the browser's own business */
    event.preventDefault();
    takeFiles(files.map((file) =>
        new File([file], pastedName(file, new Date()), { type: file.type })));
}

function acceptDrops(zone, takeFiles) {
    const over = (event) => {
        if (!event.dataTransfer?.types.includes("Files"))
            return;
        event.preventDefault();
        zone.classList.add("is-over");
    };
    zone.addEventListener("dragenter", over);
    zone.addEventListener("dragover", over);
    zone.addEventListener("dragleave", (event) => {
        if (!zone.contains(event.relatedTarget))
            zone.classList.remove("is-over");
    });
    zone.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("is-over");
        takeFiles(event.dataTransfer.files);
    });
}

/* Nothing is left behind: a form whose files are under way waits for them. */
function holdUntilDone(form, list) {
    form.addEventListener("submit", (event) => {
        const open = Array.from(list.children).filter((row) => row.dataset.state === "sending");
        if (!open.length)
            return;
        event.preventDefault();
        event.stopImmediatePropagation();
        toast(`${text("upload-progress")} ${open.length}`);
        const watch = setInterval(() => {
            if (open.some((row) => row.isConnected && row.dataset.state === "sending"))
                return;
            clearInterval(watch);
            if (!open.some((row) => row.isConnected && row.dataset.state === "failed"))
                form.requestSubmit(event.submitter ?? undefined);
        }, 200);
    });
}

export function startUploads() {
    enhance("form[data-upload-url]", (form) => {
        const input = form.querySelector("input[type=file]");
        const list = form.querySelector(".uploads");
        if (!input || !list)
            return;
        const takeFiles = (files) => take(form, list, files);
        input.addEventListener("change", () => {
            takeFiles(Array.from(input.files));
            input.value = ""; /* else the form would send them once more */
        });
        acceptDrops(form.querySelector(".drop") ?? form, takeFiles);
        form.addEventListener("paste", (event) => onPaste(event, takeFiles));
        holdUntilDone(form, list);
    });
}
