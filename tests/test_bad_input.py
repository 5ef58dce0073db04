"""Submissions and machines that are not as they should be: one clear line or finding, the right exit code, no rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from repositories import Content, Link, Submodule, make_repository
from tiny_pack import LOG, PROGRAM, grade_tiny, make_pack, make_submission

from graders import own_tests
from graders.grade import Outcome
from reports import Report

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parent.parent
OUR_SCRIPT = ROOT / "reports" / "templates" / "scorecard.js"
KEPT = ("environments", "images", "programs", "uv")
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny challenge."""
    return make_pack(tmp_path_factory.mktemp("packs"))


@pytest.fixture
def cache(tmp_path: Path, cache_folder: Path) -> Path:
    """A cache of its own for runs, which shares what is dear with the user's."""
    return share(tmp_path / "cache", cache_folder)


def share(cache: Path, cache_folder: Path) -> Path:
    cache.mkdir(exist_ok=True)
    for name in KEPT:
        (cache_folder / name).mkdir(exist_ok=True)
        (cache / name).symlink_to(cache_folder / name)
    return cache


def harness(packs: Path, cache: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`harness grade` of the tiny challenge, as a process of its own; nothing of it is left in the cache."""
    engine = {name: os.environ[name] for name in os.environ if name.startswith("DOCKER_")}
    done = subprocess.run(
        [sys.executable, "-m", "harness", "grade", *arguments, "--challenge", "tiny", "--challenges", str(packs)],
        cwd=packs,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", "HARNESS_CACHE": str(cache)}
        | engine
        | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    runs = cache / "runs"
    assert not runs.is_dir() or not list(runs.iterdir())
    return done


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says what happened."""
    told = [line for line in done.stderr.splitlines() if line.startswith("harness: ")]
    assert len(told) == 1, done.stderr
    return told[0]


def texts(report: Report, grade: str) -> str:
    """All that a grade says, as one text."""
    return "\n".join(
        part
        for finding in report.grades[grade].findings
        for part in (finding.title, finding.detail, *(piece.text for piece in finding.evidence))
    )


# -- What can't be graded -------------------------------------------------------------------------------------


def empty(path: Path) -> None:
    make_repository(path)


def no_repository(path: Path) -> None:
    path.mkdir()
    (path / "main.py").write_text("print()\n")


def no_files(path: Path) -> None:
    make_repository(path, {"a": "b"}, commits=[])
    make_repository(path / "x", {"a": "b"})
    subprocess.run(["git", "-C", str(path), "symbolic-ref", "HEAD", "refs/heads/none"], check=True)
    subprocess.run(["git", "-C", str(path), "update-ref", "-d", "refs/heads/main"], check=True)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (None, "does not exist. Check the path"),
        (empty, "is empty: it has no commits. Push the work"),
        (no_repository, "is a folder, but not a git repository. Commit the work"),
        (no_files, "is empty: it has no commits. Push the work"),
    ],
    ids=["nowhere", "empty", "no-repository", "no-branch"],
)
def test_what_is_no_submission_is_four(make: Any, told: str, packs: Path, cache: Path, tmp_path: Path) -> None:
    """No such repository, an empty one, a folder without git: exit 4, one line with what to do, and no report."""
    if make is not None:
        make(tmp_path / "them")
    done = harness(packs, cache, str(tmp_path / "them"), "--out", str(tmp_path / "out"))

    assert done.returncode == 4, done.stderr
    assert last_line(done).startswith("harness: this submission can't be graded: ")
    assert told in last_line(done)
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("data/dump.bin", bytes(60 * MIB)), ("AI_LOG.md", b"## Prompt\nwrite it\n" * (51 * MIB // 19 + 1))],
    ids=["zeros", "ai-log"],
)
def test_a_file_over_the_limit_is_refused_by_its_name(
    name: str, content: bytes, packs: Path, cache: Path, tmp_path: Path
) -> None:
    """60 MB of zeros, an AI usage log of 51 MiB: exit 4 within seconds, name and limit, and a report of it."""
    them = make_submission(tmp_path / "them", {name: content})
    began = time.monotonic()
    done = harness(packs, cache, str(them), "--out", str(tmp_path / "out"))

    assert done.returncode == 4, done.stderr
    assert time.monotonic() - began < 20
    assert f"{name} is larger than 50 MiB. Take it out" in last_line(done)
    report = Report.model_validate_json((tmp_path / "out" / "report.json").read_bytes())
    assert {str(grade.outcome) for grade in report.grades.values()} == {"skipped"}
    assert name in report.grades["hidden_tests"].summary


# -- Programs that do not work ---------------------------------------------------------------------------------

CRASHES = PROGRAM.replace(
    "        body = GREETING",
    "        if self.path == '/greeting':\n"
    "            print('out of greetings', flush=True)\n"
    "            os._exit(3)\n"
    "        body = GREETING",
)


@pytest.mark.parametrize(
    ("changes", "said", "passed"),
    [
        ({"submission.toml": '[run]\nstart = "no-such-program --now"\n'}, "no-such-program: not found", 0),
        ({"submission.toml": '[run]\nstart = "sleep 600"\n'}, "not healthy within 5 s", 0),
        ({"program.py": "def broken(:\n"}, "SyntaxError", 0),
        ({"program.py": CRASHES}, "out of greetings", 1),
        ({"program.py": None}, "program.py", 0),
        ({"submission.toml": b"\xff\xfe[run]"}, "", 2),
        ({"submission.toml": None}, "", 2),
    ],
    ids=["unknown", "hangs", "syntax-error", "crashes", "absent", "manifest-unreadable", "no-manifest"],
)
def test_a_program_that_does_not_work_is_told_in_its_own_words(
    changes: dict[str | bytes, Content], said: str, passed: int, packs: Path, tmp_path: Path
) -> None:
    """Unknown command, hang, syntax error, crash: the hidden tests fail, none is ours, and its last output is shown.

    Where the manifest is silent or unreadable the challenge's own start command serves.
    """
    report = grade_tiny(packs, make_submission(tmp_path / "them", changes), tmp_path / "out")
    grade = report.grades["hidden_tests"]

    assert report.complete
    assert (grade.measures["passed"], grade.measures["error"]) == (passed, 0), grade.summary
    assert grade.outcome is (Outcome.PASSED if passed == 2 else Outcome.FAILED)
    assert said in texts(report, "hidden_tests")
    if changes.get("submission.toml") == b"\xff\xfe[run]":
        assert any("submission.toml is not UTF-8 text; the challenge's own" in note for note in report.provenance.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import time\n\ndef test_for_ever():\n    while True:\n        time.sleep(0.01)\n", "did not end within 5 s"),
        ("import os\nos._exit(0)\n", "recorded no test"),
        ("def broken(:\n", "SyntaxError"),
        (None, "recorded no test"),
    ],
    ids=["endless", "leaves-at-import", "syntax-error", "none"],
)
def test_own_tests_that_misbehave_are_told(
    content: str | None, said: str, packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless loop, an exit at import, a syntax error, no tests: bounded, failed, and said."""
    monkeypatch.setattr(own_tests, "LIMITS", replace(own_tests.LIMITS, seconds=5))
    them = make_submission(tmp_path / "them", {"tests/test_program.py": content})
    report = grade_tiny(packs, them, tmp_path / "out")

    assert report.complete
    assert report.grades["own_tests"].outcome is Outcome.FAILED
    assert said in texts(report, "own_tests")
    assert report.grades["hidden_tests"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("requirements", "said", "line"),
    [
        ("no-such-package-of-anyone-7f3a==1.0\n", "no-such-package-of-anyone", None),
        ("# nothing else\nthing @ git+https://example.com/thing.git\n", "git+https", 2),
    ],
    ids=["does-not-exist", "elsewhere"],
)
def test_a_dependency_that_can_t_be_installed_is_a_finding(
    requirements: str, said: str, line: int | None, packs: Path, tmp_path: Path
) -> None:
    """A package that does not exist, one from elsewhere than the index: the submission's, with file, line and words."""
    them = make_submission(tmp_path / "them", {"requirements.txt": requirements})
    report = grade_tiny(packs, them, tmp_path / "out")
    finding = report.grades["hidden_tests"].findings[0]

    assert report.complete
    assert finding.outcome is Outcome.FAILED
    assert said in finding.evidence[0].text
    assert (finding.evidence[0].path, finding.evidence[0].line) == ("requirements.txt", line)
    assert report.grades["own_tests"].outcome is Outcome.FAILED


# -- AI usage logs and names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "outcome", "said"),
    [
        (None, Outcome.FAILED, "AI"),
        (b"", Outcome.FAILED, "nothing is written in it"),
        (LOG.encode("utf-16"), Outcome.PASSED, "1 entry; prompt 1/1"),
        (b"# AI usage log\n\n" + b"prompt: " + b"x" * (10 * MIB), None, "first"),
        (LOG.encode() + b"\x00\x1b[2J" * 1000, Outcome.PASSED, ""),
    ],
    ids=["missing", "empty", "utf-16", "one-line-of-10-mb", "control-characters"],
)
def test_every_ai_usage_log_is_read_or_told_of(
    content: bytes | None, outcome: Outcome | None, said: str, packs: Path, tmp_path: Path
) -> None:
    """Missing, empty, UTF-16, one line of 10 MB: never our error, and the grade says what it is."""
    them = make_submission(tmp_path / "them", {"AI_LOG.md": content})
    report = grade_tiny(packs, them, tmp_path / "out")
    grade = report.grades["ai_usage_log"]

    assert report.complete
    assert grade.outcome in ((outcome,) if outcome else (Outcome.PASSED, Outcome.FAILED))
    assert said in grade.summary + texts(report, "ai_usage_log"), grade


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x1b]0;owned\x07\r::error::owned\u202e"
FILES: dict[str | bytes, Content] = {
    "new\nline.py": "x = 1\n",
    "bell\x07\x1b[31m.py": "import os\n",
    b"not-utf-8-\xff.txt": "x",
    "<img src=x onerror=alert(1)>.py": "def f(:\n",
    "tests/test_<script>.py": "def test_it():\n    assert False, '" + repr(HOSTILE)[1:-1] + "'\n",
    "passwd": Link("/etc/passwd"),
    "up/and/out": Link("../../../etc/hostname"),
    "module": Submodule(),
    ".gitmodules": '[submodule "m"]\n\tpath = module\n\turl = file:///etc\n',
    "program.py": PROGRAM.replace("hello", "hell").replace("import os", f"import os\nprint({HOSTILE!r}, flush=True)"),
    "AI_LOG.md": LOG + f"\n## {HOSTILE}\n**Prompt:** {HOSTILE}\n**Correction:** [x](javascript:alert(1))\n",
    "DECISIONS.md": HOSTILE,
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """The elements and attributes of a page, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.scripts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.cdata_elem == "script":
            self.scripts[-1] += data


def test_hostile_names_and_texts_do_nothing_where_they_are_shown(packs: Path, cache: Path, tmp_path: Path) -> None:
    """Script tags, escape sequences, line breaks, links out: said, and inert in every view and on a screen."""
    them = make_submission(tmp_path / "them", FILES)
    done = harness(packs, cache, str(them), "--out", str(tmp_path / "out"), "--json", "-v")
    html, markdown, stored = (
        (tmp_path / "out" / f"report.{kind}").read_bytes().decode() for kind in ("html", "md", "json")
    )
    page = Page(html)

    assert done.returncode == 0, done.stderr
    for shown in (done.stdout, done.stderr, html, markdown, stored):
        assert CONTROL.findall(shown) == []
    assert not any(line.startswith(("::", "##[")) for line in (done.stdout + done.stderr).splitlines())
    assert page.tags.isdisjoint({"img", "iframe", "object"})
    assert page.scripts == [OUR_SCRIPT.read_text(encoding="utf-8")]
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [value for _, value in page.attributes if value.lower().startswith(("javascript:", "http:"))]
    assert "root:" not in html
    notes = {note.kind for note in Report.model_validate_json(stored).submission.notes}
    assert {"link", "submodule", "name"} <= notes


# -- The machine -----------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk takes root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_under_the_cache_is_three(
    small_disk: Path, packs: Path, cache_folder: Path, tmp_path: Path
) -> None:
    """One line that names the cache and what to do; exit 3, no report; also with no room for a first file."""
    share(small_disk, cache_folder)
    them = str(make_submission(tmp_path / "them"))
    for told in ("has 0 MiB free, 128 are needed", "No space left on device"):
        done = harness(packs, small_disk, them, "--out", str(tmp_path / "out"))
        assert done.returncode == 3, done.stderr
        assert told in last_line(done)
        assert "set HARNESS_CACHE" in last_line(done)
        assert not (tmp_path / "out").exists()
        fill(small_disk)


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(bytes(4096)):
            pass


def test_a_disk_that_fills_up_meanwhile_is_never_the_candidate_s(
    small_disk: Path, packs: Path, cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be told is an error of ours that says so, without the host's paths to its own files."""
    monkeypatch.setattr("sandbox.scratch.LEAST_FREE_MIB", 0)
    monkeypatch.setenv("HARNESS_CACHE", str(share(small_disk, cache_folder)))
    report = grade_tiny(packs, make_submission(tmp_path / "them"), tmp_path / "out")
    told = report.grades["hidden_tests"].summary

    assert not report.complete
    assert report.grades["hidden_tests"].outcome is Outcome.ERROR
    assert "No space left on device): free some space" in told
    assert str(ROOT) not in told


def test_a_full_disk_under_the_report_is_met_at_once(
    small_disk: Path, packs: Path, cache: Path, tmp_path: Path
) -> None:
    """Exit 3 before minutes are spent on a grading whose report has no place, and nothing half-written is left."""
    them = make_submission(tmp_path / "them")
    done = harness(packs, cache, str(them), "--out", str(small_disk / "a" / "b"), "-v")

    assert done.returncode == 3, done.stderr
    assert "(No space left on device): free some space there, or name another folder by --out" in last_line(done)
    assert "hidden tests" not in done.stderr
    assert list(small_disk.iterdir()) == []


def test_a_folder_that_can_t_be_written_is_three(small_disk: Path, packs: Path, cache: Path, tmp_path: Path) -> None:
    """A disk that is read-only, a file where a folder should be: for the report and for the cache."""
    them = str(make_submission(tmp_path / "them"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (tmp_path / "file").write_text("")
    for out in (small_disk / "out", tmp_path / "file" / "out"):
        done = harness(packs, cache, them, "--out", str(out))
        assert done.returncode == 3, done.stderr
        assert f"can't be written to {out} (" in last_line(done)
        assert "--out" in last_line(done)
    for place in (small_disk / "cache", tmp_path / "file" / "cache"):
        done = harness(packs, place, them, "--out", str(tmp_path / "out"))
        assert done.returncode == 3, done.stderr
        assert "set HARNESS_CACHE to a folder that can be written" in last_line(done)
    done = harness(packs, cache, them, "--out", str(tmp_path / "file"))
    assert done.returncode == 2, done.stderr
    assert (tmp_path / "file").read_text() == ""


def test_no_engine_is_three(packs: Path, cache: Path, tmp_path: Path) -> None:
    """One line with the address that was tried and what to do; no report."""
    absent = f"unix://{tmp_path}/engine.sock"
    done = harness(packs, cache, "nowhere", "--out", str(tmp_path / "out"), DOCKER_HOST=absent)

    assert done.returncode == 3
    assert done.stderr == f"{last_line(done)}\n"
    assert absent in done.stderr
    assert "doctor" in done.stderr
    assert not (tmp_path / "out").exists()
