r"""Every Redis key of the service. Key names are spelled here and nowhere else.

The nouns (posts, links, profiles, ...) share one slot, `{n}`, so that one transaction can write a post with its links or
nothing at all. The clicks and what is counted from them live in 16 shards, `{00}` to `{15}`, chosen from the post's id, so
that every script that writes touches one slot and shards can move apart on Redis Cluster. RQ keeps its own keys under `rq:`.

`<at>` is milliseconds since 1970 UTC, `<day>` UTC days since 1970, `<nn>` a shard. "JSON" records carry their format as `v`.

| key | type | holds | lives | written by | read by |
|---|---|---|---|---|---|
| `sl:{n}:store` | string | id of this store, drawn when it is first opened; journals of another store are not shipped | for good | store | web, ship |
| `sl:{n}:settings` | hash | setting -> JSON value: language, time zone, password hash, sign-in code, mark of the sessions, where reminders go, how far an import is, when the service was reached from outside, the shop, how long a click is credited with conversions, the tokens of pixel and beacon, the addresses for webhooks of shop systems and their secrets; while links are read from another service, the key for it | for good | admin, command line | admin, command line |
| `sl:{n}:tokens` | hash | SHA-256 of an API token -> JSON token (id, name, scopes) | for good | admin, api | api |
| `sl:{n}:idempotent:<digest>` | hash | of a token and an `Idempotency-Key`, or of a form of the owner's and its one-time value, by the SHA-256 of both: digest of the request as `content`, whose `run` it is and `until` when, whether it has `changed` something, its `answer`, masked | 24 h | web, nouns | web |
| `sl:{n}:condition:<id>` | string | that a change with an `If-Match` went through, for the same one to know when its answer was lost on the way | 1 min | nouns | nouns |
| `sl:{n}:profiles` | zset | profile id, by creation time | for good | profiles | api, admin |
| `sl:{n}:handles` | hash | `platform/handle` -> profile id | for good | profiles | profiles |
| `sl:{n}:profile:<id>` | string | JSON Profile | for good | profiles | api, admin |
| `sl:{n}:profile:<id>:snapshots` | list | JSON ProfileSnapshot, oldest entry first | for good | profile_snapshots | api, admin, profile_reports |
| `sl:{n}:shops` | hash | `<host>\|<week>` -> JSON ShopTotals, the last that was said of that week | for good | shops | api, admin |
| `sl:{n}:posts` | zset | post id, by creation time | for good | posts | api, admin |
| `sl:{n}:found_by` | hash | post id -> lines of what the post is found by: when it was made, id, platform, profile, whether it is archived, tags, words; the field without a name says that all posts are in it | until purged | posts | api, admin |
| `sl:{n}:post:<id>` | string | JSON Post | until purged | posts | everyone |
| `sl:{n}:post:<id>:links` | zset | every slug that promotes or ever promoted the post, by time | until purged | links | funnel, admin |
| `sl:{n}:post:<id>:parts` | zset | posts that are `part_of` this one | until purged | posts | admin |
| `sl:{n}:post:<id>:snapshots` | list | JSON PlatformSnapshot, oldest entry first, append-only | until purged | snapshots | funnel |
| `sl:{n}:post:<id>:polls` | list | JSON Poll, oldest entry first, append-only | until purged | polls | api, admin |
| `sl:{n}:post:<id>:conversions` | list | JSON Conversion that the post has, oldest entry first | until purged | conversions | funnel |
| `sl:{n}:post:<id>:beside` | list | JSON Conversion that is none of the post's number: refunds, unverified ones, those outside of the window | until purged | conversions | funnel, admin |
| `sl:{n}:conversion:<external id>` | string | JSON Conversion, so that a repeated report is known | until purged | conversions | conversions |
| `sl:{n}:conversions` | zset | external id of everything that was reported, by when it occurred; the member without a name says that all of it is there | until purged | conversions, import | api |
| `sl:{n}:refunds:<external id>` | zset | external ids of the refunds of this sale, also before it is there, by when they came | until purged | conversions | conversions |
| `sl:{n}:waiting` | hash | external id -> JSON Conversion of a refund whose sale was not reported yet | until it is | conversions | admin, export |
| `sl:{n}:experiments` | zset | experiment id, by starting time | for good | experiments | api, admin |
| `sl:{n}:experiment:<id>` | string | JSON Experiment with the arm of each post, in the order of the draws | for good | experiments, posts | api, admin |
| `sl:{n}:running` | hash | `<platform>/<kind>` -> id of the experiment that draws the arms of new posts there | until it has ended | experiments, posts | posts, admin |
| `sl:{n}:links` | zset | slug, by creation time | for good | links | api |
| `sl:{n}:links_in_use` | zset | slugs of the links that are not switched off, by creation time | until switched off | links | api |
| `sl:{n}:links_found_by` | hash | slug of each of those -> lines of what it is found by: when it was made, slug, when it ends, the posts it promotes and ever promoted, target; the field without a name says that all links are in this or the next hash | until switched off | links | api |
| `sl:{n}:links_out_of_use` | hash | slug of every other link -> the posts it promoted | until switched on | links | api |
| `sl:{n}:link:<slug>` | string | JSON Link with its history; stays as a tombstone when its post is purged | for good | links | web |
| `sl:{n}:link_import` | hash | the links that are brought from another service, or were last: `id`, `source`, `origin`, `stage`, how far it is, how many of which `verdict` | until the next, or discarded | admin, worker, command line | admin, worker |
| `sl:{n}:link_import:<id>:file` | hash | number -> compressed part of the file that they are in, of 256 KiB | until it is read, 7 days at most; 10 minutes while it arrives | admin, command line | worker, command line |
| `sl:{n}:link_import:<id>:rows` | list | compressed JSON of 250 links each, as the source tells of them | until they are taken in, 7 days at most | worker, command line | worker, command line, admin |
| `sl:{n}:link_import:<id>:slugs` | hash | slug in small letters -> number of its first row, and where it leads; to tell slugs that stand for two links | as its rows | worker, command line | worker, command line |
| `sl:{n}:link_import:<id>:left` | list | compressed JSON of links that are left over, with the reason of each | 7 days | worker, command line | admin, command line |
| `sl:{n}:coupons` | hash | coupon code in small letters -> slug of the link that has it | while the link has it | links | conversions |
| `sl:{n}:bio:<platform>` | zset | slugs of the bio links there, by when they were last turned | for good | links | admin |
| `sl:{n}:bio_pages` | zset | profile id of each bio page, by creation time | for good | bio_pages | roll-up, worker, export |
| `sl:{n}:bio_names` | hash | name of a bio page -> profile id; a name that was changed goes free | for good | bio_pages | web |
| `sl:{n}:bio_page:<id>` | string | JSON BioPage of the profile; its opens are counted below `sl:{nn}:post:<id>` as a post's clicks are | for good | bio_pages, posts | web, roll-up |
| `sl:{n}:feed` | stream | slug of each changed link, about the last 10,000 | trimmed | links | every web process |
| `sl:{n}:events` | stream | what became of posts, links, snapshots and conversions, oldest first: `type`, `change`, `post`, and `of`: the slug, the snapshot's id, or the conversion's external id | 24 h, those of a purged post until then | nouns, worker | api |
| `sl:{n}:forgotten` | hash | `n` or `<nn>` -> id of the newest entry of its `events` that is gone by its age | for good | worker | api |
| `sl:{n}:health` | hash | target -> JSON Health: what visits to it saw, and when it was broken | until no link leads or led there | worker | api, admin |
| `sl:{n}:visiting` | string | that targets are being visited, by whom | moments | worker | worker |
| `sl:{n}:settled` | string | a counter written before each wait for the disk | for good | store | nobody |
| `sl:{n}:revision` | string | how many transactions have changed a noun or a setting, and visits found a target broken or slow, or mended | for good | nouns, worker | insights, web |
| `sl:{n}:answers` | hash | language tag -> JSON: the newest answers over all posts, the gravest `findings` of the newest ones, `as_of` when, and the `mark` of what they rest on | until a post is purged | worker, web | web |
| `sl:{n}:purging` | set | posts whose records are erased and whose clicks are about to be | moments | posts | worker |
| `sl:{n}:jobs` | hash | `<job>\|runs`, `\|microseconds`, `\|failed`: sums over all background jobs | for good | worker | metrics |
| `sl:{n}:recount` | hash | the last re-count of everything: `run`, `version` of the rules, `repeat` window, `started`, `finished`, `posts`; `at` the post that was begun last, `tries` times in a row | until the next | worker, admin | worker, admin |
| `sl:{n}:said` | hash | `<day>\|<hash>` of a visitor who was said to be the creator, or not to be -> how often: whose day is to be counted again | moments | admin | worker |
| `sl:{n}:selves` | hash | `<day>\|visitor\|<hash>` or `<day>\|network\|<hash>` -> JSON list of `[start, end]`: whose clicks are the creator's own | retention | admin, import, worker | roll-up |
| `sl:{n}:reminders` | hash | `message\|<channel>\|<message>` -> JSON of how its sending stands; `sent\|<channel>` and `failed\|` sums, `error\|` the last one as JSON, `test\|` the message that was asked for to try it | messages 90 days | worker, admin | worker, admin |
| `sl:{n}:webhooks` | hash | webhook id -> JSON Webhook: address, events, secret in the clear because it signs, the former one for a day | until erased | webhooks | worker, api, admin, export |
| `sl:{n}:webhook:<id>` | hash | `place` among the events, `missed` how many were never told, `failures` in a row and `failing_since`, `quiet_until`, `last_success_at`, `last_status`, `last_error` | until erased | worker, webhooks | worker, api, admin |
| `sl:{n}:webhook:<id>:posts` | hash | post id -> JSON of what was delivered of its counts (`told`, human and hits), and of the delivery that waits | until erased, or the post purged | worker, import | worker, export |
| `sl:{n}:webhook:<id>:deliveries` | hash | delivery id -> JSON Delivery with the data that is sent | those that are done 30 days, the newest 200; a purged post's until then | worker, webhooks | worker, api, admin |
| `sl:{n}:webhook:<id>:due` | zset | deliveries that wait, at most about 1,000, by when the next attempt is | until done | worker, webhooks | worker, metrics |
| `sl:{n}:webhook:<id>:done` | zset | deliveries that arrived or were given up, by when | as they | worker | worker |
| `sl:{n}:webhook:<id>:lease` | string | the run that delivers to it | moments, or until another run finds that one dead | worker | worker |
| `sl:{n}:webhook_run:<run>` | string | a number that grows every second as long as this run delivers | moments; of one that was killed 1 h | worker | worker |
| `sl:{n}:webhook_sums` | hash | outcome -> attempts of all webhooks that ended so | for good | worker | metrics |
| `sl:{n}:shown` | hash | `post\|<post id>` -> token of the secret address that shows the post's path; `token\|<SHA-256>` of that -> post id | until it is switched off or renewed, or the post purged | shown, posts, import | admin, web, export |
| `sl:{n}:salt:<day>` | string | random key of the day's visitor hashes | 48 h | web | web |
| `sl:{n}:misses:<day>` | hash | unknown slug -> how often, 1,000 slugs and `(other)` | 30 days | web | admin |
| `sl:{n}:pixel:<day>` | hash | `taken`, or why a report of the pixel was refused -> how often | 30 days | web | admin |
| `sl:{n}:beacon:<day>` | hash | `taken`, or why an arrival was refused -> how often | 30 days | web, worker | admin |
| `sl:{n}:beacon_sums` | hash | the same -> how often ever | for good | web, worker | metrics |
| `sl:{n}:hooks:<day>` | hash | `<shop system>\|<what became of it>` -> how many of its webhooks | 30 days | shop_hooks | admin |
| `sl:{n}:hooks_seen` | hash | shop system -> when a webhook of it came last; `test\|<system>` when it was tried | for good | shop_hooks | admin |
| `sl:{n}:arrived` | hash | the same, under the name it had before; not written any more | for good | nobody | admin |
| `sl:{n}:uncredited` | list | JSON of the newest 100 orders that shop systems told of and no link is known to have brought: `id`, `reason`, amount | for good | shop_hooks | admin |
| `sl:{n}:uncredited:<external id>` | string | the same of each such order, so that a repeated one is known, and its refunds | 180 days | shop_hooks | shop_hooks |
| `sl:{n}:measured` | hash | `<host of targets>\|<click id parameter>` -> JSON list of `[from, to]`: when arrivals there were told, `to` null as long as they are; `\|until` up to when all told ones are counted | for good | arrivals | funnel, export |
| `sl:{nn}:clicks` | stream | batches of click lines on their way to the roll-up | until rolled up | ship | roll-up |
| `sl:{nn}:marks` | hash | journal -> bytes shipped; `journal/post` -> lost clicks told so far; `gone:journal` -> when it was deleted | 3 days longer than a journal that was shipped whole; for good of one that was set aside, or that vanished with its disk | ship | ship, worker |
| `sl:{nn}:progress` | hash | `cursor` last batch rolled up, `epoch` raised by a purge, a trim, a re-count and a mark of own taps, `swapped` the last re-count of a post, `links` whether the two hashes of links are whole, counters: `shipped`, `counted`, `rejected`, `dropped`, `garbled`, `lost` | for good | ship, roll-up | roll-up, health, metrics, insights, web |
| `sl:{nn}:link_hits` | hash | `<slug>\|<post id>` -> all hits of that link while it promoted that post | until purged | roll-up, worker | api |
| `sl:{nn}:link_human` | hash | likewise, those by people | until purged | roll-up, worker | api |
| `sl:{nn}:post:<id>:total` | hash | reason -> hits; `visitors`; `lost`; `version:<n>` -> hits counted by that classifier; `preview:<app>` -> hits; `pasted:<app>` -> pastes | until purged | roll-up, ship | funnel, lists |
| `sl:{nn}:post:<id>:days` | hash | `<day>\|<slug>\|<reason>` -> hits, `<day>\|\|visitors` -> visitors, likewise `version:`, `preview:`, `pasted:` | until purged | roll-up | funnel |
| `sl:{nn}:post:<id>:minutes:<day>` | hash | `<minute of the day>\|<slug>\|<reason>` -> hits, likewise visitors | until purged | roll-up | funnel, timeline |
| `sl:{nn}:post:<id>:by:<dimension>` | hash | app, device, os, browser, country or referrer -> human clicks, 200 values and `(other)` | until purged | roll-up | breakdown |
| `sl:{nn}:post:<id>:visitors:<day>` | HyperLogLog | the day's visitor hashes | 3 days | roll-up | roll-up |
| `sl:{nn}:post:<id>:cuts` | string | JSON: `sums` of clicks by people before moments of the past, by link, and the `mark` of what they were counted from | 30 days | web, worker | funnel, insights |
| `sl:{nn}:post:<id>:tail` | list | newest kept clicks, one line each, until there are enough for a chunk | until purged | roll-up | clicks |
| `sl:{nn}:post:<id>:recent:<slot>` | hash | what `repeat` and `burst` look back at, for ten minutes of the clicks' time | 1 h after the last click | roll-up | roll-up |
| `sl:{nn}:recounted` | hash | `run` the re-count this is of; `<old reason>\|<new>` -> clicks that moved; `post:<id>` -> JSON of clicks re-counted and days left alone | until the next re-count | worker | admin |
| `sl:{nn}:draft:<id>:<run>:<aspect>` | hash, HyperLogLog or stream | what a re-count is about to put in the place of a post's `minutes`, `visitors`, `recent` or `kept` | 6 h | worker | worker |
| `sl:{nn}:events` | stream | of each post whose counts changed, the newest of them: `change`, `post`, `human`, `hits` | 24 h, those of a purged post until then | roll-up, worker | api |
| `sl:{nn}:told` | hash | post id -> id of its entry in `events`, the only one | until purged | roll-up, worker | roll-up, worker |
| `sl:{nn}:tests` | list | `<post id>` and kept line of the creator's own clicks and of those that came while testing, the newest 200 | 1 h after the last | roll-up | admin |
| `sl:{nn}:arriving` | hash | `<post id>\|<day>` -> how often an arrival of that day's clicks was told, or these were re-counted, since its arrivals were counted | until then | web, worker | arrivals |
| `sl:{nn}:post:<id>:kept` | stream | kept clicks in compressed chunks `z` of at most a day, named by the time of the newest in it | retention | roll-up | clicks |
| `sl:{nn}:post:<id>:arrived:<day>` | set | ids of that day's clicks that a page said have arrived | retention | web | arrivals |
| `sl:{nn}:post:<id>:arrivals` | hash | `<day>\|<slug>\|<reason>` -> arrivals of clicks of that reason; of clicks by people while arrivals were told `<day>\|\|of:<app>` all and `<day>\|\|app:<app>` those that arrived | until purged | arrivals | funnel |
| `sl:{nn}:post:<id>:arrivals:<day>` | hash | `<minute of the day>\|<slug>\|<reason>` -> arrivals of clicks of that minute | until purged | arrivals | funnel |
| `sl:{nn}:post:<id>:arrivals_read:<day>` | string | the `epoch` at which all clicks of the day were read for its arrivals, when, and for how long they are not read again, because what was told were not they | 2 h | worker | worker |
"""

from zlib import crc32

_N = "sl:{n}:"

SHARDS = tuple(f"{number:02d}" for number in range(16))
DIMENSIONS = ("app", "device", "os", "browser", "country", "referrer")

STORE = _N + "store"
SETTINGS = _N + "settings"
TOKENS = _N + "tokens"
PROFILES = _N + "profiles"
HANDLES = _N + "handles"
POSTS = _N + "posts"
FOUND_BY = _N + "found_by"
EXPERIMENTS = _N + "experiments"
RUNNING = _N + "running"
LINKS = _N + "links"
LINKS_IN_USE = _N + "links_in_use"
LINKS_FOUND_BY = _N + "links_found_by"
LINKS_OUT_OF_USE = _N + "links_out_of_use"
COUPONS = _N + "coupons"
SHOPS = _N + "shops"
FEED = _N + "feed"
LINK_IMPORT = _N + "link_import"
EVENTS = _N + "events"
FORGOTTEN = _N + "forgotten"
BIO_PAGES = _N + "bio_pages"
BIO_NAMES = _N + "bio_names"
HEALTH = _N + "health"
VISITING = _N + "visiting"
SETTLED = _N + "settled"
REVISION = _N + "revision"
INSIGHTS = _N + "answers"
SELVES = _N + "selves"
SAID = _N + "said"
RECOUNT = _N + "recount"
PURGING = _N + "purging"
REMINDERS = _N + "reminders"
SHOWN = _N + "shown"
JOBS = _N + "jobs"
CONVERSIONS = _N + "conversions"
WAITING_REFUNDS = _N + "waiting"
HOOKS_SEEN = _N + "hooks_seen"
HOOKS_SEEN_FORMERLY = _N + "arrived"
UNCREDITED = _N + "uncredited"
WEBHOOKS = _N + "webhooks"
WEBHOOK_SUMS = _N + "webhook_sums"
MEASURED = _N + "measured"
BEACON_SUMS = _N + "beacon_sums"


def shard(post_id: str) -> str:
    """The shard that holds a post's clicks, `00` to `15`."""
    return SHARDS[crc32(post_id.encode()) % len(SHARDS)]


def profile(profile_id: str) -> str:
    return f"{_N}profile:{profile_id}"


def profile_snapshots(profile_id: str) -> str:
    return f"{_N}profile:{profile_id}:snapshots"


def post(post_id: str) -> str:
    return f"{_N}post:{post_id}"


def post_links(post_id: str) -> str:
    return f"{_N}post:{post_id}:links"


def post_parts(post_id: str) -> str:
    return f"{_N}post:{post_id}:parts"


def snapshots(post_id: str) -> str:
    return f"{_N}post:{post_id}:snapshots"


def polls(post_id: str) -> str:
    return f"{_N}post:{post_id}:polls"


def post_conversions(post_id: str) -> str:
    return f"{_N}post:{post_id}:conversions"


def post_beside(post_id: str) -> str:
    return f"{_N}post:{post_id}:beside"


def conversion(external_id: str) -> str:
    return f"{_N}conversion:{external_id}"


def refunds(external_id: str) -> str:
    return f"{_N}refunds:{external_id}"


def experiment(experiment_id: str) -> str:
    return f"{_N}experiment:{experiment_id}"


def link(slug: str) -> str:
    return f"{_N}link:{slug}"


def link_import(import_id: str, aspect: str) -> str:
    return f"{_N}link_import:{import_id}:{aspect}"


def bio_links(platform: str) -> str:
    return f"{_N}bio:{platform}"


def bio_page(profile_id: str) -> str:
    return f"{_N}bio_page:{profile_id}"


def counted(post_id: str) -> tuple[str, str]:
    """The records of which one has to be there for clicks of `post_id` to be counted: a post's, or a bio page's."""
    return post(post_id), bio_page(post_id)


def webhook(id_: str) -> str:
    return f"{_N}webhook:{id_}"


def webhook_posts(id_: str) -> str:
    return f"{_N}webhook:{id_}:posts"


def webhook_deliveries(id_: str) -> str:
    return f"{_N}webhook:{id_}:deliveries"


def webhook_due(id_: str) -> str:
    return f"{_N}webhook:{id_}:due"


def webhook_done(id_: str) -> str:
    return f"{_N}webhook:{id_}:done"


def webhook_lease(id_: str) -> str:
    return f"{_N}webhook:{id_}:lease"


def webhook_run(run: str) -> str:
    return f"{_N}webhook_run:{run}"


def condition(id_: str) -> str:
    return f"{_N}condition:{id_}"


def idempotent(digest: str) -> str:
    return f"{_N}idempotent:{digest}"


def salt(day: int) -> str:
    return f"{_N}salt:{day}"


def misses(day: int) -> str:
    return f"{_N}misses:{day}"


def pixel(day: int) -> str:
    return f"{_N}pixel:{day}"


def beacon(day: int) -> str:
    return f"{_N}beacon:{day}"


def hooks(day: int) -> str:
    return f"{_N}hooks:{day}"


def uncredited(external_id: str) -> str:
    return f"{_N}uncredited:{external_id}"


def clicks(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:clicks"


def marks(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:marks"


def progress(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:progress"


def link_hits(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:link_hits"


def link_human(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:link_human"


def recounted(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:recounted"


def draft(post_id: str, run: str, aspect: str) -> str:
    return f"sl:{{{shard(post_id)}}}:draft:{post_id}:{run}:{aspect}"


def events(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:events"


def told(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:told"


def tests(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:tests"


def arriving(shard_name: str) -> str:
    return f"sl:{{{shard_name}}}:arriving"


def _of_post(post_id: str, aspect: str) -> str:
    return f"sl:{{{shard(post_id)}}}:post:{post_id}:{aspect}"


def total(post_id: str) -> str:
    return _of_post(post_id, "total")


def days(post_id: str) -> str:
    return _of_post(post_id, "days")


def minutes(post_id: str, day: int) -> str:
    return _of_post(post_id, f"minutes:{day}")


def by(post_id: str, dimension: str) -> str:
    return _of_post(post_id, f"by:{dimension}")


def visitors(post_id: str, day: int) -> str:
    return _of_post(post_id, f"visitors:{day}")


def recent(post_id: str, slot: int) -> str:
    return _of_post(post_id, f"recent:{slot}")


def cuts(post_id: str) -> str:
    return _of_post(post_id, "cuts")


def arrived(post_id: str, day: int) -> str:
    return _of_post(post_id, f"arrived:{day}")


def arrivals(post_id: str, day: int | None = None) -> str:
    return _of_post(post_id, "arrivals" if day is None else f"arrivals:{day}")


def arrivals_read(post_id: str, day: int) -> str:
    return _of_post(post_id, f"arrivals_read:{day}")


def tail(post_id: str) -> str:
    return _of_post(post_id, "tail")


def kept(post_id: str) -> str:
    return _of_post(post_id, "kept")
