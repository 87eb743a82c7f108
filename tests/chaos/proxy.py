"""The network between the service and Redis: a TCP proxy in a thread of its own, to be told how bad it is."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Self

DELAYS = (0.0, 0.05, 0.3, 2.5)
_NO_REPLY = b"\x00"
_NO_COUNT = b"*x"
_REPLIES = b"+-:$*%~_,#(>"


class Proxy:
    """Listens on `port` of the loopback and passes everything on to the Unix socket `upstream`, in one of these modes:

    - `pass`
    - `cut`: every connection is reset, new ones too
    - `delay`: each piece waits a moment drawn from DELAYS; the longest is longer than anybody's patience, so that a command is
      carried out after its sender has given up on it
    - `garble`: now and then a reply begins with a byte that no reply begins with, and a request with a count that is no number.
      TCP's checksum lets such a thing through about once in 65,536 damaged segments. What neither side can notice, a bit that
      turned over inside a value, is left out: Redis' protocol has no checksum, so no client of it can defend itself
    - `silence`: nothing gets through, nobody is told; what was sent meanwhile arrives within a second of its end, on each
      connection when TCP happens to send it again

    And whatever the mode, one request that contains given bytes can be held back (`hold`) until `release`.
    """

    def __init__(self, upstream: Path, chance: random.Random) -> None:
        self.port = 0
        self.mode = "pass"
        self.holds = False
        self._upstream = upstream
        self._chance = chance
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy")
        self._changed = asyncio.Event()
        self._released = asyncio.Event()
        self._wanted = b""
        self._open: set[asyncio.StreamWriter] = set()
        self._forgotten: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def turn(self, mode: str) -> None:
        """Be in this mode from now on."""
        self._run(self._turn(mode))

    def forget(self) -> None:
        """Let nothing through any more on the connections there are, and tell nobody, as a firewall does that was restarted."""
        self._run(self._forget())

    def hold(self, wanted: bytes) -> None:
        """Hold back the next request that contains this. `holds` says whether one came; the others go on."""
        self._run(self._hold(wanted))

    def release(self) -> None:
        """Let what is held back arrive."""
        self._run(self._hold(b""))

    def _run(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._open:
            writer.transport.abort()

    async def _turn(self, mode: str) -> None:
        self.mode = mode
        self._changed.set()
        self._changed = asyncio.Event()
        if mode == "cut":
            for writer in self._open:
                writer.transport.abort()

    async def _hold(self, wanted: bytes) -> None:
        self._released.set()
        self._released = asyncio.Event()
        self._wanted = wanted
        self.holds = False

    async def _forget(self) -> None:
        self._forgotten |= self._open

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        both = [writer]
        # One side that is gone takes the other with it.
        with suppress(OSError, asyncio.CancelledError):
            if self.mode != "cut":
                redis_reader, redis_writer = await asyncio.open_unix_connection(self._upstream)
                both.append(redis_writer)
                self._open.update(both)
                try:
                    await asyncio.gather(
                        self._relay(reader, redis_writer, _NO_COUNT, b"*"),
                        self._relay(redis_reader, writer, _NO_REPLY, _REPLIES),
                    )
                finally:
                    self._open.difference_update(both)
                    self._forgotten.difference_update(both)
        for one in both:
            one.transport.abort()

    async def _relay(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, garbage: bytes, beginnings: bytes
    ) -> None:
        whole = True
        while piece := await source.read(65_536):
            if self.mode == "silence":
                while self.mode == "silence":
                    await self._changed.wait()
                await asyncio.sleep(self._chance.random())
            if self._wanted and self._wanted in piece:
                self._wanted = b""
                self.holds = True
                await self._released.wait()
            if self.mode == "delay":
                await asyncio.sleep(self._chance.choice(DELAYS))
            if sink in self._forgotten:
                continue
            if self.mode == "garble" and whole and piece[0] in beginnings and self._chance.random() < 0.2:
                piece = garbage + piece[1:]
            whole = piece.endswith(b"\r\n")
            sink.write(piece)
            await sink.drain()
        if sink not in self._forgotten:
            sink.close()
