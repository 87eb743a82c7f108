"""Ending with the process that started us, so that a server that was killed leaves nobody behind."""

import ctypes
import os
import signal
import sys
import time
from threading import Thread

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


def put_on(parent: int) -> None:
    """Have the kernel tell this process to stop (SIGTERM) when its parent is gone. Linux only; elsewhere nothing happens.

    A web server's workers would else go on serving their connections, and hold the port from the server's successor.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # It was gone before the kernel knew whom to tell.
            sys.exit(1)


def watch(parent: int) -> None:
    """For a process whose server may miss that signal while it starts: look each second whether the parent is gone.

    Then it is asked once more, and killed when it has not ended after PATIENCE_SECONDS.
    """
    Thread(target=_watch, args=(parent,), name="leash", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
