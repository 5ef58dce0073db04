"""The twin of the enrichment provider: `GET /v1/people?email=...` with an API key; knows nobody unless told."""

from __future__ import annotations

from examiner import Answer, Call, Twin


class EnrichmentTwin(Twin):
    """`key` is the email that is asked for; a person that nothing was scripted for is not found."""

    name = "enrichment twin"

    def __init__(self, api_key: str) -> None:
        super().__init__()
        self.api_key = api_key

    def key(self, call: Call) -> str:
        return call.query.get("email", "")

    def guard(self, call: Call) -> Answer | None:
        if call.path != "/v1/people" or call.method != "GET":
            return Answer(404, {"error": "no such endpoint"})
        if call.headers.get("x-api-key") != self.api_key:
            return Answer(401, {"error": "invalid api key"})
        return None

    def usual(self, call: Call) -> Answer:  # noqa: ARG002  (all calls alike)
        return Answer(404, {"error": "not_found"})


def person(email: str, *, title: str, company: str, linkedin_url: str, employees: int) -> Answer:
    """The answer for a person that the provider knows."""
    return Answer(
        200,
        {"email": email, "title": title, "company": company, "linkedin_url": linkedin_url, "employees": employees},
    )
