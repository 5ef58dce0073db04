"""Where names come from."""

from collections.abc import Iterator


def from_arguments(words: list[str]) -> list[str]:
    """The names given; LookupError when there is none."""
    if not "".join(words).strip():
        raise LookupError("no name")
    return words


def from_file(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\r\n")
