"""The application: puts the parts together and starts and stops the workers."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from intake import config
from intake.database import Database
from intake.routes import ROUTES, error
from intake.workers import Workers

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    settings = config.from_environment()
    client = httpx.Client(timeout=10)
    app.state.config = settings
    app.state.database = Database(settings.data_dir)
    app.state.workers = Workers(app.state.database, settings, client)
    app.state.workers.start()
    yield
    app.state.workers.stop()
    client.close()


async def refused(_: Request, reason: Exception) -> Response:
    assert isinstance(reason, HTTPException)
    return error(reason.status_code, "refused", str(reason.detail))


async def unexpected(_: Request, reason: Exception) -> Response:
    logging.getLogger("intake").error("unexpected %s", type(reason).__name__)
    return error(500, "internal", "Something went wrong on our side.")


app = Starlette(
    routes=ROUTES,
    lifespan=lifespan,
    exception_handlers={HTTPException: refused, Exception: unexpected},
)
