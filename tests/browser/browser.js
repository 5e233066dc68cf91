/*
 * browser: Debian's Chromium, driven by playwright-core, for the tests beside this file.
 *
 * test_browser.py starts the desk, then this with, in the environment,
 *     POSTERN_URL       where portald answers
 *     POSTERN_CONTROL   where the desk can be asked for things (ask)
 *     POSTERN_SHOTS     the folder for screenshots
 *     POSTERN_MODULES   the folder with playwright-core and axe-core
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.POSTERN_MODULES, "index.js"));
const { chromium } = modules("playwright-core");
const AXE = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const URL_OF_PORTAL = process.env.POSTERN_URL;

/* How a page is looked at; each test picks from these. */
export const VIEWS = {
    light: { width: 1280, scheme: "light", locale: "en" },
    dark: { width: 1280, scheme: "dark", locale: "en" },
    narrow: { width: 375, scheme: "light", locale: "en" },
    least: { width: 320, scheme: "dark", locale: "en" },
    german: { width: 1280, scheme: "light", locale: "de" },
    arabic: { width: 1280, scheme: "dark", locale: "ar" },
    "arabic-narrow": { width: 375, scheme: "light", locale: "ar" },
    "no-script": { width: 1280, scheme: "light", locale: "en", script: false },
};

let browser = null;

export async function startBrowser() {
    browser = await chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
}

export async function stopBrowser() {
    await browser?.close();
}

/* The desk does it: see Control in test_browser.py. */
export async function ask(what, about = {}) {
    const answer = await fetch(`${process.env.POSTERN_CONTROL}/${what}`, {
        method: "POST", body: JSON.stringify(about),
    });
    assert.equal(answer.status, 200, `${what}: ${await answer.clone().text()}`);
    return answer.json();
}

/* A browser that knows nothing but these cookies. */
export async function openContext(view, cookies = []) {
    const context = await browser.newContext({
        viewport: { width: view.width, height: 900 }, colorScheme: view.scheme,
        locale: view.locale, javaScriptEnabled: view.script !== false,
        reducedMotion: "reduce", baseURL: URL_OF_PORTAL,
    });
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: URL_OF_PORTAL })));
    return context;
}

/* A window, in a browser of its own unless one is given. `page.problems` gathers what the console and the network complain
   of; `expected` are patterns of what a test provokes. */
export async function openPage(view, { cookies = [], expected = [], context = null } = {}) {
    const inContext = context ?? await openContext(view, cookies);
    const page = await inContext.newPage();
    page.setDefaultTimeout(15_000);
    page.problems = [];
    const note = (words) => {
        if (!expected.some((pattern) => pattern.test(words)))
            page.problems.push(words);
    };
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type()))
            note(`${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => note(`error: ${error.message}`));
    return page;
}

/* Close a window; nothing must have been complained of. */
export async function closePage(page) {
    await page.context().close();
    assert.deepEqual(page.problems, []);
}

/* Sign in as a person does: by the link in a mail, in this window. */
export async function signIn(page, address) {
    await page.goto("/sign-in");
    await page.getByLabel(/address|adresse|عنوان|بريد/i).first().fill(address);
    await page.locator("form[action='/sign-in'] button").click();
    const { text } = await ask("wait_mail", { to: address, contains: "/sign-in/link/" });
    await page.goto(text.match(/\/sign-in\/link\/[\w-]+/)[0]);
    await page.locator("form[action^='/sign-in/link/'] button").click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

const known = new Map();

/* Cookies of a browser in which this person is signed in; they sign in once a run. */
export async function cookiesOf(address) {
    if (!known.has(address)) {
        const page = await openPage(VIEWS.light);
        await signIn(page, address);
        known.set(address, (await page.context().cookies())
            .map(({ name, value }) => ({ name, value })));
        await closePage(page);
    }
    return known.get(address);
}

export async function shoot(page, name) {
    await page.screenshot({ path: path.join(process.env.POSTERN_SHOTS, `${name}.png`),
        fullPage: true });
}

/* What axe-core finds, as lines. */
export async function axeFindings(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, {
        runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false,
    }), RULES);
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) =>
        `${id}: ${help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`));
}

/* What a person would meet on any page: findings as lines, none is good. */
export async function findingsOf(page, view) {
    /* axe waits by timers, which a page without scripts does not have */
    const complaints = [...page.problems];
    const found = view.script === false ? [] : await axeFindings(page);
    page.problems = complaints; /* not what axe itself ran into */
    const seen = await page.evaluate(() => ({
        lang: document.documentElement.lang, dir: document.documentElement.dir,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        text: document.body.innerText,
        /* targets of a pointer: 24 px each way, or in a line of text (WCAG 2.5.8) */
        small: Array.from(document.querySelectorAll("a[href], button, input, select, summary"))
            .filter((e) => e.checkVisibility() && !e.closest("p, .skip, label, .errors"))
            .map((e) => [e, e.getBoundingClientRect()])
            .filter(([, r]) => r.width > 0 && (r.width < 24 || r.height < 24))
            .map(([e, r]) => `${e.outerHTML.slice(0, 100)} ${r.width}x${r.height}`),
    }));
    if (seen.wide > 0)
        found.push(`it is ${seen.wide} px wider than the window`);
    if (seen.lang !== view.locale || seen.dir !== (view.locale === "ar" ? "rtl" : "ltr"))
        found.push(`language ${seen.lang}, direction ${seen.dir}`);
    if (/\[\[|\]\]|\{\{|\}\}/.test(seen.text))
        found.push("marks of a template are left in it");
    return [...found, ...seen.small.map((line) => `small target: ${line}`)];
}
