"""`recount` and `demo`."""

import click

from shortlinks import config as configs
from shortlinks import keys, times
from shortlinks.command_line import opening, output


@click.command(epilog="Example: python -m shortlinks recount")
def recount() -> int:
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
    click.echo("\n".join(recounts.sentences(found)))
    return 1 if found.failed else 0


@click.command("demo", epilog="Example: SHORTLINKS_DATA_DIR=demo-data python -m shortlinks demo")
def demo_() -> None:
    """Fill an empty service with eight weeks of believable posts."""
    from shortlinks.demo import demo

    with opening.opened(configs.load()) as store:
        if store.redis.exists(keys.POSTS):
            click.echo("There are posts already; they are left as they are.")
        else:
            demo.fill(store, now=times.now())
