"""The candidate's machine: where the AI tools keep their sessions, on Linux, macOS and Windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
"""Editors that keep their data as VS Code does."""
_SERVERS = (".vscode-server", ".vscode-server-insiders", ".cursor-server", ".windsurf-server")


@dataclass(frozen=True, slots=True)
class Machine:
    """A home folder and the settings that move what lies in it.

    The folders of every system are tried, whichever this is: a home folder can be one that was copied.
    """

    home: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def claude(self) -> list[Path]:
        return self._there(*self._moved("CLAUDE_CONFIG_DIR"), self.home / ".claude", self.config() / "claude")

    def codex(self) -> list[Path]:
        return self._there(*self._moved("CODEX_HOME"), self.home / ".codex")

    def gemini(self) -> list[Path]:
        moved = [folder / ".gemini" for folder in self._moved("GEMINI_CLI_HOME")]
        return self._there(*moved, self.home / ".gemini")

    def copilot(self) -> list[Path]:
        moved = [folder / ".copilot" for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME") for folder in self._moved(name)]
        return self._there(*self._moved("COPILOT_HOME"), *moved, self.home / ".copilot")

    def cursor(self) -> list[Path]:
        return self._there(*self._moved("CURSOR_CONFIG_DIR"), self.home / ".cursor")

    def opencode(self) -> list[Path]:
        data = [folder / "opencode" for folder in self._moved("XDG_DATA_HOME")]
        local = self._moved("LOCALAPPDATA") or [self.home / "AppData" / "Local"]
        return self._there(
            *data,
            self.home / ".local" / "share" / "opencode",
            self.home / "Library" / "Application Support" / "opencode",
            *(folder / "opencode" for folder in local),
        )

    def cline(self) -> list[Path]:
        """Folders with tasks that lie outside an editor's data."""
        return self._there(*self._moved("CLINE_DIR"), self.home / ".cline")

    def editors(self) -> list[Path]:
        """The `User` folders of editors: below them lie workspaceStorage and globalStorage."""
        roaming = self._moved("APPDATA") or [self.home / "AppData" / "Roaming"]
        around = [self.config(), self.home / "Library" / "Application Support", *roaming]
        if (self.home / ".config") not in around:
            around.append(self.home / ".config")
        found = [folder / name / "User" for folder in around for name in EDITORS]
        found += [folder / "User" for folder in self._moved("VSCODE_PORTABLE")]
        return self._there(*found, *(self.home / name / "data" / "User" for name in _SERVERS))

    def config(self) -> Path:
        return next(iter(self._moved("XDG_CONFIG_HOME")), self.home / ".config")

    def _moved(self, name: str) -> list[Path]:
        value = self.environ.get(name, "")
        return [path for path in [Path(value)] if path.is_absolute()] if value else []

    def _there(self, *folders: Path) -> list[Path]:
        """Those that exist, each once. The folder itself may be a link (settings kept elsewhere); nothing below it."""
        found: dict[Path, None] = {}
        for folder in folders:
            try:
                if folder.is_dir():
                    found.setdefault(folder.resolve())
            except (OSError, RuntimeError):
                continue
        return list(found)
