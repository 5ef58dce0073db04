"""Greets people and remembers who came."""

from greeting.book import GuestBook
from greeting.words import greet

__all__ = ["GuestBook", "greet"]
