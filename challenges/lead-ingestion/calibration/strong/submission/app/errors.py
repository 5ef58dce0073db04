"""Errors as clients see them: always JSON, always {"error": {"code", "message"}}, never a stack trace."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import log_failure


class ApiError(Exception):
    """A request that can't be answered: HTTP status, a code for programs, a message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_response(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def install(app: FastAPI) -> None:
    """Give every error of `app` its JSON form."""

    @app.exception_handler(ApiError)
    async def api_error(_request: Request, error: ApiError) -> JSONResponse:
        return error_response(error.status, error.code, error.message)

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return error_response(error.status_code, code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def validation_error(_request: Request, error: RequestValidationError) -> JSONResponse:
        # The framework's own text repeats the input; ours names the place alone.
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        return error_response(422, "invalid_request", f"{place} is not valid.")

    app.add_middleware(LastResort)


class LastResort:
    """Turns what nobody caught into a plain 500.

    Without it the server would print the exception's message, which may hold a value of somebody's lead.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as failure:  # noqa: BLE001 - the last resort
            log_failure("request_failed", failure, method=scope["method"])
            if not started:
                response = error_response(500, "internal_error", "Something went wrong here.")
                await response(scope, receive, send)
