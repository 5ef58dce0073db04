"""uv's cache: what an ended installation left half unpacked goes, and never under another one that is at work."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from sandbox.unpacked import LOCK, UNWANTED, at_work


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


def test_what_was_refused_goes_when_nobody_else_is_at_work(uv_cache: Path) -> None:
    """Whole wheels of requirements that are too large: named by the one, removed by the last; no other folder is."""
    for name in ("huge", "other"):
        (uv_cache / "archive-v0" / name).mkdir()
    with at_work(uv_cache), at_work(uv_cache) as refused:
        refused.drop([uv_cache / "archive-v0" / "huge"])
    assert {path.name for path in (uv_cache / "archive-v0").iterdir()} == {"whole", "other"}
    (uv_cache.parent / UNWANTED).write_text('["../uv", "archive-v0/../archive-v0/other", 7]\n{"half a')
    with at_work(uv_cache):
        assert {path.name for path in (uv_cache / "archive-v0").iterdir()} == {"whole", "other"}


def test_whole_wheels_are_kept_up_to_a_limit(uv_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the oldest go, until half of it is left."""
    monkeypatch.setattr("sandbox.unpacked.KEPT_MIB", 4)
    for age in range(4):
        folder = uv_cache / "archive-v0" / f"aged-{age}"
        folder.mkdir()
        (folder / "file").write_bytes(bytes(2**20))
        os.utime(folder, (1_700_000_000 - age, 1_700_000_000 - age))
    with at_work(uv_cache):
        assert len(list((uv_cache / "archive-v0").iterdir())) == 5
        (uv_cache / "archive-v0" / "whole" / "file").write_bytes(bytes(2**20))
    assert {path.name for path in (uv_cache / "archive-v0").iterdir()} == {"whole", "aged-0"}


def test_one_who_has_to_be_alone_waits(uv_cache: Path) -> None:
    """And keeps the others waiting."""
    with at_work(uv_cache, alone=True), (uv_cache.parent / LOCK).open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)


def test_nothing_goes_while_another_is_at_work(uv_cache: Path) -> None:
    """What lies there may be the other's own: the last of them clears."""
    with (uv_cache.parent / LOCK).open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        with at_work(uv_cache):
            half(uv_cache, "now")
        assert names(uv_cache) == {"archive-v0", ".tmpearlier", ".tmpnow"}
    with at_work(uv_cache):
        assert names(uv_cache) == {"archive-v0"}
