"""Progress on stderr: a live display on a terminal, plain lines elsewhere (CI), nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table

from harness.failure import into_nothing


class Progress:
    """Steps with their seconds. `timings` holds the wall seconds of every step that ended, by name.

    Steps may run at the same time, from several threads.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.timings: dict[str, float] = {}
        self._quiet = quiet
        self._verbose = verbose
        self._console = Console(stderr=True, highlight=False)
        self._running: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        live = self._console.is_terminal and not quiet
        self._live = Live(console=self._console, transient=True, get_renderable=self._display) if live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        """Time a step: `name` is its key in `timings`, `title` what people read."""
        begun = time.monotonic()
        with self._lock:
            self._running[name] = (title, begun)
        if self._verbose:
            self._line(f"· {title} ...")
        try:
            yield
        finally:
            seconds = time.monotonic() - begun
            with self._lock:
                self._running.pop(name, None)
                self.timings[name] = round(self.timings.get(name, 0.0) + seconds, 3)
        self._line(f"✓ {title} ({seconds:.1f} s)")

    def so_far(self) -> dict[str, float]:
        """The seconds of every step that ended, and of those that run still up to now."""
        now = time.monotonic()
        with self._lock:
            running = {name: round(now - begun, 3) for name, (_, begun) in self._running.items()}
        return {**self.timings, **running}

    def tell(self, text: str) -> None:
        """A remark that people should see: what is being built, what was left out."""
        self._line(f"· {text}")

    def hush(self) -> None:
        """Say no more: the run ends early, and what its threads meet on the way out is no news."""
        self._quiet = True

    def _line(self, text: str) -> None:
        if self._quiet:
            return
        safe = "".join(c if c.isprintable() else "·" for c in text)
        try:
            if self._live:
                self._console.print(escape(safe))
            else:
                sys.stderr.write(safe + "\n")
                sys.stderr.flush()
        except OSError:  # nobody reads it any more (`2>&1 | head`): the grading goes on without a word
            self._quiet = True
            into_nothing(sys.stderr)

    def _display(self) -> Table:
        table = Table.grid(padding=(0, 1))
        now = time.monotonic()
        with self._lock:
            running = list(self._running.values())
        for title, begun in running:
            table.add_row(Spinner("dots"), escape(f"{title}"), f"{now - begun:.0f} s")
        return table
