/* Every page, in every view: axe-core finds nothing, nothing is wider than the window, the
   console is silent; a screenshot of each is kept. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { VIEWS, ask, closePage, cookiesOf, findingsOf, openPage, shoot, startBrowser,
    stopBrowser } from "./browser.js";

/* name: path, who looks, and what the path needs to know of the desk */
const PAGES = [
    { name: "start", path: () => "/", who: null },
    { name: "nothing", path: () => "/nowhere", who: null, status: 404 },
    { name: "sign-in", path: () => "/sign-in", who: null },
    { name: "dashboard", path: () => "/", who: "ada@customer.example" },
];

let facts = {};
before(async () => {
    await startBrowser();
    facts = await ask("facts");
});
after(stopBrowser);

for (const { name, path, who, status = 200 } of PAGES)
    for (const [how, view] of Object.entries(VIEWS))
        test(`${name}, ${how}`, { timeout: 60_000 }, async () => {
            const cookies = who ? await cookiesOf(who) : [];
            const expected = status === 200 ? [] : [/the server responded with a status of/];
            const page = await openPage(view, { cookies, expected });
            const answer = await page.goto(path(facts));
            assert.equal(answer.status(), status);
            await page.waitForLoadState("networkidle");
            await shoot(page, `${name}-${how}`);
            assert.deepEqual(await findingsOf(page, view), []);
            await closePage(page);
        });
