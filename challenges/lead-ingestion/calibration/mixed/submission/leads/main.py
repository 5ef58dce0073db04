"""The HTTP service."""

import asyncio
import hashlib
import json
import logging
import uuid
from contextlib import asynccontextmanager

import httpx
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from leads import clay, enrich, imports
from leads.settings import Settings
from leads.store import Store, public

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)

MAX_FILE = 25 * 1024 * 1024
MAX_DELIVERY = 100 * 1024


@asynccontextmanager
async def lifespan(app: FastAPI):
    settings = Settings.from_env()
    app.state.settings = settings
    app.state.store = Store(settings.data_dir)
    app.state.loop = asyncio.get_running_loop()
    app.state.client = httpx.AsyncClient(limits=httpx.Limits(max_connections=50), timeout=10)
    resuming = asyncio.create_task(resume())
    yield
    resuming.cancel()
    app.state.store.save()
    await app.state.client.aclose()


app = FastAPI(title="Lead ingestion", lifespan=lifespan)


def error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


@app.exception_handler(404)
async def not_found(request: Request, reason):
    return error(404, "not_found", "There is nothing here.")


@app.exception_handler(Exception)
async def unexpected(request: Request, reason):
    return error(500, "internal_error", "Something went wrong.")


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.post("/imports")
async def create_import(request: Request, tasks: BackgroundTasks):
    store: Store = app.state.store
    form = await request.form()
    upload = form.get("file")
    if upload is None or isinstance(upload, str):
        return error(400, "missing_file", "Send the CSV in the form field `file`.")
    content = await upload.read()
    if len(content) > MAX_FILE:
        return error(413, "file_too_large", "The file is larger than 25 MB.")

    key = request.headers.get("idempotency-key")
    digest = hashlib.sha256(content).hexdigest()
    if key and key in store.keys:
        if store.keys[key]["digest"] != digest:
            return error(409, "idempotency_conflict", "This key was used for another file.")
        return JSONResponse({"id": store.keys[key]["import_id"]}, status_code=202)

    try:
        header, lines = imports.parse(content)
    except imports.FileProblem as problem:
        return error(400, problem.code, problem.message)

    import_id = uuid.uuid4().hex
    store.imports[import_id] = {
        "id": import_id,
        "status": "processing",
        "received": 0,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "errors": [],
    }
    if key:
        store.keys[key] = {"digest": digest, "import_id": import_id}
    tasks.add_task(process, import_id, header, lines, dict(store.by_email))
    return JSONResponse({"id": import_id}, status_code=202)


def process(import_id: str, header, lines, known) -> None:
    """Runs in a worker thread."""
    settings: Settings = app.state.settings
    try:
        created, updated = imports.run_import(
            app.state.store,
            import_id,
            header,
            lines,
            known,
            enrichment="pending" if settings.enrich_base_url else "off",
            clay="pending" if settings.clay_webhook_url else "off",
        )
    except Exception:
        logging.getLogger("leads.imports").error("import %s failed", import_id)
        app.state.store.imports[import_id]["status"] = "failed"
        return
    if settings.enrich_base_url or settings.clay_webhook_url:
        asyncio.run_coroutine_threadsafe(follow_up(created, updated), app.state.loop)


async def resume() -> None:
    """What was pending when the service stopped is done again."""
    leads = list(app.state.store.leads)
    new = [lead for lead in leads if lead["enrichment"]["status"] == "pending"]
    known = {lead["id"] for lead in new}
    unsent = [lead for lead in leads if lead["clay"]["status"] == "pending" and lead["id"] not in known]
    await follow_up(new, unsent)


async def follow_up(created: list[dict], updated: list[dict]) -> None:
    settings, client, store = app.state.settings, app.state.client, app.state.store

    async def one(lead: dict, is_new: bool) -> None:
        if is_new and settings.enrich_base_url:
            await enrich.enrich(client, settings, store, lead)
        if settings.clay_webhook_url:
            lead["clay"]["status"] = "pending"
            await clay.push(client, settings, lead)

    await asyncio.gather(
        *(one(lead, True) for lead in created),
        *(one(lead, False) for lead in updated),
        return_exceptions=True,
    )


@app.get("/imports/{import_id}")
async def get_import(import_id: str):
    record = app.state.store.imports.get(import_id)
    return record if record else error(404, "not_found", "No such import.")


@app.get("/leads.csv")
def leads_csv():
    return Response(imports.export_csv(list(app.state.store.leads)), media_type="text/csv; charset=utf-8")


@app.get("/leads")
async def list_leads(request: Request):
    store: Store = app.state.store
    email = request.query_params.get("email")
    if email is not None:
        key = email.strip().lower()
        return {"items": [public(lead) for lead in store.leads if lead["email"] == key], "next_cursor": None}
    try:
        limit = min(max(int(request.query_params.get("limit", 50)), 1), 200)
        items, following = store.page(limit, request.query_params.get("cursor"))
    except ValueError:
        return error(400, "bad_query", "limit and cursor must be numbers.")
    return {"items": [public(lead) for lead in items], "next_cursor": following}


@app.get("/leads/{lead_id}")
async def get_lead(lead_id: str):
    lead = app.state.store.by_id.get(lead_id)
    return public(lead) if lead else error(404, "not_found", "No such lead.")


@app.post("/webhooks/clay")
async def clay_delivery(request: Request):
    settings: Settings = app.state.settings
    if not clay.secret_matches(settings, request.headers.get("authorization")):
        return error(401, "unauthorized", "The secret is missing or wrong.")
    content = await request.body()
    if len(content) > MAX_DELIVERY:
        return error(413, "body_too_large", "The body is larger than 100 KB.")
    try:
        body = json.loads(content)
    except ValueError:
        return error(422, "invalid_json", "The body is not JSON.")
    try:
        moment = clay.check_delivery(body)
    except clay.BadDelivery as problem:
        return error(422, "invalid_delivery", str(problem))
    lead = app.state.store.by_id.get(body["lead_id"])
    if lead is None:
        return error(404, "not_found", "No such lead.")
    return {"status": clay.apply_delivery(app.state.store, lead, body, moment)}
