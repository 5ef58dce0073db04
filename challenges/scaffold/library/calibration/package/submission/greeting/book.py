"""The guest book."""


class GuestBook:
    def __init__(self) -> None:
        self._visits: list[str] = []

    def sign(self, name: str) -> None:
        self._visits.append(name)

    def guests(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._visits))
