"""Greets people and remembers who came, on a dataclass."""

from dataclasses import dataclass, field


class NamelessError(ValueError):
    """Somebody without a name."""


def greet(name):
    if name.strip() == "":
        raise NamelessError(name)
    return "".join(("Hello, ", name, "!"))


@dataclass
class GuestBook:
    entries: dict = field(default_factory=dict)

    def sign(self, name):
        self.entries.setdefault(name, len(self.entries))

    def guests(self):
        return sorted(self.entries, key=self.entries.get)
