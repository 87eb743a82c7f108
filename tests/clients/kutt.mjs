// Kutt's client from npm, all of its calls. BASE and KEY are in the environment.
import assert from "node:assert/strict";
import Kutt from "kutt";

const { BASE, KEY: key } = process.env;
const login = (secret) => new (Kutt.default ?? Kutt)().set("api", `${BASE}/api/v2`).set("key", secret);
const kutt = login(key);
const links = kutt.links();

const plate = { target: "https://shop.example/plate", customurl: "plate", description: "Plate", expire_in: "2 days", reuse: false };
const made = await links.create(plate);
assert.deepEqual([made.link, made.description, made.visit_count], [`${BASE}/plate`, "Plate", 0]);
assert.ok(made.created_at instanceof Date);
assert.equal((await links.create({ target: "https://shop.example/plate", reuse: true })).id, "plate");
await assert.rejects(links.create(plate), /customurl/);
assert.deepEqual((await links.list({ limit: 1 })).data.map(({ id }) => id), ["plate"]);
const changed = { target: "https://shop.example/dish", address: "plate", description: "Dish" };
assert.equal((await links.update(made.id, changed)).target, "https://shop.example/dish");
await assert.rejects(links.stats(made.id)); // it asks to delete them
assert.equal(await links.remove(made.id), "Link has been deleted successfully.");
await assert.rejects(links.remove(made.id));
assert.deepEqual((await kutt.users().info()).domains, []);
await assert.rejects(login("wrong").users().info(), /Unauthorized/);
console.log("done");
