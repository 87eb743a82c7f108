"""Runs the lines of the Procfile as one program, so that `python -m shortlinks` is all that a small machine needs.

Each process gets a session of its own (Ctrl-C in the terminal is for us alone) and its output a prefix. One that ends
is started again, soon at first and ever later if it keeps ending. At the end the order matters: the web server goes
first and finishes what it is doing, then the journals are shipped, then the workers go, and Redis last.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from honcho.environ import parse_procfile

from shortlinks.running import embedded, logs

ROOT = Path(__file__).resolve().parent.parent.parent
BACK_OFF_SECONDS = (0.5, 10.0)
HEALTHY_SECONDS = 30.0
REDIS_CHECK_SECONDS = 0.25
WANTED_CHECK_SECONDS = 1.0
FIRST_TO_STOP = "web"
KILL_SECONDS = {"web": 30.0, "rollup": 10.0, "worker": 10.0, "webhooks": 15.0, "clock": 5.0}
_LONGEST_LINE = 65_536

# What is raised where there is no process, thread, memory or open file to be had: it passes.
_SHORTAGE = (OSError, RuntimeError)

# On Linux a child asks the kernel to be told to stop (PR_SET_PDEATHSIG 1, SIGTERM 15) when this process is killed, so
# that nothing is left behind that holds the port. `exec` makes the program itself our child, not a shell around it.
_LEASH = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv('/bin/sh', ['sh', '-c', 'exec ' + sys.argv[1]])"
)


def procfile(path: Path = ROOT / "Procfile") -> dict[str, str]:
    """The Procfile's commands by process name, in its order."""
    return dict(parse_procfile(path.read_text("utf-8")).processes)


class Supervisor:
    """Keeps `commands` (name -> shell command) running until SIGTERM, SIGINT or SIGHUP.

    `environ` is what the processes see; `redis` is kept running too when it is given. `drain` is called once, in a
    thread, between the end of the web process and that of the others. `wanted` says of processes that may have nothing to do
    whether they have: before, they are not started, and cost nothing. `form` is that of the log lines (see `logs`).
    """

    def __init__(
        self,
        commands: Mapping[str, str],
        environ: Mapping[str, str],
        *,
        redis: embedded.Server | None = None,
        drain: Callable[[], object] = lambda: None,
        wanted: Mapping[str, Callable[[], bool]] | None = None,
        form: str = "text",
        out: TextIO = sys.stdout,
    ) -> None:
        self._commands = dict(commands)
        self._environ = dict(environ)
        self._redis = redis
        self._drain = drain
        self._wanted = dict(wanted or {})
        self._form = form
        self._out = out
        self._width = max(len(name) for name in [*commands, "redis"])
        self._readers: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Run everything; return when everything has ended after a signal."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, stopping.set)
        ends = {name: asyncio.Event() for name in [*self._commands, "redis"]}
        keepers = {name: asyncio.create_task(self._keep(name, ends[name])) for name in self._commands}
        keeper_of_redis = asyncio.create_task(self._keep_redis(ends["redis"]))

        await stopping.wait()
        self._say("all", "stopping: the web server first, then what the journals hold, then the rest")
        first = [name for name in self._commands if name == FIRST_TO_STOP]
        rest = [name for name in self._commands if name != FIRST_TO_STOP]
        for name in first:
            ends[name].set()
            await keepers[name]
        try:
            await asyncio.to_thread(self._drain)
        except Exception as error:
            # Whatever went wrong, the clicks are in the journals on disk, and the others must still be stopped.
            self._say("ship", f"the journals could not be shipped now ({error}); the next start does it")
        for name in rest:
            ends[name].set()
        await asyncio.gather(*(keepers[name] for name in rest))
        ends["redis"].set()
        await keeper_of_redis
        if self._redis:
            await asyncio.to_thread(self._redis.stop)
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._say("all", "stopped")

    async def _keep(self, name: str, end: asyncio.Event) -> None:
        delay, slowest = BACK_OFF_SECONDS
        loop = asyncio.get_running_loop()
        wanted = self._wanted.get(name, lambda: True)
        while not end.is_set() and not await asyncio.to_thread(wanted):
            await _wait(end, WANTED_CHECK_SECONDS)
        while not end.is_set():
            started = loop.time()
            try:
                process = await self._start(name)
            except _SHORTAGE as error:
                outcome = f"cannot be started: {error}"
            else:
                outcome = await self._watch(name, process, end)
            if end.is_set():
                return
            if loop.time() - started > HEALTHY_SECONDS:
                delay = BACK_OFF_SECONDS[0]
            self._say(name, f"{outcome}; starting it again in {delay:g} s")
            await _wait(end, delay)
            delay = min(delay * 2, slowest)

    async def _watch(self, name: str, process: Process, end: asyncio.Event) -> str:
        """Wait until the process ends, by itself or because it is to. Returns how it did."""
        ended, asked = asyncio.create_task(process.wait()), asyncio.create_task(end.wait())
        await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if end.is_set():
            await self._end(name, process)
        return f"ended ({_outcome(await ended)})"

    async def _start(self, name: str) -> Process:
        command = self._commands[name]
        leashed = (sys.executable, "-S", "-c", _LEASH, command)
        words = leashed if sys.platform == "linux" else ("/bin/sh", "-c", f"exec {command}")
        # A pipe of our own: asyncio takes a process for ended only when the pipes it made are closed too, and the children of
        # a gunicorn that was killed keep them open, first of all the ship process, which lives on.
        ours, its = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *words, cwd=ROOT, env=self._environ, stdout=its, stderr=STDOUT, start_new_session=True
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(its)
        reader = asyncio.create_task(self._relay(name, os.fdopen(ours, "rb")))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        return process

    async def _end(self, name: str, process: Process) -> None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), KILL_SECONDS.get(name, 10.0))
        except TimeoutError:
            self._say(name, "does not stop; killing it")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def _keep_redis(self, end: asyncio.Event) -> None:
        delay, slowest = BACK_OFF_SECONDS
        while self._redis and not end.is_set():
            await _wait(end, REDIS_CHECK_SECONDS)
            try:
                if end.is_set() or self._redis.alive():
                    continue
                self._say("redis", "ended; starting it again")
                await asyncio.to_thread(self._redis.ensure)
                delay = BACK_OFF_SECONDS[0]
            except (embedded.EmbeddedError, *_SHORTAGE) as error:
                self._say("redis", f"{error} (trying again in {delay:g} s)")
                await _wait(end, delay)
                delay = min(delay * 2, slowest)

    async def _relay(self, name: str, output: BinaryIO) -> None:
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), output
        )
        # Not readline(): it gives up on a line longer than its buffer.
        rest = b""
        try:
            while chunk := await stream.read(65_536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._say(name, line.decode("utf-8", "replace"))
                if len(rest) > _LONGEST_LINE:
                    self._say(name, rest.decode("utf-8", "replace"))
                    rest = b""
        finally:
            transport.close()
        if rest:
            self._say(name, rest.decode("utf-8", "replace"))

    def _say(self, name: str, line: str) -> None:
        # The reader of our output may be gone (`| head`, a closed terminal); the service goes on without it.
        with suppress(OSError, ValueError):
            said = logs.relayed(self._form, name, self._width, line[:_LONGEST_LINE].rstrip())
            print(said, file=self._out, flush=True)


def _outcome(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
