"""A pack: the tree of a submission as one tar, made by us from git's objects; the only form in which it goes anywhere.

Not `git archive`: that obeys `.gitattributes` of the submission, so a candidate could hide or change files, and it
eats the host's memory on a crafted tree (SECURITY G11, STACK item 8).
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from sandbox.blobs import Blob, open_blobs
from sandbox.engine import SandboxError
from sandbox.tree import File, Tree, can_be_made, stays_inside

OWNER = 65532
"""The user of the sandbox, to whom the files belong."""
SECONDS = 120.0


def write_pack(git_dir: Path, tree: Tree, destination: Path) -> Path:
    """Write the tar to `destination`, a file that must not exist yet; same tree, same bytes. Gives it back.

    Members in the order of their bytes, dated 1970; folders before what they hold; links only where they stay in the
    tree; no submodules; no name that a file system refuses. Raises SandboxError (disk full, git stopped).
    """
    files = sorted((file for file in tree.files if can_be_made(file.raw)), key=lambda file: file.raw)
    files = [file for file in files if not file.is_link or stays_inside(file.raw, tree.links)]
    contents = [file for file in files if not file.is_link]
    try:
        with (
            destination.open("xb") as target,
            tarfile.open(
                fileobj=target, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape"
            ) as tar,
            open_blobs(git_dir, [file.blob for file in contents], SECONDS) as blobs,
        ):
            for folder in _folders(files):
                tar.addfile(_member(folder, tarfile.DIRTYPE, 0o755))
            for file in files:
                if file.is_link:
                    link = _member(file.raw, tarfile.SYMTYPE, 0o777)
                    link.linkname = tree.links[file.raw].decode("utf-8", "surrogateescape")
                    tar.addfile(link)
                else:
                    _add(tar, file, next(blobs))
            next(blobs, None)  # lets the last one check its end
    except OSError as reason:
        destination.unlink(missing_ok=True)
        raise SandboxError(f"The submission could not be packed ({reason.strerror}). Free some disk space.") from None
    except BaseException:
        destination.unlink(missing_ok=True)
        raise
    destination.chmod(0o644)
    return destination


def _folders(files: Sequence[File]) -> list[bytes]:
    folders: set[bytes] = set()
    for file in files:
        parts = file.raw.split(b"/")
        folders.update(b"/".join(parts[:depth]) for depth in range(1, len(parts)))
    return sorted(folders)


def _add(tar: tarfile.TarFile, file: File, blob: Blob) -> None:
    if blob.size != file.size:
        raise SandboxError("git gave a file of another size than it listed. Fetch the submission again.")
    member = _member(file.raw, tarfile.REGTYPE, 0o755 if file.mode == "100755" else 0o644)
    member.size = blob.size
    tar.addfile(member, cast("IO[bytes]", blob))


def _member(raw: bytes, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(raw.decode("utf-8", "surrogateescape"))
    member.type = kind
    member.mode = mode
    member.uid = member.gid = OWNER
    return member
