// Every call of Shlink's own SDK, as it comes from npm. BASE and KEY are in the environment; /mug has had 2 clicks by people
// and one by a program, and there was one request for an address that does not exist.
import assert from "node:assert/strict";
import { ShlinkApiClient } from "@shlinkio/shlink-js-sdk";
import { ErrorType } from "@shlinkio/shlink-js-sdk/api-contract";
import { FetchHttpClient } from "@shlinkio/shlink-js-sdk/fetch";
import { NodeHttpClient } from "@shlinkio/shlink-js-sdk/node";

const { BASE: baseUrl, KEY: apiKey } = process.env;
const real = new ShlinkApiClient(new FetchHttpClient(), { baseUrl, apiKey });
const calls = Object.getOwnPropertyNames(ShlinkApiClient.prototype).filter((name) => name !== "constructor");
const called = new Set();
const client = new Proxy(real, {
  get: (of, name) => (...given) => {
    called.add(name);
    return of[name](...given);
  },
});
const refused = async (asked, type, status) => {
  const error = await asked.then(() => assert.fail("was taken"), (found) => found);
  assert.equal(error.type, ErrorType[type] ?? type, JSON.stringify(error));
  assert.equal(error.status, status);
  return error;
};
const mug = { shortCode: "mug" };
const domain = new URL(baseUrl).host;

assert.deepEqual((await client.health()).status, "pass");
const made = await client.createShortUrl({
  longUrl: "https://shop.example/bowl", customSlug: "bowl", tags: ["autumn"], title: "Bowl", findIfExists: true,
  validUntil: "2035-01-01T00:00:00+01:00", crawlable: false, forwardQuery: true,
});
assert.equal(made.shortUrl, `${baseUrl}/bowl`);
assert.equal((await refused(
  client.createShortUrl({ longUrl: "https://shop.example", customSlug: "bowl" }), "INVALID_SLUG", 400)).customSlug, "bowl");
assert.deepEqual((await refused(
  client.createShortUrl({ longUrl: "https://shop.example", maxVisits: 5 }), "INVALID_ARGUMENT", 400)).invalidElements, ["maxVisits"]);
assert.deepEqual(await client.getShortUrl({ shortCode: "bowl" }), made);
await refused(client.getShortUrl({ shortCode: "nobody" }), "INVALID_SHORTCODE", 404);
const edited = await client.updateShortUrl(
  { shortCode: "bowl" }, { title: null, tags: ["autumn", "clay"], validUntil: null, validSince: null, maxVisits: null });
assert.deepEqual([edited.title, edited.tags, edited.meta.validUntil], ["shop.example", ["autumn", "clay"], null]);

const list = await client.listShortUrls({ tags: ["clay"], tagsMode: "all", orderBy: { field: "visits", dir: "DESC" }, page: "1" });
assert.deepEqual(list.data, [edited]);
assert.equal(list.pagination.totalItems, 1);
assert.equal((await client.listShortUrls({ searchTerm: "mug", excludePastValidUntil: true })).data[0].visitsSummary.total, 3);
assert.deepEqual((await client.listTags()).data, ["autumn", "clay"]);
assert.equal((await client.tagsStats()).data[0].shortUrlsCount, 1);
await client.editTag({ oldName: "clay", newName: "stone" });
await refused(client.editTag({ oldName: "stone", newName: "autumn" }), "TAG_CONFLICT", 409);
await refused(client.editTag({ oldName: "nothing", newName: "x" }), "TAG_NOT_FOUND", 404);

const visits = await client.getShortUrlVisits(mug, { page: 1, itemsPerPage: 5000 });
assert.equal(visits.data.length, 3);
assert.equal(visits.data[0].redirectUrl, "https://shop.example/mug");
assert.equal((await client.getShortUrlVisits(mug, { excludeBots: true })).pagination.totalItems, 2);
assert.equal((await client.getShortUrlVisits(mug, { endDate: "2020-01-01T00:00:00+00:00" })).data.length, 0);
assert.equal((await client.getNonOrphanVisits({ itemsPerPage: 2 })).pagination.pagesCount, 2);
assert.equal((await client.getDomainVisits(domain)).data.length, 3);
await refused(client.getDomainVisits("other.example"), "DOMAIN_NOT_FOUND", 404);
assert.equal((await client.getTagVisits("autumn")).data.length, 0);
assert.equal((await client.getOrphanVisits({ type: "invalid_short_url" })).data.length, 0);
const overview = await client.getVisitsOverview();
assert.deepEqual(overview.nonOrphanVisits, { total: 3, nonBots: 2, bots: 1 });
assert.equal(overview.orphanVisits.total, 1);
await refused(client.deleteShortUrlVisits(mug), "https://shlink.io/api/error/method-not-allowed", 405);
await refused(client.deleteOrphanVisits(), "https://shlink.io/api/error/method-not-allowed", 405);

assert.deepEqual((await client.getShortUrlRedirectRules(mug)).redirectRules, []);
const rules = [{ longUrl: "https://shop.example/ios", conditions: [{ type: "device", matchKey: null, matchValue: "ios" }] }];
await refused(client.setShortUrlRedirectRules(mug, { redirectRules: rules }), "INVALID_ARGUMENT", 400);
assert.equal((await client.listDomains()).data[0].domain, domain);
assert.equal((await client.editDomainRedirects({ domain, baseUrlRedirect: null })).baseUrlRedirect, null);
await refused(client.mercureInfo(), "MERCURE_NOT_CONFIGURED", 501);
await client.deleteTags(["autumn", "stone"]);
assert.deepEqual((await client.listTags()).data, []);
await client.deleteShortUrl({ shortCode: "bowl" });
await refused(client.deleteShortUrl({ shortCode: "bowl" }), "INVALID_SHORTCODE", 404);

const other = (key) => new ShlinkApiClient(new NodeHttpClient(), { baseUrl, apiKey: key });
assert.equal((await other(apiKey).getShortUrl(mug)).longUrl, "https://shop.example/mug");
await refused(other("wrong").listTags(), "INVALID_API_KEY", 401);
assert.deepEqual(calls.filter((name) => !called.has(name)), []);
console.log(`${called.size} calls`);
