"""The clients that load a server: wrk asks as fast as it is answered, hey at a fixed rate."""

import csv
import http.client
import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import traffic

CONNECTIONS = 32
STEADY_CONNECTIONS = 8
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


class Missing(Exception):
    """A client is not installed. The text says how to get it."""


def find(name: str) -> str:
    """The path of a program. Raises Missing."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not installed; on Debian and Ubuntu: sudo apt install {name}")
    return path


class Run(NamedTuple):
    """What one run of wrk saw: redirects a second, how many, and latencies in milliseconds."""

    rate: float
    count: int
    p50: float
    p99: float


class Wrk:
    """Follows all links, with agents of the sample, over CONNECTIONS connections; one request after the other on each.

    With `close` each request has a connection of its own.
    """

    def __init__(self, folder: Path, slugs: Sequence[str], seconds: float, *, close: bool = False) -> None:
        self._wrk = find("wrk")
        self._seconds = seconds
        self._script = folder / f"requests{'-close' if close else ''}.lua"
        paths = ",".join(f'"/{slug}"' for slug in slugs)
        agents = ",".join(f"[==[{agent}]==]" for agent in traffic.SAMPLE)
        closing = ", ['Connection'] = 'close'" if close else ""
        self._script.write_text(
            f"local paths, agents, requests, at = {{{paths}}}, {{{agents}}}, {{}}, 0\n"
            "init = function()\n"
            "  for n = 1, 997 do\n"
            f"    local headers = {{['User-Agent'] = agents[n % #agents + 1], ['Host'] = 'localhost'{closing}}}\n"
            "    requests[n] = wrk.format('GET', paths[n % #paths + 1], headers)\n"
            "  end\n"
            "end\n"
            "request = function() at = at % 997 + 1; return requests[at] end\n"
        )

    def run(self, port: int) -> Run:
        """Load a server for the time. Raises RuntimeError when anything but a redirect came back."""
        command = [self._wrk, "--threads", "1", "--connections", str(CONNECTIONS), "--latency"]
        command += ["--duration", f"{self._seconds:g}s", "--script", str(self._script), f"http://127.0.0.1:{port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        count = re.search(r"(\d+) requests in", said)
        rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
        latencies = dict(re.findall(r"(\d+)%\s+([\d.]+[mu]?s)", said))
        if count is None or rate is None or "Non-2xx or 3xx" in said or "Socket errors" in said:
            raise RuntimeError(f"not everything was answered by a redirect:\n{said}")
        return Run(float(rate[1]), int(count[1]), _milliseconds(latencies["50"]), _milliseconds(latencies["99"]))


class Steady(NamedTuple):
    """What a client of a fixed rate saw: requests a second, how many, and latencies in milliseconds."""

    rate: float
    count: int
    p50: float
    p99: float
    p999: float
    longest: float


def hey(port: int, slug: str, *, rate: float, seconds: int) -> Steady:
    """Follow one link `rate` times a second. Raises RuntimeError for other answers than 302.

    hey asks over all its connections at the same instant, so they are few: each waits for those before it.
    """
    each = rate / STEADY_CONNECTIONS
    command = [
        find("hey"),
        "-z",
        f"{seconds}s",
        "-c",
        str(STEADY_CONNECTIONS),
        "-q",
        f"{each:.3f}",
        "-disable-redirects",
    ]
    command += ["-H", f"User-Agent: {traffic.SAMPLE[0]}", "-o", "csv", f"http://127.0.0.1:{port}/{slug}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = list(csv.DictReader(said.splitlines()))
    if not rows or any(row["status-code"] != "302" for row in rows):
        raise RuntimeError(f"not everything was answered by a redirect:\n{said[:500]}")
    taken = sorted(float(row["response-time"]) * 1e3 for row in rows)
    return Steady(len(rows) / seconds, len(rows), *(quantile(taken, share) for share in (0.5, 0.99, 0.999)), taken[-1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of the ordered values do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def answers(port: int) -> bool:
    """Whether a web server answers on a port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return bool(connection.getresponse().status)
    except OSError:
        return False
    finally:
        connection.close()


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([mu]?s)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]
