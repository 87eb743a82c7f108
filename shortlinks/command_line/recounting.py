"""`recount` and `demo`."""

from typing import TYPE_CHECKING, Any

import click

from shortlinks import config as configs
from shortlinks import keys, times
from shortlinks.command_line import opening, output

if TYPE_CHECKING:
    from shortlinks.rollups.recounts import Recount


@click.command(epilog="Example: python -m shortlinks recount")
@output.outcome
def recount(as_json: bool) -> int:
    """Count all clicks that are still kept again, by today's rules."""
    from shortlinks.clicks import neighbours
    from shortlinks.rollups import recounts
    from shortlinks.running import priority

    opening.insist_on_data()
    config = configs.load()
    with opening.opened(config) as store:
        priority.give_way()
        found = recounts.begin(store, neighbours.limits(config.repeat_seconds), now=times.now())
        with output.progress() as shown:
            task = shown.add_task("Counting posts", total=found.posts)
            while found.finished is None:
                recounts.step(store, seconds=0.5)
                found = recounts.last(store) or found
                shown.update(task, completed=found.done, total=found.posts)
    if as_json:
        output.json_(_told(found))
    else:
        click.echo("\n".join(recounts.sentences(found)))
    return 1 if found.failed else 0


def _told(found: "Recount") -> dict[str, Any]:
    moved = [{"from": before, "to": after, "clicks": count} for (before, after), count in sorted(found.moved.items())]
    counts = {name: getattr(found, name) for name in ("version", "posts", "failed", "clicks")}
    return {**counts, "repeat_seconds": found.repeat // times.SECOND, "days_left": found.left, "moved": moved}


@click.command("demo", epilog="Example: SHORTLINKS_DATA_DIR=demo-data python -m shortlinks demo")
def demo_() -> None:
    """Fill an empty service with eight weeks of believable posts."""
    from shortlinks.demo import demo

    with opening.opened(configs.load()) as store:
        if store.redis.exists(keys.POSTS):
            click.echo("There are posts already; they are left as they are.")
        else:
            demo.fill(store, now=times.now())
