"""One post's kept clicks counted again, beside what is there, until a script puts that in its place.

The clicks are read in the order they were counted, and go through the same `tally` as new ones. What grows large waits in
Redis under names of its own, which are forgotten in some hours; the rest in memory. The script does nothing if a click was
counted, trimmed or claimed meanwhile; then the draft reads on, and it is tried again. So counts are those of before or those
of after, and the same as if the clicks had come in now.

Only whole UTC days are counted again: those of whose counted clicks every one is still kept. No click has neighbours on
another day (see `neighbours`), so each day stands for itself. The clicks of other days stay as they were.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from shortlinks import keys, times
from shortlinks.clicks import clicks, neighbours, own_taps, selves
from shortlinks.clicks.neighbours import Limits, Recent
from shortlinks.rollups import moment, rollups, swapping, tally
from shortlinks.rollups.moment import Moment
from shortlinks.rollups.swapping import Outcome, Result
from shortlinks.store import Store

_ROUNDS = 100
_FIELDS = 1_000
_DRAFT_SECONDS = 6 * 3_600
_MARK_SECONDS = _DRAFT_SECONDS - 600
_TAIL = "tail"


class Changed(Exception):
    """More than new clicks came in between: begin again."""


class Draft:
    """One attempt at a post, of the UTC days among `only` (None: of all).

    `of` is the re-count of everything that it is a part of, "" for none.
    """

    def __init__(
        self, store: Store, post_id: str, limits: Limits, *, now: int, only: Collection[int] | None, of: str
    ) -> None:
        self._store = store
        self._post_id = post_id
        self._now = now
        self._only = only
        self._of = of
        self._run = secrets.token_hex(6)
        self._epoch = ""
        self._mine = selves.NOBODY
        # The days that are counted again, and the last chunk that holds clicks of each.
        self._whole: frozenset[int] = frozenset()
        self._last_of: dict[int, str] = {}
        # The chunk that was read last, and the lines behind it that are counted again already.
        self._last = ""
        self._chunks = 0
        self._lines: list[str] = []
        self._recent = Recent({}, limits)
        self._result = Result()
        # The estimate of each day's visitors so far, and the days whose state is not held any more.
        self._visitors: dict[int, int] = {}
        self._over: set[int] = set()
        # The slots of which something is written to the draft.
        self._slots: set[int] = set()

    def put_in_place(self) -> Outcome:
        """Count again, and swap. Raises Changed."""
        if not self._store.redis.exists(*keys.counted(self._post_id)):
            return Outcome()
        # Gone before anything of the draft is, also when the server's clock jumps: part of a draft is never put in place.
        self._store.redis.set(self._draft("mark"), self._run, ex=_MARK_SECONDS)
        self._epoch = moment.look(self._store, self._post_id).epoch
        self._mine = own_taps.read(self._store)
        left = self._survey()
        if not self._whole and not self._of:
            return Outcome(left=left)
        for _ in range(_ROUNDS):
            for name, chunk in moment.chunks(self._store, self._post_id, self._last) if self._whole else ():
                self._take(name, chunk)
            seen = moment.look(self._store, self._post_id, self._last)
            if seen.epoch != self._epoch:
                break
            if self._whole:
                if seen.chunks:  # the tail stands behind these, and perhaps behind more
                    continue
                self._lines += self._count(seen.tail[len(self._lines) :])
            outcome = Outcome(self._result.by_day.total(), left, self._result.moved)
            if self._swap(seen, outcome):
                return outcome
        raise Changed

    def discard(self) -> None:
        """Delete what of the draft is not in place."""
        days = [self._draft(f"{aspect}:{day}") for aspect in ("minutes", "visitors") for day in self._whole]
        self._store.redis.unlink(
            self._draft("mark"), self._draft("kept"), *days, *(self._draft(f"recent:{slot}") for slot in self._slots)
        )

    def _draft(self, aspect: str) -> str:
        return keys.draft(self._post_id, self._run, aspect)

    def _survey(self) -> int:
        """Find the days that are kept whole. Returns how many of those asked for are not."""
        kept: Counter[int] = Counter()
        last = ""

        def note(name: str, lines: Iterable[str]) -> None:
            found = Counter(clicks.kept_at(line) // times.DAY for line in lines)
            kept.update(found)
            self._last_of.update(dict.fromkeys(found, name))

        for last, chunk in moment.chunks(self._store, self._post_id):
            note(last, clicks.unpack(chunk))
        while (seen := moment.look(self._store, self._post_id, last)).chunks:
            for last, chunk in seen.chunks:
                note(last, clicks.unpack(chunk))
        note(_TAIL, seen.tail)
        hits = seen.hits()
        asked = hits.keys() if self._only is None else hits.keys() & set(self._only)
        self._whole = frozenset(day for day in asked if kept[day] == hits[day])
        return len(asked) - len(self._whole)

    def _take(self, name: str, chunk: bytes) -> None:
        """Count a chunk again and write it into the draft. Its first lines may be those of the tail that was counted before."""
        before = clicks.unpack(chunk)
        ready, self._lines = self._lines[: len(before)], self._lines[len(before) :]
        after = ready + self._count(before[len(ready) :])
        draft = self._draft("kept")
        pipe = self._store.redis.pipeline(transaction=False)
        pipe.xadd(draft, {"z": chunk if after == before else clicks.pack(after)}, id=name)
        pipe.expire(draft, _DRAFT_SECONDS)
        pipe.execute()
        self._last = name
        self._chunks += 1
        self._result.altered |= after != before
        self._let_go({day for day, last in self._last_of.items() if last == name})

    def _count(self, lines: list[str]) -> list[str]:
        """Count lines again, and return them as they are to be kept."""
        kept = [clicks.parse_kept(self._post_id, line) for line in lines]
        chosen = [each for each in kept if each.at // times.DAY in self._whole]
        if any(each.at // times.DAY in self._over for each in chosen):
            raise Changed
        judged = tally.judge(map(clicks.unkept, chosen), self._mine)
        posts = tally.count(judged, self._recent, self._mine).posts
        if not posts:
            return lines
        post = posts[self._post_id]
        self._see(post)
        self._result.add(chosen, post)
        fresh = iter(post.lines)
        return [
            next(fresh) if each.at // times.DAY in self._whole else line for each, line in zip(kept, lines, strict=True)
        ]

    def _see(self, post: tally.PostTally) -> None:
        """Add the visitors of a batch to the draft's sketches and to its tally, as `commit_rollup.lua` does."""
        pipe = self._store.redis.pipeline(transaction=False)
        runs = [(day, minute, visitors) for day, seen in post.seen.items() for minute, visitors in seen]
        for day, _, visitors in runs:
            sketch = self._draft(f"visitors:{day}")
            pipe.pfadd(sketch, *visitors)
            pipe.pfcount(sketch)
        for day in post.seen:
            pipe.expire(self._draft(f"visitors:{day}"), _DRAFT_SECONDS)
        for (day, minute, _), estimate in zip(runs, pipe.execute()[1 : 2 * len(runs) : 2], strict=True):
            grown = estimate - self._visitors.get(day, 0)
            if grown > 0:
                self._visitors[day] = estimate
                post.minutes[day][f"{minute}||{rollups.VISITORS}"] += grown
                post.days[f"{day}||{rollups.VISITORS}"] += grown

    def _let_go(self, ended: set[int]) -> None:
        """Hold no more of days that are over and of which no more clicks are expected: their minutes wait in Redis."""
        for day in ended & self._whole:
            if day < times.day_of(self._now) - 1 and not self._remembered(day):
                self._write_minutes(day)
                del self._result.minutes[day]
                self._recent.forget(neighbours.slots(day))
                self._over.add(day)

    def _remembered(self, day: int) -> list[int]:
        """The slots of a day of which something is remembered for clicks to come, or would be."""
        slots = neighbours.slots(day)
        names = [keys.recent(self._post_id, slot) for slot in slots]
        late = self._now - neighbours.REMEMBERED_SECONDS * times.SECOND
        # Asked for all at once first: of nearly every day nothing is remembered any more.
        if slots.stop * neighbours.SLOT <= late and not self._store.redis.exists(*names):
            return []
        pipe = self._store.redis.pipeline(transaction=False)
        for name in names:
            pipe.exists(name)
        return [
            slot
            for slot, exists in zip(slots, pipe.execute(), strict=True)
            if exists or (slot + 1) * neighbours.SLOT > late
        ]

    def _sketched(self) -> set[int]:
        """The days that have a sketch of their visitors, or would have: the server keeps one for some days."""
        days = sorted(self._whole)
        pipe = self._store.redis.pipeline(transaction=False)
        for day in days:
            pipe.exists(keys.visitors(self._post_id, day))
        late = self._now - swapping.SKETCH_SECONDS * times.SECOND
        return {day for day, exists in zip(days, pipe.execute(), strict=True) if exists or (day + 1) * times.DAY > late}

    def _write_minutes(self, day: int) -> None:
        """Bring the draft of a day's minutes up to date."""
        minutes = self._result.minutes[day]
        self._write({f"minutes:{day}": {name: minutes[name] for name in self._result.fresh.pop(day, ())}})

    def _write_recent(self, slots: Collection[int]) -> None:
        """Bring the draft of what later clicks look back at up to date."""
        added = self._recent.drain(self._post_id, slots)
        self._slots.update(added)
        self._write({f"recent:{slot}": fields for slot, fields in added.items()})

    def _write(self, hashes: Mapping[str, Mapping[str, str | int]]) -> None:
        """Add to hashes of the draft, by their aspects."""
        pipe = self._store.redis.pipeline(transaction=False)
        for aspect, fields in hashes.items():
            draft, names = self._draft(aspect), list(fields)
            for start in range(0, len(names), _FIELDS):
                pipe.hset(draft, mapping={name: fields[name] for name in names[start : start + _FIELDS]})
            pipe.expire(draft, _DRAFT_SECONDS)
        pipe.execute()

    def _swap(self, seen: Moment, outcome: Outcome) -> bool:
        """Put the draft in place, unless something came in between."""
        hits = seen.hits()
        trimmed = bool(self._whole) and self._chunks != seen.length
        if trimmed or any(self._result.by_day[day] != hits[day] for day in self._whole):
            raise Changed
        plan = swapping.SwapPlan(self._post_id, self._run, self._result)
        sketched = self._sketched()
        for day in self._whole:
            if day not in self._over:
                self._write_minutes(day)
                slots = self._remembered(day)
                self._write_recent(slots)
                plan.replace_recent(slots, written=self._slots)
            plan.replace_minutes(day)
            if day in sketched:
                plan.replace_visitors(day, counted=day in self._visitors)
        plan.replace_days(seen.days, self._whole)
        is_post = bool(self._store.redis.exists(keys.post(self._post_id)))
        if is_post:
            plan.replace_links(seen.days, self._whole)
        for dimension, row in seen.by.items():
            plan.replace_by(dimension, row, partly=hits.keys() != self._whole)
        plan.replace_kept(chunks=bool(seen.length), tail=self._lines)
        if outcome.moved:
            plan.count_arrivals(self._whole)
        if outcome.moved and is_post:
            plan.tell(self._post_id)
        shard = keys.shard(self._post_id)
        done = self._store.script("swap_recount")(
            keys=[
                keys.progress(shard),
                keys.kept(self._post_id),
                keys.tail(self._post_id),
                keys.recounted(shard),
                self._draft("mark"),
                *plan.keys,
            ],
            args=[
                *(self._epoch, seen.first, seen.last, seen.length, len(seen.tail), self._run),
                *(plan.steps_in_json(), self._of, *swapping.note(self._post_id, outcome)),
                *plan.arguments,
            ],
        )
        if done < 0:
            raise Changed
        return bool(done)
