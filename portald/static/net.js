/*
 * net: requests to our own API in the name of who is signed in.
 */

/* A key under which the server does a thing once, however often it is sent. */
export function newKey() {
    if (globalThis.crypto?.randomUUID)
        return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); /* plain http has only this */
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function csrfToken() {
    return document.body.dataset.csrf ?? "";
}

/* POST a JSON document; the answer's own. Throws {status, detail}: status 0 when nobody
   answered. */
export async function post(url, body, { key = null, signal = undefined } = {}) {
    const headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-CSRF-Token": csrfToken(),
    };
    if (key)
        headers["Idempotency-Key"] = key;
    let answer;
    try {
        answer = await fetch(url, {
            method: "POST", headers, body: JSON.stringify(body),
            credentials: "same-origin", signal,
        });
    } catch (error) {
        throw Object.assign(new Error(error.message), { status: 0, detail: "" });
    }
    const document = await answer.json().catch(() => ({}));
    if (!answer.ok)
        throw Object.assign(new Error(document.title ?? "refused"),
            { status: answer.status, detail: document.detail ?? "" });
    return document;
}

/* Another page of ours as a document, its scripts not run. An XMLHttpRequest, because it
   parses by itself: no string becomes HTML in here. */
export function fetchPage(url) {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open("GET", url);
        request.responseType = "document";
        request.setRequestHeader("X-Requested-By", "live");
        request.onload = () => {
            if (request.status === 200 && request.response)
                resolve(request.response);
            else
                reject(Object.assign(new Error("refused"), { status: request.status }));
        };
        request.onerror = () => reject(Object.assign(new Error("offline"), { status: 0 }));
        request.send();
    });
}
