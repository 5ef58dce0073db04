"""Runs of the submission's command: one process group each, with its own working folder, time and caps.

Stdlib only, Python 3.9 to 3.14: this runs inside the sandbox.
"""
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import base64
import os
import re
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from ground import Ground
from processes import Drain, Feed, end_all, exit_code, memory_kills, out_of_memory, watch

NAME = "start"
"""What the shell calls itself: words of its own begin with it."""
PLAIN_WORD = re.compile(r"(?<!\S)[\w][\w./-]*(?!\S)|(?<!\S)\./[\w./-]+(?!\S)")


class Runs:
    """Runs `line` (a shell line) with arguments behind it."""

    def __init__(self, line: str, variables: Mapping[str, str], ground: Ground) -> None:
        self.variables, self.ground = variables, ground
        self.line = placed(line, ground.submission)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """One run, from an empty folder (or the last run's) to the files that it left; empties the request."""
        if request["keep_folder"]:
            self.ground.keep()
        else:
            self.ground.clear()
        self.ground.lay(request["files"])
        kills, began = memory_kills(), time.monotonic()
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'{self.line} "$@"', NAME, *request["args"]],
            cwd=self.ground.work,
            env={**self.variables, **request["settings"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        drains = [Drain(stream.fileno(), request["output_bytes"]) for stream in (process.stdout, process.stderr)]
        feed = Feed(os.dup(process.stdin.fileno()), base64.b64decode(request.pop("stdin")), close=True)
        process.stdin.close()
        try:
            ended = watch(process, drains, feed, request["seconds"], request["most_output"])
            seconds = time.monotonic() - began
            status = end_all(process)
            for drain in drains:
                drain.rest(request["most_output"])
        finally:
            if feed.open:
                os.close(feed.descriptor)
            process.stdout.close()
            process.stderr.close()
        if ended == "exited" and out_of_memory(kills, status):
            ended = "memory"
        files, refused = self.ground.collect(request["collect"], request["collect_bytes"])
        return {
            "ended": ended,
            "exit_code": exit_code(status),
            "seconds": seconds,
            "stdout": base64.b64encode(drains[0].kept).decode(),
            "stdout_bytes": drains[0].count,
            "stderr": base64.b64encode(drains[1].kept).decode(),
            "stderr_bytes": drains[1].count,
            "files": files,
            "refused": refused,
        }


def placed(line: str, submission: str) -> str:
    """The line with each plain word that names a file of the submission as its full path: it runs in another folder."""

    def place(word: re.Match[str]) -> str:
        path = os.path.normpath(os.path.join(submission, word[0]))
        return path if os.path.isfile(path) and path.startswith(submission + "/") else word[0]

    return PLAIN_WORD.sub(place, line)
