// YOURLS's client for web pages from npm, which loads scripts (jsonp); here Node does what a page does with them. BASE and SIGNATURE
// are in the environment; /mug has had 2 clicks by people.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { BASE, SIGNATURE: signature } = process.env;
const run = async ({ src }) => {
  const answer = await fetch(src);
  assert.match(answer.headers.get("Content-Type"), /^application\/javascript\b/);
  (0, eval)(await answer.text());
};
const head = { appendChild: (script) => (Object.assign(script, { parentNode: { removeChild() {} } }), run(script)) };
globalThis.window = globalThis;
globalThis.document = {
  createElement: () => ({ setAttribute(name, value) { this[name] = value; } }),
  getElementsByTagName: () => [head],
};
const yourls = createRequire(`${process.cwd()}/`)("yourls-api");
const asked = (of, call, ...given) => new Promise((resolve) => of[call](...given, resolve));

yourls.connect(`${BASE}/yourls-api.php`, { signature });
const made = await asked(yourls, "shorten", "https://shop.example/tile", { keyword: "tile", title: "Tile \u2028 ü" });
assert.deepEqual([made.shorturl, made.title], [`${BASE}/tile`, "Tile ü"]);
assert.equal((await asked(yourls.url("tile"), "expand")).longurl, "https://shop.example/tile");
assert.equal((await asked(yourls.url(`${BASE}/mug`), "stats")).clicks, "2");
assert.equal((await asked(yourls, "stats", { filter: "top", limit: 1 })).links[0].shorturl, `${BASE}/mug`);
assert.equal((await asked(yourls.db, "stats")).total_clicks, "2");
assert.match((await asked(yourls, "version")).version, /^\d+\.\d+/);
console.log("done");
