"""Who goes first."""

import subprocess
import sys

import pytest
from clicking import ROOT

from shortlinks.running import priority

CODE = """
import os, sys
from shortlinks.running import priority
os.nice(int(sys.argv[1]) - os.nice(0))
if os.geteuid() == 0:
    os.setuid(65534)
for _ in range(2):
    priority.give_way()
print(os.nice(0))
"""


@pytest.mark.parametrize(("started", "after"), [(0, priority.YIELDING), (10, 10), (15, 15), (19, 19)])
def test_a_process_gives_way_and_one_that_was_started_nicer_stays_as_it_is(started: int, after: int) -> None:
    """Nobody but root may make a process less nice, so trying would end it at every start."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(started)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == (f"{after}\n", "")
