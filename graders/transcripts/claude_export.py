"""Claude Code's conversation as text, as `/export` writes it and as people copy it from the terminal; without times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graders.transcripts.draft import Draft
from graders.transcripts.paths import relative
from graders.transcripts.session import Event, Kind, Session
from graders.transcripts.source import Source
from graders.transcripts.tools import kind_of

TOOL = "Claude Code"
_SAYS = re.compile(r"^[⏺●] ?(.*)$")
_ASKS = re.compile(r"^[>❯] (\S.*)$")
_RUNS = re.compile(r"^! (\S.*)$")
_RESULT = re.compile(r"^\s{1,4}⎿\s{0,4}(.*)$")
_CALL = re.compile(r"^([A-Z][A-Za-z]{1,24}(?: [A-Z][a-z]{1,20})?)\((.*)$")
_NAMES: dict[str, Kind] = {"Update": "edit", "Create": "write", "Explore": "subagent", "Plan": "subagent"}
_COUNTS = re.compile(
    r"(?:with |[Aa]dded )(\d{1,6}) (?:additions?|lines?)"
    r"(?:(?: and |, (?:and )?removed )(\d{1,6}) (?:removals?|lines?))?"
)
_REMOVED = re.compile(r"^(?:Removed|.{0,300} with) (\d{1,6}) (?:lines?|removals?)")
_WROTE = re.compile(r"^Wrote (\d{1,6}) lines?\b")
_EXIT = re.compile(r"Exit code:? (\d{1,5})\b", re.IGNORECASE)
_VERSION = re.compile(r"Claude Code v(\d[\w.]{1,20})")
_ASIDE = ("✻", "✽", "✢", "·", "╭", "│", "╰", "─", "▐", "▝", "※")


def fits(source: Source) -> bool:
    lines = source.head.split("\n")
    says = any(_SAYS.match(line) for line in lines)
    return says and any(_RESULT.match(line) for line in lines) and any(_ASKS.match(line) for line in lines)


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    draft.lines = len(source.lines)
    version = _VERSION.search(source.head)
    draft.version = version[1] if version else None
    reading = _Reading(draft)
    for number, line in enumerate(source.lines, start=1):
        reading.line(line, number)
    reading.close()
    draft.problems.append("A conversation copied as text holds no times, and long outputs are cut.")
    return (draft.session(),)


@dataclass(slots=True)
class _Reading:
    """`what` is being said by whom: "prompt", "reply", "call" or "" for nothing that is kept."""

    draft: Draft
    what: str = ""
    start: int = 0
    text: list[str] = field(default_factory=list)
    told: bool = False

    def line(self, line: str, number: int) -> None:
        if result := _RESULT.match(line):
            self._result(result[1], number)
        elif said := _SAYS.match(line):
            self._begin("call" if _CALL.match(said[1]) else "reply", number, said[1])
        elif asked := _ASKS.match(line):
            self._begin("prompt", number, asked[1])
        elif ran := _RUNS.match(line):
            self._begin("", number, "")
            self.draft.call("(last)", [Event("shell", number, None, "run by the person", command=ran[1][:4_000])])
        elif line.startswith(_ASIDE):
            self._begin("", number, "")
        elif self.what and (not line.strip() or line.startswith(" ")):
            self.text.append(line.strip())
        elif self.what == "prompt":
            self.text.append(line)

    def close(self) -> None:
        text = "\n".join(self.text).strip()
        if self.what == "prompt" and not text.startswith("/"):
            self.draft.add("prompt", self.start, None, text)
        elif self.what == "reply" or (self.what == "call" and not self._called(text)):
            self.draft.add("reply", self.start, None, text)
        self.what, self.text = "", []

    def _begin(self, what: str, number: int, text: str) -> None:
        self.close()
        self.draft.calls.pop("(last)", None)
        self.what, self.start, self.text, self.told = what, number, [text], False

    def _called(self, text: str) -> bool:
        """Put a call such as `Bash(pytest -q)`; False for a sentence that only looks like one."""
        call = _CALL.match(text.split("\n\n")[0].replace("\n", " "))
        if call is None or not call[2].rstrip().endswith(")"):
            return False
        name, given = call[1], call[2].rstrip()[:-1].strip()
        kind = _NAMES.get(name) or kind_of(name)
        if kind is None:
            return False
        if kind == "shell":
            event = Event("shell", self.start, None, command=given[:4_000] or None)
        elif kind in ("edit", "write", "read"):
            event = Event(kind, self.start, None, path=relative(given, None) or None)
        else:
            event = Event(kind, self.start, None, given[:400])
        self.draft.call("(last)", [event])
        return True

    def _result(self, said: str, number: int) -> None:
        self.close()
        if self.told:
            return
        self.told = True
        if said.startswith(("Interrupted", "[Request interrupted")):
            self.draft.add("interrupt", number, None, said)
        elif re.match(r"^User (?:rejected|declined)|^.{0,40}tool use was rejected", said):
            self.draft.refuse("(last)", number)
        elif events := self.draft.of_call("(last)"):
            self._joined(events[0].kind, said)

    def _joined(self, kind: Kind, said: str) -> None:
        code = _EXIT.search(said)
        failed = said.startswith("Error") or (code is not None and code[1] != "0")
        if kind == "shell":
            self.draft.result(
                "(last)", ok=False if failed else None, exit_code=int(code[1]) if code else None, text=said[:800]
            )
        elif failed:
            self.draft.result("(last)", ok=False)
        elif kind in ("edit", "write"):
            counts, wrote, removed = _COUNTS.search(said), _WROTE.match(said), _REMOVED.match(said)
            if counts:
                self.draft.result("(last)", added=int(counts[1]), removed=int(counts[2] or 0))
            elif wrote:
                self.draft.result("(last)", added=int(wrote[1]))
            elif removed:
                self.draft.result("(last)", added=0, removed=int(removed[1]))
