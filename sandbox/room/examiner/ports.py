"""Ports of the loopback, which the examiner and the program share: who takes all of them fails by that."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from .expect import CandidateFault


@contextmanager
def taking_a_port() -> Iterator[None]:
    """While a port is taken that the kernel chooses. CandidateFault where none is left.

    There are some 28,000, of which the examiner uses a few: only the program can have taken the others. It need not
    even hold them: a connection that it has closed keeps its port for a minute, also when the program is gone.
    """
    try:
        yield
    except OSError as trouble:
        if trouble.errno != errno.EADDRINUSE:
            raise
        raise CandidateFault(
            "start",
            "No port of the loopback is left: the program has taken all of them, or has used them up with connections.",
            expected="a program that leaves ports to others",
        ) from None
