"""What callers are told when they can't have what they ask for."""

from __future__ import annotations


class Refusal(Exception):
    """An answer in the form of the contract: an HTTP status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
