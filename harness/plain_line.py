"""A plain line: a text from elsewhere made safe to print on a terminal and in a CI log."""

from __future__ import annotations


def plain_line(text: str, *, flat: bool = True) -> str:
    """The text as one line without control characters, which can't start as a CI command (`::error::`, `##[`).

    `flat` also makes one space of each run of spaces.
    """
    line = "".join(c if c.isprintable() else "·" for c in (" ".join(text.split()) if flat else text))
    start = len(line) - len(line.lstrip(" "))
    if line.startswith("::", start):
        line = f"{line[:start]}: :{line[start + 2 :]}"
    return line.replace("##[", "# #[")
