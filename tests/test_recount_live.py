"""Counting again in a service that runs: clicks keep arriving, processes get killed, and every click is counted once."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from service import Service, Visit, Visitors, on_linux

from shortlinks import times
from shortlinks.clicks import own_taps, selves
from shortlinks.rollups import kept_clicks, recounts, rollups

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")


def test_clicks_that_arrive_while_all_are_counted_again_count_once(tmp_path: Path) -> None:
    """Halfway the network they come from is said to be the creator's, so that nearly every click moves."""
    with Service(tmp_path) as service:
        service.start("web", "rollup", "worker")
        made = service.new_posts(4)
        plans = [[Visit(slug) for slug in made]] * 2
        with Visitors(service.port, plans, forever=True, pause=0.002) as visitors:
            service.until(lambda: rollups.progress(service.store)["counted"], "2,000 clicks", lambda n: n > 2_000)
            (kept, *_), _ = kept_clicks.page(service.store, next(iter(made.values())), limit=1)
            day = times.day_of(kept.at)
            for each in (day, day + 1):
                # The hash of the network is another after midnight; the counts are right either way.
                start = each * times.DAY
                own_taps.add(service.store, selves.Mark(selves.NETWORK, kept.net, start, start + times.DAY))
            recounts.begin(service.store, now=times.now())
            recount = [sys.executable, "-m", "shortlinks", "recount"]
            environ = service.environ | {"REDIS_URL": service.redis.url}
            killed = subprocess.Popen(recount, env=environ, stdout=subprocess.PIPE)
            service.until(lambda: recounts.last(service.store), "one post is done", lambda last: last and last.done)
            killed.kill()
            killed.communicate()
            service.kill("rollup")
            service.launch_line("rollup")
            done = subprocess.run(recount, env=environ, stdout=subprocess.PIPE, check=True, text=True)
        service.settle()
        found = recounts.last(service.store)
        assert found is not None
        assert found.finished is not None
        assert (found.done, found.failed) == (4, 0)
        assert "went from repeat to self" in done.stdout or "went from burst to self" in done.stdout
        for slug, post_id in made.items():
            ledger = service.ledger(post_id)
            assert visitors.received[slug] <= ledger["hits"] <= visitors.received[slug] + visitors.cut[slug]
            reasons = {reason: number for reason, number in ledger.items() if number and reason != "hits"}
            assert reasons == Counter(kept.reason for kept in kept_clicks.stream(service.store, post_id))
            if day == times.day_of(times.now()):
                assert reasons == {"self": ledger["hits"]}
