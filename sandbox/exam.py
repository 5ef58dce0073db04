"""The exam: the examiner runs the hidden tests, the harness starts and stops the candidate's program for it.

The examiner starts first, without a network; the program's containers join its network namespace, so the two share a
loopback and nothing else. Their talk with the harness goes over files in a folder that only the examiner and the
harness hold: `requests/000001.json` is answered in `answers/000001.json`, which the examiner can only read.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from sandbox.channel import Channel
from sandbox.engine import Engine, Identity, SandboxError
from sandbox.launch import ROOM, Launched, Order, log_kib
from sandbox.profile import EXAMINER_USER, Bind, Limits, Profile, Tmpfs
from sandbox.program import Data, Ended, Program
from sandbox.record import ExamRecord, Reading
from sandbox.worker import Contract

if TYPE_CHECKING:
    from sandbox.images import Image
    from sandbox.prepare import Environment

POLL_SECONDS = 0.005
LOOK_SECONDS = 0.5
"""How often it is asked whether the examiner still lives, and how much the channel holds."""
LAST_SECONDS = 10.0
"""What the examiner may take to end after its last record."""
EXAMINER = Limits(memory_mib=768, processes=512, cpus=2.0, writable_mib=64, files=4_096, file_mib=64, output_kib=64)
LIBRARY = (ROOM / "main.py", ROOM / "examiner")

Progress = Callable[[int, int], None]
"""Told after each result: how many there are, and how many tests there are in all."""


class _Ask(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Start(_Ask):
    op: Literal["start"]
    settings: dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")],
        Annotated[str, StringConstraints(max_length=8_192, pattern=r"^[^\x00]*$")],
    ] = Field(max_length=100)
    keep_data: bool = False


class _Stop(_Ask):
    op: Literal["stop"]
    grace_seconds: float = Field(default=5.0, ge=0, le=60)


class _Plain(_Ask):
    op: Literal["kill", "state"]


class _Output(_Ask):
    op: Literal["output"]
    tail_kib: int = Field(default=16, ge=1, le=1_024)


_ASKS: TypeAdapter[_Start | _Stop | _Plain | _Output] = TypeAdapter(
    Annotated[_Start | _Stop | _Plain | _Output, Field(discriminator="op")]
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What may differ between two exams without changing an answer, for proving that it changes none.

    `shuffle` is the seed of the tests' order (None: as they are written); `variables` are laid over the program's
    environment (time zone, hash seed).
    """

    shuffle: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


USUAL = Circumstances()


def hold_exam(
    engine: Engine,
    *,
    image: Image,
    examiner: Image,
    examiner_tools: Environment | None,
    environment: Environment | None,
    pack: Path,
    start: str,
    hidden_tests: Path,
    support: Path,
    only: Sequence[str] | None = None,
    seed: int,
    limits: Limits,
    exam_seconds: float,
    start_seconds: float = 15.0,
    on_progress: Progress | None = None,
    library: Sequence[Path] = LIBRARY,
    circumstances: Circumstances = USUAL,
    contract: Contract = "http-service",
) -> ExamRecord:
    """Hold the hidden tests (all, or `only` those named) against the program that the shell line `start` starts.

    Where `contract` says that it is a command or a library, our worker runs and calls it for the hidden tests.
    `hidden_tests` and `support` (the twins) are folders; `pack` is a tar of the submission; `limits` bound each start
    of the program, `exam_seconds` the whole; within `start_seconds` a program has to be healthy. Raises SandboxError
    when the exam can't begin; what stops it later is the record's `problem`.
    """
    began = time.monotonic()
    deadline = began + exam_seconds
    before = engine.identity()
    with ExitStack() as stack:
        channel = stack.enter_context(
            Channel(engine.folder, {"hidden_tests": hidden_tests, "support": support}, library)
        )
        nonce = secrets.token_hex(16)
        channel.place_order(
            {
                "only": None if only is None else list(only),
                "seed": seed,
                "nonce": nonce,
                "start_seconds": start_seconds,
                "shuffle": circumstances.shuffle,
                "contract": contract,
                "command": start,
                "exam_seconds": exam_seconds,
            }
        )
        room = stack.enter_context(_examiner(engine, examiner, examiner_tools, channel, exam_seconds))
        room.container.start()
        network = f"container:{room.container.id}"
        data = stack.enter_context(Data(engine, image, limits, network, exam_seconds))
        program = stack.enter_context(
            Program(
                engine,
                image,
                environment=environment,
                pack=pack,
                command=start,
                limits=limits,
                network=network,
                data=data,
                deadline=deadline,
                variables=circumstances.variables,
                contract=contract,
            )
        )
        program.prepare_next()
        reading = stack.enter_context(channel.reading(nonce))
        problem = _serve(channel, reading, room, program, deadline, on_progress)
        problem = problem or reading.problem
        try:
            program.kill_if_started()
        except SandboxError as reason:
            problem = problem or f"The last program: {reason}"
        problem = _restart(engine, before, problem)
        return ExamRecord(
            tests=tuple(reading.tests.values()),
            results=tuple(reading.results.values()),
            finished=reading.finished and problem is None,
            problem=problem,
            starts=tuple(program.starts),
            seconds=round(time.monotonic() - began, 3),
        )


def _restart(engine: Engine, before: Identity, problem: str | None) -> str | None:
    """The problem, with a restart of the engine named as its likely cause. An exam that met none may have missed it."""
    try:
        restarted = engine.identity() != before
    except SandboxError as reason:
        return problem or f"The container engine was lost during the exam: {reason}"
    return f"The container engine was restarted during the exam. {problem or ''}".strip() if restarted else problem


def _examiner(engine: Engine, image: Image, tools: Environment | None, channel: Channel, seconds: float) -> Launched:
    """The examiner's container, not yet made; it has no network but its own loopback."""
    profile = Profile(
        role="examiner",
        user=EXAMINER_USER,
        limits=EXAMINER,
        binds=(*channel.binds, *((Bind(tools.path, "/exam/environment"),) if tools else ())),
        tmpfs=(
            Tmpfs("/tmp", EXAMINER.writable_mib, EXAMINER.files, EXAMINER_USER, shared=True),  # noqa: S108 - its own
            Tmpfs("/harness/input", 1, 16, EXAMINER_USER),
        ),
        log_kib=log_kib(EXAMINER.output_kib, collects=False),
    )
    room = Launched(engine, profile, image.id, overdue=seconds + 60)
    room.give(
        Order(
            command=("python3", "-I", "/exam/lib/main.py"),
            variables={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8", "TZ": "UTC"},  # noqa: S108
            seconds=seconds,
            folder="/exam",
            file_mib=EXAMINER.file_mib,
            output_kib=EXAMINER.output_kib,
        )
    )
    return room


def _serve(
    channel: Channel, reading: Reading, room: Launched, program: Program, deadline: float, tell: Progress | None
) -> str | None:
    """Answer the examiner until its record is finished; returns what went wrong on our side, or None."""
    look_at = time.monotonic() + LOOK_SECONDS
    failures = 0
    while True:
        if reading.read_on() and tell is not None:
            tell(len(reading.results), len(reading.tests))
        if reading.finished or reading.problem:
            return reading.problem
        asked = channel.next_request()
        if asked is not None:
            answer, ours = _answer(asked, program)
            try:
                channel.answer(answer)
            except SandboxError as reason:
                return str(reason)
            failures = failures + 1 if ours else 0
            if failures >= 3:
                return f"The program can't be started and stopped: {answer.get('error')}"
            if answer["ok"] and b'"start"' in asked:
                program.prepare_next()
            continue
        now = time.monotonic()
        if now >= deadline:
            return "The exam did not come to its end in its time: the examiner took too long."
        if now >= look_at:
            look_at = now + LOOK_SECONDS
            problem = channel.overfull() or _death(room, reading)
            if problem:
                return problem
        time.sleep(POLL_SECONDS)


def _death(room: Launched, reading: Reading) -> str | None:
    """Why the examiner is no more, or None while it runs."""
    try:
        state = room.container.state()
        if state.running:
            return None
        reading.read_on()
        if reading.finished or reading.problem:
            return reading.problem
        account = room.account()
    except SandboxError as reason:
        return f"The examiner was lost: {reason}"
    end = account.end
    how = f"{end.reason}, exit code {end.exit_code}" if end else "killed"
    if state.out_of_memory or (end is not None and end.memory_kills):
        how += ", out of memory"
    said = (account.output.decode("utf-8", "replace") or account.stray).strip()
    return f"The examiner ended before its record did ({how}). Its last words: {said[-1_500:] or 'none'}"


def _answer(asked: bytes, program: Program) -> tuple[dict[str, Any], bool]:
    """Do what was asked; the answer, and whether it failed for a fault of the engine's."""
    try:
        ask = _ASKS.validate_json(asked)
    except (ValidationError, RecursionError) as reason:
        return {"ok": False, "error": f"not a request: {str(reason).splitlines()[0][:200]}"}, False
    try:
        return {"ok": True, "value": _done(ask, program)}, False
    except SandboxError as reason:
        return {"ok": False, "error": str(reason)[:2_000]}, True


def _done(ask: _Start | _Stop | _Plain | _Output, program: Program) -> dict[str, Any]:
    if isinstance(ask, _Start):
        return {"program": program.start(ask.settings, keep_data=ask.keep_data)}
    if isinstance(ask, _Output):
        return {"text": program.output(ask.tail_kib)}
    if isinstance(ask, _Stop):
        return _ended(program.stop(ask.grace_seconds))
    if ask.op == "kill":
        return _ended(program.kill())
    found = program.state()
    if isinstance(found, Ended):
        return {"running": False, **_ended(found)}
    return {"running": True, "exit_code": None, "out_of_memory": False, "memory_peak_mib": found}


def _ended(ended: Ended) -> dict[str, Any]:
    return {
        "exit_code": ended.exit_code,
        "out_of_memory": ended.out_of_memory,
        "memory_peak_mib": ended.memory_peak_mib,
    }
