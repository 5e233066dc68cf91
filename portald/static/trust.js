/*
 * trust: the two places where a string becomes more than text, and nothing else may
 * (Content-Security-Policy: require-trusted-types-for 'script'; trusted-types postern).
 */
const WORKER = "/sw.js";

const policy = globalThis.trustedTypes?.createPolicy("postern", {
    createHTML: (html) => html, /* only for frames in which nothing runs, see below */
    createScriptURL: (url) => {
        if (url !== WORKER)
            throw new TypeError(`not a script of ours: ${url}`);
        return url;
    },
});

/* Show HTML of the server in a frame of its own, without scripts or forms; it is of our
   origin only so that it may load our styles. */
export function fillFrame(frame, html) {
    frame.setAttribute("sandbox", "allow-same-origin");
    frame.srcdoc = policy ? policy.createHTML(html) : html;
}

export function workerUrl() {
    return policy ? policy.createScriptURL(WORKER) : WORKER;
}
