// A client of Shlink's API v2 from npm, as Shlink's PHP SDK 1 and others speak it. BASE and KEY are in the environment; /mug has
// had 3 clicks, and there was one request for an address that does not exist.
import assert from "node:assert/strict";
import { ShlinkClient } from "shlink-client";

const { BASE: url, KEY: token } = process.env;
const client = new ShlinkClient({ url, token });
const refused = (asked, type) => assert.rejects(asked, ({ response }) => response.data.type === type);

assert.equal((await client.healthCheck()).status, "pass");
const wish = { longUrl: "https://shop.example/pot", customSlug: "pot", tags: ["winter"], validateUrl: false };
assert.equal((await client.createShortUrl(wish)).shortUrl, `${url}/pot`);
await refused(client.createShortUrl(wish), "INVALID_SLUG");
assert.equal((await client.editShortUrl("pot", { longUrl: "https://shop.example/pots" })).longUrl, "https://shop.example/pots");
assert.equal((await client.getShortUrl("mug")).visitsCount, 3);
const listed = await client.getShortUrls({ tags: ["winter"], orderBy: "visits-DESC" });
assert.deepEqual(listed.data.map(({ shortCode }) => shortCode), ["pot"]);
const { stats } = await client.listTags({ withStats: true });
assert.deepEqual(stats.map(({ tag, shortUrlsCount, visitsCount }) => [tag, shortUrlsCount, visitsCount]), [["winter", 1, 0]]);
const counted = await client.countVisits();
assert.deepEqual([counted.visitsCount, counted.orphanVisitsCount], [3, 1]);
assert.equal((await client.getLinkVisits("mug", { itemsPerPage: 2 })).pagination.pagesCount, 2);
assert.equal((await client.getTagVisits("winter")).data.length, 0);
assert.equal((await client.getDomains()).domains[0].isDefault, true);
await client.renameTag("winter", "snow");
await client.deleteTags("snow");
assert.deepEqual((await client.listTags()).data, []);
assert.equal((await ShlinkClient.shortenUrl(url, token, "https://shop.example/pots")).shortCode, "pot");
await client.deleteShortUrl("pot");
await refused(client.getShortUrl("pot"), "INVALID_SHORTCODE");
await refused(new ShlinkClient({ url, token: "wrong" }).getDomains(), "INVALID_API_KEY");
console.log("done");
