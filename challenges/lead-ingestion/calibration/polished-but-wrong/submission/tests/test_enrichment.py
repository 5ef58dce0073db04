"""What each answer of the provider means."""

import httpx
import pytest

from intake import enrichment, importer

PERSON = {"email": "ada@example.com", "title": "CTO", "company": "X", "linkedin_url": "l", "employees": 7}


def answer(status: int, **more) -> httpx.Response:
    return httpx.Response(status, **more)


def test_enriched(config, scripted) -> None:
    client, seen = scripted(answer(200, json=PERSON))
    status, fields = enrichment.look_up(client, config, "a+b@example.com")
    assert (status, fields["employees"]) == ("enriched", 7)
    assert seen[0].headers["x-api-key"] == "key"
    assert seen[0].url.params["email"] == "a+b@example.com"


@pytest.mark.parametrize(("status", "meaning"), [(404, "not_found"), (400, "failed"), (403, "failed")])
def test_final_answers_are_not_repeated(config, scripted, status: int, meaning: str) -> None:
    client, seen = scripted(answer(status))
    assert enrichment.look_up(client, config, "a@example.com") == (meaning, {})
    assert len(seen) == 1


@pytest.mark.parametrize("first", [answer(500), httpx.ReadTimeout("slow"), httpx.ConnectError("down")])
def test_passing_trouble_is_repeated(config, scripted, first) -> None:
    client, seen = scripted(first, answer(200, json=PERSON))
    assert enrichment.look_up(client, config, "a@example.com")[0] == "enriched"
    assert len(seen) == 2


def test_retry_after_is_kept(config, scripted) -> None:
    client, _ = scripted(answer(429, headers={"Retry-After": "3"}), answer(404))
    waits: list[float] = []
    enrichment.look_up(client, config, "a@example.com", waits.append)
    assert waits == [3.0]


def test_three_calls_at_most(config, scripted) -> None:
    client, seen = scripted(answer(503))
    assert enrichment.look_up(client, config, "a@example.com") == ("failed", {})
    assert len(seen) == 3


@pytest.mark.parametrize("body", ["<html>", "[1]"])
def test_malformed_answer(config, scripted, body: str) -> None:
    client, _ = scripted(answer(200, text=body))
    assert enrichment.look_up(client, config, "a@example.com") == ("failed", {})


def test_user_values_stay(database, config) -> None:
    import_id, _ = importer.accept(database, config, b"email,title\na@example.com,Boss\n", None)
    importer.run(database, config, import_id)
    [lead] = database.leads()
    enrichment.store(database, lead["id"], "enriched", {"title": "CTO", "company": "X"})
    enrichment.store(database, lead["id"], "failed", {})
    [lead] = database.leads()
    assert (lead["title"], lead["company"]) == ("Boss", "X")
    assert lead["enrichment"] == {"status": "enriched", "fields": {"title": "CTO", "company": "X"}}
