"""Stores to which things happen at the worst moment of a transaction."""

import dataclasses
from collections.abc import Callable
from typing import Any

import redis

from shortlinks import store as stores


class _Cut(redis.UnixDomainSocketConnection):
    armed = False
    cuts = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        super().send_packed_command(command, check_health)
        sent = b"".join(command) if isinstance(command, list) else command
        self._executing = b"EXEC" in sent

    def read_response(self, *args: Any, **options: Any) -> Any:
        answer = super().read_response(*args, **options)
        if type(self).armed and self._executing and isinstance(answer, list):
            type(self).armed = False
            type(self).cuts += 1
            self.disconnect()
            raise redis.ConnectionError("the connection broke before the answer came")
        return answer


def cut_once(server: str) -> tuple[stores.Store, type[_Cut]]:
    """A store on `server` that loses the answer of its next transaction, and the connection class that counts it."""

    class Connection(_Cut):
        pass

    Connection.armed = True
    pool = redis.ConnectionPool(
        connection_class=Connection,
        path=server.removeprefix("unix://"),
        retry=redis.retry.Retry(redis.backoff.NoBackoff(), 1),
    )
    return stores.on(redis.Redis(connection_pool=pool)), Connection


class _Interrupted(stores.Store):
    meanwhile: Callable[[], Any] | None = None

    def transact(self, change: Callable[[Any], Any], *watched: str) -> Any:
        def interrupted(pipe: Any) -> Any:
            begin = pipe.multi

            def multi() -> None:
                action, self.meanwhile = self.meanwhile, None
                if action:
                    action()
                begin()

            pipe.multi = multi
            try:
                return change(pipe)
            finally:
                del pipe.multi

        return super().transact(interrupted, *watched)


def interrupted(store: stores.Store, meanwhile: Callable[[], Any]) -> stores.Store:
    """The same store, but `meanwhile()` happens once, after a transaction has read and before it writes."""
    found = _Interrupted(**{field.name: getattr(store, field.name) for field in dataclasses.fields(store)})
    found.meanwhile = meanwhile
    return found
