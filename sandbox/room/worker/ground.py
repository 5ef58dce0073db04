"""Where the candidate's code works: folders that start empty, files laid there, files brought back by exact name.

Stdlib only, Python 3.9 to 3.14: this runs inside the sandbox, beside no process of the candidate's.
"""
# ruff: noqa: PTH101, PTH102, PTH108, PTH112, PTH114, PTH118
# names that the candidate's code may have turned into links

from __future__ import annotations

import base64
import os
import zlib
from collections.abc import Sequence

from belongings import empty, hand_over

FOLDERS = ("work", "home", "tmp")


class Ground:
    """The folders below `base`; the submission itself lies in `submission`."""

    def __init__(self, base: str, submission: str) -> None:
        self.base, self.submission = base, submission
        self.work = os.path.join(base, "work")
        self.variables = {"HOME": os.path.join(base, "home"), "TMPDIR": os.path.join(base, "tmp")}

    def clear(self) -> None:
        """Make all folders anew, with nothing beside them."""
        os.chmod(self.base, 0o700)
        empty(self.base)
        for name in FOLDERS:
            os.mkdir(os.path.join(self.base, name), 0o700)

    def keep(self) -> None:
        """Leave what lies in the folders; make those that are not there."""
        for name in FOLDERS:
            path = os.path.join(self.base, name)
            if not os.path.isdir(path) or os.path.islink(path):
                self.clear()
                return

    def lay(self, files: dict[str, str]) -> None:
        """Write files (relative name: base64) into the working folder and forget them; links in their way go."""
        for name in list(files):
            content = files.pop(name)
            *folders, last = _parts(name)
            place = self.work
            for folder in folders:
                place = os.path.join(place, folder)
                if os.path.lexists(place) and (os.path.islink(place) or not os.path.isdir(place)):
                    os.unlink(place)
                if not os.path.isdir(place):
                    os.mkdir(place)
            target = os.path.join(place, last)
            if os.path.lexists(target):
                os.unlink(target)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(target, flags, 0o644), "wb") as file:
                file.write(base64.b64decode(content))

    def collect(self, names: Sequence[str], limit: int) -> tuple[dict[str, str], dict[str, str]]:
        """The regular files of these names as base64, and why each of the others was not brought."""
        paths = [os.path.join(self.work, *_parts(name)) for name in names]
        pieces: dict[int, list[bytes]] = {}
        refused = hand_over(paths, limit, lambda index, piece: pieces.setdefault(index, []).append(piece))
        found = {
            names[index]: base64.b64encode(zlib.decompress(b"".join(packed))).decode()
            for index, packed in pieces.items()
            if paths[index] not in refused
        }
        return found, {name: refused[path] for name, path in zip(names, paths) if path in refused}  # noqa: B905 - 3.9


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts):
        raise ValueError(f"no name of a file in the working folder: {name!r}")
    return parts
