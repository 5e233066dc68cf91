/* Every pair of text and ground that the style sheets use keeps WCAG 2.2's contrast, by
   day and by night: 4.5 for text (1.4.3), 3 for what is not text (1.4.11). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const sheet = readFileSync(new URL("../../portald/static/postern.css", import.meta.url), "utf8");

/* The custom properties of the first :root, each as {day, night}. */
function tokens() {
    const found = {};
    const root = sheet.slice(sheet.indexOf(":root {"), sheet.indexOf('[data-theme="light"]'));
    for (const [, name, value] of root.matchAll(/--([\w-]+):\s*([^;]+);/g)) {
        const pair = value.match(/light-dark\((#\w{6}), (#\w{6})\)/);
        const one = value.match(/#\w{6}/);
        if (pair)
            found[name] = { day: pair[1], night: pair[2] };
        else if (one)
            found[name] = { day: one[0], night: one[0] };
    }
    return found;
}

/* Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => {
        const c = parseInt(colour.slice(at, at + 2), 16) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
    const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
}

const TEXT = [
    ["text", "page", "card", "sunk", "mine-back", "note-back", "info-back"],
    ["muted", "page", "card", "sunk", "mine-back", "note-back"],
    ["link", "page", "card", "sunk", "mine-back", "note-back"],
    ["on-fill", "fill"],
    ["info", "info-back", "card"],
    ["good", "good-back"],
    ["warning", "warning-back"],
    ["bad", "page", "card"],
    ["bad-text", "bad-back"],
    ["note", "note-back"],
];
const SHAPES = [
    ["edge", "page", "card", "sunk"],
    ["focus", "page", "card", "sunk", "mine-back"],
    ["warning", "card"],
    ["bad", "card"],
];

test("black on white is 21 to 1", () => {
    assert.equal(contrast("#000000", "#ffffff").toFixed(2), "21.00");
});

for (const [pairs, least] of [[TEXT, 4.5], [SHAPES, 3]]) {
    test(`contrast of at least ${least}`, () => {
        const known = tokens();
        for (const [front, ...grounds] of pairs)
            for (const ground of grounds)
                for (const time of ["day", "night"]) {
                    const ratio = contrast(known[front][time], known[ground][time]);
                    assert.ok(ratio >= least,
                        `${front} on ${ground} by ${time}: ${ratio.toFixed(2)}`);
                }
    });
}
