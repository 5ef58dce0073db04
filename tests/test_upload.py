"""Uploads: archives of a repository or of plain files, and what a hostile one may not do."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Change, make_repository, run

from sandbox.fetch import FetchLimits, SubmissionRefused, fetch
from sandbox.submission import Submission


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def get(archive: Path, into: Path, ref: str | None = None, **limits: float) -> Submission:
    return fetch(str(archive), ref=ref, into=into, limits=FetchLimits(**limits))  # type: ignore[arg-type]


def refusal(archive: Path, into: Path, ref: str | None = None, **limits: float) -> str:
    with pytest.raises(SubmissionRefused) as caught:
        get(archive, into, ref, **limits)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def zipped(folder: Path, name: str = "demo.zip", wrapper: str = "") -> Path:
    target = folder.parent / name
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, wrapper + path.relative_to(folder).as_posix())
    return target


def tarred(folder: Path, name: str = "demo.tar.gz", wrapper: str = ".") -> Path:
    target = folder.parent / name
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, wrapper)
    return target


def tar_of(target: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(target, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


PACKERS: dict[str, Callable[[Path], Path]] = {
    "zip": zipped,
    "zip in a folder": lambda folder: zipped(folder, wrapper="demo-main/"),
    "tar.gz": tarred,
    "tgz in a folder": lambda folder: tarred(folder, "demo.tgz", "demo-main"),
}


@pytest.mark.parametrize("form", PACKERS)
def test_an_archived_repository_keeps_its_history(tmp_path: Path, into: Path, form: str) -> None:
    """Every form of archive gives the commit of the repository in it, with history; the files beside it don't count."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"}, [Change({"a.py": "2\n"}, "Second")])
    (source / "uncommitted.py").write_text("not graded")
    submission = get(PACKERS[form](source), into)
    assert submission.commit == run(source, "rev-parse", "HEAD")
    assert [commit.subject for commit in submission.commits()] == ["Start", "Second"]
    assert [file.path for file in submission.files] == ["a.py"]
    assert submission.name == "demo"
    assert "archive" in {note.kind for note in submission.notes}
    assert [place.name for place in into.iterdir()] == ["submission.git"]


def test_packed_bare_and_branching_repositories_are_read_from_archives(tmp_path: Path, into: Path) -> None:
    """Packs, packed branches, a bare repository and a ref of it: all of what git writes is understood."""
    source = make_repository(tmp_path / "demo.git", {"a.py": "1\n"}, [Change({"a.py": "2\n"})], bare=True)
    run(source, "branch", "old", "HEAD~1")
    run(source, "gc", "--quiet")
    assert get(zipped(source), into, "old").commit == run(source, "rev-parse", "old")


@pytest.mark.parametrize("form", PACKERS)
def test_plain_files_become_one_commit_that_is_the_same_each_time(tmp_path: Path, into: Path, form: str) -> None:
    """Files without history are graded too: one commit, one id, whatever the archive's form; and a note says so."""
    folder = tmp_path / "demo"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "main.py").write_text("print(1)\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "x").write_text("litter")
    submission = get(PACKERS[form](folder), into)
    assert submission.commit == "a1f355d746758397ab7027f2b0748da1230beb5f"
    assert {(file.path, file.mode) for file in submission.files} == {("app/main.py", "100644"), ("run.sh", "100755")}
    assert len(submission.commits()) == 1
    assert "history" in {note.kind for note in submission.notes}


def test_a_ref_of_plain_files_and_an_empty_repository_are_refused(tmp_path: Path, into: Path) -> None:
    """There is no history to take a ref from; and a .git without a commit is an empty submission."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "a.py").write_text("1\n")
    assert "without history" in refusal(zipped(folder), into, "main")
    second = tmp_path / "second"
    second.mkdir()
    assert "empty" in refusal(zipped(make_repository(tmp_path / "void"), "void.zip"), second)


def test_a_hostile_git_folder_in_an_archive_runs_nothing(tmp_path: Path, into: Path) -> None:
    """Of a .git only objects and branches are taken: no configuration, no hook, no borrowed objects, no info."""
    marker = tmp_path / "marker"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    for key in ("core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand", "remote.origin.uploadpack"):
        run(source, "config", key, str(script))
    run(source, "config", "include.path", "/etc/passwd")
    for name in ("post-checkout", "pre-auto-gc", "reference-transaction"):
        (source / ".git" / "hooks").mkdir(exist_ok=True)
        (source / ".git" / "hooks" / name).write_text(script.read_text())
        (source / ".git" / "hooks" / name).chmod(0o755)
    (source / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (source / ".git" / "objects" / "info" / "alternates").write_text("/root/private/.git/objects\n")
    submission = get(zipped(source), into)
    submission.commits()
    assert not marker.exists()
    assert "evil" not in (submission.git / "config").read_text()


@pytest.mark.parametrize("name", ["../outside.py", "/tmp/outside.py", "demo/../../outside.py", "a/b/../../../x"])
@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_names_that_lead_out_are_refused(tmp_path: Path, into: Path, name: str, ending: str) -> None:
    """No member is written where its name says; such an archive is refused as a whole."""
    target = tmp_path / f"slip.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("demo/a.py", "1\n")
            archive.writestr(name, "evil")
    else:
        tar_of(target, (member("demo/a.py"), b"1\n"), (member(name), b"evil"))
    assert "leads out of it" in refusal(target, into)
    assert not any(tmp_path.rglob("outside.py"))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(tmp_path: Path, into: Path, kind: bytes) -> None:
    """An archive of work holds files and folders."""
    target = tar_of(tmp_path / "dev.tar.gz", (member("a.py"), b"1\n"), (member("zero", kind), b""))
    assert "device, a pipe" in refusal(target, into)


def test_links_in_an_archive_are_data(tmp_path: Path, into: Path) -> None:
    """A link, and a file written through it, touch nothing outside; the link is a link at the commit, and noted."""
    target = tar_of(
        tmp_path / "links.tar.gz",
        (member("out", tarfile.SYMTYPE, str(tmp_path)), b""),
        (member("a.py"), b"1\n"),
    )
    submission = get(target, into)
    assert [(note.kind, note.path) for note in submission.notes if note.kind == "link"] == [("link", "out")]
    through = tar_of(
        tmp_path / "through.tar.gz",
        (member("out", tarfile.SYMTYPE, str(tmp_path)), b""),
        (member("out/evil"), b"evil"),
    )
    second = tmp_path / "second"
    second.mkdir()
    get(through, second)
    assert not (tmp_path / "evil").exists()
    hard = tar_of(
        tmp_path / "hard.tar.gz", (member("a.py"), b"1\n"), (member("b", tarfile.LNKTYPE, "/etc/passwd"), b"")
    )
    third = tmp_path / "third"
    third.mkdir()
    assert "hard link" in refusal(hard, third)


def test_a_link_in_a_zip_is_a_link_at_the_commit(tmp_path: Path, into: Path) -> None:
    """A .zip marks links by their mode; their content is the target."""
    target = tmp_path / "demo.zip"
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("passwd")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.py", "1\n")
    submission = get(target, into)
    assert ("link", "passwd") in {(note.kind, note.path) for note in submission.notes}
    assert submission.read("passwd") is None


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_a_bomb_is_refused_early(tmp_path: Path, into: Path, ending: str) -> None:
    """A gigabyte of zeros in a megabyte is refused by what comes out of it, in little time and disk."""
    target = tmp_path / f"bomb.{ending}"
    zeros = bytes(8 * 1024 * 1024)
    if ending == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as inside:
            for _ in range(12):
                inside.write(zeros)
    else:
        tar_of(target, (member("zeros"), zeros * 12))
    started = time.monotonic()
    assert "times its size" in refusal(target, into)
    assert "more than 4 MiB" in refusal(target, into, tree_mib=2, download_mib=2)
    assert time.monotonic() - started < 3


def test_too_many_members_are_refused(tmp_path: Path, into: Path) -> None:
    """A count that no submission has."""
    target = tmp_path / "many.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(400):
            archive.writestr(f"{number}.py", "")
    assert "more than 300 members" in refusal(target, into, entries=100)


def test_a_huge_header_is_not_read(tmp_path: Path, into: Path) -> None:
    """A .tar header that says it is 8 GB long would be read whole by Python; a list of members of a .zip, too."""
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    info.size = 8 * 1024**3 - 1
    (tmp_path / "header.tar.gz").write_bytes(gzip.compress(info.tobuf() + bytes(20 * 1024 * 1024)))
    assert "damaged" in refusal(tmp_path / "header.tar.gz", into)
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFF0, 0, 0)
    (tmp_path / "list.zip").write_bytes(bytes(100) + end)
    assert "too many members" in refusal(tmp_path / "list.zip", into)


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz", "x.tgz"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04 not really", b"\x1f\x8b\x08 not really", b"text"])
def test_what_is_no_archive_is_refused_as_damaged(tmp_path: Path, into: Path, name: str, content: bytes) -> None:
    """A damaged upload gives one clear line, not a trace."""
    (tmp_path / name).write_bytes(content)
    message = refusal(tmp_path / name, into)
    assert "damaged" in message or "no files" in message


def test_every_cut_of_a_sound_archive_is_refused(tmp_path: Path, into: Path) -> None:
    """An upload that stopped half-way never ends in anything but a refusal."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "a.py").write_bytes(os.urandom(3000))
    for archive in (zipped(folder), tarred(folder)):
        whole = archive.read_bytes()
        for part in range(1, len(whole), len(whole) // 7):
            archive.write_bytes(whole[:part])
            refusal(archive, into)
            for leftover in into.rglob("*"):
                assert leftover.is_dir() or leftover.stat().st_size < 10_000
            shutil.rmtree(into)
            into.mkdir()


def test_a_locked_archive_is_refused(tmp_path: Path, into: Path) -> None:
    """A password is asked for in words, not in a trace."""
    target = tmp_path / "locked.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.py", "1\n")
    raw = bytearray(target.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    target.write_bytes(bytes(raw))
    assert "password" in refusal(target, into)


def test_odd_names_in_archives_arrive_as_they_are(tmp_path: Path, into: Path) -> None:
    """Names that are not UTF-8, or hold line breaks, are data all the way."""
    name = b"caf\xe9\n\x1b[31m.py".decode("utf-8", "surrogateescape")
    target = tmp_path / "odd.tar.gz"
    with tarfile.open(target, "w:gz", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        info = tarfile.TarInfo(name)
        info.size = 2
        archive.addfile(info, io.BytesIO(b"1\n"))
    submission = get(target, into)
    assert submission.files[0].raw == b"caf\xe9\n\x1b[31m.py"
    assert submission.files[0].path == "caf\ufffd\n\x1b[31m.py"
    assert "name" in {note.kind for note in submission.notes}


def test_a_repository_further_down_is_not_the_submission(tmp_path: Path, into: Path) -> None:
    """A vendored repository in plain files is left out; two beside each other are not guessed at."""
    folder = tmp_path / "demo"
    make_repository(folder / "third_party" / "lib", {"lib.py": "1\n"})
    (folder / "a.py").write_text("1\n")
    assert [file.path for file in get(zipped(folder), into).files] == ["a.py"]
    both = tmp_path / "both"
    make_repository(both / "one", {"a.py": "1\n"})
    make_repository(both / "two", {"a.py": "1\n"})
    second = tmp_path / "second"
    second.mkdir()
    assert "several repositories" in refusal(zipped(both, "both.zip"), second)
