"""Decoding: the text in a candidate's bytes, whatever editor saved them, and what could not be read of it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
"""Byte-order marks, longer ones before the ones that they begin with."""

_BINARY: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "a rich-text document"),
)

_SAMPLE = 4_096
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of the text around them: they would deceive a reader."""
_LINE_ENDS = re.compile("\r\n|\r|\x85|\u2028|\u2029")
_JSON_LINE_ENDS = re.compile("\r\n|\r")
"""JSON may hold the other signs inside a text as they are (JavaScript writes them so): no record ends there."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with `\\n` line ends. `binary` names what the bytes are when they are no text (then `text` is empty).

    `replaced` counts characters that could not be decoded, `dropped` control characters that were left out.
    """

    text: str
    encoding: str
    replaced: int = 0
    dropped: int = 0
    binary: str = ""

    def problems(self) -> tuple[str, ...]:
        """What a reader should know before believing every letter; empty for ordinary text."""
        said = []
        if self.binary:
            said.append(f"It is {self.binary}, which is not read here.")
        if self.encoding == "Windows-1252":
            said.append("It is not UTF-8; it was read as Windows-1252, so some letters may be wrong.")
        if self.replaced:
            said.append(f"{self.replaced} characters could not be decoded and are shown as \N{REPLACEMENT CHARACTER}.")
        if self.dropped:
            said.append(f"{self.dropped} control characters were left out.")
        return tuple(said)


def decode(content: bytes) -> Decoded:
    """Decode bytes by their byte-order mark, else as the encoding that they fit. Never raises."""
    for start, what in _BINARY:
        if content.startswith(start):
            return Decoded("", "none", binary=what)
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _cleaned(_read(content[len(mark) :], codec), name)
    wide = _wide(content[:_SAMPLE])
    if wide:
        return _cleaned(_read(content, wide), "UTF-16")
    text = _read(content, "utf-8")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    if not broken:
        return _cleaned(text, "UTF-8")
    if content.count(b"\x00") > len(content) // 20:
        return Decoded("", "none", binary="binary data")
    whole = sum(1 for letter in text if letter > "\x7f") - broken
    if broken > whole:
        # Hardly any well-formed sequence among the letters beyond ASCII: an editor of the eight-bit days wrote it.
        return _cleaned(_read(content, "cp1252"), "Windows-1252")
    return _cleaned(text, "UTF-8")


def _read(content: bytes, codec: str) -> str:
    """Decode; an incomplete character at the end, where a limit cut the file, is left out and not called broken."""
    return codecs.getincrementaldecoder(codec)("replace").decode(content, final=False)


def _wide(sample: bytes) -> str:
    """The UTF-16 codec whose zero bytes this sample shows, if any: plain letters leave every second byte zero."""
    if len(sample) < 8:
        return ""
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.6 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.6 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return ""


def _cleaned(text: str, encoding: str) -> Decoded:
    replaced = text.count("\N{REPLACEMENT CHARACTER}")
    json = text[:200].lstrip("\ufeff \t\r\n").startswith(("{", "["))
    text = (_JSON_LINE_ENDS if json else _LINE_ENDS).sub("\n", text)
    text, dropped = _DROPPED.subn("", text)
    # A lone surrogate (UTF-16 can hold one) would break the writing of the report.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return Decoded(text, encoding, replaced, dropped)
