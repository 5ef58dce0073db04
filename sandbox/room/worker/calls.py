"""Calls of the submission's library: each in a fresh process, or those of a session in one that stays.

Stdlib only, Python 3.9 to 3.14: this runs inside the sandbox.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ground import Ground
from processes import PIECE, Drain, Feed, end_all, exit_code, memory_kills, out_of_memory, watch

CALLER = (Path(__file__).parent / "caller.py").read_text("utf-8")
"""Given as `python3 -c`, so that the folder of the submission is the first where modules are looked for."""


class _Child:
    """A process with the candidate's library in it, and the pipes to it."""

    def __init__(self, variables: Mapping[str, str], folder: str, output_bytes: int, answer_bytes: int) -> None:
        asked, self.asking = os.pipe()
        answering, answered = os.pipe()
        try:
            self.process = subprocess.Popen(
                ["python3", "-c", CALLER, str(asked), str(answered)],
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
                pass_fds=(asked, answered),
            )
        except OSError:
            os.close(self.asking)
            os.close(answering)
            raise
        finally:
            os.close(asked)
            os.close(answered)
        assert self.process.stdout
        assert self.process.stderr
        self.stdout = Drain(self.process.stdout.fileno(), output_bytes)
        self.stderr = Drain(self.process.stderr.fileno(), output_bytes)
        self.answer = Drain(answering, answer_bytes)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One call; the answer is a line that nobody here reads."""
        drains = (self.answer, self.stdout, self.stderr)
        for drain in drains:
            drain.clear()
        kills, began = memory_kills(), time.monotonic()
        line = json.dumps(request["call"]).encode() + b"\n"
        feed = Feed(self.asking, line, close=False)
        most = request["most_output"]
        ended = watch(self.process, drains, feed, request["seconds"], most, self.answered)
        seconds = time.monotonic() - began
        status = 0
        if ended != "enough":
            status = end_all(self.process)
        for drain in drains:
            drain.rest(most)
        text, whole, _ = bytes(self.answer.kept).partition(b"\n")
        if ended == "exited" and out_of_memory(kills, status):
            ended = "memory"
        if ended in ("enough", "exited") and (whole or self.answer.count > self.answer.limit):
            ended = "answered" if whole else "long"  # an answer may come with the end of the process
        return {
            "ended": ended,
            "exit_code": exit_code(status),
            "seconds": seconds,
            "answer": base64.b64encode(text).decode() if ended == "answered" else "",
            "stdout": base64.b64encode(self.stdout.kept).decode(),
            "stdout_bytes": self.stdout.count,
            "stderr": base64.b64encode(self.stderr.kept).decode(),
            "stderr_bytes": self.stderr.count,
        }

    def answered(self) -> bool:
        """Whether a whole line is there, or more than is read of one. A line's end is in the piece that came last."""
        return b"\n" in self.answer.kept[-PIECE:] or self.answer.count > self.answer.limit

    def end(self) -> None:
        end_all(self.process)
        os.close(self.asking)
        os.close(self.answer.descriptor)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


class Calls:
    """Makes calls; at most one child lives on for a session."""

    def __init__(self, variables: Mapping[str, str], ground: Ground) -> None:
        self.variables, self.ground = variables, ground
        self.session: int | None = None
        self.child: _Child | None = None

    def call(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One call in a fresh child, or in the session's."""
        session = request["session"]
        if session is None or request["fresh"]:
            self.close()
            self.ground.clear()
            self.child = _Child(
                {**self.variables, **request["settings"]},
                self.ground.submission,
                request["output_bytes"],
                request["answer_bytes"],
            )
            self.session = session
        elif session != self.session or self.child is None or self.child.process.poll() is not None:
            return {"ended": "gone"}
        try:
            return self.child.ask(request)
        finally:
            if session is None or self.child.process.poll() is not None:
                self.close()

    def close(self) -> dict[str, Any]:
        """End the session's child, if there is one."""
        child, self.child, self.session = self.child, None, None
        if child is not None:
            child.end()
        return {}
