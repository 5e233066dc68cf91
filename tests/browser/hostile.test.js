/* Words that want to be scripts, in a real browser: nothing of them runs, nothing of them
   loads, wherever they are shown. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { VIEWS, URL_OF_PORTAL, ask, closePage, cookiesOf, openPage, shoot, startBrowser,
    stopBrowser } from "./browser.js";

const MALLORY = "mallory@evil.example";
const RUN = "window.top.xss?.()";
const SUBJECT = `"'><script>${RUN}</script><img src=x onerror=${RUN}>`;
const HTML = `<p>words to be seen</p><script>${RUN}</script><img src=x onerror="${RUN}">
<svg onload="${RUN}"><script>${RUN}</script></svg><a href="javascript:${RUN}">link</a>
<iframe srcdoc="<script>${RUN}</script>"></iframe><style>@import "http://127.0.0.1:1/a.css";
p{background:url(http://127.0.0.1:1/b.png)}</style><p style="background:url('http://127.0.0.1:1/c.png')">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">
<noscript><p title="</noscript><img src=x onerror=${RUN}>"></noscript>
<form action="javascript:${RUN}"><button>press</button></form>
<object data="data:text/html,<script>${RUN}</script>"></object><embed src="javascript:${RUN}">
<meta http-equiv="refresh" content="0;url=http://127.0.0.1:1/d"><base href="http://127.0.0.1:1/">
<link rel="stylesheet" href="http://127.0.0.1:1/e.css"><video src=x onerror="${RUN}"></video>
<details open ontoggle="${RUN}">x</details><input autofocus onfocus="${RUN}">`;

let number = 0;
before(async () => {
    await startBrowser();
    const sender = `"${SUBJECT.replaceAll('"', '\\"')}" <${MALLORY}>`;
    await ask("mail", { subject: SUBJECT, text: HTML, sender,
        Content_Type: "text/html; charset=utf-8" });
    await ask("mail", { subject: `plain ${SUBJECT}`, text: SUBJECT, sender });
    const { tickets } = await ask("facts");
    number = tickets.find(({ subject }) => subject.startsWith('"')).number;
});
after(stopBrowser);

for (const path of [() => "/", () => "/tickets", () => `/tickets?q=${encodeURIComponent(SUBJECT)}`,
    () => `/tickets/${number}`, () => `/tickets/${number + 1}`, () => "/notifications",
    () => "/messages", () => "/account"])
    test(`nothing runs on ${path().replace(/\?.*/, "?q=")}`, { timeout: 60_000 }, async () => {
        const page = await openPage(VIEWS.light, { cookies: await cookiesOf(MALLORY) });
        const ran = [], elsewhere = [];
        await page.exposeFunction("xss", () => ran.push(page.url()));
        page.on("dialog", (dialog) => { ran.push(dialog.message()); dialog.dismiss(); });
        page.on("request", (request) => {
            if (!request.url().startsWith(`${URL_OF_PORTAL}/`))
                elsewhere.push(request.url());
        });
        await page.goto(path());
        await page.locator("html.has-script").waitFor({ state: "attached" });
        for (const frame of await page.locator("iframe").all()) {
            await frame.scrollIntoViewIfNeeded();
            await frame.contentFrame().getByText("words to be seen").waitFor();
            for (const thing of await frame.contentFrame().locator("a, button, summary").all())
                await thing.click({ timeout: 1000, noWaitAfter: true }).catch(() => {});
        }
        await page.waitForTimeout(500);
        await shoot(page, `hostile-${path().replace(/\W+/g, "-").slice(0, 20)}`);
        assert.deepEqual(ran, []);
        assert.deepEqual(elsewhere, []);
        await closePage(page);
    });

test("the mail is shown in its frame", { timeout: 60_000 }, async () => {
    const page = await openPage(VIEWS.light, { cookies: await cookiesOf(MALLORY) });
    await page.goto(`/tickets/${number}`);
    await page.frameLocator("iframe").getByText("words to be seen").waitFor();
    await closePage(page);
});
