"""Where greetings go."""

from collections.abc import Iterable


def to_terminal(names: Iterable[str]) -> None:
    for name in names:
        print(f"Hello, {name}!")


def to_file(path: str, names: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for name in names:
            file.write(f"Hello, {name}!\n")
