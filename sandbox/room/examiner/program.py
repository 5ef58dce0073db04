"""The candidate's program: started, stopped and looked at by the harness, at the examiner's wish.

A program that does not start must fail every test quickly and with its own last words: a start that failed is
remembered and not waited for again.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from typing import Any

from .channel import Channel
from .client import HOST, Client, Log
from .clock import lost
from .expect import CandidateFault, ExaminerError, show
from .patience import Patience
from .ports import taking_a_port

STOP_SECONDS = 5.0
PAUSE = 0.03
"""Seconds between two looks whether a program is healthy yet."""

REVIVALS = 5
"""How often a program that died is started again, so that one crash does not fail every test after it."""

WORKER_START_SECONDS = 30.0
"""What our own worker may take to come up, on the most loaded machine; it takes a fraction of a second."""

OUTPUT_KIB = 8
"""Output kept in a message about a failure."""

Settings = Mapping[str, str]


class Program:
    """One running program at most; `client` speaks to it. `health` is the path that answers 200 when it is up.

    A program that is not up `start_seconds` after its start has failed to start. With `ours` it is our worker that is
    started, in a room in which nothing of the candidate's has run yet: that it does not come up is our failure.
    """

    def __init__(
        self,
        channel: Channel,
        patience: Patience,
        log: Log,
        health: str = "/health",
        start_seconds: float = 15.0,
        *,
        ours: bool = False,
    ) -> None:
        self._channel = channel
        self._patience = patience
        self._log = log
        self._health = health
        self._start_seconds = max(start_seconds, WORKER_START_SECONDS) if ours else start_seconds
        self._ours = ours
        self._settings: dict[str, str] | None = None
        self._failed: dict[tuple[tuple[str, str], ...], CandidateFault] = {}
        self._first_fault: CandidateFault | None = None
        self.healthy_once = False
        """Whether any start has come up yet."""
        self._revivals = 0
        self.client = Client(0, patience, log)
        self.started = False

    def ensure(self, settings: Settings) -> Client:
        """A running program with these settings: the one at hand, or a new one on an empty data folder.

        CandidateFault("start") with the program's output when it does not come up; the same fault at once when these
        settings have failed before, or when no start has ever succeeded.
        """
        if self._settings == dict(settings) and self._alive():
            return self.client
        return self.start(settings)

    def start(self, settings: Settings, *, keep_data: bool = False) -> Client:
        """Start anew (a running one is killed first), on the data of the last one or none; wait until it is healthy."""
        key = tuple(sorted(settings.items()))
        fault = self._failed.get(key) or (self._first_fault if not self.healthy_once else None)
        if fault:
            raise CandidateFault("start", str(fault), expected=fault.expected, output=fault.output)
        self._settings = None
        self._patience.allow("start", self._start_seconds)
        port = free_port()
        self.client = Client(port, self._patience, self._log)
        self._channel.ask("start", settings={**settings, "PORT": str(port)}, keep_data=keep_data)
        self.started = True
        try:
            self._await_health()
        except CandidateFault as fault:
            if self._ours:
                raise ExaminerError(f"The harness's own process did not come up in the sandbox: {fault}") from fault
            # A start on kept data may fail for what lies there; that says nothing about a fresh start.
            if not keep_data:
                self._failed[key] = fault
                self._first_fault = self._first_fault or fault
            raise
        self.healthy_once = True
        self._settings = dict(settings)
        return self.client

    def stop(self, grace_seconds: float = STOP_SECONDS) -> dict[str, Any]:
        """Ask the program to end (SIGTERM), kill it after the grace: {"exit_code", "out_of_memory"}."""
        self._settings = None
        return self._channel.ask("stop", grace_seconds=grace_seconds)

    def kill(self) -> dict[str, Any]:
        """Kill it at once, as a power cut would."""
        self._settings = None
        return self._channel.ask("kill")

    def state(self) -> dict[str, Any]:
        """{"running", "exit_code", "out_of_memory", "memory_peak_mib" (None when not measured)}."""
        return self._channel.ask("state")

    def output(self, tail_kib: int = 16) -> str:
        """The end of what the program has printed since its start."""
        return str(self._channel.ask("output", tail_kib=tail_kib).get("text", ""))

    def _alive(self) -> bool:
        """Whether the program still runs; asked only when an exchange with it has failed."""
        if not self.client.troubled:
            return True
        self.client.troubled = False
        state = self.state()
        if state.get("running"):
            return True
        self._revivals += 1
        if self._revivals > REVIVALS:
            raise self._fault(f"The program has died {self._revivals} times; it is not started again", state)
        return False

    def _await_health(self) -> None:
        began = time.monotonic()
        ends = began + self._start_seconds
        last = "no connection was accepted"
        look_at_state = began + 0.5
        probe = Client(self.client.port, Patience())
        while time.monotonic() < ends:
            try:
                response = probe.get(self._health, seconds=max(0.1, min(5.0, ends - time.monotonic())))
                if response.status == 200:
                    return
                last = f"GET {self._health} answered {response.status}: {show(response.text()[:200])}"
            except CandidateFault as fault:
                last = str(fault).rstrip(".")
            if time.monotonic() >= look_at_state:
                asked = time.monotonic()
                state = self.state()
                if not state.get("running"):
                    raise self._fault("The program ended before it was healthy", state)
                look_at_state = time.monotonic() + 0.5
                ends += lost(0.0, time.monotonic() - asked)
            paused = time.monotonic()
            time.sleep(PAUSE)
            ends += lost(PAUSE, time.monotonic() - paused)
        raise self._fault(
            f"The program was not healthy within {self._start_seconds:g} s of its start (last: {last})", self.state()
        )

    def _fault(self, what: str, state: Mapping[str, Any]) -> CandidateFault:
        output = self.output(OUTPUT_KIB)
        ending = ""
        if not state.get("running"):
            ending = f" (exit code {state.get('exit_code')}{', out of memory' if state.get('out_of_memory') else ''})"
        tail = output.strip()[-600:]
        words = f" Its last output: {tail}" if tail else " It printed nothing."
        return CandidateFault(
            "start", f"{what}{ending}.{words}", expected=f"GET {self._health} answers 200", output=output
        )


def free_port() -> int:
    """A port of the loopback that nothing listens on now; CandidateFault where the program has taken all of them."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        with taking_a_port():
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
