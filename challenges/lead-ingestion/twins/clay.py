"""The twin of a Clay table's webhook: takes one JSON object a call, wants its token, knows Clay's limits.

Clay's own facts, as far as they are public: the token stands in `x-clay-webhook-auth`, a body has at most 100 KB, the
acknowledgement may be plain text, and enrichment comes back later, by another way.
"""

from __future__ import annotations

from examiner import Answer, Call, Twin

BODY_LIMIT = 100 * 1024


class ClayTwin(Twin):
    """`key` is the email in the body; a call that nothing was scripted for is taken with 200."""

    name = "Clay twin"

    def __init__(self, token: str, table: str) -> None:
        super().__init__()
        self.token = token
        self.path = f"/v3/sources/webhook/pull-in-data-from-a-webhook-{table}"

    @property
    def webhook(self) -> str:
        """What CLAY_WEBHOOK_URL is set to."""
        return self.url + self.path

    def key(self, call: Call) -> str:
        body = call.json()
        email = body.get("email") if isinstance(body, dict) else None
        return email.strip().lower() if isinstance(email, str) else ""

    def guard(self, call: Call) -> Answer | None:
        if call.path != self.path:
            return Answer(404, {"error": "no such webhook"})
        if call.method != "POST":
            return Answer(405, {"error": "POST only"})
        if call.headers.get("x-clay-webhook-auth") != self.token:
            return Answer(401, {"error": "unauthorized"})
        if call.size > BODY_LIMIT:
            return Answer(413, {"error": "payload too large"})
        if not isinstance(call.json(), dict):
            return Answer(422, {"error": "one JSON object is expected"})
        return None

    def usual(self, call: Call) -> Answer:  # noqa: ARG002  (all calls alike)
        return Answer(200, "OK")
