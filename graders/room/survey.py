"""Runs inside a sandbox, standard library only: what the submission's Python files say without being run.

In: /harness/input/design/order.json {"files": [path inside /submission], "ruff": [its arguments], "seconds": total}.
Out: the file named by the first argument, JSON: {"ruff": version, "files": [...], "lint": [...], "unread": [...]}.

The files are hostile: each is parsed in a child of its own with a limit of time and memory, so that one that brings
the parser down costs itself alone; where ruff comes down on many files, halves of them are tried until it is known
on which.
"""

import ast
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Fact = dict[str, Any]
ROOT = Path("/submission")
RUFF = "/tools/bin/ruff"
FILE_LIMIT = 1_000_000
ANSWER_LIMIT = 400_000
PARSE_SECONDS = 5
RUFF_SECONDS = 20
RUFF_ALONE_SECONDS = 4
MEMORY = 512 * 1024 * 1024
LINT_LIMIT = 2_000
MARK = re.compile(r"#.{0,200}?\b(TODO|FIXME|XXX|HACK)\b")
SWITCH_OFF = re.compile(r"#\s{0,3}(?:ruff: ?)?(?:noqa|type: ?ignore|pragma: ?no cover|nosec)", re.IGNORECASE)


def main(order_path: str, out_path: str) -> None:
    order = json.loads(Path(order_path).read_text())
    deadline = time.monotonic() + order["seconds"]
    unread: list[Fact] = []
    files = [parsed(path, deadline, unread) for path in order["files"]]
    version, lint = linted(order["files"], order["ruff"], deadline, unread)
    answer = {"ruff": version, "files": [file for file in files if file], "lint": lint, "unread": unread[:200]}
    Path(out_path).parent.mkdir(parents=True, exist_ok=True)
    Path(out_path).write_text(json.dumps(answer))


def parsed(path: str, deadline: float, unread: list[Fact]) -> Fact | None:
    """What one file holds, found out in a child; None (and a line in `unread`) when the child had no answer."""
    if time.monotonic() > deadline:
        unread.append({"path": path, "by": "parser", "reason": "there was no time left"})
        return None
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (PARSE_SECONDS, PARSE_SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            text = json.dumps(described(path)).encode()
        except BaseException as reason:  # noqa: BLE001 - whatever a hostile file brings about ends here
            text = json.dumps({"error": f"the parser did not come to its end ({type(reason).__name__})"}).encode()
        try:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(text[:ANSWER_LIMIT])
        finally:
            os._exit(0)
    os.close(writer)
    answer = received(reader, child)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    try:
        file: Fact = json.loads(answer)
    except ValueError:
        ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "no whole answer"
        unread.append({"path": path, "by": "parser", "reason": f"the parser did not come to its end ({ended})"})
        return None
    if "error" in file:
        unread.append({"path": path, "by": "parser", "reason": file["error"], "line": file.get("line")})
        return None
    return file


def received(reader: int, child: int) -> bytes:
    """All that the child writes, bounded in bytes and seconds."""
    end = time.monotonic() + PARSE_SECONDS + 2
    pieces: list[bytes] = []
    while time.monotonic() < end:
        ready, _, _ = select.select([reader], [], [], max(end - time.monotonic(), 0))
        if not ready:
            break
        piece = os.read(reader, 65_536)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    os.kill(child, signal.SIGKILL)
    return b""


def described(path: str) -> Fact:
    """The facts of one file. Runs in the child."""
    source = ROOT / path
    if source.is_symlink() or not source.is_file():
        return {"error": "is not a regular file"}
    with source.open("rb") as stream:
        content = stream.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        return {"error": "is larger than 1 MB"}
    try:
        tree = ast.parse(content)
    except SyntaxError as reason:
        return {"error": f"is not valid Python: {str(reason.msg)[:200]}", "line": reason.lineno}
    lines = content.decode("utf-8", "replace").split("\n")
    functions: list[tuple[str, int, int, int]] = []
    imports: list[tuple[str, list[str], int, int, bool]] = []
    classes = 0
    stack: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while stack:
        node, inside, deferred = stack.pop()
        name = inside
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{inside}.{node.name}".strip(".")[:200]
            given = node.args
            parameters = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
            functions.append((name, node.lineno, node.end_lineno or node.lineno, parameters))
            deferred = True
        elif isinstance(node, ast.ClassDef):
            name = f"{inside}.{node.name}".strip(".")[:200]
            classes += 1
        elif isinstance(node, ast.Import):
            imports += [(alias.name[:200], [], 0, node.lineno, deferred) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name[:100] for alias in node.names[:60]]
            imports.append(((node.module or "")[:200], names, node.level, node.lineno, deferred))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)[:400]:
            deferred = True
        stack.extend((child, name, deferred) for child in ast.iter_child_nodes(node))
    functions.sort(key=lambda function: function[1] - function[2])
    return {
        "path": path,
        "lines": len(lines) - (not lines[-1]),
        "code_lines": sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#")),
        "functions": functions[:400],
        "function_count": len(functions),
        "classes": classes,
        "imports": imports[:400],
        "marks": [number for number, line in enumerate(lines, start=1) if MARK.search(line[:2_000])][:50],
        "switched_off": sum(1 for line in lines if SWITCH_OFF.search(line[:2_000])),
    }


def linted(files: list[str], arguments: list[str], deadline: float, unread: list[Fact]) -> tuple[str, list[Fact]]:
    """ruff's diagnostics, reduced to rule, place and message; files on which it comes down are left out and named."""
    try:
        version = subprocess.run([RUFF, "--version"], capture_output=True, timeout=10, text=True).stdout.strip()[:60]
    except (OSError, subprocess.TimeoutExpired) as reason:
        unread.append({"path": "", "by": "ruff", "reason": f"could not be started: {type(reason).__name__}"})
        return "", []
    found: list[Fact] = []
    waiting = [files[start : start + 200] for start in range(0, len(files), 200)]
    while waiting:
        group = waiting.pop(0)
        left = deadline - time.monotonic()
        if left <= 0:
            unread += [{"path": path, "by": "ruff", "reason": "there was no time left"} for path in group]
            continue
        diagnostics = ruff(group, arguments, min(left, RUFF_SECONDS if len(group) > 8 else RUFF_ALONE_SECONDS))
        if diagnostics is not None:
            found += diagnostics
        elif len(group) == 1:
            unread.append({"path": group[0], "by": "ruff", "reason": "ruff crashed on it or did not come to its end"})
        else:
            half = len(group) // 2
            waiting[:0] = [group[:half], group[half:]]
    return version, found[:LINT_LIMIT]


def ruff(files: list[str], arguments: list[str], seconds: float) -> list[Fact] | None:
    """The diagnostics of one call, None when it crashed or hung."""
    paths = [str(ROOT / path) for path in files if (ROOT / path).is_file() and not (ROOT / path).is_symlink()]
    if not paths:
        return []
    try:
        run = subprocess.run([RUFF, *arguments, "--", *paths], capture_output=True, timeout=seconds, cwd="/")
        told = json.loads(run.stdout) if run.returncode in (0, 1) else None
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        return None
    if not isinstance(told, list):
        return None
    return [
        {
            "code": str(one.get("code") or "syntax")[:20],
            "name": str(one.get("name") or "")[:80],
            "message": str(one.get("message") or "")[:300],
            "path": str(one.get("filename") or "").removeprefix(f"{ROOT}/")[:1000],
            "line": int((one.get("location") or {}).get("row") or 1),
            "end": int((one.get("end_location") or {}).get("row") or 1),
        }
        for one in told[: LINT_LIMIT * 2]
    ]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
