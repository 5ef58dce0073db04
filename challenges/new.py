"""A new pack: a small example challenge, complete and sound, for its author to replace piece by piece."""

from __future__ import annotations

from pathlib import Path

from challenges.challenge import BUILT_IN, check_identifier
from challenges.pack import ChallengeError, pack_files

SCAFFOLDS = BUILT_IN / "scaffold"
ID, TITLE = b"CHALLENGE-ID", b"CHALLENGE-TITLE"


def new(identifier: str, folder: Path, contract: str = "http-service") -> tuple[Path, ...]:
    """Write the pack `identifier` into `folder` (a folder of packs); gives its files.

    Raises ChallengeError for an id that is none, a contract without an example, or a pack that is there already.
    """
    check_identifier(identifier)
    source = SCAFFOLDS / contract
    if not source.is_dir():
        known = ", ".join(sorted(path.name for path in SCAFFOLDS.iterdir() if path.is_dir()))
        raise ChallengeError(f"There is no example pack for the contract {contract!r}. Known: {known}.")
    pack = folder / identifier
    if pack.exists():
        raise ChallengeError(f"{pack} is there already: name another id, or another folder.")
    title = identifier.replace("-", " ").capitalize().encode()
    written = []
    for file in pack_files(source):
        target = pack / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes().replace(ID, identifier.encode()).replace(TITLE, title))
        written.append(target)
    return tuple(written)
