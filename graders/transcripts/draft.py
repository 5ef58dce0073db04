"""A draft: a session while it is read. Importers put into it what they meet, and it keeps the counts and the limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from graders.transcripts.fields import moment, prose, word, zoneless
from graders.transcripts.paths import plain
from graders.transcripts.session import Event, Kind, Session

EVENTS = 20_000
"""Events of one session that are kept; more are said to be left out."""
_TEXT = {"prompt": 8_000, "reply": 2_000, "plan": 4_000}


class Draft:
    """`calls`: the id of a tool call to the places of its events, so that its result can be joined to them."""

    def __init__(self, tool: str, path: str) -> None:
        self.tool = tool
        self.path = path
        self.events: list[Event] = []
        self.calls: dict[str, list[int]] = {}
        self.models: dict[str, None] = {}
        self.id: str | None = None
        self.version: str | None = None
        self.cwd: str | None = None
        self.branch: str | None = None
        self.head_commit: str | None = None
        self.lines = self.bad_lines = self.unknown = 0
        self.truncated = self.local_times = False
        self.problems: list[str] = []
        self.left_out = 0

    def add(self, kind: Kind, line: int, when: Any = None, text: Any = "", *, synthetic: bool = False) -> None:
        """An event with a text. An empty prompt, reply or plan is none."""
        said = prose(text, _TEXT.get(kind, 1_000))
        if said or kind not in _TEXT:
            self.put(Event(kind, line, self.time(when), said, synthetic=synthetic))

    def put(self, event: Event) -> None:
        if len(self.events) < EVENTS:
            self.events.append(event)
        else:
            self.left_out += 1

    def call(self, call_id: Any, events: Iterable[Event]) -> None:
        """The events of a tool call. One that was met before (a streamed or repeated record) is not counted again."""
        key = word(call_id)
        found = list(events)
        known = self.calls.get(key, [])
        if known and {self.events[place].kind for place in known} & ({"reject"} | {event.kind for event in found}):
            return
        start = len(self.events)
        for event in found:
            self.put(event)
        if key:
            self.calls[key] = list(range(start, len(self.events)))

    def of_call(self, call_id: Any) -> list[Event]:
        return [self.events[place] for place in self.calls.get(word(call_id), ())]

    def result(self, call_id: Any, **changes: Any) -> None:
        """What came of a tool call: `changes` to the fields of its events. None changes nothing."""
        known = {key: value for key, value in changes.items() if value is not None}
        for place in self.calls.get(word(call_id), ()):
            self.events[place] = replace(self.events[place], **known)

    def refuse(self, call_id: Any, line: int, when: Any = None, text: Any = "") -> None:
        """The person refused a tool call: its events become one `reject`, which is counted once."""
        places = self.calls.get(word(call_id), [])
        if not places:
            self.add("reject", line, when, text)
            return
        for place in places:
            was = self.events[place]
            said = prose(text, 1_000) if place == places[0] else ""
            self.events[place] = Event(
                "reject", line, self.time(when) or was.when, said, path=was.path, command=was.command, ok=False
            )

    def model(self, value: Any) -> None:
        """A model's name; what tools put there for their own messages (`<synthetic>`) is none."""
        said = word(value)
        if said and not said.startswith("<") and len(self.models) < 20:
            self.models[said] = None

    def time(self, value: Any) -> datetime | None:
        if isinstance(value, datetime):
            return value
        self.local_times = self.local_times or zoneless(value)
        return moment(value)

    def session(self) -> Session:
        """The session as far as it was read."""
        problems = list(self.problems)
        if self.bad_lines:
            problems.append(f"{self.bad_lines} of its {self.lines} lines could not be read.")
        if self.left_out:
            problems.append(f"It holds {len(self.events) + self.left_out} events; the first {EVENTS} were read.")
        if self.local_times:
            problems.append("Its times have no zone; they are shown as UTC and may be off by up to 14 hours.")
        return Session(
            self.tool,
            self.path,
            tuple(self.events),
            self.id,
            self.version,
            tuple(self.models),
            plain(self.cwd) if self.cwd and "://" in self.cwd else self.cwd,
            self.branch,
            self.head_commit,
            self.lines,
            self.bad_lines,
            self.unknown,
            sum(event.kind == "compact" for event in self.events),
            self.truncated,
            tuple(problems),
            self.local_times,
        )
