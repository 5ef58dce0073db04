"""The image archive: the same content makes the same image id, and what names a machine or a moment is left out."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from sandbox import image_archive
from sandbox.engine import Engine

LABELS = {"harness.python": "3.13.5"}


def root(*, order: int = 1, mtime: int = 100, extra: dict[str, bytes] | None = None) -> tarfile.TarFile:
    """A small root file system; `order` turns its members round."""
    made = io.BytesIO()
    files: dict[str, tuple[bytes, int]] = {
        "./usr/bin/tool": (b"#!/bin/sh\n", 0o4755),
        "./etc/passwd": (b"root:x:0:0::/:/bin/sh\n", 0o644),
        "./etc/machine-id": (b"abc\n", 0o444),
        "./etc/apt/sources.list": (b"deb somewhere\n", 0o644),
        "./var/log/dpkg.log": (b"today\n", 0o644),
        **{name: (content, 0o644) for name, content in (extra or {}).items()},
    }
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name in ("./", "./tmp", "./var/log", "./dev"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o1777 if name == "./tmp" else 0o755, mtime
            tar.addfile(folder)
        device = tarfile.TarInfo("./dev/null")
        device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
        tar.addfile(device)
        for name, (content, mode) in list(files.items())[::order]:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime, entry.uname = len(content), mode, mtime, "somebody"
            tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("./bin")
        link.type, link.linkname = tarfile.SYMTYPE, "usr/bin"
        tar.addfile(link)
    made.seek(0)
    return tarfile.open(fileobj=made)


def write(tar: tarfile.TarFile, path: Path, profile: str = "python-3.13") -> image_archive.Archive:
    return image_archive.write_archive(
        tar, path, tag=f"harness/test-{profile}:1", profile=profile, architecture="amd64", labels=LABELS
    )


def test_same_content_same_image(tmp_path: Path) -> None:
    """Whatever the order of the tar's members and the names of its owners, the archive is the same to the byte."""
    one, other = write(root(), tmp_path / "a"), write(root(order=-1), tmp_path / "b")
    assert one.image == other.image
    assert one.path.read_bytes() == other.path.read_bytes()


def test_the_machine_and_the_moment_leave_no_trace(tmp_path: Path) -> None:
    """Logs, machine ids, package sources and devices don't change the image."""
    assert (
        write(root(extra={"./var/log/more": b"x", "./run/x": b"y"}), tmp_path / "a").image
        == write(root(), tmp_path / "b").image
    )


def test_other_content_other_image(tmp_path: Path) -> None:
    """One more file is another image."""
    assert write(root(extra={"./etc/more": b"x"}), tmp_path / "a").image != write(root(), tmp_path / "b").image


def test_two_profiles_share_no_layer(tmp_path: Path) -> None:
    """The examiner's image is made of the same packages and still has no layer in common with a sandbox."""
    one, other = write(root(), tmp_path / "a"), write(root(), tmp_path / "b", profile="examiner")
    assert not set(one.layers) & set(other.layers)


def test_what_is_in_the_layer(tmp_path: Path) -> None:
    """No set-user-id bit, no device, no owner's name; links and the sticky bit of folders stay."""
    archive = write(root(), tmp_path / "a")
    with tarfile.open(archive.path) as outer:
        layer = outer.extractfile(f"{archive.layers[0].removeprefix('sha256:')}/layer.tar")
        assert layer is not None
        with tarfile.open(fileobj=layer) as inner:
            members = {member.name: member for member in inner}
    assert members["usr/bin/tool"].mode == 0o755
    assert members["tmp"].mode == 0o1777
    assert members["bin"].issym()
    assert "dev" in members
    assert not {"dev/null", "etc/machine-id", "etc/apt/sources.list", "var/log/dpkg.log"} & members.keys()
    assert not any(member.uname for member in members.values())


def test_the_configuration_names_profile_and_role(tmp_path: Path) -> None:
    """Labels say what the image is for, its user is not root, and its date is fixed."""
    archive = write(root(), tmp_path / "a")
    with tarfile.open(archive.path) as outer:
        file = outer.extractfile(f"{archive.image.removeprefix('sha256:')}.json")
        assert file is not None
        configuration = json.loads(file.read())
    assert configuration["config"]["Labels"] == {"harness.role": "image", "harness.profile": "python-3.13", **LABELS}
    assert configuration["config"]["User"] == "65534:65534"
    assert configuration["created"] == image_archive.CREATED


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    """The layer that is written on the way is removed."""
    write(root(), tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.docker
def test_the_engine_gives_it_the_predicted_id(engine: Engine, tmp_path: Path) -> None:
    """What the engine makes of the archive has the id that was computed here."""
    archive = write(root(), tmp_path / "a", profile="archive")
    with archive.path.open("rb") as content:
        loaded = engine.client.images.load(content)
    try:
        assert [image.id for image in loaded] == [archive.image]
    finally:
        engine.client.images.remove(archive.image, force=True)
