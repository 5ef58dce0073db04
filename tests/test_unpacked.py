"""uv's cache: what an ended installation left half unpacked goes, and never under another one that is at work."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from sandbox.unpacked import LOCK, at_work


@pytest.fixture
def uv_cache(tmp_path: Path) -> Path:
    cache = tmp_path / "uv"
    (cache / "archive-v0" / "whole").mkdir(parents=True)
    half(cache, "earlier")
    return cache


def half(uv_cache: Path, name: str) -> None:
    (uv_cache / f".tmp{name}" / "package").mkdir(parents=True)
    (uv_cache / f".tmp{name}" / "package" / "file").write_text("x")


def names(uv_cache: Path) -> set[str]:
    return {path.name for path in uv_cache.iterdir()}


def test_what_is_half_unpacked_goes_before_and_after(uv_cache: Path) -> None:
    """A killed run's leftovers go when the next begins, one's own at its end, however it ends; whole wheels stay."""

    def interrupted() -> None:
        with at_work(uv_cache):
            assert names(uv_cache) == {"archive-v0"}
            half(uv_cache, "now")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(uv_cache) == {"archive-v0"}
    assert (uv_cache / "archive-v0" / "whole").is_dir()


def test_nothing_goes_while_another_is_at_work(uv_cache: Path) -> None:
    """What lies there may be the other's own: the last of them clears."""
    with (uv_cache.parent / LOCK).open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        with at_work(uv_cache):
            half(uv_cache, "now")
        assert names(uv_cache) == {"archive-v0", ".tmpearlier", ".tmpnow"}
    with at_work(uv_cache):
        assert names(uv_cache) == {"archive-v0"}
