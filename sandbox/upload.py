"""An upload: a .zip or .tar.gz of a repository or of plain files, unpacked with limits on every count.

Of a repository in it only HEAD, branches and objects are taken, by names that we know, never its configuration or
hooks; what is read is then fetched from as from a stranger. Plain files become one commit. No member's name is ever
used as a path to write to, no link is followed, and sizes are counted, not believed (SECURITY P16, P17).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.archive import Member, read_archive
from sandbox.commit_stream import CommitStream
from sandbox.mirror import CONFIGURATION
from sandbox.refusal import MIB, FetchLimits, SubmissionRefused, printable
from sandbox.tree import LINK_LIMIT, PATH_LIMIT

MESSAGE = "The files of the archive, which holds no history"
NOBODY = ("upload", "upload@localhost")
_PARTS = re.compile(
    rb"HEAD|packed-refs|shallow|refs/[^\x00-\x20]{1,240}"
    rb"|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.(?:pack|idx)"
)
_LITTER = re.compile(rb"(?:^|/)(?:__MACOSX/|\.DS_Store$)")


@dataclass(frozen=True, slots=True)
class Upload:
    """`repository` is a bare one of ours that holds the upload; `has_history` is False for plain files."""

    repository: Path
    has_history: bool


def unpack(archive: Path, into: Path, limits: FetchLimits, deadline: float) -> Upload:
    """Unpack `archive` to the new folder `into`. Raises SubmissionRefused for a hostile, damaged or oversized one."""
    names: list[tuple[bytes, bool]] = []
    for member in _members(archive, limits, deadline):
        names.append((member.name, member.kind == "file"))
        member.skip()
    prefix = _find_repository([name for name, is_file in names if is_file])
    into.mkdir()
    if prefix is not None:
        _take_repository(archive, into, prefix, limits, deadline)
        return Upload(into, has_history=True)
    _commit_files(archive, into, _wrapper([name for name, _ in names]), limits, deadline)
    return Upload(into, has_history=False)


def _members(archive: Path, limits: FetchLimits, deadline: float) -> Iterator[Member]:
    """The members, with `./` taken off their names. Refuses names that lead out of the archive."""
    allowed = (limits.download_mib + limits.tree_mib) * MIB
    # A repository's objects are members too, beside its files.
    for member in read_archive(archive, allowed=allowed, most=limits.entries * 3):
        if time.monotonic() > deadline:
            raise SubmissionRefused(
                "The archive can't be unpacked in time. Make it smaller, or push it to a repository."
            )
        parts = [part for part in member.name.split(b"/") if part not in (b"", b".")]
        if member.name.startswith(b"/") or b".." in parts or b"\0" in member.name:
            raise SubmissionRefused(
                f"The archive holds a name that leads out of it: {printable(member.name)}. Make the archive anew."
            )
        if len(member.name) > PATH_LIMIT:
            raise SubmissionRefused(f"The archive holds a name of more than {PATH_LIMIT} bytes. Make the archive anew.")
        if not parts:
            continue
        yield member.named(b"/".join(parts))


def _find_repository(names: list[bytes]) -> bytes | None:
    """What the names of the repository's parts start with (`demo/.git/`); None when the archive holds no repository."""
    known = set(names)
    with_objects = {name.split(b"/objects/")[0] + b"/" for name in names if b"/objects/" in name}
    with_objects |= {b""} if any(name.startswith(b"objects/") for name in names) else set()
    # Only the archive's own repository: `.git/` or, wrapped, `demo/.git/`. One further down is something vendored.
    found = [prefix for prefix in with_objects if prefix + b"HEAD" in known and prefix.count(b"/") <= 2]
    # A bare repository's folder looks like a .git; of anything else named HEAD nothing is meant.
    found = [
        prefix
        for prefix in found
        if prefix.endswith(b".git/")
        or any(name.startswith((prefix + b"refs/", prefix + b"packed-refs")) for name in names)
    ]
    if not found:
        if any(name.endswith(b".git/HEAD") and name.count(b"/") <= 2 for name in names):
            raise SubmissionRefused(
                "The repository in the archive is empty. Commit the work and make the archive anew."
            )
        return None
    depth = min(prefix.count(b"/") for prefix in found)
    outermost = sorted(prefix for prefix in found if prefix.count(b"/") == depth)
    if len(outermost) > 1:
        shown = " and ".join(printable(prefix, 60) for prefix in outermost[:2])
        raise SubmissionRefused(f"The archive holds several repositories ({shown}). Make an archive of one of them.")
    return outermost[0]


def _take_repository(archive: Path, into: Path, prefix: bytes, limits: FetchLimits, deadline: float) -> None:
    for folder in ("objects/pack", "refs"):
        (into / folder).mkdir(parents=True)
    (into / "config").write_text(CONFIGURATION)
    room = limits.download_mib * MIB
    refs: dict[bytes, bytes] = {}
    for member in _members(archive, limits, deadline):
        part = member.name.removeprefix(prefix)
        if member.kind != "file" or not member.name.startswith(prefix) or not _PARTS.fullmatch(part):
            member.skip()
            continue
        if part.startswith(b"refs/"):
            refs[part] = b"".join(member.pieces())[:64].strip()
            continue
        path = into / part.decode("ascii")
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as target:
            for piece in member.pieces():
                room -= len(piece)
                if room < 0:
                    raise SubmissionRefused(
                        f"The repository in the archive is larger than {limits.download_mib} MiB. Make it smaller."
                    )
                target.write(piece)
    # Loose branches win over packed ones. They are written as packed too: no name of theirs becomes a path.
    with (into / "packed-refs").open("ab") as packed:
        packed.write(b"\n")
        for name, commit in sorted(refs.items()):
            if re.fullmatch(rb"[0-9a-f]{40}", commit):
                packed.write(commit + b" " + name + b"\n")


def _wrapper(names: list[bytes]) -> bytes:
    """The one folder that wraps all files (`demo-main/`), as hosting services and file managers make it."""
    tops = {name.split(b"/")[0] for name in names if not _LITTER.search(name)}
    wrapped = any(b"/" in name for name in names)
    return tops.pop() + b"/" if len(tops) == 1 and wrapped else b""


def _commit_files(archive: Path, into: Path, wrapper: bytes, limits: FetchLimits, deadline: float) -> None:
    room = limits.tree_mib * MIB
    count = 0
    with CommitStream(into) as stream:
        stream.start_commit(MESSAGE, NOBODY, 0)
        for member in _members(archive, limits, deadline):
            name = member.name.removeprefix(wrapper)
            # git holds no folders, and nothing below a .git of any depth belongs to the work.
            nested = any(part.lower() == b".git" for part in name.split(b"/"))
            if member.kind == "folder" or nested or _LITTER.search(member.name):
                member.skip()
                continue
            count += 1
            content = bytearray()
            cap = LINK_LIMIT if member.kind == "link" else limits.file_mib * MIB
            for piece in member.pieces():
                content += piece
                if len(content) > cap or len(content) > room:
                    raise SubmissionRefused(
                        f"{printable(name)} in the archive is larger than a submission's file may be"
                        f" ({limits.file_mib} MiB, {limits.tree_mib} MiB in all). Take it out."
                    )
            room -= len(content)
            mode = "120000" if member.kind == "link" else "100755" if member.executable else "100644"
            stream.add(name, mode, bytes(content))
    if not count:
        raise SubmissionRefused("The archive holds no files. Make the archive anew.")
