"""Codex: a rollout file, one JSON record a line, in which two streams tell of the same session."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from graders.transcripts.changes import line_count, signs
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, flag, items, name, number, objects, prose, word
from graders.transcripts.paths import relative
from graders.transcripts.session import Event, Kind, Session
from graders.transcripts.source import Source, line_of, load
from graders.transcripts.tools import command_of, tool_events
from graders.transcripts.typed import tail, text_of, typed, typed_in

TOOL = "Codex"
_WRAPPED = frozenset({"session_meta", "event_msg", "response_item", "turn_context", "compacted"})
_BARE = frozenset({"message", "function_call", "function_call_output", "local_shell_call", "custom_tool_call"})
_EXEC = frozenset({"thread.started", "turn.started", "turn.completed", "turn.failed", "item.started", "item.completed"})
_OTHER = frozenset({"reasoning", "item.updated", "error", "world_state", "ghost_snapshot", "inter_agent_communication"})
_REFUSED = re.compile(r"^.{0,80}\brejected by user\b", re.IGNORECASE)
_EXIT = re.compile(r"(?:^|\n)(?:Process exited with code|Exit code:|exit_code:) ?(-?\d{1,6})\b", re.IGNORECASE)

_SCRIPTED = re.compile(
    r"\btools\.(exec_command|shell_command|apply_patch)\(\s{0,20}(?:\{\s{0,20}[\"']?(?:cmd|command|input|patch)[\"']?\s{0,5}:"
    r"\s{0,20})?(\"(?:[^\"\\]|\\.){0,20000}\"|'(?:[^'\\]|\\.){0,20000}'|`[^`]{0,20000}`)"
)

Stream = Literal["event", "item"]


def fits(source: Source) -> bool:
    if _first_edition(source):
        return True
    for data in source.sample:
        kind = data.get("type")
        if not isinstance(kind, str):
            continue
        if kind in _WRAPPED and isinstance(data.get("payload"), dict):
            return True
        if kind == "thread.started" or (kind in _EXEC and isinstance(data.get("item"), dict)):
            return True
        if (
            kind == "message"
            and "role" in data
            and "message" not in data
            and "input_text" in str(data.get("content"))[:200]
        ):
            return True
        if kind in ("function_call", "function_call_output") and "call_id" in data:
            return True
    return False


def read(source: Source) -> tuple[Session, ...]:
    """The one session of a file."""
    reading = _Reading(Draft(TOOL, source.path))
    draft = reading.draft
    if _first_edition(source):
        document = fields(source.document)
        draft.lines = source.text.count("\n") + 1
        draft.truncated = source.cut
        reading.meta(fields(document.get("session")))
        for item in objects(document.get("items")):
            reading.record(item, line_of(item, 1))
        return (reading.closed(),)
    for record in source.records():
        draft.lines += 1
        if record.data is None:
            draft.bad_lines += 1
        else:
            reading.record(record.data, record.line)
    return (reading.closed(),)


def _first_edition(source: Source) -> bool:
    """The program of spring 2025 wrote one document: the session, and its items."""
    document = fields(source.document) if not source.sample else {}
    told = isinstance(document.get("session"), dict) and isinstance(document.get("items"), list)
    return told and any(item.get("type") in _BARE for item in objects(document.get("items"))[:20])


@dataclass(slots=True)
class _Reading:
    """`streams`: for the places of events that both streams may hold, from which one they are.

    `alone`: it is a subagent's, to which another agent speaks and no person.
    """

    draft: Draft
    streams: dict[int, Stream] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)
    alone: bool = False

    def record(self, data: dict[str, Any], line: int) -> None:
        kind, when = word(data.get("type")), data.get("timestamp")
        payload = fields(data.get("payload"))
        if kind == "session_meta" or (not kind and "instructions" in data):
            self.meta(payload or data)
        elif kind == "turn_context":
            self.draft.cwd = self.draft.cwd or name(payload.get("cwd"))
            self.draft.model(payload.get("model"))
        elif kind == "event_msg":
            self._event(payload, line, when)
        elif kind == "response_item":
            self._item(payload, line, when)
        elif kind == "compacted":
            self._twice("item", "compact", line, when, "")
        elif kind in _BARE:
            self._item(data, line, when)
        elif kind in _EXEC:
            self.draft.id = self.draft.id or name(data.get("thread_id"))
            if kind == "item.completed":
                self._completed(fields(data.get("item")), line, when)
        elif kind not in _OTHER and "record_type" not in data:
            self.draft.unknown += 1

    def meta(self, meta: dict[str, Any]) -> None:
        draft, git = self.draft, fields(meta.get("git"))
        session = word(meta.get("id"))
        if not self.ids and ("subagent" in fields(meta.get("source")) or meta.get("thread_source") == "subagent"):
            self.alone = True
        if session and session not in self.ids[:50]:
            self.ids.append(session)
        draft.id = draft.id or name(meta.get("id"))
        draft.cwd = draft.cwd or name(meta.get("cwd"))
        draft.version = draft.version or name(meta.get("cli_version"))
        draft.branch = draft.branch or name(git.get("branch"))
        draft.head_commit = draft.head_commit or name(git.get("commit_hash"))

    def _twice(self, stream: Stream, kind: Kind, line: int, when: Any, text: str, *, synthetic: bool = False) -> None:
        """An event that the other stream holds too; which of the two counts is decided at the end."""
        place = len(self.draft.events)
        if kind in ("prompt", "reply") and stream == "event":
            # Newer versions tell a message twice in this stream as well.
            before = next((p for p in reversed(self.spoken) if self.draft.events[p].kind in ("prompt", "reply")), None)
            if before is not None and self.draft.events[before].text[:2_000] == prose(text, 2_000):
                return
        self.draft.add(kind, line, when, text, synthetic=synthetic or (kind == "prompt" and self.alone))
        if len(self.draft.events) > place:
            self.streams[place] = stream
            if stream == "event":
                self.spoken.append(place)

    def _event(self, payload: dict[str, Any], line: int, when: Any) -> None:
        kind = word(payload.get("type"))
        if kind == "user_message":
            text = text_of(payload.get("message"))
            said = typed(text) if word(payload.get("kind")) in ("", "plain") else ""
            self._twice("event", "prompt", line, when, said or text[:400], synthetic=not said)
        elif kind == "agent_message":
            self._twice("event", "reply", line, when, text_of(payload.get("message")))
        elif kind == "turn_aborted":
            if "interrupt" in (word(payload.get("reason")) or "interrupted"):
                self._twice("event", "interrupt", line, when, "")
        elif kind == "context_compacted":
            self._twice("event", "compact", line, when, "")
        elif kind == "exec_command_end":
            self._ran(payload, payload.get("call_id"), line, when)
        elif kind == "patch_apply_end":
            self._patched(payload, payload.get("call_id"), line, when)
        elif kind == "item_completed":
            self._completed(fields(payload.get("item")), line, when)

    def _item(self, payload: dict[str, Any], line: int, when: Any) -> None:
        kind, call = word(payload.get("type")) or "message", first(payload, "call_id", "id")
        draft = self.draft
        if kind == "message":
            self._message(payload, line, when)
        elif kind in ("function_call", "custom_tool_call"):
            given = first(payload, "arguments", "input")
            if word(payload.get("name")) == "apply_patch" and isinstance(given, str) and not given.startswith("{"):
                given = {"input": given}
            events = tool_events(payload.get("name"), given, line, when, draft)
            if word(payload.get("name")) == "exec" and isinstance(given, str) and "tools." in given:
                events = _of_script(given, line, when, draft)
            draft.call(call, events)
        elif kind == "local_shell_call":
            draft.call(call, tool_events("shell", payload.get("action"), line, when, draft))
        elif kind in ("function_call_output", "custom_tool_call_output", "local_shell_call_output"):
            self._output(payload.get("output"), call, line, when)
        elif kind == "web_search_call":
            draft.add("search", line, when, fields(payload.get("action")).get("query"))

    def _message(self, payload: dict[str, Any], line: int, when: Any) -> None:
        content, role = payload.get("content"), word(payload.get("role"))
        if role == "assistant":
            self._twice("item", "reply", line, when, text_of(content))
        elif role == "user":
            text, said = text_of(content), typed_in(content)
            if text.startswith("<turn_aborted"):
                self._twice("item", "interrupt", line, when, "")
            else:
                self._twice("item", "prompt", line, when, said or text[:400], synthetic=not said)

    def _output(self, output: Any, call: Any, line: int, when: Any) -> None:
        """What a call gave: a text, an object, or the JSON of one."""
        text = text_of(output)
        data = fields(load(text)) if text.startswith("{") and len(text) <= 1_000_000 else fields(output)
        said = text_of(data.get("output")) or text_of(data.get("content")) or text
        if _REFUSED.match(said[:200]):
            self.draft.refuse(call, line, when)
            return
        meta = fields(data.get("metadata"))
        code = number(meta.get("exit_code"))
        if code is None and (found := _EXIT.search(said[:600])):
            code = int(found[1])
        good = flag(data.get("success"))
        if good is None and code is not None:
            good = code == 0
        events = self.draft.of_call(call)
        shell = bool(events) and events[0].kind == "shell"
        self.draft.result(call, ok=good, exit_code=code if shell else None, text=tail(said) if shell else None)

    def _ran(self, data: dict[str, Any], call: Any, line: int, when: Any) -> None:
        """A command as the event stream tells of it: joined to the call, or alone where there is no call."""
        code = number(data.get("exit_code"))
        out = tail(first(data, "aggregated_output", "formatted_output", "stdout") or "")
        command = command_of(data.get("command"))
        good = None if code is None else code == 0
        if self.draft.of_call(call):
            self.draft.result(call, exit_code=code, ok=good, text=out or None)
            return
        for place in range(len(self.draft.events) - 1, max(-1, len(self.draft.events) - 40), -1):
            event = self.draft.events[place]
            if event.kind == "shell" and event.command == command and place not in self.streams:
                key = f"event {place}"
                self.draft.calls[key] = [place]
                self.draft.result(key, exit_code=code, ok=good, text=out or None)
                return
        place = len(self.draft.events)
        self.draft.put(Event("shell", line, self.draft.time(when), out, command=command, exit_code=code, ok=good))
        if word(data.get("source")) != "user_shell":
            self.streams[place] = "event"

    def _patched(self, data: dict[str, Any], call: Any, line: int, when: Any) -> None:
        good = flag(data.get("success"))
        if good is None and (status := word(data.get("status"))):
            good = status == "completed"
        if self.draft.of_call(call):
            self.draft.result(call, ok=good)
            return
        for kind, path, added, removed in _changes(data.get("changes")):
            place = len(self.draft.events)
            where = relative(path, self.draft.cwd) if path else None
            self.draft.put(Event(kind, line, self.draft.time(when), path=where, ok=good, added=added, removed=removed))
            self.streams[place] = "event"

    def _completed(self, item: dict[str, Any], line: int, when: Any) -> None:
        kind = word(first(item, "type", "item_type")).replace("_", "").casefold()
        if kind == "commandexecution":
            self._ran(item, first(item, "call_id", "id"), line, when)
        elif kind == "filechange":
            self._patched(item, first(item, "call_id", "id"), line, when)
        elif kind in ("agentmessage", "assistantmessage"):
            self._twice("event", "reply", line, when, text_of(first(item, "text", "content")))
        elif kind == "usermessage":
            self._twice("event", "prompt", line, when, typed_in(first(item, "text", "content")))

    def closed(self) -> Session:
        draft = self.draft
        events = draft.events
        for kinds in ({"prompt"}, {"reply"}, {"interrupt"}, {"compact"}, {"shell"}, {"edit", "write"}):
            both = [place for place in self.streams if events[place].kind in kinds]
            if kinds & {"shell", "edit"}:
                # The calls themselves are the stream of items here.
                calls = any(e.kind in kinds for place, e in enumerate(events) if place not in self.streams)
                dropped: Stream = "event" if calls else "item"
            else:
                told = any(self.streams[place] == "event" and not events[place].synthetic for place in both)
                dropped = "item" if told else "event"
            for place in both:
                if self.streams[place] != dropped:
                    del self.streams[place]
        draft.events = [event for place, event in enumerate(events) if place not in self.streams]
        if len(self.ids) > 1:
            draft.problems.append("It was forked from another session and repeats what went before.")
        return draft.session()


def _of_script(script: str, line: int, when: Any, draft: Draft) -> list[Event]:
    """The commands and patches of a call that is a small program (`await tools.exec_command({cmd: "..."})`)."""
    events: list[Event] = []
    for match in list(_SCRIPTED.finditer(script[:100_000]))[:100]:
        said = load("[" + match[2] + "]")
        text = said[0] if isinstance(said, list) and said and isinstance(said[0], str) else match[2][1:-1]
        tool, given = ("apply_patch", {"input": text}) if match[1] == "apply_patch" else ("exec_command", {"cmd": text})
        events += tool_events(tool, given, line, when, draft)
    return events


def _changes(value: Any) -> list[tuple[Literal["edit", "write"], str | None, int | None, int | None]]:
    """The files of a patch event: an object by path, or a list."""
    pairs = list(value.items())[:500] if isinstance(value, dict) else []
    pairs += [(word(fields(entry).get("path")), entry) for entry in items(value)[:500]]
    found: list[tuple[Literal["edit", "write"], str | None, int | None, int | None]] = []
    for path, entry in pairs:
        data = fields(entry)
        kind = word(first(data, "type", "kind")) or next(iter(data), "")
        data = fields(data.get(kind)) or data
        diff, content = data.get("unified_diff"), data.get("content")
        added = removed = None
        if isinstance(diff, str):
            added, removed = signs(diff.splitlines())
        elif isinstance(content, str):
            count = line_count(content)
            added, removed = (0, count) if kind == "delete" else (count, 0)
        found.append(("write" if kind == "add" else "edit", word(path) or None, added, removed))
    return found
