"""Cline, Roo and Kilo: a task as it was shown (`ui_messages`), as it was sent to the model, or its metadata."""

from __future__ import annotations

import re
from typing import Any

from graders.transcripts.changes import signs
from graders.transcripts.conversation import add_message, exit_code
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, objects, word
from graders.transcripts.paths import relative
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source, line_of, load
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import is_result, said_to_result, tail, text_of, typed
from graders.transcripts.xml_tools import xml_calls

TOOL = "Cline"
_QUIET = frozenset(
    {
        *("api_req_started", "api_req_finished", "api_req_retried", "api_req_failed", "api_req_deleted", "reasoning"),
        *("checkpoint_created", "checkpoint_saved", "task_progress", "resume_task", "resume_completed_task", "error"),
        *("shell_integration_warning", "mcp_server_request_started", "mcp_server_response", "mcp_notification", "info"),
        *("use_mcp_server", "use_mcp_tool", "browser_action", "browser_action_launch", "browser_action_result"),
        *("deleted_api_reqs", "diff_error", "clineignore_error", "mistake_limit_reached", "new_task", "command_output"),
        *(
            "codebase_search_result",
            "load_mcp_documentation",
            "hook_status",
            "hook_output_stream",
            "api_req_retry_delayed",
        ),
        *("auto_approval_max_req_reached", "user_edit_todos", "rooignore_error", "report_bug", "generate_explanation"),
        *("api_req_rate_limit_wait", "subtask_result", "conditional_rules_applied", "image", "too_many_tools_warning"),
    }
)
_COMPACT = frozenset({"condense", "condense_context", "summarize_task", "sliding_window_truncation"})


def fits(source: Source) -> bool:
    document = source.document
    if isinstance(document, dict):
        return isinstance(document.get("files_in_context"), list)
    found = objects(document)[:60]
    if any(one.get("type") in ("ask", "say") and ("ask" in one or "say" in one) for one in found):
        return True
    marks = ("<task>", "<environment_details>", "[attempt_completion]")
    return any(one.get("role") == "user" and any(m in text_of(one.get("content")) for m in marks) for one in found[:20])


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    draft.lines = source.text.count("\n") + 1
    document = source.document
    if isinstance(document, dict):
        _metadata(document, draft)
        return (draft.session(),)
    messages = objects(document)
    if any("ask" in one or "say" in one for one in messages[:60]):
        for place, message in enumerate(messages):
            _shown(message, line_of(message, 1), draft, opening=not place)
    else:
        for message in messages:
            _sent(message, line_of(message, 1), draft)
    if source.cut:
        draft.truncated = True
        draft.problems.append("It ends in the middle; what stands before was read.")
    return (draft.session(),)


def _metadata(document: dict[str, Any], draft: Draft) -> None:
    """Which files were changed by whom, without prompts."""
    for file in objects(document.get("files_in_context")):
        line, path = line_of(file, 1), word(file.get("path"))
        where = relative(path, None) if path else None
        source = word(file.get("record_source"))
        if source == "cline_edited" or source == "roo_edited":
            draft.put(Event("edit", line, draft.time(first(file, "cline_edit_date", "roo_edit_date")), path=where))
        elif source == "user_edited":
            draft.put(Event("user_edit", line, draft.time(file.get("user_edit_date")), path=where))
    for use in objects(document.get("model_usage")):
        draft.model(use.get("model_id"))
    draft.problems.append("Only the files of the task are recorded; prompts and commands are in its other files.")


def _shown(message: dict[str, Any], line: int, draft: Draft, *, opening: bool) -> None:
    """A message as the person saw it. `opening`: the first one, which is the task."""
    if message.get("partial") is True:
        return
    kind, when = word(first(message, "say", "ask")), message.get("ts")
    asked = message.get("type") == "ask"
    text = text_of(message.get("text"))
    draft.model(fields(message.get("modelInfo")).get("modelId"))
    if kind in ("task", "user_feedback") or (opening and kind == "text" and not asked):
        draft.add("prompt", line, when, typed(text))
    elif kind == "user_feedback_diff":
        data = fields(load(text))
        diff = data.get("diff")
        added, removed = signs(diff.splitlines()) if isinstance(diff, str) else (None, None)
        path = relative(word(data.get("path")), None) or None
        draft.put(Event("user_edit", line, draft.time(when), path=path, added=added, removed=removed))
    elif kind == "tool":
        _tool(fields(load(text)), line, when, draft)
    elif kind == "command":
        draft.put(Event("shell", line, draft.time(when), command=text.removesuffix("REQ_APP").strip()[:4_000] or None))
        draft.calls["the last command"] = [len(draft.events) - 1]
    elif kind == "command_output" and not asked:
        code = exit_code(text)
        good = None if code is None else code == 0
        draft.result("the last command", text=tail(text) or None, exit_code=code, ok=good)
    elif kind == "command_permission_denied":
        draft.add("reject", line, when, text)
    elif kind == "plan_mode_respond":
        draft.add("plan", line, when, text_of(fields(load(text)).get("response")) or text)
    elif kind in ("text", "completion_result", "followup"):
        draft.add("reply", line, when, text_of(fields(load(text)).get("question")) if text.startswith("{") else text)
    elif kind in _COMPACT:
        draft.add("compact", line, when)
    elif kind not in _QUIET:
        draft.unknown += 1
    if kind == "api_req_started" and word(fields(load(text)).get("cancelReason")) == "user_cancelled":
        draft.add("interrupt", line, when, "cancelled")


def _tool(data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    for event in tool_events(data.get("tool"), data, line, when, draft):
        draft.put(event)


def _sent(message: dict[str, Any], line: int, draft: Draft) -> None:
    """A message as the model was sent it; older versions write their calls as XML into the text."""
    when = message.get("ts")
    content = message.get("content")
    if word(message.get("role")) != "assistant":
        pieces = [text_of([block]) for block in content[:400]] if isinstance(content, list) else [text_of(content)]
        if any(is_result(piece) for piece in pieces):
            answered("\n".join(pieces), line, when, draft)
        else:
            add_message(message, line, when, draft)
        return
    draft.model(fields(message.get("modelInfo")).get("modelId"))
    for block in [{"type": "text", "text": content}] if isinstance(content, str) else objects(content):
        if block.get("type") != "text":
            add_message({"role": "assistant", "content": [block]}, line, when, draft)
            continue
        calls, spoken = xml_calls(text_of(block.get("text")))
        draft.add("reply", line, when, spoken)
        for tool, given in calls:
            called(tool, given, line, when, draft)


_DENIED = re.compile(r"\bThe user denied this operation\b")
_LAST = "(last)"


def called(tool: str, given: dict[str, str], line: int, when: Any, draft: Draft) -> None:
    """A call that stands as XML in a text; the next message holds its result, without an id."""
    draft.calls.pop(_LAST, None)
    draft.call(_LAST, tool_events(tool, given, line, when, draft))


def answered(text: str, line: int, when: Any, draft: Draft) -> None:
    """The result of the last call, with what the person said to it."""
    if _DENIED.search(text[:2_000]):
        draft.refuse(_LAST, line, when)
    else:
        events = draft.of_call(_LAST)
        if events and events[0].kind == "shell":
            code = exit_code(text)
            good = None if code is None else code == 0
            draft.result(_LAST, text=tail(text.split("<environment_details>")[0]), exit_code=code, ok=good)
    draft.calls.pop(_LAST, None)
    said = typed(said_to_result(text))
    draft.add("prompt", line, when, said or text[:400], synthetic=not said)
