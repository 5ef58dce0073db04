"""Listing, export and errors."""

import pytest


def test_health(service) -> None:
    assert service.get("/health").json() == {"status": "ok"}


def test_pages_hold_every_lead_once(service, upload) -> None:
    upload("email\n" + "".join(f"p{number}@example.com\n" for number in range(5)))
    seen, cursor = [], ""
    while cursor is not None:
        page = service.get("/leads", params={"limit": 2, "cursor": cursor}).json()
        seen += [lead["email"] for lead in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"p{number}@example.com" for number in range(5)]


def test_export_is_safe_for_spreadsheets(service, upload) -> None:
    upload('email,company,phone\na@example.com,"=1+1",+44 (0)20-1\n')
    answer = service.get("/leads.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[1] == "a@example.com,,,'=1+1,,+44 (0)20-1,"


@pytest.mark.parametrize("path", ["/imports/x", "/leads/x", "/nowhere"])
def test_not_found(service, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message"}


def test_bad_query(service) -> None:
    assert service.get("/leads", params={"limit": "many"}).status_code == 400


def test_upload_without_file(service) -> None:
    assert service.post("/imports", data={"x": "y"}).json()["error"]["code"] == "missing_file"


def test_unreadable_upload(service) -> None:
    answer = service.post("/imports", files={"file": ("x.csv", b"name\n", "text/csv")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_column")
