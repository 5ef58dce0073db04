"""The routes of the contract."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from leadledger.assembly import LeadLedger
from leadledger.intake.emails import key_of
from leadledger.ledger import deliveries, reading
from leadledger.ledger.export import as_csv
from leadledger.logs import crash, note
from leadledger.refusal import Refusal

PAGE, PAGE_MOST = 50, 200
DELIVERY_MOST = 100 * 1024
_NUMBER = re.compile(r"[0-9]{1,15}")

Answer = tuple[Response, int]


def create_app(leadledger: LeadLedger) -> Flask:
    """The WSGI application over the parts of the program."""
    app = Flask("leadledger", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _add_errors(app)
    _add_imports(app, leadledger)
    _add_leads(app, leadledger)
    _add_deliveries(app, leadledger)

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    return app


def _add_imports(app: Flask, leadledger: LeadLedger) -> None:
    @app.post("/imports")
    def take_import() -> Answer:
        key = request.headers.get("Idempotency-Key") or None
        identity = leadledger.desk.take(request.stream, request.headers.get("Content-Type", ""), key)
        return jsonify(id=identity), 202

    @app.get("/imports/<identity>")
    def read_import(identity: str) -> Response:
        report = leadledger.desk.report(identity)
        if report is None:
            raise Refusal(404, "unknown_import", "There is no import with this id.")
        errors = leadledger.desk.errors(identity, report["received"])
        return Response(_with_list(report, "errors", errors), content_type="application/json")


def _with_list(content: dict[str, Any], name: str, items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A JSON object with a list at its end that need not fit into memory."""
    yield json.dumps(content)[:-1] + f', "{name}": ['
    separator = ""
    for item in items:
        yield separator + json.dumps(item)
        separator = ", "
    yield "]}\n"


def _add_leads(app: Flask, leadledger: LeadLedger) -> None:
    @app.get("/leads")
    def list_leads() -> Response:
        email = request.args.get("email")
        with leadledger.database.read() as connection:
            if email is not None:
                found = reading.by_key(connection, key_of(email), leadledger.settings)
                return jsonify(items=found, next_cursor=None)
            limit = min(_number("limit", PAGE, least=1), PAGE_MOST)
            items, after = reading.page(connection, _number("cursor", 0), limit, leadledger.settings)
        return jsonify(items=items, next_cursor=None if after is None else str(after))

    @app.get("/leads/<identity>")
    def read_lead(identity: str) -> Response:
        with leadledger.database.read() as connection:
            lead = reading.by_id(connection, identity, leadledger.settings)
        if lead is None:
            raise Refusal(404, "unknown_lead", "There is no lead with this id.")
        return jsonify(lead)

    @app.get("/leads.csv")
    def export_leads() -> Response:
        rows = reading.all_values(leadledger.database)
        return Response(as_csv(rows), content_type="text/csv; charset=utf-8")


def _number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of the query. Raises Refusal when it is none, or too small."""
    text = request.args.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) < least:
        raise Refusal(400, f"invalid_{name}", f"The parameter {name} is not usable.")
    return int(text)


def _add_deliveries(app: Flask, leadledger: LeadLedger) -> None:
    @app.post("/webhooks/clay")
    def receive_delivery() -> Response:
        if not _knows_secret(leadledger.settings.inbound_secret):
            raise Refusal(401, "unauthorized", "The secret is missing or wrong.")
        body = request.stream.read(DELIVERY_MOST + 1)
        if len(body) > DELIVERY_MOST:
            raise Refusal(413, "delivery_too_large", "The body has more than 100 KB.")
        delivery = deliveries.read_delivery(body)
        with leadledger.database.write() as connection:
            status = deliveries.apply(connection, delivery)
        note(f"delivery {status}")
        return jsonify(status=status)


def _knows_secret(secret: str) -> bool:
    """Whether the request shows the secret. When none is set, nobody knows it."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    # WSGI hands headers over as Latin-1; bytes are compared, for compare_digest refuses other texts than ASCII.
    same = hmac.compare_digest(shown.strip().encode("latin-1", "replace"), secret.encode())
    return bool(secret) and scheme.lower() == "bearer" and same


def _add_errors(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Answer:
        return _told(refusal.status, refusal.code, refusal.message)

    @app.errorhandler(HTTPException)
    def of_the_framework(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        return _told(status, error.name.lower().replace(" ", "_"), f"{error.name}.")

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Answer:
        crash("request crashed", error, endpoint=request.endpoint or "none")
        return _told(500, "internal_error", "Something went wrong on our side.")


def _told(status: int, code: str, message: str) -> Answer:
    return jsonify(error={"code": code, "message": message}), status
