"""What clicks are counted for: posts, and bio pages, whose opens are counted by the same steps below their profile's id."""

from shortlinks import keys
from shortlinks.store import Store


def ids(store: Store) -> list[str]:
    """The ids of all bio pages (their profiles') and posts, the oldest of each first. No two are the same."""
    pipe = store.redis.pipeline(transaction=False)
    for index in (keys.BIO_PAGES, keys.POSTS):
        pipe.zrange(index, 0, -1)
    return [name.decode() for names in pipe.execute() for name in names]
