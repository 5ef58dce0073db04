"""How the service says no: JSON of one form, and nothing about its inside."""

from __future__ import annotations

import errno

from aiohttp import web
from aiohttp.typedefs import Handler

from leadbook import logs

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
MESSAGES = {
    404: "There is nothing here.",
    405: "That can't be done here.",
    413: "The request is too large.",
    500: "Something went wrong here.",
    507: "There is no room left to store this; it was not stored.",
}


class Refusal(Exception):
    """An answer that is an error; `message` is for people and holds nothing from the request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> web.Response:
        """{"error": {"code", "message"}} with the status."""
        return web.json_response({"error": {"code": self.code, "message": self.message}}, status=self.status)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every kind of failure into an answer of the one form."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except web.HTTPException as refusal:
        code = CODES.get(refusal.status, "bad_request")
        answer = Refusal(
            refusal.status, code, MESSAGES.get(refusal.status, "That can't be understood.")
        ).response()
        if "Allow" in refusal.headers:
            answer.headers["Allow"] = refusal.headers["Allow"]
        return answer
    except ConnectionError:
        raise
    except Exception as trouble:  # noqa: BLE001  (the last resort: a stack trace must not get out)
        logs.say_trouble("request_trouble", trouble, method=request.method)
        full = isinstance(trouble, OSError) and trouble.errno in (errno.ENOSPC, errno.EDQUOT)
        status, code = (507, "storage_full") if full else (500, "internal_error")
        return Refusal(status, code, MESSAGES[status]).response()
