"""The command, with argparse."""

import argparse
from pathlib import Path


def greeting(name: str) -> str:
    """The line for one person."""
    return f"Hello, {name}!"


def main() -> None:
    parser = argparse.ArgumentParser(prog="greet")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--to", dest="target", type=Path)
    given = parser.parse_args()
    if given.source and given.target:
        names = given.source.read_text(encoding="utf-8").splitlines()
        given.target.write_text("".join(f"{greeting(name)}\n" for name in names), encoding="utf-8")
        return
    if not given.name:
        parser.error("a name is needed")
    print(greeting(given.name))


if __name__ == "__main__":
    main()
