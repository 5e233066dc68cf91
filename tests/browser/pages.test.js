/* Every page, in every view: axe-core finds nothing, nothing is wider than the window, the
   console is silent; a screenshot of each is kept. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { VIEWS, ask, cookiesOf, findingsOf, openContext, openPage, shoot, startBrowser,
    stopBrowser } from "./browser.js";

const ADA = "ada@customer.example";
const ROOT = "root@desk.example";

/* name: path, who looks, and what the path needs to know of the desk */
const PAGES = [
    { name: "start", path: () => "/", who: null },
    { name: "nothing", path: () => "/nowhere", who: null, status: 404 },
    { name: "sign-in", path: () => "/sign-in", who: null },
    { name: "tickets", path: () => "/tickets", who: ADA },
    { name: "tickets-none", path: () => "/tickets?q=nosuchword", who: ADA },
    { name: "ticket", path: ({ tickets }) => `/tickets/${tickets[0].number}`, who: ADA },
    { name: "ticket-html", path: ({ tickets }) => `/tickets/${tickets[3].number}`, who: ADA },
    { name: "ticket-new", path: () => "/tickets/new", who: ADA },
    { name: "dashboard", path: () => "/", who: ADA },
    { name: "messages", path: () => "/messages", who: ADA },
    { name: "notifications", path: () => "/notifications", who: ADA },
    { name: "account-export", path: () => "/account/export", who: ADA },
    { name: "admin", path: () => "/admin", who: ROOT },
    { name: "admin-people", path: () => "/admin/people", who: ROOT },
    { name: "admin-announcements", path: () => "/admin/announcements", who: ROOT },
    { name: "admin-brand", path: () => "/admin/brand", who: ROOT },
    { name: "admin-queues", path: () => "/admin/queues", who: ROOT },
    { name: "admin-form", path: () => "/admin/form", who: ROOT },
    { name: "admin-field", path: () => "/admin/form/fields", who: ROOT },
    { name: "admin-category", path: () => "/admin/form/categories/general", who: ROOT },
    { name: "admin-audit", path: () => "/admin/audit", who: ROOT },
    { name: "admin-templates", path: () => "/admin/templates", who: ROOT },
    { name: "account", path: () => "/account", who: ADA },
    { name: "account-addresses", path: () => "/account/addresses", who: ADA },
    { name: "account-password", path: () => "/account/password", who: ADA },
    { name: "account-second", path: () => "/account/two-factor", who: ADA },
    { name: "account-notifications", path: () => "/account/notifications", who: ADA },
    { name: "account-sessions", path: () => "/account/sessions", who: ADA },
    { name: "account-close", path: () => "/account/close", who: ADA },
    { name: "account-keys", path: () => "/account/keys", who: ADA },
    { name: "account-texts", path: () => "/account/texts", who: ADA },
    { name: "api", path: () => "/api/v1/docs", who: null, views: ["least", "german"] },
];

let facts = {};
before(async () => {
    await startBrowser();
    facts = await ask("facts");
});
after(stopBrowser);

/* One browser for each view and person: it keeps styles and scripts, as theirs would. */
/* What another view shows too: the right to left on a phone, the width on the least one. */
const DOUBLE = new Set(["arabic", "narrow"]);
const contexts = new Map();

async function contextOf(how, who) {
    const key = `${how} ${who}`;
    if (!contexts.has(key))
        contexts.set(key, await openContext(VIEWS[how], who ? await cookiesOf(who) : []));
    return contexts.get(key);
}

/* A page that is long says which views are enough. */
function viewsOf(views) {
    return Object.entries(VIEWS).filter(([how]) =>
        !DOUBLE.has(how) && (!views || views.includes(how)));
}

for (const { name, path, who, status = 200, views } of PAGES)
    for (const [how, view] of viewsOf(views))
        test(`${name}, ${how}`, { timeout: 60_000 }, async () => {
            const expected = status === 200 ? [] : [/the server responded with a status of/];
            const page = await openPage(view, { expected,
                context: await contextOf(how, who) });
            const answer = await page.goto(path(facts));
            assert.equal(answer.status(), status);
            if (view.script !== false)
                await page.locator("html.has-script").waitFor({ state: "attached" });
            await shoot(page, `${name}-${how}`);
            assert.deepEqual(await findingsOf(page, view), []);
            assert.deepEqual(page.problems, []);
            await page.close();
        });
