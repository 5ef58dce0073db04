"""Options and fixtures that many tests share; tests never touch the user's own cache or engine by accident."""

from __future__ import annotations

import gc
import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from private_engine import PrivateEngine, open_private_engine

from sandbox.engine import Engine
from sandbox.images import Image, provide

_NUMBERS = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-docker", action="store_true", help="Run the tests that need a Docker engine.")
    parser.addoption("--run-browser", action="store_true", help="Run the tests that need Chromium.")
    parser.addoption("--run-slow", action="store_true", help="Run the tests with enormous inputs and real waiting.")
    parser.addoption("--no-skips", action="store_true", help="Fail when a test that was chosen was skipped.")


def pytest_configure() -> None:
    """A shell lets its jobs in the background ignore Ctrl-C, which what they start inherits: tests send it, though."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without its option, tests that need an engine, a browser or patience are left out, and said to be."""
    off = {name for name in ("docker", "browser", "slow") if not config.getoption(f"--run-{name}")}
    left_out = [item for item in items if off & set(item.keywords)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test proves nothing: where everything can be had (in CI), that is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    if session.config.getoption("--no-skips") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_cache(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Fast tests get an empty cache of their own; docker tests share the user's, whose images take minutes to make."""
    if "docker" not in request.keywords:
        # Named, not made: most tests never look at it, and thousands of folders take seconds.
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.getbasetemp() / f"cache-{next(_NUMBERS)}"))
        monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/harness-tests-must-not-use-an-engine.sock")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The real engine."""
    with Engine.connect() as connected:
        yield connected


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """The cache that real runs use."""
    from sandbox.cache import cache_root

    return cache_root()


@pytest.fixture(scope="session")
def python_image(engine: Engine, cache_folder: Path) -> Image:
    """The newest sandbox image."""
    return provide(engine, "python-3.13", cache_folder, print)


@pytest.fixture(scope="session")
def examiner_image(engine: Engine, cache_folder: Path) -> Image:
    """The examiner's image."""
    return provide(engine, "examiner", cache_folder, print)


@pytest.fixture(scope="session")
def private_engine(python_image: Image, examiner_image: Image) -> Iterator[PrivateEngine]:
    """A second engine with the images of a grading, which a test may break as long as it leaves it running."""
    with open_private_engine([python_image.name, examiner_image.name]) as engine:
        yield engine
