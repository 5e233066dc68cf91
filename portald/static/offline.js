/*
 * offline: brings sw.js to life and tells it who is signed in, because only the page
 * knows. A worker that hears of somebody else, or of nobody, forgets all pages.
 */
import { person, text, toast } from "./dom.js";
import { workerUrl } from "./trust.js";

async function tell(message) {
    const registration = await navigator.serviceWorker.ready;
    registration.active?.postMessage(message);
}

export function startOffline() {
    addEventListener("offline", () => toast(text("offline")));
    addEventListener("online", () => toast(text("online"), { kind: "good" }));
    if (!navigator.serviceWorker)
        return;
    navigator.serviceWorker.register(workerUrl(), { scope: "/" })
        .then(() => tell({ kind: "person", person: person(), page: location.href }))
        .catch(() => { /* no worker on this connection: everything works but offline */ });
    if (!navigator.onLine)
        toast(text("offline"));
}
