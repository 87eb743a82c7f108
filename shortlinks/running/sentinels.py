"""Where Redis is when Sentinels watch it, as a URL says it. Pure."""

from typing import NamedTuple


class Sentinel(NamedTuple):
    """Where Redis Sentinels are, the name of the primary that they watch, and the database number on it."""

    hosts: list[tuple[str, int]]
    name: str
    db: int


def parse(url: str) -> Sentinel | None:
    """The parts of `redis+sentinel://host:port[,host:port…]/name[/db]`; None for any other kind of URL.

    Raises ValueError where it begins like one and is not.
    """
    if not url.startswith("redis+sentinel://"):
        return None
    hosts, _, path = url.removeprefix("redis+sentinel://").partition("/")
    name, _, db = path.partition("/")
    pairs = [(host, int(port or 26_379)) for host, _, port in (item.partition(":") for item in hosts.split(","))]
    if not name or not all(host for host, _ in pairs):
        raise ValueError("a host and the name of the primary are needed")
    return Sentinel(pairs, name, int(db or 0))
