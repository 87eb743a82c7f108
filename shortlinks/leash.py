"""Ending with the process that started us, so that a server that was killed leaves nobody behind."""

import ctypes
import os
import signal
import sys

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
