"""What an earlier `challenge verify` held is kept for the very same pack, images and harness, for a day."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from harness import held_before as module
from harness.held_before import KEPT_SECONDS, Exertion, held_before

IMAGES = {"examiner": "sha256:a"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    return tmp_path


def test_a_part_is_kept_with_what_it_took() -> None:
    """The next run of the same pack finds it."""
    held_before("sha256:p", IMAGES).keep("run 1", Exertion(seconds=2.5, memory_peak_mib=80.0))
    held_before("sha256:p", IMAGES).keep("calibration right")

    assert held_before("sha256:p", IMAGES).parts == {
        "run 1": Exertion(seconds=2.5, memory_peak_mib=80.0),
        "calibration right": None,
    }


def test_another_pack_image_or_harness_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part tells of one digest of each."""
    held_before("sha256:p", IMAGES).keep("run 1")

    assert held_before("sha256:q", IMAGES).parts == {}
    assert held_before("sha256:p", {"examiner": "sha256:b"}).parts == {}
    monkeypatch.setattr(module, "_sources", lambda: "other sources")
    assert held_before("sha256:p", IMAGES).parts == {}


def test_afresh_forgets() -> None:
    """Also for the runs after it."""
    held_before("sha256:p", IMAGES).keep("run 1")

    assert held_before("sha256:p", IMAGES, afresh=True).parts == {}
    assert held_before("sha256:p", IMAGES).parts == {}


def test_a_part_is_kept_for_a_day_and_the_file_removed_after_it(cache: Path) -> None:
    """An old line counts for nothing, and an old file goes."""
    before = held_before("sha256:p", IMAGES)
    before.keep("run 1")
    line = json.loads(before.path.read_text())
    line["at"] -= KEPT_SECONDS + 1
    before.path.write_text(json.dumps(line) + "\n")
    assert held_before("sha256:p", IMAGES).parts == {}

    old = time.time() - KEPT_SECONDS - 60
    os.utime(before.path, (old, old))
    held_before("sha256:other", IMAGES)
    assert not before.path.exists()


def test_half_a_line_and_strange_lines_count_for_nothing() -> None:
    """A run that was killed as it wrote leaves half a line."""
    before = held_before("sha256:p", IMAGES)
    before.keep("run 1")
    with before.path.open("a") as file:
        file.write('[]\n{"part": 3, "at": 1}\n{"part": "run 2", "at": NaN}\n\xff\n{"part": "run 3", "a')

    assert set(held_before("sha256:p", IMAGES).parts) == {"run 1"}


def test_a_cache_that_cannot_be_written_costs_time_only(cache: Path) -> None:
    """The proof goes on."""
    (cache / "proofs").write_text("a file where the folder should be")
    before = held_before("sha256:p", IMAGES)
    before.keep("run 1")

    assert set(before.parts) == {"run 1"}


def test_the_sources_are_those_of_the_five_packages_without_packs() -> None:
    """They are found, and are the same twice; a pack has its own digest."""
    assert module._sources() == module._sources()
    assert len(module._sources()) == 64
