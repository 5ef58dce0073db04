"""What the statements ask that are planted into a submission's files for a cross-check: is it my turn?

They are in its functions, at the top of its modules, and before a few lines. What they do is decided by the mode:

    ""        nothing
    sabotage  functions and modules raise
    line N    the planted line N raises
    mark      the planted lines tell that they were run, and no more

The pytest process is told its mode by the plug-in (harness_counter); processes that tests start read it from a file.
"""

import os
import time

FOLDER = os.environ.get("HARNESS_FOLDER", "/tmp/harness")  # noqa: S108 - in the sandbox, on its own tmpfs
AGE = 0.02
"""Seconds for which a process believes the mode that it read."""


class PlantedError(BaseException):
    """Raised by us. Not an Exception, so that code which goes on after any exception does not go on after this one."""


class PlantedSetupError(Exception):
    """The same while a test is set up: pytest takes a fixture that raises anything else for one that is still there."""


class State:
    """Of this process: its `own` mode where the plug-in is in it, else what it last `read`; how often it `raised`, and
    what kind of `error`.
    """

    error: type[BaseException] = PlantedError
    own: str | None = None
    raised = 0
    read, read_at = "", -1.0


def mode() -> str:
    if State.own is not None:
        return State.own
    now = time.monotonic()
    if now - State.read_at > AGE:
        try:
            with open(f"{FOLDER}/mode", encoding="ascii") as file:  # noqa: PTH123 - in every process, soon
                State.read = file.read()
        except OSError:
            State.read = ""
        State.read_at = now
    return State.read


def switch(to: str) -> None:
    """Set the mode, here and in all processes that tests started."""
    State.own = to
    with open(f"{FOLDER}/mode", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(to)


def raises() -> int:
    """How often a planted statement has raised so far, in any process."""
    try:
        return State.raised + os.stat(f"{FOLDER}/raised").st_size  # noqa: PTH116
    except OSError:
        return State.raised


def function() -> None:
    if mode() == "sabotage":
        if State.own is None:
            _tell("raised", ".")
        else:
            State.raised += 1
        raise State.error("planted by the harness: this function raises")


def module() -> None:
    """At the top of a module: where one is loaded, or a program started, while functions raise."""
    function()


def line(number: int) -> None:
    now = mode()
    if now in ("mark", f"line {number}"):
        _tell("reached", f"{number}\n")
        if now != "mark":
            raise State.error("planted by the harness: this line raises")


def canary() -> None:
    """Our own test, which fails."""
    _tell("canary", "ran\n")
    raise AssertionError("planted by the harness: this test fails")


def _tell(name: str, what: str) -> None:
    try:
        record = os.open(f"{FOLDER}/{name}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.fstat(record).st_size < 1_000_000:
                os.write(record, what.encode())
        finally:
            os.close(record)
    except OSError:
        pass
