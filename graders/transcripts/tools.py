"""Tools: what a tool call of an assistant is, by the tool's name and its input. One table for every product."""

from __future__ import annotations

import re
import shlex
from typing import Any, cast

from graders.transcripts import changes
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, items, prose, word
from graders.transcripts.paths import plain, relative
from graders.transcripts.session import Event, Kind
from graders.transcripts.source import LINE_LIMIT, load

_TABLE: dict[Kind, str] = {
    "shell": (
        "bash shell shellcommand execcommand exec runshellcommand runcommand runinterminal runterminalcmd "
        "runterminalcommand runterminalcommandv2 executecommand terminal localshell localshellcall powershell "
        "executebash execute containerexec bashtool runtests runtask createandruntask runprocess shelltool runscript"
    ),
    "edit": (
        "edit multiedit strreplace replace replacestring replacestringinfile multireplacestring "
        "multireplacestringinfile inserteditintofile insertedit editfile editfilev2 editfiles applypatch applydiff "
        "replaceinfile searchreplace searchandreplace strreplaceeditor strreplacebasededittool notebookedit "
        "editnotebook editnotebookfile insertcontent insert codeaction patch deletefile delete editedexistingfile "
        "filedeleted replacefilecontent multireplacefilecontent hashlineedit smartedit movefile removefile fsedit "
        "applieddiff batchdiffapplied"
    ),
    "write": (
        "write create createfile writefile writetofile newfilecreated savefile newfile createnewfile fswrite "
        "writenewfile createnewjupyternotebook createtextfile"
    ),
    "read": (
        "read readfile readfilev2 readmanyfiles viewfile view cat open openfile notebookread readlints geterrors "
        "viewimage readimage listcodedefinitionnames viewcodeitem viewfileoutline fsread readnotebookcelloutput"
    ),
    "search": (
        "grep glob search grepsearch globfilesearch filesearch codebasesearch semanticsearch websearch webfetch fetch "
        "searchfiles rg ripgrep ripgreprawsearch find findfiles list ls listdir listdirv2 listdirectory listfiles "
        "listfilestoplevel listfilesrecursive googlewebsearch findbyname findfile findtextinfiles searchcodebase "
        "searchweb fetchwebpage listcodeusages toolsearch finder librarian readurlcontent globfiles"
    ),
    "plan": (
        "exitplanmode exitplanmodev2 todowrite updateplan writetodos createplan managetodolist updatetodolist "
        "taskcreate planmoderespond todolist todo enterplanmode updatetodos switchmode planexit"
    ),
    "subagent": (
        "task agent runsubagent dispatchagent newtask delegate spawnagent subagent invokesubagent subagentcall "
        "delegatetask usesubagents"
    ),
}
_KINDS: dict[str, Kind] = {entry: kind for kind, entries in _TABLE.items() for entry in entries.split()}
_PATH = (
    *(
        "file_path",
        "filePath",
        "filepath",
        "path",
        "notebook_path",
        "notebookPath",
        "target_file",
        "targetFile",
        "file",
    ),
    *("relative_workspace_path", "relativeWorkspacePath", "absolute_path", "AbsolutePath", "TargetFile", "filename"),
    *("uri", "fileUri", "target_notebook", "absolutePath", "fsPath"),
)
_COMMAND = ("command", "cmd", "script", "CommandLine", "commandLine", "command_line", "commands", "input")
_SHELLS = re.compile(r"^(?:.*[\\/])?(?:ba|z|da|fi|k)?sh(?:\.exe)?$|^(?:.*[\\/])?(?:pwsh|powershell|cmd)(?:\.exe)?$")
PLAN_FILE = re.compile(r"(?:^|/)\.(?:claude|cursor|gemini)/(?:.{0,200}/)?plans/[^/]+\.md$|\.plan\.md$")
_PATCH_COMMAND = re.compile(r"(?:^|[\s;&|\"'])(?:apply_patch|applypatch|codex --codex-run-as-apply-patch)\b")


def kind_of(tool: Any) -> Kind | None:
    """What a tool's name stands for; None for tools that are not known (an MCP server's)."""
    text = word(tool)
    if text.casefold().startswith(("mcp__", "mcp_")):
        return None
    name = re.sub(r"[^a-z0-9]", "", re.split(r"[.:/]", text.casefold())[-1])
    return _KINDS.get(name) or _KINDS.get(name.removeprefix("copilot")) or _KINDS.get(name.removesuffix("tool"))


def command_of(value: Any) -> str | None:
    """A command line from a text or a list of arguments; `bash -lc "..."` is what it runs."""
    if isinstance(value, str):
        return prose(value, 4_000) or None
    words = [word_ for word_ in items(value)[:200] if isinstance(word_, str)]
    if not words:
        return None
    if len(words) >= 3 and _SHELLS.match(words[0][:200]) and words[1].startswith(("-", "/")):
        return prose(words[-1], 4_000) or None
    return prose(shlex.join(piece[:4_000] for piece in words), 4_000) or None


def arguments(value: Any) -> dict[str, Any]:
    """A tool call's input: an object, the JSON of one, or a bare text (a patch) under "input"."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("{"):
            return fields(load(text)) if len(text) <= LINE_LIMIT else {}
        return {"input": value} if text else {}
    return fields(value)


def path_of(data: dict[str, Any], draft: Draft) -> str | None:
    """The file that an input names, below the session's folder."""
    for key in _PATH:
        value = data.get(key)
        if isinstance(value, dict):
            value = first(value, "fsPath", "path", "external")
        if isinstance(value, str) and (text := word(value)):
            return relative(text, draft.cwd)
    return None


def tool_events(tool: Any, given: Any, line: int, when: Any, draft: Draft) -> list[Event]:
    """The events of a tool call: usually one, one a file for a patch, none for a tool that is not known."""
    data = arguments(given)
    kind = kind_of(tool)
    moment = draft.time(when)
    if kind == "shell":
        found = next((data[key] for key in _COMMAND if data.get(key)), None)
        command = command_of(found)
        whole = "\n".join(piece for piece in items(found) if isinstance(piece, str)) or (
            found if isinstance(found, str) else ""
        )
        if "*** Begin Patch" in whole and _PATCH_COMMAND.search(whole[:2_000]):
            return _patched(whole, line, moment, draft)
        return [Event("shell", line, moment, command=command)]
    action = word(data.get("command"))
    if kind == "edit" and action in ("view", "create", "undo_edit"):
        kind = cast(Kind, {"view": "read", "create": "write"}.get(action, "edit"))
    if kind in ("edit", "write"):
        return _edits(kind, data, line, moment, draft)
    if kind == "read":
        return [Event("read", line, moment, path=path_of(data, draft))]
    if kind == "search":
        said = first(data, "pattern", "query", "search_term", "regex", "glob_pattern", "url", "Query")
        return [Event("search", line, moment, prose(said, 200), path=path_of(data, draft))]
    if kind == "plan":
        said = first(data, "plan", "explanation", "response", "todos")
        return [Event("plan", line, moment, prose(said, 4_000) or word(tool))]
    if kind == "subagent":
        said = first(data, "description", "prompt", "message", "task", "content")
        return [Event("subagent", line, moment, prose(said, 400))]
    return []


def _edits(kind: Kind, data: dict[str, Any], line: int, when: Any, draft: Draft) -> list[Event]:
    text = next((data[key] for key in ("patch", "input", "diff", "patchText") if isinstance(data.get(key), str)), "")
    if changes.is_patch(text) and (found := _patched(text, line, when, draft)):
        return found
    files = _several(data, line, when, draft)
    if files:
        return files
    path = path_of(data, draft)
    raw = next((data[key] for key in _PATH if isinstance(data.get(key), str)), "")
    added, removed = changes.of_input(data)
    if PLAN_FILE.search(plain(raw)):
        # A plan that the tool keeps for itself, outside the work.
        said = first(data, "content", "contents", "new_string")
        return [Event("plan", line, when, prose(said, 4_000) or "plan", path=path)]
    return [Event(kind, line, when, path=path, added=added, removed=removed)]


def _several(data: dict[str, Any], line: int, when: Any, draft: Draft) -> list[Event]:
    """One event a file, where an input lists several changes and each names its own file."""
    parts = [part for key in ("replacements", "files", "edits", "args") for part in items(data.get(key))]
    named: dict[str, tuple[int | None, int | None]] = {}
    for part in parts[: changes.FILES]:
        path = path_of(part, draft) if isinstance(part, dict) else None
        if path is None:
            return []
        more, less = changes.of_input(part)
        added, removed = named.get(path, (None, None))
        named[path] = (_sum(added, more), _sum(removed, less))
    return [Event("edit", line, when, path=path, added=more, removed=less) for path, (more, less) in named.items()]


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _patched(text: str, line: int, when: Any, draft: Draft) -> list[Event]:
    found = [
        Event(
            "write" if change.kind == "write" else "edit",
            line,
            when,
            path=relative(change.path, draft.cwd) if change.path else None,
            added=change.added,
            removed=change.removed,
        )
        for change in changes.patch(text)
    ]
    return found or [Event("edit", line, when)]
