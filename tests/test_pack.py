"""The pack: the one form in which a submission's files travel, and what it may hold."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from repositories import Content, Link, Program, Submodule, make_repository

from sandbox.engine import SandboxError
from sandbox.fetch import fetch
from sandbox.submission import Submission


def submit(tmp_path: Path, files: dict[str | bytes, Content], name: str = "into") -> Submission:
    source = make_repository(tmp_path / f"{name}-source", files)
    (tmp_path / name).mkdir()
    return fetch(str(source), into=tmp_path / name)


def members(pack: Path) -> dict[bytes, tarfile.TarInfo]:
    with tarfile.open(pack, "r:", encoding="utf-8", errors="surrogateescape") as tar:
        return {info.name.encode("utf-8", "surrogateescape"): info for info in tar}


def test_a_pack_holds_every_file_and_only_what_stays_inside(tmp_path: Path) -> None:
    """Files with their content and bit, links within the tree, folders; no submodule, no link that leads out."""
    submission = submit(
        tmp_path,
        {
            "app/main.py": "print(1)\n",
            "run.sh": Program("#!/bin/sh\n"),
            "empty": "",
            "app/ok": Link("../run.sh"),
            "passwd": Link("/etc/passwd"),
            "up": Link("../../etc/passwd"),
            "lib": Submodule(),
            ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = https://example.org/lib\n',
        },
    )
    pack = submission.pack(tmp_path / "pack.tar")
    assert pack == tmp_path / "pack.tar"
    found = members(pack)
    assert set(found) == {b"app", b"app/main.py", b"app/ok", b"run.sh", b"empty", b".gitmodules"}
    assert found[b"app/ok"].issym()
    assert found[b"app/ok"].linkname == "../run.sh"
    assert found[b"run.sh"].mode == 0o755
    assert found[b"app/main.py"].mode == 0o644
    with tarfile.open(pack) as tar:
        content = tar.extractfile("app/main.py")
        assert content is not None
        assert content.read() == b"print(1)\n"


def test_two_packs_of_one_tree_are_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the time, the user or the place gets in."""
    files: dict[str | bytes, Content] = {"b.py": "1\n", "a/x.py": "2\n", "a.py": "3\n", "z": Link("b.py")}
    one = submit(tmp_path, files, "one").pack(tmp_path / "one.tar")
    two = submit(tmp_path, files, "two").pack(tmp_path / "two.tar")
    assert one.read_bytes() == two.read_bytes()
    for info in members(one).values():
        assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 65532, 65532, "", "")


def test_attributes_of_the_submission_hide_and_change_nothing(tmp_path: Path) -> None:
    """export-ignore, export-subst, line-end and encoding attributes are the candidate's, and have no say here."""
    submission = submit(
        tmp_path,
        {
            ".gitattributes": "hidden.py export-ignore\n*.txt export-subst text eol=crlf\n*.py ident filter=lfs\n",
            "hidden.py": "# $Id$\n",
            "version.txt": "$Format:%H$\n",
        },
    )
    pack = submission.pack(tmp_path / "pack.tar")
    with tarfile.open(pack) as tar:
        assert tar.extractfile("hidden.py").read() == b"# $Id$\n"  # type: ignore[union-attr]
        assert tar.extractfile("version.txt").read() == b"$Format:%H$\n"  # type: ignore[union-attr]


def test_names_travel_byte_for_byte(tmp_path: Path) -> None:
    """Line breaks, broken UTF-8 and long paths arrive as they are; a name that no file system takes is left out."""
    names = [
        b"line\nbreak",
        b"caf\xe9",
        b"\x1b[31m",
        "ünï".encode(),
        b"d" * 200 + b"/" + b"e" * 200 + b"/f",
        b"g" * 255,
    ]
    submission = submit(tmp_path, {**dict.fromkeys(names, "1"), b"h" * 256: "1"})
    found = members(submission.pack(tmp_path / "pack.tar"))
    assert {name for name, info in found.items() if info.isreg()} == set(names)
    assert [note.kind for note in submission.notes if note.kind == "left_out"] == ["left_out"]


@pytest.mark.slow
def test_contents_beyond_a_pipes_size_are_whole(tmp_path: Path) -> None:
    """Large and small files one after the other, each with its own bytes."""
    files: dict[str | bytes, Content] = {f"{number}.bin": bytes([number]) * (number * 70_001) for number in range(20)}
    pack = submit(tmp_path, files).pack(tmp_path / "pack.tar")
    with tarfile.open(pack) as tar:
        for number in range(20):
            assert tar.extractfile(f"{number}.bin").read() == bytes([number]) * (number * 70_001)  # type: ignore[union-attr]


def test_a_failed_pack_leaves_nothing_behind(tmp_path: Path) -> None:
    """A place that can't be written, or objects that vanish, are our fault, and half a tar is none."""
    submission = submit(tmp_path, {"a.py": "1\n"})
    with pytest.raises(SandboxError):
        submission.pack(tmp_path / "nowhere" / "pack.tar")
    for pack in (submission.git / "objects").rglob("*.pack"):
        pack.unlink()
    with pytest.raises(SandboxError):
        submission.pack(tmp_path / "pack.tar")
    assert not (tmp_path / "pack.tar").exists()
