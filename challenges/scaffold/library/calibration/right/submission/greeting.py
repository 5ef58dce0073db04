"""Greets people and remembers who came."""


def greet(name: str) -> str:
    """A greeting; ValueError for an empty name."""
    if not name:
        raise ValueError("a name is needed")
    return f"Hello, {name}!"


class GuestBook:
    """Names in the order of their coming, each once."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def sign(self, name: str) -> None:
        if name not in self._names:
            self._names.append(name)

    def guests(self) -> list[str]:
        return list(self._names)
