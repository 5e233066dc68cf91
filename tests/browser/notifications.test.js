/* Notifications: the bell counts on without a reload, the list says what happened, and what
   was read is read; each view is looked at as pages.test.js does. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { VIEWS, ask, closePage, cookiesOf, findingsOf, openPage, shoot, startBrowser,
    stopBrowser } from "./browser.js";

const ADA = "ada@customer.example";
const ANNA = "anna@desk.example";

before(startBrowser);
after(stopBrowser);

const bell = (page) => page.locator("#unread");
const count = async (page) => Number(await bell(page).innerText());
const mail = (subject) => ask("mail", { subject, sender: ADA, text: `${subject}!` });

/* Asked from outside: the page's policy forbids what playwright's own waiting evaluates. */
async function waitFor(what, wanted) {
    for (let i = 0; i < 100 && await what() !== wanted; i++)
        await new Promise((done) => setTimeout(done, 100));
    assert.equal(await what(), wanted);
}

test("the bell counts while the page is open", { timeout: 60_000 }, async () => {
    const page = await openPage(VIEWS.light, { cookies: await cookiesOf(ADA) });
    await page.goto("/account");
    await page.locator("html.has-script").waitFor({ state: "attached" });
    await page.evaluate(() => { globalThis.isThisPage = true; });
    const first = await count(page);
    await mail("The bell");
    await waitFor(() => count(page), first + 1);

    const list = await openPage(VIEWS.light, { cookies: await cookiesOf(ADA) });
    await list.goto("/notifications");
    await list.locator("html.has-script").waitFor({ state: "attached" });
    const items = await list.locator("[data-item]").count();
    await mail("The list");
    await waitFor(() => count(page), first + 2);
    await waitFor(() => list.locator("[data-item]").count(), items + 1);
    assert.match(await list.locator("[data-item]").first().innerText(), /The list/);
    assert.ok(await page.evaluate(() => globalThis.isThisPage), "it was loaded again");
    await closePage(list);
    await closePage(page);
});

for (const [how, view] of Object.entries(VIEWS))
    for (const [name, who] of [["notifications", ADA], ["notifications-agent", ANNA]])
        test(`${name}, ${how}`, { timeout: 60_000 }, async () => {
            const page = await openPage(view, { cookies: await cookiesOf(who) });
            await page.goto("/notifications");
            if (view.script !== false)
                await page.locator("html.has-script").waitFor({ state: "attached" });
            assert.ok(await page.locator("[data-item]").count() >= 3);
            await shoot(page, `${name}-${how}`);
            assert.deepEqual(await findingsOf(page, view), []);
            await closePage(page);
        });

for (const how of ["arabic-narrow", "no-script", "light"])
    test(`one is read, then all, ${how}`, { timeout: 60_000 }, async () => {
        const view = VIEWS[how];
        await mail(`Read ${how}`);
        await mail(`Read on ${how}`);
        const page = await openPage(view, { cookies: await cookiesOf(ADA) });
        await page.goto("/notifications");
        const before = await count(page);
        await page.locator("form[action$='/read'] button").first().click();
        await waitFor(() => count(page), before - 1);
        await page.locator("form[action$='/read-all'] button").click();
        await waitFor(() => count(page), 0);
        assert.equal(await page.locator("[data-item] form").count(), 0);
        await page.goto("/notifications?unread=1");
        assert.equal(await page.locator("[data-item]").count(), 0);
        await shoot(page, `notifications-none-${how}`);
        assert.deepEqual(await findingsOf(page, view), []);
        await closePage(page);
    });
