/* Pages of the sign-in and the account that only a way through them shows: each is looked
   at as pages.test.js does. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { VIEWS, ask, closePage, findingsOf, openPage, shoot, startBrowser,
    stopBrowser } from "./browser.js";

before(startBrowser);
after(stopBrowser);

async function look(page, view, name) {
    await shoot(page, name);
    assert.deepEqual(await findingsOf(page, view), [], name);
}

/* RFC 6238, as an authenticator does it. */
function totp(secret, step = 0) {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = [...secret.replaceAll(" ", "")].map((c) =>
        letters.indexOf(c).toString(2).padStart(5, "0")).join("");
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
    const mac = createHmac("sha1", key).update(counter).digest();
    const offset = mac[19] & 15;
    return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1e6).padStart(6, "0");
}

async function askForMail(page, address) {
    await page.goto("/sign-in");
    await page.locator("#address").fill(address);
    await page.locator("form[action='/sign-in'] button").click();
    await page.waitForURL(/sign-in\/sent$/);
    const { text } = await ask("wait_mail", { to: address, contains: "/sign-in/link/" });
    return { link: text.match(/\/sign-in\/link\/[\w-]+/)[0],
        code: text.match(/^ +([A-Z2-9]{4}-[A-Z2-9]{4})$/m)[1] };
}

for (const how of ["light", "least", "arabic-narrow", "no-script"])
    test(`from the first mail to the second factor, ${how}`, { timeout: 120_000 },
        async () => {
            const view = VIEWS[how];
            const address = `way.${how}@customer.example`;
            const expected = [/the server responded with a status of 422/];
            const page = await openPage(view, { expected });

            const { link, code } = await askForMail(page, address);
            await look(page, view, `sign-in-sent-${how}`);
            const other = await openPage(view);
            await other.goto(link);
            await look(other, view, `sign-in-elsewhere-${how}`);
            assert.match(await other.locator("main").innerText(), new RegExp(code));
            await closePage(other);
            await page.goto(link);
            await look(page, view, `sign-in-link-${how}`);
            await page.goBack();
            await page.locator("#code").fill("BBBB-BBBB");
            await page.locator("form[action='/sign-in/code'] button").click();
            await page.locator("#code[aria-invalid=true]").waitFor();
            await look(page, view, `sign-in-wrong-code-${how}`);
            await page.locator("#code").fill(code);
            await page.locator("form[action='/sign-in/code'] button").click();
            await page.waitForURL((url) => url.pathname === "/");

            await page.goto("/account/two-factor");
            await page.locator("form[action$='/enable'] button").click();
            const secret = await page.locator("main code").first().innerText();
            await look(page, view, `two-factor-start-${how}`);
            await page.locator("#code").fill(totp(secret));
            await page.locator("form[action$='/enable'] button").click();
            await page.locator(".codes li").first().waitFor();
            assert.equal(await page.locator(".codes li").count(), 10);
            const spare = await page.locator(".codes li").first().innerText();
            await look(page, view, `recovery-codes-${how}`);

            await page.goto("/account/keys");
            await page.locator("#name").fill("backup");
            await page.locator("form[action='/account/keys'] button").click();
            await page.locator(".flash code").waitFor();
            await look(page, view, `key-made-${how}`);

            await page.context().clearCookies();
            const again = await askForMail(page, address);
            await page.goto(again.link);
            await page.locator("form[action^='/sign-in/link/'] button").click();
            await page.waitForURL(/sign-in\/second$/);
            await look(page, view, `sign-in-second-${how}`);
            await page.locator("#code").fill(spare);
            await page.locator("form[action='/sign-in/second'] button").click();
            await page.waitForURL((url) => url.pathname === "/");
            await closePage(page);
        });
