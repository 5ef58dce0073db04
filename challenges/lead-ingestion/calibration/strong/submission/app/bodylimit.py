"""A limit on the size of request bodies, held before anything is parsed or written to disk."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import error_response

DRAIN_LIMIT = 64 * 1024 * 1024
"""Bytes read and thrown away after the limit. Many clients write their whole body before they look at the answer:
closing on them at once would show them a broken connection instead of our 413."""


class _TooLarge(Exception):
    """The body went over the limit while the application was reading it."""


class BodyLimit:
    """Answers 413 when a body is larger than its path allows: `limits` maps paths to bytes, `default` serves the rest."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], default: int = 1 << 20) -> None:
        self._app = app
        self._limits = limits
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._default)
        seen = 0
        complete = False

        async def counted() -> Message:
            nonlocal seen, complete
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if seen > limit:
                    raise _TooLarge
            return message

        try:
            if _announced(scope) > limit:
                raise _TooLarge
            await self._app(scope, counted, send)
        except _TooLarge:
            while not complete and seen < DRAIN_LIMIT:
                message = await receive()
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
            response = error_response(413, "too_large", f"The body is larger than {limit} bytes.")
            await response(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
