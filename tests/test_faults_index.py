"""The package index fails while a grading installs dependencies: our trouble, never the submission's.

Row ids (F19, F20) are those of docs/faults.md. What the installation itself makes of each fault is in test_prepare.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from grading_process import grading, left_of, nobody_failed, plain, with_our_tools
from package_index import Served, serve_index
from private_engine import PrivateEngine

from sandbox.engine import Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ENOUGH = 90.0
FRESH = ("environments", "uv")
"""Parts of the cache that hold packages: a test starts without those of a submission."""


@pytest.fixture
def served() -> Iterator[Served]:
    """An index with one package."""
    with serve_index() as index:
        index.add("hello", "1.0", {"hello.py": "GREETING = 'hello'\n"})
        yield index


@pytest.fixture
def probe(private_engine: PrivateEngine) -> Iterator[Engine]:
    """The test's own connection to the private engine, which has nothing of any run afterwards."""
    private_engine.empty()
    with private_engine.connect() as engine:
        yield engine
        assert left_of(engine) == []


def environments(cache: Path) -> set[str]:
    return {path.parent.name for path in (cache / "environments").glob("[0-9a-f]*/about.json")}


def test_an_index_that_is_not_there(
    probe: Engine, served: Served, cache_folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """F19, F20. Nobody serves it: exit 1, an error that names it; once it is back, the same grading passes."""
    changes = {"requirements.txt": "hello==1.0\n"}
    with_our_tools(tmp_path / "cache", cache_folder)
    known = environments(tmp_path / "cache")
    found = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}
    with grading("", tmp_path, cache_folder, probe, seconds=0, changes=changes, variables=found, fresh=FRESH) as one:
        ending = one.ended(ENOUGH)

    assert ending.code == 1, ending.said
    assert ending.report is not None
    nobody_failed(ending.report)
    assert "dependencies could not be installed" in ending.line
    assert "127.0.0.1:9" in ending.line
    assert environments(one.cache) == known
    request.node.user_properties.append(("seen", f"exit {ending.code}: {plain(ending.line)}"))

    found = {"UV_DEFAULT_INDEX": served.index.urls[0]}
    with grading("", tmp_path, cache_folder, probe, seconds=0, variables=found, fresh=FRESH) as one:
        again = one.ended(ENOUGH)
    assert again.code == 0, again.said
    assert again.report is not None
    nobody_failed(again.report)
    assert len(environments(one.cache) - known) == 1


def test_a_package_that_is_not_there(probe: Engine, served: Served, cache_folder: Path, tmp_path: Path) -> None:
    """F20. The contrast: an index that works and has no such package. That is the submission's, and graded as such."""
    changes = {"requirements.txt": "no-such-package==1.0\n"}
    found = {"UV_DEFAULT_INDEX": served.index.urls[0]}
    with_our_tools(tmp_path / "cache", cache_folder)
    with grading("", tmp_path, cache_folder, probe, seconds=0, changes=changes, variables=found, fresh=FRESH) as one:
        ending = one.ended(ENOUGH)

    assert ending.code == 0, ending.said
    assert ending.report is not None
    assert ending.report.grades["own_tests"].outcome == "failed"
