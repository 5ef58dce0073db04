"""The routes: from requests to the rest of the program, and back."""

from __future__ import annotations

from aiohttp import web

from leadbook import deliveries, uploads, views
from leadbook.emails import key_of
from leadbook.intake import Intake
from leadbook.keeper import Keeper
from leadbook.refusals import Refusal
from leadbook.settings import Settings
from leadbook.wire import read_limited


class Api:
    """The handlers, over one keeper."""

    def __init__(self, keeper: Keeper, intake: Intake, settings: Settings) -> None:
        self._keeper = keeper
        self._intake = intake
        self._settings = settings

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.add_routes(
            [
                web.get("/health", self.health),
                web.post("/imports", self.create_import),
                web.get("/imports/{id}", self.read_import),
                web.get("/leads", self.list_leads),
                web.get("/leads.csv", self.export_leads),
                web.get("/leads/{id}", self.read_lead),
                web.post("/webhooks/clay", self.receive_delivery),
            ]
        )

    async def health(self, _: web.Request) -> web.Response:
        """GET /health."""
        return web.json_response({"status": "ok"})

    async def create_import(self, request: web.Request) -> web.Response:
        """POST /imports."""
        upload = await uploads.receive(request, self._intake.new_path())
        key = request.headers.get("Idempotency-Key", "").strip() or None
        return web.json_response({"id": await self._intake.take(upload, key)}, status=202)

    async def read_import(self, request: web.Request) -> web.Response:
        """GET /imports/{id}."""
        one = self._keeper.book.imports.get(request.match_info["id"])
        if one is None:
            raise Refusal(404, "unknown_import", "There is no import with this id.")
        return web.json_response(views.import_view(one))

    async def list_leads(self, request: web.Request) -> web.Response:
        """GET /leads, by page or by email."""
        email = request.query.get("email")
        if email is not None:
            lead = self._keeper.book.find(key_of(email))
            found, following = ([lead] if lead else []), None
        else:
            found, following = views.page(
                self._keeper.book, request.query.get("limit"), request.query.get("cursor")
            )
        items = [views.lead_view(lead, self._settings) for lead in found]
        return web.json_response({"items": items, "next_cursor": following})

    async def read_lead(self, request: web.Request) -> web.Response:
        """GET /leads/{id}."""
        lead = self._keeper.book.leads.get(request.match_info["id"])
        if lead is None:
            raise Refusal(404, "unknown_lead", "There is no lead with this id.")
        return web.json_response(views.lead_view(lead, self._settings))

    async def export_leads(self, request: web.Request) -> web.StreamResponse:
        """GET /leads.csv: the leads of this moment, in pieces."""
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="leads.csv"',
                "X-Content-Type-Options": "nosniff",
            }
        )
        await answer.prepare(request)
        for piece in views.export_pieces(list(self._keeper.book.leads.values())):
            await answer.write(piece)
        await answer.write_eof()
        return answer

    async def receive_delivery(self, request: web.Request) -> web.Response:
        """POST /webhooks/clay."""
        if not deliveries.is_from_clay(
            request.headers.get("Authorization", ""), self._settings.inbound_secret
        ):
            raise Refusal(401, "unauthorized", "The secret is missing or wrong.")
        body = await read_limited(request.content, deliveries.LARGEST_BODY)
        if body is None:
            raise Refusal(413, "too_large", "The body has more than 100 KB.")
        status = await deliveries.take(self._keeper, deliveries.read_delivery(body))
        return web.json_response({"status": status})
