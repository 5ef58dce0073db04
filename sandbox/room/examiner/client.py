"""The hidden tests' HTTP client: builds requests, keeps what was said for the report, reads answers strictly."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from . import strictjson, wire
from .expect import CandidateFault, check_equal, show
from .patience import Patience

REQUEST_SECONDS = 10.0
"""What one request may take, unless the caller says otherwise; a program at work answers in milliseconds."""

KEPT = 8
"""Exchanges of a test that its record shows: the last ones."""

TEXT_LIMIT = 1_500
"""Characters of a request's or an answer's text that the record keeps."""

HOST = "127.0.0.1"

FormFile = tuple[str, bytes, str]
"""File name, content, content type."""


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer. `request` names what was asked ("GET /leads"), for the messages of tests."""

    request: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as strict JSON; CandidateFault("malformed") otherwise."""
        try:
            return strictjson.loads(self.body, strictjson.MANY_PARTS)
        except strictjson.NotStrict as trouble:
            raise CandidateFault(
                "malformed",
                f"{self.request} answered {self.status} with a body that is not proper JSON "
                f"({trouble}): {show(self.text()[:300])}",
                expected="a JSON body",
            ) from None

    def mapping(self) -> dict[str, Any]:
        """The body as a JSON object; CandidateFault("malformed") otherwise."""
        value = self.json()
        if not isinstance(value, dict):
            raise CandidateFault(
                "malformed",
                f"{self.request} answered {self.status} with JSON that is no object: {show(value)[:300]}",
                expected="a JSON object",
            )
        return value

    def expect_status(self, *statuses: int, given: object = "") -> Response:
        """Itself, when the status is one of these; Unmet otherwise."""
        if self.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            check_equal(f"{self.status} {self.text()[:500]}", wanted, given=given or self.request, what="status")
        return self


class Log:
    """The exchanges of the test at hand, as texts; a poll that repeats is kept once, with how often it was made."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, str, int]] = deque(maxlen=KEPT)

    def clear(self) -> None:
        self._kept.clear()

    def add(self, request: str, response: str) -> None:
        if self._kept and self._kept[-1][0] == request:
            self._kept[-1] = (request, response, self._kept[-1][2] + 1)
        else:
            self._kept.append((request, response, 1))

    def exchanges(self) -> list[dict[str, str]]:
        """Request and response of each, oldest first."""
        return [
            {
                "request": f"{request}\n[asked {times} times; the last answer is shown]" if times > 1 else request,
                "response": response,
            }
            for request, response, times in self._kept
        ]


class Client:
    """Speaks to one port on the loopback. Keeps nothing between requests: no cookie, no connection."""

    def __init__(self, port: int, patience: Patience, log: Log | None = None) -> None:
        self.port = port
        self._patience = patience
        self._log = log or Log()
        self.troubled = False
        """Whether an exchange has failed since this was last set to False: then look whether the program lives."""

    def get(self, path: str, query: Mapping[str, object] | None = None, **more: Any) -> Response:
        return self.request("GET", path, query=query, **more)

    def post(self, path: str, **more: Any) -> Response:
        return self.request("POST", path, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json_body: object = ...,
        files: Mapping[str, FormFile] | None = None,
        seconds: float = REQUEST_SECONDS,
        body_limit: int = wire.BODY_LIMIT,
    ) -> Response:
        """One exchange; CandidateFault when no answer came.

        The body is `body`, or `json_body` as JSON, or `files` as multipart.
        """
        sent = dict(headers or {})
        if json_body is not ...:
            body = json.dumps(json_body).encode("utf-8")
            sent.setdefault("Content-Type", "application/json")
        elif files is not None:
            content_type, body = multipart(files)
            sent.setdefault("Content-Type", content_type)
        target = quote(path, safe="/%:@!$&'()*+,;=~-._") + (f"?{urlencode(query)}" if query else "")
        raw = build(method, target, f"{HOST}:{self.port}", sent, body)
        name = f"{method} {target[:200]}"
        shown = _shown_request(name, sent, body)
        try:
            allowed = self._patience.allow("answer", seconds)
            reply = wire.exchange((HOST, self.port), raw, allowed, body_limit)
        except CandidateFault as fault:
            self.troubled = True
            if fault.kind == "slow":
                self._patience.in_vain("answer")
            self._log.add(shown, f"[no answer: {fault}]")
            raise CandidateFault(fault.kind, f"{name}: {fault}", expected="an answer") from None
        self._patience.came("answer")
        response = Response(name, reply.status, reply.headers, reply.body, reply.seconds)
        self._log.add(shown, _shown_response(response))
        return response


def build(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The bytes of a request that asks for one plain answer and then the end of the connection."""
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        "Accept-Encoding: identity",
        "Connection: close",
        "User-Agent: curl/8.14.1",
    ]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body or b'')}")
    for name, value in headers.items():
        if any(mark in name + value for mark in "\r\n\0"):
            raise ValueError(f"a header with a line break: {name!r}")
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + (body or b"")


def multipart(files: Mapping[str, FormFile]) -> tuple[str, bytes]:
    """Content type and body of a multipart/form-data upload. The boundary stands in no content."""
    number = 0
    contents = [content for _, content, _ in files.values()]
    while any((boundary := f"----form-boundary-{number:08d}").encode() in content for content in contents):
        number += 1
    body = bytearray()
    for field, (name, content, content_type) in files.items():
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'.encode()
        body += f"Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def _shown_request(name: str, headers: Mapping[str, str], body: bytes | None) -> str:
    lines = [name, *(f"{key}: {value}" for key, value in headers.items())]
    if body:
        lines += ["", _clip(body)]
    return "\n".join(lines)


def _shown_response(response: Response) -> str:
    lines = [f"{response.status} after {response.seconds:.2f} s"]
    kept = ("content-type", "content-length", "location", "retry-after")
    lines += [f"{key}: {value[:200]}" for key, value in response.headers if key in kept]
    if response.body:
        lines += ["", _clip(response.body)]
    return "\n".join(lines)


def _clip(body: bytes) -> str:
    text = body[: 4 * TEXT_LIMIT].decode("utf-8", errors="replace")[:TEXT_LIMIT]
    return text if len(body) <= len(text.encode("utf-8")) else f"{text}\n[{len(body)} bytes in all]"
