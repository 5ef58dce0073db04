"""A challenge pack that holds every rule of `harness challenge verify` (a new one), to be sabotaged in one way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from challenges import new
from challenges.new import SCAFFOLDS
from challenges.pack import pack_files

ID = "tiny"
SOURCE = SCAFFOLDS / "http-service"
FILES: Mapping[str, str] = {
    path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in pack_files(SOURCE)
}


def make_sound_pack(folder: Path, sabotage: Mapping[str, str | None] | None = None) -> Path:
    """Write the new pack into `folder`, files of `sabotage` laid over it (None: taken away); gives `folder` back."""
    new(ID, folder)
    for name, content in (sabotage or {}).items():
        path = folder / ID / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content, encoding="utf-8")
    return folder
