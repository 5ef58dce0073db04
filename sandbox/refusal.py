"""A refusal: a submission or its address is wrong, so that it can't be graded; and the limits that it is held to."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MIB = 1024 * 1024


class SubmissionRefused(Exception):  # noqa: N818 - a refusal is not an error of ours
    """This submission can't be graded (exit code 4). The message is one line: what is wrong and what to do.

    `about` is what was known of it by then, None when it was never reached.
    """

    about: Known | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a submission that was refused: its address, a folder's name for it, commit and tree."""

    repository: str
    name: str
    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a submission may cost before one byte of it is graded. A take-home's repository is far below all of them.

    `seconds` for the whole fetch; `download_mib` on disk for objects and history; `entries` files and folders at the
    commit; `file_mib` for one file and `tree_mib` for all files at the commit.
    """

    seconds: float = 120
    download_mib: int = 512
    entries: int = 20_000
    file_mib: int = 50
    tree_mib: int = 256


def printable(text: str | bytes, limit: int = 200) -> str:
    """`text` as part of a one-line message: control and bidirectional characters escaped, cut at `limit`."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(
        letter
        if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
        else f"\\u{ord(letter):04x}"
        for letter in decoded[:limit]
    )
    return shown + ("…" if len(decoded) > limit else "")
