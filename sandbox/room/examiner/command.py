"""A command-line contract: the submission's command is run with arguments, stdin and files, and looked at from outside.

Each run has a fresh working folder and its own processes, all ended with it. Exit code, stdout, stderr and the files
asked for come back; what they should have been stays here.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import strictjson
from .client import Log
from .expect import CandidateFault, ExaminerError, check_equal, show
from .worker import OUTPUT_BYTES, SECONDS, Answer, Worker, clip, encoded, settings_of

FILES_BYTES = 16 * 1024 * 1024
"""Of the files that are laid for one run; stdin has a limit of its own of the same size."""
COLLECT_BYTES = 8 * 1024 * 1024
ARGUMENTS_BYTES = 100 * 1024
_NOT_FOUND = re.compile(rb"start: (?:\d+: )?(?P<why>.+)")
_NO_MODULE = re.compile(rb"\S*python[\d.]*: (?P<why>(?:No module named|can't open file|Error while finding module).*)")


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that came to its end by itself. `exit_code` is 128 + n after signal n.

    `stdout` and `stderr` are the bytes printed, the first MiB of each (`stdout_bytes` and `stderr_bytes` count all);
    `refused` says why a file asked for is not in `files`.
    """

    shown: str
    exit_code: int
    seconds: float
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    stdout_bytes: int
    stderr_bytes: int
    files: Mapping[str, bytes] = field(repr=False)
    refused: Mapping[str, str]

    def text(self) -> str:
        """All of stdout as text; bytes that are not UTF-8 are replaced. CandidateFault when it was too much to read."""
        if self.stdout_bytes > len(self.stdout):
            raise CandidateFault(
                "too large", f"{self.shown} printed {self.stdout_bytes} bytes; at most {OUTPUT_BYTES} are read."
            )
        return self.stdout.decode("utf-8", errors="replace")

    def errors(self) -> str:
        """The beginning of stderr as text."""
        return self.stderr.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """stdout as strict JSON; CandidateFault("malformed") otherwise."""
        return self._strict(self.text().encode("utf-8"), "stdout")

    def file(self, name: str) -> bytes:
        """The content of a file that the run was to leave; CandidateFault when it left none of that name."""
        if name not in self.files:
            why = self.refused.get(name, "it was not asked for")
            raise CandidateFault(
                "malformed", f"{self.shown} left no plain file {name} ({why}).", expected=f"a file {name}"
            )
        return self.files[name]

    def file_text(self, name: str) -> str:
        """That file as text; bytes that are not UTF-8 are replaced."""
        return self.file(name).decode("utf-8", errors="replace")

    def file_json(self, name: str) -> Any:
        """That file as strict JSON; CandidateFault("malformed") otherwise."""
        return self._strict(self.file(name), name)

    def expect_exit(self, *codes: int, given: object = "") -> Ran:
        """Itself, when the exit code is one of these; Unmet otherwise, with what stderr says."""
        if self.exit_code not in codes:
            wanted = " or ".join(str(code) for code in codes)
            said = f" {self.errors()[:500]}".rstrip()
            check_equal(f"{self.exit_code}{said}", wanted, given=given or self.shown, what="exit code")
        return self

    def _strict(self, content: bytes, where: str) -> Any:
        try:
            return strictjson.loads(content)
        except strictjson.NotStrict as trouble:
            begins = show(content[:300].decode("utf-8", "replace"))
            raise CandidateFault(
                "malformed",
                f"{self.shown}: its {where} is not proper JSON ({trouble}): {begins}",
                expected="JSON",
            ) from None


class Command:
    """Runs the submission's command. `line` is its shell line, for the record."""

    def __init__(self, worker: Worker, log: Log, line: str) -> None:
        self._worker, self._log, self._line = worker, log, line

    def run(
        self,
        arguments: Sequence[str] = (),
        *,
        stdin: str | bytes = b"",
        files: Mapping[str, str | bytes] | None = None,
        settings: Mapping[str, str] | None = None,
        collect: Sequence[str] = (),
        keep_folder: bool = False,
        seconds: float = SECONDS,
    ) -> Ran:
        """Run it with these arguments in an empty working folder; with `keep_folder` in the one that the last run left.

        `files` (relative names) are laid there first, `settings` are environment variables, `collect` names files to
        bring back. CandidateFault when it can't be started, does not end in time, prints without end or takes too much
        memory.
        """
        laid = {name: _bytes(content) for name, content in (files or {}).items()}
        _check(arguments, [*laid, *collect])
        if sum(map(len, laid.values())) > FILES_BYTES or len(_bytes(stdin)) > FILES_BYTES:
            raise ExaminerError(f"Files and stdin of a run have at most {FILES_BYTES} bytes each.")
        shown = " ".join([self._line, *(shlex.quote(argument) for argument in arguments)])
        asked = _shown_request(shown, _bytes(stdin), laid, settings or {}, keep_folder=keep_folder)
        try:
            answer = self._worker.ask(
                "/run",
                {
                    "args": list(arguments),
                    "stdin": _packed(_bytes(stdin)),
                    "files": {name: _packed(content) for name, content in laid.items()},
                    "settings": settings_of(settings or {}),
                    "collect": list(collect),
                    "collect_bytes": COLLECT_BYTES,
                    "keep_folder": keep_folder,
                },
                seconds,
            )
            ran = _read(answer, _short(shown), collect)
        except CandidateFault as fault:
            if fault.kind != "start":  # that is told in the same words each time, and rerun once for all
                self._log.add(asked, str(fault).removeprefix(f"{_short(shown)} "))
            raise
        self._log.add(asked, _shown_answer(ran))
        return ran

    def restart(self) -> None:
        """A new sandbox: whatever earlier runs left beside the submission's files is gone too."""
        self._worker.restart()


def _read(answer: Answer, shown: str, collect: Sequence[str]) -> Ran:
    """The run, from the worker's answer; CandidateFault where it did not come to its end by itself."""
    ended = answer.text("ended", 40)
    if ended == "unable":
        raise CandidateFault("start", f"The command could not be run in the sandbox ({answer.text('detail', 500)}).")
    ran = Ran(
        shown=shown,
        exit_code=answer.integer("exit_code", 255),
        seconds=answer.number("seconds", 86_400),
        stdout=answer.data("stdout", OUTPUT_BYTES),
        stderr=answer.data("stderr", OUTPUT_BYTES),
        stdout_bytes=answer.integer("stdout_bytes", 1 << 40),
        stderr_bytes=answer.integer("stderr_bytes", 1 << 40),
        files=answer.files("files", collect, COLLECT_BYTES),
        refused=answer.reasons("refused", collect),
    )
    last = f" It had printed: {show(_tail(ran))}" if _tail(ran) else " It had printed nothing."
    if ended == "deadline":
        raise CandidateFault(
            "slow", f"{shown} did not end within {ran.seconds:.1f} s; it was ended.{last}", expected="an end by itself"
        )
    if ended == "memory":
        raise CandidateFault(
            "memory",
            f"{shown} was killed for want of memory after {ran.seconds:.1f} s.{last}",
            expected="to stay within the memory that the brief names",
        )
    if ended == "output":
        count = ran.stdout_bytes + ran.stderr_bytes
        raise CandidateFault("too large", f"{shown} printed {count} bytes and was ended.", expected="an end by itself")
    if ended != "exited":
        raise CandidateFault("malformed", f"What came back about {shown} is not in form (ended: {show(ended)}).")
    _check_started(ran)
    return ran


def _check_started(ran: Ran) -> None:
    """CandidateFault("start") where the shell or Python says that there is no such command; its words name no run."""
    form = _NOT_FOUND if ran.exit_code in (126, 127) else _NO_MODULE
    found = form.fullmatch(ran.stderr.strip())  # all that was said, since a program may say so of another one
    if found and ran.exit_code and not ran.stdout:
        raise CandidateFault(
            "start",
            f"The command could not be started: {found['why'].decode('utf-8', 'replace')[:300]}. "
            "`[run] start` in submission.toml says how it starts; it runs in an empty folder, and Python finds modules "
            "of the repository's root and of src/.",
            expected="a command that starts",
            output=ran.errors()[-2_000:],
        )


def _check(arguments: Sequence[str], names: Sequence[str]) -> None:
    if isinstance(arguments, str) or not all(isinstance(one, str) and "\0" not in one for one in arguments):
        raise ExaminerError(f"The arguments of a run are a list of texts, not {arguments!r}.")
    if len(encoded(list(arguments), "The arguments of a run")) > ARGUMENTS_BYTES:
        raise ExaminerError(f"The arguments of a run are longer than {ARGUMENTS_BYTES} bytes.")
    for name in names:
        if not name or "\0" in name or not all(name.split("/")) or {".", ".."} & set(name.split("/")):
            raise ExaminerError(f"{name!r} is no name of a file in the working folder.")


def _bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else content


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _short(shown: str) -> str:
    return f"`{shown}`" if len(shown) <= 200 else f"`{shown[:200]} …`"


def _tail(ran: Ran) -> str:
    return (ran.stderr or ran.stdout)[-300:].decode("utf-8", errors="replace").strip()


def _shown_request(
    shown: str, stdin: bytes, files: Mapping[str, bytes], settings: Mapping[str, str], *, keep_folder: bool
) -> str:
    lines = [f"$ {shown[:1_500]}"]
    if keep_folder:
        lines.append("[in the folder that the last run left]")
    lines += [f"[setting] {name}={value[:200]}" for name, value in settings.items()]
    lines += [
        f"[file] {name} ({len(content)} bytes)\n{clip(content, len(content), 600)}" for name, content in files.items()
    ]
    if stdin:
        lines.append(f"[stdin]\n{clip(stdin, len(stdin))}")
    return "\n".join(lines)


def _shown_answer(ran: Ran) -> str:
    lines = [f"exit code {ran.exit_code} after {ran.seconds:.2f} s"]
    for name, content, count in (
        ("stdout", ran.stdout, ran.stdout_bytes),
        ("stderr", ran.stderr, ran.stderr_bytes),
    ):
        if count:
            lines.append(f"[{name}]\n{clip(content, count)}")
    lines += [
        f"[file] {name} ({len(content)} bytes)\n{clip(content, len(content), 600)}"
        for name, content in ran.files.items()
    ]
    lines += [f"[file] {name}: {why}" for name, why in ran.refused.items()]
    return "\n".join(lines)
