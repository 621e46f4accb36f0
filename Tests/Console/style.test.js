// The sheets are held to the rules of a dark room: 7:1 for text, nothing under 1rem, no code or style in the page itself.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../Sources/GatewayAPI/Console/", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const files = (extension) => readdirSync(root, { recursive: true }).map(String).filter((name) => name.endsWith(extension));
const tokens = Object.fromEntries([...read("style/tokens.css").matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]));

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test("every text colour has 7:1 on every ground it stands on", () => {
  const grounds = ["ground", "panel", "raised", "hover"];
  for (const text of ["text", "quiet", "accent", "live", "warn", "fault", "wartime"]) {
    for (const ground of grounds) {
      const ratio = contrast(tokens[text], tokens[ground]);
      assert.ok(ratio >= 7, `--${text} on --${ground}: ${ratio.toFixed(2)}`);
    }
  }
  const pairs = [["#ffffff", "accent-fill"], ["text", "fault-fill"], ["fault", "fault-fill"], ["wartime", "wartime-fill"], ["ground", "quiet"], ["ground", "accent"], ["ground", "text"]];
  for (const [text, ground] of pairs) {
    const ratio = contrast(tokens[text] ?? text, tokens[ground]);
    assert.ok(ratio >= 7, `${text} on --${ground}: ${ratio.toFixed(2)}`);
  }
});

test("a cell's words keep 7:1 over a white picture", () => {
  const [, red, green, blue, percent] = read("style/tokens.css").match(/--scrim: rgb\((\d+) (\d+) (\d+) \/ (\d+)%\)/);
  const over = [red, green, blue].map((part) => Math.round((Number(part) * percent + 255 * (100 - percent)) / 100).toString(16).padStart(2, "0"));
  for (const text of ["text", "quiet", "accent", "live", "warn", "fault"]) {
    const ratio = contrast(tokens[text], `#${over.join("")}`);
    assert.ok(ratio >= 7, `--${text}: ${ratio.toFixed(2)}`);
  }
});

test("no text is smaller than 1rem, and 1rem is 20px on a 1080p wall", () => {
  for (const name of files(".css")) {
    for (const [, size] of read(name).matchAll(/font(?:-size)?:\s*(?:\d+\s+)?([\d.]+)(?:rem|em)/g)) assert.ok(Number(size) >= 1, `${name}: ${size}`);
  }
  assert.match(read("style/tokens.css"), /@media \(min-width: 1600px\) \{\s*:root \{ font-size: 20px; \}/);
});

test("nothing inline, nothing from elsewhere, no HTML from text", () => {
  const page = read("index.html");
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  for (const name of [...files(".js"), ...files(".css"), ...files(".html")]) {
    const text = read(name);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:\/\//, name);
  }
});

test("no module is longer than 300 lines, and none stands where the gateway's own routes are", () => {
  for (const name of files(".js")) assert.ok(read(name).split("\n").length <= 301, name);
  for (const name of readdirSync(root)) assert.ok(!["api", "media", "vendor", "healthz", "readyz", "metrics"].includes(name), name);
});
