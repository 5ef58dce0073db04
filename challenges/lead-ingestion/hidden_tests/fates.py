"""Many leads in one file, each with a fate of its own at a twin, so that their waits pass side by side.

A test then looks at one fate. A test run alone meets the same file with the same people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from examiner import Answer, Twin
from people import Person
from service import Service

Script = tuple[Person, tuple[Answer, ...]]
"""A row, and what the twin answers to the calls about it (nothing: the usual)."""


class Fates:
    """The people by the name of their fate, imported once a program."""

    def __init__(self, twin: Twin, make: Callable[[int], Mapping[str, Script]]) -> None:
        self._twin = twin
        self._make = make
        self._people: Mapping[str, Script] = {}
        self._ports: list[int] = []

    def begin(self, service: Service) -> Fates:
        """Import them, unless this program has them already (a program that died and was started again has not)."""
        if service.client.port not in self._ports:
            self._ports.append(service.client.port)
            self._people = self._make(len(self._ports))
            for one, answers in self._people.values():
                if answers:
                    self._twin.script(one.email, *answers)
            service.imported([one for one, _ in self._people.values()])
        return self

    def __getitem__(self, name: str) -> Person:
        """The person with this fate; the record of the test shows the calls about them."""
        one = self._people[name][0]
        self._twin.shown.add(one.email)
        return one

    def answers(self, name: str) -> tuple[Answer, ...]:
        """What the twin was told to answer."""
        return self._people[name][1]
