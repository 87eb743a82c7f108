"""What was noted of a post, in lists to which is only ever added: snapshots and polls."""

from collections.abc import Callable
from typing import Any

from shortlinks import keys
from shortlinks.errors import NotFound
from shortlinks.records import nouns
from shortlinks.store import Store

_RECENT = 20


def append(
    store: Store, key: str, post_id: str, record: dict[str, Any], *, also: Callable[[Any], None] | None = None
) -> None:
    """Put `record`, which has an `id`, at the end of a list of the post. Raises NotFound when that is gone.

    `also` adds to the transaction that puts it there.
    """

    def change(pipe: Any) -> None:
        if nouns.missing(pipe, keys.post(post_id)):
            raise NotFound("post", post_id)
        there = any(nouns.load(raw)["id"] == record["id"] for raw in pipe.lrange(key, -_RECENT, -1))
        pipe.multi()
        if not there:
            pipe.rpush(key, nouns.dump(record))
            if also is not None:
                also(pipe)

    nouns.commit(store, change, key)
