"""An image written by hand in the format that engines load: the same content always makes the same image id.

`docker build` and `docker import` put today's date into an image, so its id says nothing about its content.
Here the layer is normalised, the configuration is fixed, and the id is a digest of both: it serves as cache key and
as evidence in a report.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CREATED = "2025-01-01T00:00:00Z"
"""The date in every image: a fixed one, since the real one would change the id."""

EMPTIED = ("dev", "proc", "sys", "run", "tmp", "var/cache", "var/log", "var/lib/apt", "etc/apt/sources.list.d")
"""Folders kept empty: the engine or nobody fills them, and what is in them differs from build to build."""

DROPPED = (
    "etc/apt/sources.list",
    "etc/machine-id",
    "var/lib/dbus/machine-id",
    "etc/hostname",
    "etc/resolv.conf",
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/diversions-old",
    "var/lib/dpkg/available-old",
    "var/lib/dpkg/arch-native",
)
"""Files that name the machine or the moment of the build."""

MARKER = "etc/harness-profile"
"""A file that names the image's profile. It also keeps two profiles made of the same packages from sharing a layer."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that an engine can load: `image` is the id that the loaded image has ("sha256:...")."""

    path: Path
    image: str
    layers: tuple[str, ...]


def write_archive(
    root: tarfile.TarFile,
    path: Path,
    *,
    tag: str,
    profile: str,
    architecture: str,
    labels: Mapping[str, str],
) -> Archive:
    """Write the root file system `root` as an image with one layer, to be loaded under the name `tag`.

    Set-user-id bits are taken off, owners lose their names, members stand in the order of their paths.
    """
    layer_path = path.with_name(f"{path.name}.layer")
    try:
        with layer_path.open("w+b") as layer:
            digest = write_layer(root, layer, profile=profile)
            configuration = _configuration(digest, profile=profile, architecture=architecture, labels=labels)
            image = hashlib.sha256(configuration).hexdigest()
            manifest = [{"Config": f"{image}.json", "RepoTags": [tag], "Layers": [f"{digest}/layer.tar"]}]
            with tarfile.open(path, "w") as archive:
                size = layer.tell()
                layer.seek(0)
                _add(archive, f"{digest}/layer.tar", layer, size)
                _add(archive, f"{image}.json", io.BytesIO(configuration), len(configuration))
                text = json.dumps(manifest).encode()
                _add(archive, "manifest.json", io.BytesIO(text), len(text))
    finally:
        layer_path.unlink(missing_ok=True)
    return Archive(path=path, image=f"sha256:{image}", layers=(f"sha256:{digest}",))


def write_layer(root: tarfile.TarFile, target: IO[bytes], *, profile: str) -> str:
    """Write the normalised layer of `root` into `target`; return its sha256 (hex), which is its diff id."""
    sink = _Digesting(target)
    members = {name: member for member in root if (name := _clean(member.name)) and _kept(name)}
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as layer:  # type: ignore[call-overload]  # a sink needs write() alone
        for name in sorted(members):
            member = members[name]
            content = root.extractfile(member) if member.isreg() else None
            layer.addfile(_normalised(member, name), content)
        text = f"{profile}\n".encode()
        marker = tarfile.TarInfo(MARKER)
        marker.size, marker.mode = len(text), 0o644
        layer.addfile(marker, io.BytesIO(text))
    return sink.digest.hexdigest()


class _Digesting:
    """A sink that keeps the digest of what passes through it."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        return self.target.write(content)


def _clean(name: str) -> str:
    return "" if name == "." else name.removeprefix("./").strip("/")


def _kept(name: str) -> bool:
    return name not in DROPPED and not any(name.startswith(f"{folder}/") for folder in EMPTIED)


def _normalised(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = member.type
    entry.linkname = member.linkname.removeprefix("./") if member.islnk() else member.linkname
    entry.size = member.size if member.isreg() else 0
    keeps_sticky = 0o1777 if member.isdir() else 0o777
    entry.mode = member.mode & keeps_sticky
    entry.mtime = int(member.mtime)
    entry.uid, entry.gid = member.uid, member.gid
    return entry


def _configuration(layer: str, *, profile: str, architecture: str, labels: Mapping[str, str]) -> bytes:
    return json.dumps(
        {
            "architecture": architecture,
            "config": {
                "Cmd": ["/bin/sh"],
                "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"],
                "Labels": {"harness.role": "image", "harness.profile": profile, **labels},
                "User": "65534:65534",
                "WorkingDir": "/",
            },
            "created": CREATED,
            "history": [{"created": CREATED, "created_by": f"harness: {profile}"}],
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        },
        sort_keys=True,
    ).encode()


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    archive.addfile(entry, content)
