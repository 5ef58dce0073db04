"""Plants what a cross-check needs into the sandbox's copy of a submission, and counts its tests as they are written.

    python3 -I -S plant.py ORDER FOLDER [ROOT]

No byte of the submission is run here: its files are parsed and written again from their syntax trees. ORDER is a JSON
file: `program` and `tests` are paths of Python files, `lines` are [path, line, test] (planted as far as a plain
statement of a function stands there), `names` are asked for, `canary` is {path, name} or null. FOLDER/planted.json
tells what was done: `functions` (their number), `lines` (places in the order's list), `unread` (paths), `tests` (path
to [qualified name, line] of what pytest takes for a test by its name), `made` (paths with tests made at run time),
`hooked` (paths left alone for their hooks of pytest's), `names` (those asked for that stand somewhere).
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

STARTUP = str(Path(__file__).parent)
LARGEST = 1024 * 1024
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Raise, ast.Assert, ast.Delete)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
PROBE = "__harness_probe__"


class Unreadable(Exception):  # noqa: N818 - told, never raised at anybody
    """A file that can't be parsed and written again."""


def plant(source: str, numbers: dict[int, int]) -> tuple[str, int, list[int]]:
    """The source with its statements planted, how many functions it has, and which of `numbers` were planted.

    `numbers` maps lines to the number that a statement planted there tells. Raises Unreadable.
    """
    try:
        tree = ast.parse(source)
        functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
        if any(node.name.startswith("pytest_") for node in functions):
            return source, 0, []  # a plug-in for the tests: none of the program
        planted: list[int] = []
        for function in functions:
            for block in _blocks(function):
                block[:] = list(_with_lines(block, numbers, planted))
        for function in functions:
            function.body.insert(_after_docstring(function.body), _call("function"))
        start = _after_docstring(tree.body)
        while start < len(tree.body) and isinstance(found := tree.body[start], ast.ImportFrom):
            if found.module != "__future__":
                break
            start += 1
        head = f"import sys as {PROBE}; {PROBE}.path.append({STARTUP!r}); import harness_probe as {PROBE}"
        tree.body[start:start] = [*ast.parse(head).body, _call("module")]
        text = ast.unparse(ast.fix_missing_locations(tree))
        compile(text, "planted", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as reason:
        raise Unreadable(str(reason)) from reason
    return text, len(functions), planted


def tests_in(source: str) -> tuple[list[tuple[str, int]], bool]:
    """What pytest takes for tests by their names, with their lines; and whether tests are made at run time here.

    Fixtures are none, nor is what `__test__ = False` or an `__init__` keeps pytest from. Raises Unreadable.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as reason:
        raise Unreadable(str(reason)) from reason
    made = any(
        (isinstance(node, ast.Name) and node.id in ("globals", "setattr", "exec", "eval", "scenarios"))
        or (isinstance(node, FUNCTIONS) and node.name in ("load_tests", "pytest_pycollect_makeitem"))
        or (isinstance(node, ast.alias) and node.name == "*")
        for node in ast.walk(tree)
    )
    return list(_tests(tree.body, "")), made


def names_in(source: str) -> set[str]:
    """Names of all functions and classes, and all names that something is bound to. Raises Unreadable."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as reason:
        raise Unreadable(str(reason)) from reason
    named = (ast.ClassDef, ast.Name, ast.alias, *FUNCTIONS)
    return {
        node.id if isinstance(node, ast.Name) else (getattr(node, "asname", None) or node.name)
        for node in ast.walk(tree)
        if isinstance(node, named)
    }


def _tests(body: Iterable[ast.stmt], before: str) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, FUNCTIONS) and node.name.startswith("test"):
            told = [ast.unparse(decorator) for decorator in node.decorator_list]
            if not any("fixture" in one or "property" in one for one in told):
                yield f"{before}{node.name}", node.lineno
        elif isinstance(node, ast.ClassDef):
            cases = any("TestCase" in ast.unparse(parent) for parent in node.bases)
            named = {child.name for child in node.body if isinstance(child, FUNCTIONS)}
            switched = any(
                isinstance(child, ast.Assign | ast.AnnAssign) and "__test__" in ast.unparse(child)
                for child in node.body
            )
            if cases or (node.name.startswith("Test") and not switched and not {"__init__", "__new__"} & named):
                yield from _tests(node.body, f"{before}{node.name}::")


def _blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements of a function, and of all in it."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(function, name, None)
        if isinstance(block, list):
            yield block
            for statement in block:
                yield from _blocks(statement)
    for part in (*getattr(function, "handlers", ()), *getattr(function, "cases", ())):
        yield from _blocks(part)


def _with_lines(block: list[ast.stmt], numbers: dict[int, int], planted: list[int]) -> Iterator[ast.stmt]:
    for statement in block:
        number = numbers.get(statement.lineno)
        plain = isinstance(statement, SIMPLE) and statement.lineno == statement.end_lineno
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if number is not None and plain and not text and number not in planted:
            planted.append(number)
            yield _call("line", number)
        yield statement


def _after_docstring(body: list[ast.stmt]) -> int:
    first = body[0] if body else None
    return int(
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )


def _call(name: str, *numbers: int) -> ast.stmt:
    return ast.parse(f"{PROBE}.{name}({', '.join(map(str, numbers))})").body[0]


def _read(file: Path) -> str:
    if not file.is_file() or file.is_symlink() or file.stat().st_size > LARGEST:
        raise Unreadable("not a file that can be read")
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise Unreadable(str(reason)) from reason


def main(order_path: str, folder: str, root: str = "/submission") -> None:
    """Do what the order says to the files below `root`, and tell in `folder` what was done."""
    order = json.loads(Path(order_path).read_text("utf-8"))
    told: dict[str, Any] = {
        "functions": 0,
        "lines": [],
        "unread": [],
        "tests": {},
        "made": [],
        "hooked": [],
        "names": [],
    }
    names: set[str] = set()
    by_path: dict[str, dict[int, int]] = {}
    for number, (path, line, _) in enumerate(order["lines"]):
        by_path.setdefault(path, {})[line] = number
    for path in [*order["program"], *order["tests"]]:
        try:
            source = _read(Path(root, path))
            names |= names_in(source) & set(order["names"])
            if path in order["tests"]:
                found, made = tests_in(source)
                told["tests"][path] = found
                told["made"] += [path] if made else []
            else:
                text, functions, planted = plant(source, by_path.get(path, {}))
                Path(root, path).write_text(text, "utf-8")
                told["hooked"] += [path] if text == source else []
                told["functions"] += functions
                told["lines"] += planted
        except (Unreadable, OSError):
            told["unread"].append(path)
    told["names"] = sorted(names)
    if order["canary"]:
        with Path(root, order["canary"]["path"]).open("a", encoding="utf-8") as file:
            file.write(f'\n\ndef {order["canary"]["name"]}():\n    __import__("harness_probe").canary()\n')
    Path(folder, "planted.json").write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
