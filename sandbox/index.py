"""Which package index the user has: its address, the hosts that its files come from, and how to get there.

Read from the user's own pip and uv settings, else pip is asked for its default: no host is written down here.
Nothing of this ever comes from a submission.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from sandbox.engine import SandboxError

ASK_SECONDS = 20.0
"""How long pip may take to say how it is configured, and the index to show one page."""

PAGE_BYTES = 4 * 1024 * 1024
"""How much of an index page is read."""

HOSTS_SETTING = "HARNESS_INDEX_HOSTS"
"""More hosts that the index's files come from, separated by commas or blanks."""

_FILE_HREF = re.compile(r"""href\s*=\s*["']([^"'#\s]{1,2000})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Index:
    """A package index as this user reaches it.

    `urls`: the default index last, extra ones before it; they may hold a password, so they are not printed: `shown` is.
    `hosts`: every "host:port" that may be asked. `proxy`: the user's own proxy to the outside, or None.
    `certificates`: the bundle of certificates that the user's tools trust, or None for the tools' own.
    """

    urls: tuple[str, ...] = field(repr=False)
    hosts: frozenset[str]
    proxy: str | None = field(repr=False)
    certificates: Path | None
    source: str

    @property
    def shown(self) -> str:
        """The default index without user name and password."""
        return without_secret(self.urls[-1])

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of the index addresses and of their files, without ports: what a lock may name."""
        return frozenset(host.rpartition(":")[0] for host in self.hosts)


def user_index() -> Index:
    """Return the index that the user's tools would use. Raises SandboxError when none can be found out.

    The order is uv's and pip's: environment variables, then configuration files, then the default that pip
    carries. Indexes that are folders (file://) are left out: a container could not see them.
    """
    return _user_index(tuple(sorted(_relevant(os.environ).items())))


@lru_cache(maxsize=4)
def _user_index(variables: tuple[tuple[str, str], ...]) -> Index:
    environment = dict(variables)
    settings = _pip_settings()
    uv = _uv_settings(environment)
    default, source = _default_url(environment, settings, uv)
    own = pip_default()
    if default is None and own is not None:
        default, source = own[0], "pip's default"
    if default is None:
        raise SandboxError(
            "no package index is configured, and no pip was found to ask for its default: set UV_DEFAULT_INDEX"
        )
    extra = [url for url in _extra_urls(environment, settings, uv) if url != default]
    urls = (*extra, default)
    certificates = _certificates(environment, settings)
    proxy = _proxy(environment, settings, default)
    hosts = {host for url in urls if (host := host_and_port(url))}
    for url in urls:
        if own is not None and url.rstrip("/") == own[0].rstrip("/"):
            hosts.add(f"{own[1]}:443")
        else:
            hosts |= _file_hosts(url, proxy=proxy, certificates=certificates)
    for name in re.split(r"[\s,]+", environment.get(HOSTS_SETTING, "")):
        if name:
            hosts.add(name.lower() if ":" in name else f"{name.lower()}:443")
    return Index(urls=urls, hosts=frozenset(hosts), proxy=proxy, certificates=certificates, source=source)


def without_secret(url: str) -> str:
    """Return `url` without user name, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def host_and_port(url: str) -> str | None:
    """Return "host:port" of an http(s) address in lower case, or None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return f"{parts.hostname.lower()}:{port or (443 if parts.scheme == 'https' else 80)}"


@lru_cache(maxsize=1)
def pip_default() -> tuple[str, str] | None:
    """Return pip's own default index address and the host of its files, asked of the pip that is here."""
    program = (
        "import json; from pip._internal.models.index import PyPI as index; "
        "print(json.dumps([index.simple_url, index.file_storage_domain]))"
    )
    for python in _pythons():
        said = _said([python, "-I", "-c", program])
        try:
            url, files = json.loads(said or "")
        except (ValueError, TypeError):
            continue
        if isinstance(url, str) and isinstance(files, str):
            return url, files.lower()
    return None


def _relevant(environment: Mapping[str, str]) -> dict[str, str]:
    wanted = ("UV_", "PIP_", "XDG_CONFIG", "HARNESS_INDEX")
    named = {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HOME", "PATH"}
    proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(wanted) or name in named or name.lower() in proxies
    }


def _default_url(
    environment: Mapping[str, str], settings: Mapping[str, str], uv: Mapping[str, Any]
) -> tuple[str | None, str]:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if _usable(url := _address(environment.get(name, ""))):
            return url, name
    for entry in _tables(uv.get("index")):
        if entry.get("default") and _usable(url := str(entry.get("url", ""))):
            return url, "uv.toml"
    for table in (uv, uv.get("pip") or {}):
        if isinstance(table, dict) and _usable(url := str(table.get("index-url", ""))):
            return url, "uv.toml"
    for section in ("install", "download", "global"):
        if _usable(url := settings.get(f"{section}.index-url", "")):
            return url, "pip's configuration"
    return None, ""


def _extra_urls(environment: Mapping[str, str], settings: Mapping[str, str], uv: Mapping[str, Any]) -> list[str]:
    found = []
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        found += [_address(word) for word in environment.get(name, "").split()]
    found += [str(entry.get("url", "")) for entry in _tables(uv.get("index")) if not entry.get("default")]
    for section in ("install", "download", "global"):
        found += settings.get(f"{section}.extra-index-url", "").split()
    return [url for url in dict.fromkeys(found) if _usable(url)]


def _tables(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _address(word: str) -> str:
    """Take the name off uv's `name=address`."""
    name, equals, rest = word.strip().partition("=")
    return rest if equals and re.fullmatch(r"[A-Za-z0-9._-]+", name) else word.strip()


def _usable(url: str) -> bool:
    return host_and_port(url) is not None


def _pythons() -> list[str]:
    found = [sys.executable, shutil.which("python3"), "/usr/bin/python3"]
    return list(dict.fromkeys(path for path in found if path and Path(path).exists()))


def _said(command: list[str]) -> str | None:
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_SECONDS,
            text=True,
            errors="replace",
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout if result.returncode == 0 else None


def _pip_settings() -> dict[str, str]:
    """Return what `pip config list` says, without the environment variables (which come in by themselves)."""
    for python in _pythons():
        said = _said([python, "-m", "pip", "--disable-pip-version-check", "config", "list"])
        if said is None:
            continue
        settings = {}
        for line in said.splitlines():
            name, _, value = line.partition("=")
            try:
                text = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                continue
            if not name.startswith(":env:"):
                settings[name] = str(text)
        return settings
    return {}


def _uv_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    configured = environment.get("UV_CONFIG_FILE")
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    for path in (Path(configured) if configured else home / "uv" / "uv.toml", Path("/etc/uv/uv.toml")):
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
    return {}


def _certificates(environment: Mapping[str, str], settings: Mapping[str, str]) -> Path | None:
    named = [environment.get(name) for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
    named += [settings.get("global.cert"), ssl.get_default_verify_paths().cafile]
    return next((path for name in named if name and (path := Path(name)).is_file()), None)


def _proxy(environment: Mapping[str, str], settings: Mapping[str, str], url: str) -> str | None:
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "PIP_PROXY"):
        if environment.get(name, "").startswith("http"):
            return environment[name]
    return settings.get("global.proxy") or None


def problem_with(index: Index) -> str | None:
    """Ask the default index for one page; return what is wrong with it, or None."""
    try:
        project_page(index.urls[-1], "pip", proxy=index.proxy, certificates=index.certificates)
    except (OSError, ValueError) as problem:
        return str(problem)[:200]
    return None


def _file_hosts(url: str, *, proxy: str | None, certificates: Path | None) -> set[str]:
    """Ask an index for the page of pip itself, and return the hosts that its files are on; empty if it won't say."""
    try:
        address, page = project_page(url, "pip", proxy=proxy, certificates=certificates)
    except (OSError, ValueError):
        return set()
    hosts = (host_and_port(urljoin(address, link)) for link in _FILE_HREF.findall(page)[:5_000])
    return {host for host in hosts if host}


def project_page(url: str, project: str, *, proxy: str | None, certificates: Path | None) -> tuple[str, str]:
    """Return the address and the text (up to PAGE_BYTES) of an index's page for a project; every index has "pip".

    `url` is the index's. Raises OSError or ValueError when it does not answer so.
    """
    parts = urlsplit(url)
    name = re.sub(r"[-_.]+", "-", project).lower()
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], f"{parts.path.rstrip('/')}/{name}/", "", ""))
    request = urllib.request.Request(plain, headers={"Accept": "text/html"})  # noqa: S310  # http(s) alone: see _usable
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(secret).decode()}")
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificates)),
    ]
    with urllib.request.build_opener(*handlers).open(request, timeout=ASK_SECONDS) as answer:
        return plain, answer.read(PAGE_BYTES).decode("utf-8", errors="replace")
