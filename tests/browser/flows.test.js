/* What people do on the portal, one thing a test, each in a browser of its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { VIEWS, ask, axeFindings, closePage, cookiesOf, findingsOf, openPage, shoot, signIn,
    startBrowser, stopBrowser } from "./browser.js";

const ADA = "ada@customer.example";
let tickets = [];
before(async () => {
    await startBrowser();
    ({ tickets } = await ask("facts"));
});
after(stopBrowser);

/* A test that begins on this page, signed in as Ada. */
function flow(name, path, work, { view = VIEWS.light, expected = [] } = {}) {
    test(name, { timeout: 90_000 }, async () => {
        const page = await openPage(view, { cookies: await cookiesOf(ADA), expected });
        await page.goto(typeof path === "function" ? path() : path);
        await page.locator("html.has-script").waitFor({ state: "attached" });
        await work(page);
        await closePage(page);
    });
}

/* Until it is so in the page; asked from outside, since the page's policy allows no eval. */
async function until(page, isSo) {
    for (let tries = 0; tries < 150; tries++) {
        if (await page.evaluate(isSo))
            return;
        await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    assert.fail(`it never became true: ${isSo}`);
}

const ticket = (n) => () => `/tickets/${tickets[n].number}`;
const OFFLINE = [/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource/];

test("without scripts: sign in, open a ticket with a file, answer", { timeout: 90_000 },
    async () => {
        const page = await openPage(VIEWS["no-script"]);
        await signIn(page, "new@customer.example");
        await page.goto("/tickets/new");
        await page.getByLabel("Subject").fill("The lamp <b>flickers</b>");
        await page.getByLabel("What happened?").fill("Since this morning.");
        await page.locator("input[type=file]").setInputFiles({
            name: "lamp.txt", mimeType: "text/plain", buffer: Buffer.from("a lamp") });
        await page.getByRole("button", { name: "Open the ticket" }).click();
        await page.waitForURL(/\/tickets\/\d+/);
        await page.getByRole("heading", { name: "The lamp <b>flickers</b>" }).waitFor();
        await page.getByRole("link", { name: "lamp.txt" }).first().waitFor();
        await page.getByLabel("Your answer").fill("It is dark now.");
        await page.getByRole("button", { name: "Send" }).click();
        await page.locator(".message", { hasText: "It is dark now." }).waitFor();
        assert.equal(await page.getByText("It is dark now.").count(), 1);
        await shoot(page, "flow-no-script");
        await closePage(page);
    });

flow("an agent's mailed answer arrives by itself and is said", ticket(0), async (page) => {
    await page.evaluate(() => { globalThis.sameWindow = true; });
    await ask("agent_answer", { number: tickets[0].number, text: "Unplug it, please." });
    await page.locator(".messages .message", { hasText: "Unplug it, please." }).waitFor();
    await page.locator("#toasts[aria-live=polite]", { hasText: "new message" }).waitFor();
    assert.equal(await page.evaluate(() => globalThis.sameWindow), true);
    assert.deepEqual(await axeFindings(page), []);
    await shoot(page, "flow-live");
});

flow("an answer in Markdown, with its preview, by Ctrl+Enter", ticket(0), async (page) => {
    const area = page.getByLabel("Your answer");
    await area.fill("it is off");
    await area.selectText();
    await page.getByRole("button", { name: "Bold" }).click();
    assert.equal(await area.inputValue(), "**it is off**");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.frameLocator("iframe.composer-preview").locator("strong", { hasText: "it is off" })
        .waitFor();
    await shoot(page, "flow-preview");
    await page.getByRole("button", { name: "Write" }).click();
    await area.press("Control+Enter");
    await page.waitForURL(/done=/);
    await page.locator(".message.is-mine strong", { hasText: "it is off" }).waitFor();
    assert.equal(await page.getByLabel("Your answer").inputValue(), "");
});

flow("a draft outlives its page, and can be thrown away", ticket(1), async (page) => {
    const area = page.getByLabel("Your answer");
    await area.fill("half a thought");
    await until(page, () => Object.keys(localStorage)
        .some((key) => key.includes("reply-")));
    await page.reload();
    assert.equal(await area.inputValue(), "half a thought");
    await page.getByRole("button", { name: "Discard the draft" }).click();
    assert.equal(await area.inputValue(), "");
    await page.reload();
    assert.equal(await area.inputValue(), "");
});

const draftsOf = () => Object.keys(localStorage).filter((key) => key.includes("reply-")).length;

test("a draft outlives a session that ran out in the middle of it", { timeout: 90_000 },
    async () => {
        const page = await openPage(VIEWS.light);
        const who = "dora@customer.example";
        await ask("mail", { sender: who, subject: "Draft", text: "a beginning" });
        await signIn(page, who);
        const { number } = await ask("ticket_of", { address: who });
        await page.goto(`/tickets/${number}`);
        await page.getByLabel("Your answer").fill("written for an hour");
        await ask("end_sessions", { address: who });
        await page.getByRole("button", { name: "Send" }).click();
        await page.waitForURL(/\/sign-in\?next=/);
        assert.equal(await page.evaluate(draftsOf), 1);
        await page.getByLabel(/address/i).first().fill(who);
        await page.locator("form[action='/sign-in'] button").click();
        const { text } = await ask("wait_mail", { to: who, contains: "/sign-in/link/" });
        await page.goto(text.match(/\/sign-in\/link\/[\w-]+/)[0]);
        await page.locator("form[action^='/sign-in/link/'] button").click();
        await page.waitForURL(`**/tickets/${number}`);
        assert.equal(await page.getByLabel("Your answer").inputValue(), "written for an hour");
        await page.getByRole("button", { name: "Send" }).click();
        await page.waitForURL(/done=/);
        await until(page, () => !Object.keys(localStorage).some((key) => key.includes("reply-")));
        assert.equal(await page.getByLabel("Your answer").inputValue(), "");
        await closePage(page);
    });

for (const status of [413, 429, 503])
    flow(`a draft outlives the answer ${status}`, ticket(1), async (page) => {
        const refused = await (await page.request.get("/nothing-here",
            { headers: { Accept: "text/html" } })).text();
        await page.route("**/reply", (route) => route.fulfill(
            { status, contentType: "text/html", body: refused }), { times: 1 });
        await page.getByLabel("Your answer").fill(`not taken by ${status}`);
        await page.getByRole("button", { name: "Send" }).click();
        await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
        await page.goto("/account/password?done=saved"); /* what was done is another thing */
        await page.locator("#flash").waitFor();
        await page.goto(`/tickets/${tickets[1].number}`);
        assert.equal(await page.getByLabel("Your answer").inputValue(),
            `not taken by ${status}`);
        await page.getByRole("button", { name: "Discard the draft" }).click();
    }, { expected: [/Failed to load resource/] });

flow("files go up at once, with the words later", ticket(1), async (page) => {
    await page.locator("#reply input[type=file]").setInputFiles([
        { name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("the plan") },
        { name: "wrong.txt", mimeType: "text/plain", buffer: Buffer.from("not this") }]);
    await page.locator(".upload[data-state=done]").nth(1).waitFor();
    await shoot(page, "flow-upload");
    await page.getByRole("button", { name: "Remove wrong.txt" }).click();
    await page.getByLabel("Your answer").fill("Here is the plan.");
    await page.getByRole("button", { name: "Send" }).click();
    const answer = page.locator(".message", { hasText: "Here is the plan." });
    await answer.getByRole("link", { name: "plan.txt" }).first().waitFor();
    assert.equal(await answer.getByText("wrong.txt").count(), 0);
});

flow("an HTML mail: nothing in it runs, pictures come when asked for", ticket(3),
    async (page) => {
        const asked = [];
        page.on("request", (request) => asked.push(request.url()));
        const frame = page.locator("iframe.mail-frame").first();
        await frame.scrollIntoViewIfNeeded();
        await page.frameLocator("iframe.mail-frame").first().getByText("the address").waitFor();
        assert.doesNotMatch(await frame.getAttribute("sandbox"), /allow-scripts/);
        await until(page, () => document.querySelector(".mail-frame").clientHeight < 200);
        assert.ok(!asked.some((url) => url.includes("pixel")), asked.join(" "));
        await page.locator("a[data-show-images]").first().click();
        await page.frameLocator("iframe.mail-frame").first().getByText("the address").waitFor();
        await shoot(page, "flow-html");
    }, { expected: [/pixel|ERR_|Content.Security.Policy|Blocked script/i] });

flow("offline: what was read can be read, an answer waits and is sent once",
    ticket(2), async (page) => {
        await page.evaluate(() => navigator.serviceWorker.ready);
        await until(page, () => navigator.serviceWorker.controller);
        await page.reload();
        await until(page, async () => {
            const pages = await caches.open("postern-pages-1");
            return Boolean(await pages.match(location.href, { ignoreVary: true }));
        });
        await page.context().setOffline(true);
        await page.reload();
        const area = page.getByLabel("Your answer");
        await area.fill("Written on a train.");
        await page.getByRole("button", { name: "Send" }).click();
        await page.locator(".message.is-waiting", { hasText: "on a train" }).waitFor();
        await shoot(page, "flow-offline");
        await page.context().setOffline(false);
        await page.locator("#toasts", { hasText: "was sent" }).waitFor();
        await page.locator(".message.is-mine:not(.is-waiting)", { hasText: "on a train" })
            .waitFor();
        assert.equal((await ask("messages", { contains: "Written on a train." })).count, 1);
    }, { expected: OFFLINE });

test("the page of a signed link: preview, files, draft, an answer without a network",
    { timeout: 90_000 }, async () => {
        const who = "lina@customer.example";
        await ask("mail", { sender: who, subject: "By link", text: "a beginning" });
        const { link } = await ask("ticket_of", { address: who });
        const page = await openPage(VIEWS.light, { expected: OFFLINE });
        const told = [];
        page.on("request", (request) => told.push(`${request.method()} ${request.url()}`));
        const seen = () => told.filter((line) => line.endsWith("/seen")).length;
        await page.goto(link);
        await page.locator("html.has-script").waitFor({ state: "attached" });
        assert.equal(seen(), 0);
        const noted = page.waitForResponse((reply) => reply.url().endsWith("/seen"));
        await page.mouse.move(200, 300);
        assert.equal((await noted).status(), 204);
        assert.equal(seen(), 1);

        const area = page.getByLabel("Your answer");
        await area.fill("**so** it is");
        await page.getByRole("button", { name: "Preview" }).click();
        await page.frameLocator("iframe.composer-preview").locator("strong", { hasText: "so" })
            .waitFor();
        await page.getByRole("button", { name: "Write" }).click();
        await until(page, () => Object.keys(localStorage)
            .some((key) => key.includes("link:") && key.includes("reply-")));
        await page.reload();
        assert.equal(await area.inputValue(), "**so** it is");
        await page.locator("#reply input[type=file]").setInputFiles([
            { name: "by-link.txt", mimeType: "text/plain", buffer: Buffer.from("a file") }]);
        await page.locator(".upload[data-state=done]").waitFor();
        assert.deepEqual(await axeFindings(page), []);
        await shoot(page, "flow-link");
        await page.getByRole("button", { name: "Send" }).click();
        await page.waitForURL(/done=sent/);
        const answer = page.locator(".message", { hasText: "it is" });
        await answer.getByRole("link", { name: "by-link.txt" }).first().waitFor();
        assert.equal(await area.inputValue(), "");

        await page.evaluate(() => navigator.serviceWorker.ready);
        await until(page, () => navigator.serviceWorker.controller);
        await page.goto(link);
        await until(page, async () => Boolean(await (await caches.open("postern-links-1"))
            .match(location.href, { ignoreVary: true })));
        await page.context().setOffline(true);
        await page.reload();
        await area.fill("Written in a tunnel.");
        await page.getByRole("button", { name: "Send" }).click();
        await page.locator(".message.is-waiting", { hasText: "in a tunnel" }).waitFor();
        await page.context().setOffline(false);
        await page.locator("#toasts", { hasText: "was sent" }).waitFor();
        await page.locator(".message.is-mine:not(.is-waiting)", { hasText: "in a tunnel" })
            .waitFor();
        assert.equal((await ask("messages", { contains: "Written in a tunnel." })).count, 1);
        await closePage(page);
    });

test("who opens another person's link is told whose it is", { timeout: 90_000 },
    async () => {
        const who = "lina@customer.example";
        await ask("mail", { sender: who, subject: "By link", text: "a beginning" });
        const { link } = await ask("ticket_of", { address: who });
        for (const name of ["light", "narrow", "arabic", "german"]) {
            const page = await openPage(VIEWS[name],
                { cookies: await cookiesOf("anna@desk.example"), expected: [/403/] });
            await page.goto(link);
            await page.getByText("By link").waitFor();
            assert.deepEqual(await findingsOf(page, VIEWS[name]), []);
            await shoot(page, `link-of-other-${name}`);
            await closePage(page);
        }
        for (const name of ["narrow", "least", "german"]) {
            const page = await openPage(VIEWS[name], { cookies: await cookiesOf(ADA) });
            await page.goto(link);
            await page.locator("[role=note]", { hasText: ADA }).waitFor();
            assert.deepEqual(await findingsOf(page, VIEWS[name]), []);
            await shoot(page, `link-beside-${name}`);
            await closePage(page);
        }
    });

flow("signed out, nothing is left to be read offline", ticket(2), async (page) => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await until(page, () => navigator.serviceWorker.controller);
    await page.reload();
    await page.evaluate(() => localStorage.setItem("postern-draft:x:y", "{}"));
    await page.locator("details.menu > summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/tickets"));
    await until(page, async () =>
        !(await caches.has("postern-pages-1"))
        || (await (await caches.open("postern-pages-1")).keys()).length === 0);
    assert.equal(await page.evaluate(() => Object.keys(localStorage)
        .filter((key) => key.startsWith("postern-draft")).length), 0);
}, { expected: OFFLINE });

test("by keyboard alone", { timeout: 90_000 }, async () => {
    const page = await openPage(VIEWS.light);
    await signIn(page, "keys@customer.example");
    await ask("mail", { sender: "keys@customer.example", subject: "Keys", text: "lost" });
    await page.goto("/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await shoot(page, "flow-keyboard");
    assert.deepEqual(await axeFindings(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.waitForURL(/\/tickets$/);
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "q");
    await page.keyboard.type("n/?");
    assert.equal(await page.locator("#q").inputValue(), "n/?");
    await page.locator("h1").click();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tickets\/\d+/);
    await page.keyboard.press("r");
    assert.equal(await page.evaluate(() => document.activeElement.id), "text");
    await closePage(page);
});

test("a colour scheme shows at once and stays", { timeout: 60_000 }, async () => {
    const page = await openPage(VIEWS.light);
    await signIn(page, "night@customer.example");
    await page.goto("/account");
    await page.locator("html.has-script").waitFor({ state: "attached" });
    await page.locator("[name=theme]").selectOption("dark");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    const isDark = () => getComputedStyle(document.body).backgroundColor === "rgb(15, 23, 42)";
    await until(page, isDark);
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/done=/);
    await until(page, isDark);
    await closePage(page);
});

test("the words of a language, chosen, hold against the browser's", { timeout: 60_000 },
    async () => {
        const page = await openPage(VIEWS.german);
        await signIn(page, "lingua@customer.example");
        await page.goto("/account");
        await page.locator("[name=locale], [name=language]").first().selectOption("ar");
        await page.getByRole("button", { name: "Speichern" }).click();
        await page.waitForURL(/done=/);
        assert.equal(await page.evaluate(() => document.dir), "rtl");
        await page.getByText("حُفظت تغييراتك").waitFor();
        await closePage(page);
    });
