"""Deliveries from Clay."""

import pytest

from tests.conftest import SECRET

AUTH = {"Authorization": f"Bearer {SECRET}"}
AT = "2026-06-02T12:00:00Z"


@pytest.fixture
def lead(service, upload) -> dict:
    upload("email,company\nada@example.com,X\n")
    return service.get("/leads").json()["items"][0]


def send(service, lead, number, at=AT, headers=AUTH, **values):
    body = {"lead_id": lead["id"], "delivery_id": f"d{number}", "enriched_at": at, **values}
    return service.post("/webhooks/clay", json=body, headers=headers)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": SECRET}])
def test_secret(service, lead, headers) -> None:
    assert send(service, lead, 1, headers=headers, title="CTO").status_code == 401
    assert service.get(f"/leads/{lead['id']}").json()["title"] is None


def test_applied_once(service, lead) -> None:
    answers = [send(service, lead, 1, title="CTO", company="Y").json()["status"] for _ in range(2)]
    assert answers == ["applied", "duplicate"]
    after = service.get(f"/leads/{lead['id']}").json()
    assert (after["title"], after["company"]) == ("CTO", "X")
    assert after["enrichment"] == {"status": "enriched", "fields": {"title": "CTO", "company": "Y"}}


def test_the_latest_delivery_wins(service, lead) -> None:
    send(service, lead, 1, title="CTO")
    assert send(service, lead, 2, at="2026-06-01T12:00:00Z", title="VP").json() == {"status": "applied"}
    assert service.get(f"/leads/{lead['id']}").json()["title"] == "VP"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"lead_id": "x", "delivery_id": "d", "enriched_at": "soon"}',
        b'{"lead_id": "x", "delivery_id": "d", "enriched_at": "2026-06-02", "title": 5}',
        b'{"lead_id": "x", "delivery_id": "d", "enriched_at": "2026-06-02", "employees": "5"}',
    ],
)
def test_invalid_bodies(service, content: bytes) -> None:
    assert service.post("/webhooks/clay", content=content, headers=AUTH).status_code == 422


def test_too_large(service) -> None:
    assert service.post("/webhooks/clay", content=b" " * 102_401, headers=AUTH).status_code == 413


def test_unknown_lead(service) -> None:
    assert send(service, {"id": "nobody"}, 1).status_code == 404
