"""Claude Code: a session file, one JSON record a line, each following on another by `parentUuid`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from graders.transcripts.changes import line_count, of_result
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, name, objects, prose, word
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Record, Source
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import tail, text_of, typed, typed_in

TOOL = "Claude Code"
_PASSED_OVER = frozenset(
    {
        *(
            "summary",
            "progress",
            "file-history-snapshot",
            "queue-operation",
            "last-prompt",
            "permission-mode",
            "pr-link",
        ),
        *("ai-title", "custom-title", "agent-name", "agent-color", "agent-setting", "mode", "tag", "worktree-state"),
        *("content-replacement", "saved_hook_context", "bridge-session", "task-summary", "attribution-snapshot"),
        *("result", "rate_limit_event", "stream_event", "tool_progress", "tool_use_summary"),
        *("speculation-accept", "hook_result", "session-title"),
    }
)
_REFUSED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "User rejected tool use",
    "The user rejected",
    "[Request interrupted by user",
)
_SAID = re.compile(r"the user said:\s{0,5}", re.IGNORECASE)
_EXIT = re.compile(r"^(?:Error: )?(?:Command failed with )?exit code:? (\d{1,5})\b", re.IGNORECASE)
_BASH_INPUT = re.compile(r"^<bash-input>(.{1,4000}?)</bash-input>", re.DOTALL)
_SUBAGENT = re.compile(r"(?:^|[/_])subagents[/_]")


def fits(source: Source) -> bool:
    if any(data.get("type") == "tool_call" and "call_id" in data for data in source.sample):
        return False  # Cursor's program writes its messages in the same shape, and its calls in another
    for data in source.sample:
        kind, message = data.get("type"), data.get("message")
        if kind not in ("user", "assistant") or not isinstance(message, dict) or "parts" in message:
            continue
        if "uuid" in data or "parentUuid" in data or "isSidechain" in data:
            return True
        if "content" in message and "requestId" not in data and "content" not in data:
            return True
    return False


def read(source: Source) -> tuple[Session, ...]:
    """The sessions of a file: one, unless several were put one behind the other."""
    return _Reading(source.path).read(source)


@dataclass(slots=True)
class _Reading:
    path: str
    drafts: dict[str, Draft] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    replies: set[tuple[str, int]] = field(default_factory=set)
    missing: int = 0
    compacted: bool = False

    def read(self, source: Source) -> tuple[Session, ...]:
        draft = first = Draft(TOOL, self.path)
        for record in source.records():
            data = record.data
            if data is None:
                draft.lines += 1
                draft.bad_lines += 1
                continue
            key = word(data.get("sessionId")) or word(data.get("session_id"))
            if key and key not in self.drafts and len(self.drafts) < 200:
                self.drafts[key] = first if not self.drafts else Draft(TOOL, self.path)
            draft = self.drafts.get(key, draft)
            draft.lines += 1
            if not self._repeated(data):
                self._record(record, data, draft)
        sessions = [self._closed(draft) for draft in list(self.drafts.values()) or [first]]
        kept = [session for session in sessions if session.events]
        return tuple(kept or sessions[:1])

    def _repeated(self, data: dict[str, Any]) -> bool:
        """Whether a record was met already (a resumed session repeats what went before)."""
        uuid, parent = word(data.get("uuid")), word(data.get("parentUuid"))
        if parent and self.seen and parent not in self.seen:
            self.missing += 1
        if not uuid:
            return False
        known = uuid in self.seen
        self.seen.add(uuid)
        return known

    def _record(self, record: Record, data: dict[str, Any], draft: Draft) -> None:
        draft.id = draft.id or name(data.get("sessionId")) or name(data.get("session_id"))
        draft.cwd = draft.cwd or name(data.get("cwd"))
        draft.branch = draft.branch or name(data.get("gitBranch"))
        draft.version = name(data.get("version")) or draft.version
        kind, line, when = data.get("type"), record.line, data.get("timestamp")
        message = fields(data.get("message"))
        if kind == "assistant":
            self._assistant(message, line, when, draft, failed=data.get("isApiErrorMessage") is True)
        elif kind == "user":
            self._user(data, message, line, when, draft)
        elif kind == "system":
            if word(data.get("subtype")) == "compact_boundary":
                draft.add("compact", line, when)
                self.compacted = True
        elif kind == "attachment":
            _attachment(fields(data.get("attachment")), line, when, draft)
        elif not isinstance(kind, str) or kind not in _PASSED_OVER:
            draft.unknown += 1

    def _assistant(self, message: dict[str, Any], line: int, when: Any, draft: Draft, *, failed: bool) -> None:
        draft.model(message.get("model"))
        content = message.get("content")
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else objects(content):
            if block.get("type") == "tool_use":
                draft.call(block.get("id"), tool_events(block.get("name"), block.get("input"), line, when, draft))
            elif block.get("type") == "text" and not failed:
                text = prose(block.get("text"), 2_000)
                # A streamed message is written several times under one id, with what came until then.
                key = (word(message.get("id")), hash(text))
                if not key[0] or key not in self.replies:
                    draft.add("reply", line, when, text)
                self.replies.add(key)

    def _user(self, data: dict[str, Any], message: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
        content = message.get("content")
        results = [block for block in objects(content) if block.get("type") == "tool_result"]
        for block in results:
            _result(block, data.get("toolUseResult") if len(results) == 1 else None, line, when, draft)
        text = text_of(content)
        if data.get("isCompactSummary") is True or text.startswith("This session is being continued"):
            if not self.compacted:
                draft.truncated = draft.truncated or not draft.events
                draft.add("compact", line, when)
            self.compacted = False
            return
        self.compacted = False
        if text.startswith("[Request interrupted by user"):
            draft.add("interrupt", line, when, text.split("\n")[0])
            if (said := typed_in(content)) and not _of_a_tool(data):
                draft.add("prompt", line, when, said)  # what was typed next may stand in the same record
        elif ran := _BASH_INPUT.match(text):
            draft.put(Event("shell", line, draft.time(when), "run by the person", command=prose(ran[1], 4_000)))
        elif text:
            said = typed_in(content)
            own = not said or _of_a_tool(data) or bool(_SUBAGENT.search(draft.path))
            draft.add("prompt", line, when, text[:400] if own else said, synthetic=own)

    def _closed(self, draft: Draft) -> Session:
        if draft.truncated:
            draft.problems.append("It starts after a compaction; earlier turns are not in the file.")
        if self.missing:
            draft.problems.append(f"Records that follow on one that is not in the file: {self.missing}.")
        return draft.session()


def _of_a_tool(data: dict[str, Any]) -> bool:
    """Whether a record under the person's name says itself that no person wrote it."""
    origin = word(fields(data.get("origin")).get("kind"))
    return (
        any(data.get(key) is True for key in ("isMeta", "isSidechain", "isVisibleInTranscriptOnly"))
        or bool(name(data.get("planContent")))  # the plan that was agreed on, handed to a fresh context
        or origin not in ("", "human")
        or bool(name(data.get("agentId")))
    )


def _result(block: dict[str, Any], recorded: Any, line: int, when: Any, draft: Draft) -> None:
    """Join what came of a tool call to the call."""
    call = block.get("tool_use_id")
    content = block.get("content")
    text = text_of(content)
    failed = block.get("is_error") is True
    result = fields(recorded)
    if failed and text.startswith(_REFUSED):
        words = _SAID.split(text[:4_000], 1)
        draft.refuse(call, line, when, words[1] if len(words) > 1 else "")
        return
    events = draft.of_call(call)
    if not events:
        return
    kind = events[0].kind
    if kind == "shell":
        code = _EXIT.match(text)
        ok = None if result.get("backgroundTaskId") else not (failed or result.get("interrupted") is True)
        draft.result(call, ok=ok, exit_code=int(code[1]) if code else None, text=tail(text))
        return
    draft.result(call, ok=not failed)
    if kind == "plan" and "approved your plan" in text[:400]:
        draft.add("accept", line, when, "plan")
    if kind in ("edit", "write") and len(events) == 1:
        counts = of_result(result)
        if counts is None and isinstance(result.get("content"), str) and result.get("type") == "create":
            counts = (line_count(result["content"]), 0)
        if counts:
            draft.result(call, added=counts[0], removed=counts[1])
        if result.get("userModified") is True:
            draft.put(Event("user_edit", line, draft.time(when), path=events[0].path))


def _attachment(data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    """A prompt that was typed while the assistant worked is kept as an attachment to the next turn."""
    if word(data.get("type")) != "queued_command" or word(data.get("commandMode")) not in ("", "prompt"):
        return
    if word(fields(data.get("origin")).get("kind")) not in ("", "human"):
        return
    said = typed_in(data.get("prompt"))
    last = next((event.text for event in reversed(draft.events[-200:]) if event.kind == "prompt"), None)
    if said and prose(said) != last:
        draft.add("prompt", line, when, typed(said))
