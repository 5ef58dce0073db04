"""What was said about one lead, in three layers, and what follows from it.

A lead is never overwritten. Its entries are folded, in the order in which they came, into a layer for each kind of
speaker; what is shown is the topmost layer that knows a field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

COLUMNS = ("first_name", "last_name", "company", "title", "phone", "website")
"""The fields of a lead beside its email."""

PROVIDER, CLAY, FILE = 0, 1, 2
"""Who spoke. A higher number outranks a lower one."""

Said = Mapping[str, Any]


class Layers:
    """The folded entries of one lead."""

    def __init__(self) -> None:
        self._layers: tuple[dict[str, Any], ...] = ({}, {}, {})

    def hear(self, origin: int, said: Said) -> None:
        """Fold in an entry; within a layer the last one wins."""
        self._layers[origin].update(said)

    def news(self, origin: int, values: Said) -> dict[str, Any]:
        """The part of these values that this origin has not said last."""
        layer = self._layers[origin]
        return {name: value for name, value in values.items() if name not in layer or layer[name] != value}

    def shown(self) -> dict[str, str | None]:
        """The lead's fields: the file's value, else Clay's, else the provider's, else null."""
        return {name: self._shown(name) for name in COLUMNS}

    def _shown(self, name: str) -> str | None:
        for layer in reversed(self._layers):
            value = layer.get(name)
            if isinstance(value, str) and value.strip():
                return value
        return None

    def findings(self) -> dict[str, Any]:
        """What the provider and Clay know, Clay's values first."""
        return {**self._layers[PROVIDER], **self._layers[CLAY]}


def packed(said: Said) -> str | None:
    """An entry's values as they are stored: null when there is nothing new in them."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said else None


def is_whole(text: str) -> bool:
    """Whether a text can be stored: JSON can name halves of characters, which UTF-8 can't write."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
