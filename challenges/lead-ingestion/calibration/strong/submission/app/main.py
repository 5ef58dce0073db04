"""The service: its routes, and what starts and stops with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.datastructures import UploadFile

from app import errors, leads, logs, webhook
from app.bodylimit import BodyLimit
from app.clay import ClaySender
from app.csvfile import FILE_LIMIT
from app.database import Database
from app.emails import email_key
from app.enrichment import Enricher
from app.errors import ApiError
from app.export import csv_lines
from app.imports import Imports, get_import
from app.outbox import Outbox
from app.settings import Settings, read_settings

MULTIPART_ROOM = 64 * 1024
"""What the multipart form adds around a file."""


def create_app(settings: Settings | None = None, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The application. `transport` replaces the network for outbound calls, in tests."""
    settings = settings or read_settings()
    logs.set_up()
    app = FastAPI(title="Lead intake", lifespan=_lifespan(settings, transport), docs_url=None, redoc_url=None)
    app.add_middleware(
        BodyLimit, limits={"/imports": FILE_LIMIT + MULTIPART_ROOM, "/webhooks/clay": webhook.BODY_LIMIT}
    )
    errors.install(app)
    _add_routes(app, settings)
    return app


def _lifespan(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.data_dir / "leads.sqlite3")
        integrations = leads.Integrations(
            enrichment=bool(settings.enrich_base_url), clay=bool(settings.clay_webhook_url)
        )
        loop = asyncio.get_running_loop()
        outboxes: list[Outbox] = []

        def wake() -> None:  # called by the import threads
            for outbox in outboxes:
                loop.call_soon_threadsafe(outbox.wake)

        # No redirects and no proxies from the environment: our secrets go to the configured hosts only. The limits
        # that matter are around the calls (asyncio.timeout); the client's own is the last line.
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=60) as client:
            if integrations.enrichment:
                outboxes.append(Enricher(database, settings, client).outbox)
            if integrations.clay:
                outboxes.append(ClaySender(database, settings, client).outbox)
            imports = Imports(database, settings.data_dir / "uploads", integrations, wake)
            app.state.database, app.state.imports = database, imports
            working = [asyncio.create_task(outbox.run()) for outbox in outboxes]
            imports.resume()
            logs.log("started", enrichment=integrations.enrichment, clay=integrations.clay)
            try:
                yield
            finally:
                await asyncio.to_thread(imports.stop)
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)
                database.close()

    return lifespan


def _add_routes(app: FastAPI, settings: Settings) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/imports", status_code=202)
    async def create_import(request: Request) -> dict[str, str]:
        async with request.form(max_files=8, max_fields=32) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise ApiError(400, "missing_file", "The form has no file in its field `file`.")
            key = request.headers.get("Idempotency-Key")
            import_id = await run_in_threadpool(app.state.imports.accept, upload.file, key)
        return {"id": import_id}

    @app.get("/imports/{import_id}")
    def read_import(import_id: str) -> JSONResponse:
        return JSONResponse(get_import(app.state.database, import_id))

    @app.get("/leads")
    def list_leads(
        email: str | None = None, limit: int = leads.PAGE_DEFAULT, cursor: str | None = None
    ) -> JSONResponse:
        if email is not None:
            return JSONResponse(leads.find_by_email(app.state.database, email_key(email)))
        if limit < 1:
            raise ApiError(400, "invalid_limit", "limit must be at least 1.")
        page = min(limit, leads.PAGE_LIMIT)
        return JSONResponse(leads.list_leads(app.state.database, limit=page, cursor=cursor))

    @app.get("/leads.csv")
    def export_leads() -> StreamingResponse:
        return StreamingResponse(
            csv_lines(leads.all_values(app.state.database)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="leads.csv"'},
        )

    @app.get("/leads/{lead_id}")
    def read_lead(lead_id: str) -> JSONResponse:
        return JSONResponse(leads.get_lead(app.state.database, lead_id))

    @app.post("/webhooks/clay")
    async def clay_delivery(request: Request) -> dict[str, str]:
        webhook.check_secret(request.headers.get("Authorization"), settings.clay_inbound_secret)
        delivery = webhook.read_delivery(await request.body())
        result = await run_in_threadpool(webhook.apply, app.state.database, delivery)
        logs.log("clay_delivery", lead_id=delivery.lead_id, result=result)
        return {"status": result}


def __getattr__(name: str) -> FastAPI:
    """`app`, for the server: made on first use, so that importing this module reads no settings."""
    if name == "app":
        return create_app()
    raise AttributeError(name)
