"""The hidden tests of lead-ingestion: their words are the challenge's, and they are many enough."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

PACK = Path(__file__).resolve().parent.parent / "challenges" / "lead-ingestion"
TESTS = sorted((PACK / "hidden_tests").glob("test_*.py"))
REQUIREMENTS = {
    entry["id"]: entry["text"] for entry in tomllib.loads((PACK / "requirements.toml").read_text())["requirement"]
}
VOCABULARY = tomllib.loads((PACK / "hidden_tests" / "vocabulary.toml").read_text())


def marks(tree: ast.Module) -> list[dict[str, list[str]]]:
    """The markers of each test function, those of the module included where the function has none of its own."""

    def read(nodes: list[ast.expr]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found.setdefault(node.func.attr, []).extend(
                    str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)
                )
        return found

    module: dict[str, list[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "pytestmark":
            module = read(list(node.value.elts))  # type: ignore[attr-defined]  (pytestmark is a list in this pack)
    return [
        {**module, **read(node.decorator_list)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


ALL = [found for path in TESTS for found in marks(ast.parse(path.read_text()))]


def test_enough_in_every_category() -> None:
    """At least 45 tests, 28 of them contract, and contract tests in each of the twelve categories."""
    assert len(ALL) >= 45
    contract = [found for found in ALL if found["tier"] == ["contract"]]
    assert len(contract) >= 28
    assert set(VOCABULARY["categories"]) == {found["category"][0] for found in contract}
    assert len(VOCABULARY["categories"]) == 12


def test_requirements_are_all_checked() -> None:
    """Each requirement of the brief is checked by a contract test, and no test names one that is not there."""
    named = Counter(name for found in ALL for name in found.get("requirement", []))
    assert set(named) == set(REQUIREMENTS)


def test_ids_follow_the_convention() -> None:
    """R-<category>-<n>, numbered without gaps, each text one sentence."""
    numbers: dict[str, list[int]] = {}
    for identity, text in REQUIREMENTS.items():
        match = re.fullmatch(r"R-(.+)-(\d+)", identity)
        assert match, identity
        assert match[1] in VOCABULARY["categories"]
        numbers.setdefault(match[1], []).append(int(match[2]))
        assert text.endswith(".")
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
