"""The tests as they are written, counted from the files, beside the tests that the run told of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath as Path

from graders.cross_check import Check, listed, told
from graders.grade import Evidence
from graders.planting import Places, Planted
from graders.recording import Recording

TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
"""What pytest collects unless it is told otherwise; a `test_` function in another file may be anything."""


@dataclass(frozen=True, slots=True)
class Count:
    """Ids without parameters: `left_out` by the run's options, in files that were `not_collected`, `lost` in files that
    were; and `strange` ones: with a result, but with a name that stands in no file of the submission.
    """

    left_out: tuple[str, ...] = ()
    not_collected: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def function_of(identifier: str) -> str:
    """The id of a test's function: without its parameters."""
    return identifier.partition("[")[0]


def names_of(record: Recording) -> set[str]:
    """Names that must stand somewhere if the tests of this record do: of their functions and classes."""
    return {part for test in record.tests for part in function_of(test.id).split("::")[1:] if part.isidentifier()}


def count(record: Recording, planted: Planted) -> Count:
    """Hold the tests of a record against those that stand in the files."""
    places = _places((*record.collected, *record.deselected, *(t.id for t in record.tests)), planted.tests)
    reported = {_placed(one, places) for one in (*record.collected, *(test.id for test in record.tests))}
    deselected = {_placed(one, places) for one in record.deselected} - reported
    files = {one.partition("::")[0] for one in reported | deselected}
    unclear = {places.get(test.id.partition("::")[0], test.id) for test in record.collection_errors}
    unclear |= {places.get(one.partition("::")[0], one) for one in record.skipped_files}
    groups: dict[str, list[str]] = defaultdict(list)
    for path, tests in planted.tests.items():
        if not TEST_FILE.search(path):
            continue
        for name in dict.fromkeys(name for name, _ in tests):
            one = f"{path}::{name}"
            if one in reported or path in unclear:
                continue
            group = "left_out" if one in deselected else "lost" if path in files else "not_collected"
            if group == "lost" and path in planted.made:
                continue  # what makes tests while it is loaded may take some away
            groups[group].append(one)
    return Count(
        tuple(groups["left_out"]), tuple(groups["not_collected"]), tuple(groups["lost"]), _strange(record, planted)
    )


def check_count(record: Recording, planted: Planted) -> Check:
    """D2: is every test that stands in the files in the record, and every test of the record in the files?"""
    if not record.tests:
        return Check("count", "not tried", "Not tried: the run recorded no test.")
    found = count(record, planted)
    parts = []
    if found.strange:
        parts.append(f"{_tests(found.strange)} of the record stand in no file of the submission by their names.")
    if found.lost:
        parts.append(f"{_functions(found.lost)} in files that were collected had no part in the run.")
    if found.left_out:
        parts.append(f"{_functions(found.left_out)} were left out by the run's own options.")
    if found.not_collected:
        parts.append(f"{_functions(found.not_collected)} stand in files that the command does not collect.")
    written = sum(len({name for name, _ in tests}) for path, tests in planted.tests.items() if TEST_FILE.search(path))
    if not parts:
        return Check("count", "nothing", f"All {written} test functions that stand in the files had part in the run.")
    names = [*found.strange, *found.lost, *found.left_out, *found.not_collected]
    return told(
        "count",
        "The tests as they stand in the files are not the tests of the run",
        " ".join(parts),
        (Evidence("run", listed(names)), Evidence("place", path=names[0].partition("::")[0])),
    )


def _strange(record: Recording, planted: Planted) -> tuple[str, ...]:
    """Tests of the record whose function's name stands nowhere; where some are made at run time, that says nothing.

    Methods may come from a class of another package, and the text of a module may be a test that is named after it.
    """
    if planted.made or planted.unread:
        return ()
    found = []
    for test in record.tests:
        path, _, name = function_of(test.id).partition("::")
        stands = name in planted.names or name == Path(path).stem
        if TEST_FILE.search(path) and name.isidentifier() and not stands:
            found.append(test.id)
    return tuple(found)


def _places(identifiers: Iterable[str], paths: Collection[str]) -> dict[str, str]:
    """Path in an id to path in the submission."""
    named = {identifier.partition("::")[0] for identifier in identifiers}
    places = Places(paths)
    return {path: place for path in named if (place := places.find(path))}


def _placed(identifier: str, places: dict[str, str]) -> str:
    path, separator, rest = function_of(identifier).partition("::")
    return f"{places.get(path, path)}{separator}{rest}"


def _tests(names: Collection[str]) -> str:
    return "1 test" if len(names) == 1 else f"{len(names)} tests"


def _functions(names: Collection[str]) -> str:
    return "1 test function" if len(names) == 1 else f"{len(names)} test functions"
