"""waitress, with its own refusals in the form of the contract."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

BODY_MOST = 64 * 1024 * 1024
"""Bodies beyond this are refused unread. The 25 MB of the contract are counted by the application, which can tell the
file from what is around it, and which lets people finish sending before it says no."""

THREADS = 8


class JsonErrorTask(ErrorTask):
    """Answers what waitress refuses by itself: broken requests, bodies without measure."""

    def execute(self) -> None:
        error = self.request.error
        content = {"error": {"code": error.reason.lower().replace(" ", "_"), "message": f"{error.reason}."}}
        body = json.dumps(content).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class JsonChannel(HTTPChannel):
    error_task_class = JsonErrorTask


def make_server(app: Flask, port: int) -> Any:
    """A server on 127.0.0.1 that `run()` starts; it ends by SystemExit in the main thread."""
    server = create_server(
        app, host="127.0.0.1", port=port, threads=THREADS, max_request_body_size=BODY_MOST, ident=None
    )
    server.channel_class = JsonChannel
    return server
