"""A process ends with the one that started it, also when it misses being told so."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.service import on_linux, runs

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")

# Starts a process that hears no SIGTERM, tells its id, and ends once that one has said that it is on its leash.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
"""
CHILD = """
import os, signal, threading
from shortlinks.running import leash
signal.signal(signal.SIGTERM, signal.SIG_IGN)
leash.LOOK_SECONDS = leash.PATIENCE_SECONDS = 0.1
leash.put_on(os.getppid())
leash.watch(os.getppid())
print("on", flush=True)
threading.Event().wait()
"""


def test_one_that_misses_the_signal_ends_all_the_same() -> None:
    said = subprocess.run([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, check=True, timeout=120)
    pid = int(said.stdout)
    deadline = time.monotonic() + 60
    try:
        while runs(pid):
            assert time.monotonic() < deadline, "it lives on"
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
