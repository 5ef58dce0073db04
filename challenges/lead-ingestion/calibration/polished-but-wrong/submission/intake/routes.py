"""The HTTP interface: requests in, JSON out, every error in the same shape."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from intake import clay_inbound, exporting, importer
from intake.csv_reader import UnreadableFile

MAX_UPLOAD = 25 * 1024 * 1024
MAX_DELIVERY = 100 * 1024
PAGE, MAX_PAGE = 50, 200


def error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


async def health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def create_import(request: Request) -> Response:
    state = request.app.state
    async with request.form(max_files=10) as form:
        upload = form.get("file")
        if upload is None or isinstance(upload, str):
            return error(400, "missing_file", "Send the file in the form field `file`.")
        content = await upload.read()
    if len(content) > MAX_UPLOAD:
        return error(413, "file_too_large", "The file is larger than 25 MB.")
    key = request.headers.get("idempotency-key")
    try:
        import_id, is_new = await run_in_threadpool(
            importer.accept, state.database, state.config, content, key
        )
    except UnreadableFile as reason:
        return error(400, reason.code, str(reason))
    except importer.KeyConflict:
        return error(409, "idempotency_conflict", "The key was used for another file.")
    if is_new:
        state.workers.wake()
    return JSONResponse({"id": import_id}, 202)


async def show_import(request: Request) -> Response:
    record = await run_in_threadpool(
        request.app.state.database.import_record, request.path_params["id"]
    )
    return JSONResponse(record) if record else error(404, "not_found", "There is no such import.")


async def list_leads(request: Request) -> Response:
    database, query = request.app.state.database, request.query_params
    if "email" in query:
        email = query["email"].strip().lower()
        items = await run_in_threadpool(database.leads, "WHERE email = ?", email)
        return JSONResponse({"items": items, "next_cursor": None})
    try:
        limit = min(max(int(query.get("limit", PAGE)), 1), MAX_PAGE)
        after = int(query.get("cursor") or 0)
    except ValueError:
        return error(400, "bad_query", "limit and cursor are numbers.")
    page = await run_in_threadpool(_page, database, limit, after)
    return JSONResponse(page)


def _page(database: Any, limit: int, after: int) -> dict[str, Any]:
    numbers = [
        row["number"]
        for row in database.read(
            "SELECT number FROM leads WHERE number > ? ORDER BY number LIMIT ?", after, limit + 1
        )
    ]
    more = len(numbers) > limit
    last = numbers[limit - 1] if more else (numbers[-1] if numbers else after)
    items = database.leads("WHERE number > ? AND number <= ?", after, last)
    return {"items": items, "next_cursor": str(last) if more else None}


async def show_lead(request: Request) -> Response:
    leads = await run_in_threadpool(
        request.app.state.database.leads, "WHERE id = ?", request.path_params["id"]
    )
    return JSONResponse(leads[0]) if leads else error(404, "not_found", "There is no such lead.")


async def export(request: Request) -> Response:
    leads = await run_in_threadpool(request.app.state.database.leads)
    return Response(exporting.to_csv(leads), media_type="text/csv; charset=utf-8")


async def receive_delivery(request: Request) -> Response:
    state = request.app.state
    if not clay_inbound.is_authorised(state.config, request.headers.get("authorization")):
        return error(401, "unauthorized", "The secret is missing or wrong.")
    content = await request.body()
    if len(content) > MAX_DELIVERY:
        return error(413, "body_too_large", "The body is larger than 100 KB.")
    try:
        delivery = clay_inbound.parse(content)
        status = await run_in_threadpool(clay_inbound.apply, state.database, delivery)
    except clay_inbound.InvalidDelivery as reason:
        return error(422, "invalid_delivery", str(reason))
    except clay_inbound.UnknownLead:
        return error(404, "not_found", "There is no such lead.")
    return JSONResponse({"status": status})


ROUTES = [
    Route("/health", health),
    Route("/imports", create_import, methods=["POST"]),
    Route("/imports/{id}", show_import),
    Route("/leads", list_leads),
    Route("/leads.csv", export),
    Route("/leads/{id}", show_lead),
    Route("/webhooks/clay", receive_delivery, methods=["POST"]),
]
