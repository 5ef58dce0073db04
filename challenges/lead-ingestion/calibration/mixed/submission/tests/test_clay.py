import pytest

AUTH = {"Authorization": "Bearer s3cret"}


@pytest.fixture
def lead(client, upload):
    upload("email,company\nada@example.com,Analytical\n")
    return client.get("/leads").json()["items"][0]


def delivery(lead, number=1, at="2026-06-02T12:00:00+00:00", **fields):
    return {"lead_id": lead["id"], "delivery_id": f"d{number}", "enriched_at": at, **fields}


def test_wrong_secret(client, lead):
    body = delivery(lead, title="CTO")
    assert client.post("/webhooks/clay", json=body).status_code == 401
    assert client.post("/webhooks/clay", json=body, headers={"Authorization": "Bearer no"}).status_code == 401
    assert client.get(f"/leads/{lead['id']}").json()["title"] is None


def test_applied_once(client, lead):
    body = delivery(lead, title="CTO", company="Other")
    assert client.post("/webhooks/clay", json=body, headers=AUTH).json() == {"status": "applied"}
    assert client.post("/webhooks/clay", json=body, headers=AUTH).json() == {"status": "duplicate"}
    after = client.get(f"/leads/{lead['id']}").json()
    assert (after["title"], after["company"]) == ("CTO", "Analytical")


def test_stale(client, lead):
    client.post("/webhooks/clay", json=delivery(lead, 1, title="CTO"), headers=AUTH)
    old = delivery(lead, 2, at="2026-06-01T12:00:00+00:00", title="Intern")
    assert client.post("/webhooks/clay", json=old, headers=AUTH).json() == {"status": "stale"}


def test_unknown_lead(client):
    body = {"lead_id": "nope", "delivery_id": "d", "enriched_at": "2026-06-02T12:00:00Z"}
    assert client.post("/webhooks/clay", json=body, headers=AUTH).status_code == 404


@pytest.mark.parametrize("body", [[], {"lead_id": "x"}, {"lead_id": 1, "delivery_id": "d", "enriched_at": "now"}])
def test_bad_bodies(client, body):
    assert client.post("/webhooks/clay", json=body, headers=AUTH).status_code == 422
