"""Imports, leads, deliveries and errors, by way of the routes."""

from __future__ import annotations

import csv
import errno
import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from leadledger.intake import desk

HEAD = "email,first_name,last_name,company,title,phone,website\n"
ANN = HEAD + "ann@x.example,Ann,Lee,Acme,CTO,+1 555 0100,https://x.example\n"


def counts(report):
    return tuple(report[name] for name in ("received", "created", "updated", "unchanged", "rejected"))


def test_a_file_becomes_leads(house):
    report = house.run(
        HEAD + "Ann@X.example, Ann ,Lee,Acme,,,\nann@x.example,,,,CTO,,\nann@x.example,,,,CTO,,\n,,,,,,\nx,y\n"
    )
    assert report["status"] == "completed"
    assert counts(report) == (5, 1, 1, 1, 2)
    assert [(one["row"], one["field"], one["code"]) for one in report["errors"]] == [
        (4, "email", "missing_email"),
        (5, None, "wrong_column_count"),
    ]
    lead = house.who("ann@x.example")
    assert (lead["first_name"], lead["title"], lead["phone"]) == ("Ann", "CTO", None)
    assert lead["sources"] == [{"type": "csv", "import_id": report["id"], "row": row} for row in (1, 2, 3)]
    assert (lead["enrichment"], lead["clay"]) == ({"status": "off", "fields": {}}, {"status": "off"})
    assert house.web.get(f"/leads/{lead['id']}").json == lead


def test_the_same_file_again_changes_nothing_but_the_sources(house):
    house.run(ANN)
    before = house.who("ann@x.example")
    assert counts(house.run(ANN)) == (1, 0, 0, 1, 0)
    after = house.who("ann@x.example")
    assert len(after.pop("sources")) == 2
    assert after == {name: value for name, value in before.items() if name != "sources"}


def test_later_files_replace_and_never_erase(house):
    house.run(ANN)
    assert counts(house.run(HEAD + "ann@x.example,Anna,,Bolt,  ,,\n")) == (1, 0, 1, 0, 0)
    lead = house.who("ann@x.example")
    assert [lead[name] for name in ("first_name", "last_name", "company", "title")] == [
        "Anna",
        "Lee",
        "Bolt",
        "CTO",
    ]


def test_many_batches_and_two_files_at_once_count_right(house, monkeypatch):
    monkeypatch.setattr(desk, "BATCH", 7)
    emails = [f"p{n}@x.example" for n in range(60)]
    files = ["email,company\n" + "".join(f"{one},C\n" for one in order) for order in (emails, emails[::-1])]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda identity: house.ended(identity), [house.upload(f).json["id"] for f in files]))
    assert sum(report["created"] for report in reports) == 60
    assert sum(report["unchanged"] for report in reports) == 60
    assert all(len(house.who(one)["sources"]) == 2 for one in emails[::9])


def test_a_file_that_breaks_off_is_failed_and_keeps_what_came_before(house):
    report = house.run('email,company\na@x.example,A\nb@x.example,"B\nc@x.example,C\n')
    assert (report["status"], counts(report)) == ("failed", (2, 1, 0, 0, 1))
    assert report["errors"][0]["code"] == "unclosed_quote"
    assert house.who("a@x.example")["company"] == "A"


def test_an_import_that_crashes_is_failed_and_the_next_one_runs(house, monkeypatch):
    monkeypatch.setattr(desk.merging, "_merged", lambda *_: 1 / 0)
    assert house.run(ANN)["status"] == "failed"
    monkeypatch.undo()
    assert house.run(ANN)["status"] == "completed"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\x89PNG\r\n", "not_text"),
        (b"email\nann\xc3", "not_text"),
        (b"a,b\n", "missing_column"),
    ],
)
def test_unreadable_files_are_refused_and_leave_nothing(house, content, code):
    answer = house.upload(content)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)
    assert list(house.book.settings.data_dir.glob("uploads/*")) == []


def test_uploads_that_are_none(house):
    for body, kind, code in [
        (b"email\n", "text/csv", "missing_file"),
        (b"", "multipart/form-data", "missing_file"),
        (
            b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\nema",
            "multipart/form-data; boundary=b",
            "malformed_upload",
        ),
        (
            b"--b\r\nContent-Disposition: form-data; name=other\r\n\r\n1\r\n--b--",
            "multipart/form-data; boundary=b",
            "missing_file",
        ),
    ]:
        answer = house.web.post("/imports", data=body, content_type=kind)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


def test_an_upload_without_room_is_refused(house, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("leadledger.intake.upload._keep", full)
    answer = house.upload(ANN)
    assert (answer.status_code, answer.json["error"]["code"]) == (507, "no_room")


def test_a_field_without_a_file_name_is_a_file_too(house):
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\nann@x.example\r\n--b--\r\n'
    answer = house.web.post("/imports", data=body, content_type="multipart/form-data; boundary=b")
    assert counts(house.ended(answer.json["id"])) == (1, 1, 0, 0, 0)


def test_25_megabytes_and_no_more(house):
    most = 25 * 1024 * 1024
    whole = b"email,notes\na@x.example,\na@x.example,"
    padded = whole + b"x" * (most - len(whole))
    assert counts(house.run(padded)) == (2, 1, 0, 1, 0)
    answer = house.upload(padded + b"x")
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "file_too_large")


def test_a_key_belongs_to_one_file(house):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: house.upload(ANN, Idempotency_Key="k").json["id"], range(4)))
    assert len(set(answers)) == 1
    house.ended(answers[0])
    conflict = house.upload(ANN + "\n", Idempotency_Key="k")
    assert (conflict.status_code, conflict.json["error"]["code"]) == (409, "idempotency_conflict")
    assert house.upload(ANN, Idempotency_Key="other").json["id"] != answers[0]
    assert house.upload(ANN).json["id"] != answers[0]


def test_pages_neither_repeat_nor_miss(house):
    house.run("email\n" + "".join(f"p{n}@x.example\n" for n in range(9)))
    seen, cursor = [], None
    while True:
        query = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = house.web.get("/leads", query_string=query).json
        seen += [lead["email"] for lead in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        house.run(f"email\nlate{cursor}@x.example\n")
    assert seen == [f"p{n}@x.example" for n in range(9)] + ["late4@x.example", "late8@x.example"]
    for query in ("limit=0", "limit=x", "limit=-1", "cursor=x", "cursor=%D9%A1"):
        assert house.web.get(f"/leads?{query}").status_code == 400
    assert len(house.web.get("/leads?limit=5000").json["items"]) == 11


def test_the_export_holds_everybody(house, monkeypatch):
    monkeypatch.setattr("leadledger.ledger.reading.CHUNK", 2)
    house.run(HEAD + "".join(f"p{n}@x.example,=1+1,,,,+1 5{n},\n" for n in range(5)))
    answer = house.web.get("/leads.csv")
    assert answer.content_type.startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["email"], row["first_name"], row["phone"]) for row in rows] == [
        (f"p{n}@x.example", "'=1+1", f"+1 5{n}") for n in range(5)
    ]
    assert house.who("p0@x.example")["first_name"] == "=1+1"


def test_errors_have_one_form(house):
    for method, path, status in [
        ("GET", "/imports/imp_1", 404),
        ("GET", "/leads/lead_1", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/leads", 405),
    ]:
        answer = house.web.open(path, method=method)
        assert answer.status_code == status
        assert set(answer.json["error"]) == {"code", "message"}


def test_what_nobody_foresaw_is_an_answer_without_the_inside(house, monkeypatch, caplog):
    def burst(*_):
        raise RuntimeError("ann@x.example")

    monkeypatch.setattr("leadledger.ledger.reading.by_id", burst)
    answer = house.web.get("/leads/lead_1")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal_error")
    assert "ann@" not in answer.text


def test_a_delivery_fills_what_is_empty_and_stays_below_files(house):
    house.run(HEAD + "ann@x.example,Ann,,Acme,,,\n")
    lead = house.who("ann@x.example")
    answer = house.deliver(
        lead, "d-1", title="CTO", company="Other", linkedin_url="l", employees=120.0, extra={"a": None}
    )
    assert (answer.status_code, answer.json) == (200, {"status": "applied"})
    lead = house.who("ann@x.example")
    assert (lead["title"], lead["company"]) == ("CTO", "Acme")
    fields = {"title": "CTO", "company": "Other", "linkedin_url": "l", "employees": 120}
    assert lead["enrichment"] == {"status": "enriched", "fields": fields}
    assert lead["sources"][-1] == {"type": "clay", "delivery_id": "d-1"}


def test_a_file_that_repeats_clay_changes_nothing_and_owns_the_value(house):
    house.run("email\nann@x.example\n")
    house.deliver(house.who("ann@x.example"), "d-1", title="CTO")
    assert counts(house.run("email,title\nann@x.example,CTO\n")) == (1, 0, 0, 1, 0)
    house.deliver(house.who("ann@x.example"), "d-2", title="CFO")
    assert house.who("ann@x.example")["title"] == "CTO"


def test_deliveries_come_twice_and_late(house):
    house.run("email\nann@x.example\n")
    lead = house.who("ann@x.example")
    steps = [
        ("d-2", "2026-06-03T10:00:00Z", "New", "applied"),
        ("d-2", "2026-06-09T10:00:00Z", "Twice", "duplicate"),
        ("d-1", "2026-06-03T11:30:00+02:00", "Late", "stale"),
        ("d-3", "2026-06-03T12:00:00+02:00", "Same moment", "applied"),
        ("d-2", "2026-06-01T10:00:00Z", "Twice and late", "duplicate"),
        ("d-4", "2026-06-04T10:00:00Z", " ", "applied"),
    ]
    assert [house.deliver(lead, name, when, title=title).json["status"] for name, when, title, _ in steps] == [
        status for *_, status in steps
    ]
    assert house.who("ann@x.example")["title"] == "Same moment"


def test_the_same_delivery_at_once_is_applied_once(house):
    house.run("email\nann@x.example\n")
    lead = house.who("ann@x.example")
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: house.deliver(lead, "d-1", title="CTO").json["status"], range(6)))
    assert sorted(told) == ["applied", *["duplicate"] * 5]
    assert len(house.who("ann@x.example")["sources"]) == 2


GOOD = {"lead_id": "lead_0", "delivery_id": "d-1", "enriched_at": "2026-06-03T10:00:00Z"}
WRONG = {
    "array": [GOOD],
    "no id": {name: GOOD[name] for name in ("lead_id", "enriched_at")},
    "id is a number": GOOD | {"lead_id": 7},
    "no moment": GOOD | {"enriched_at": "soon"},
    "null": GOOD | {"title": None},
    "half a character": GOOD | {"title": "\ud800"},
    "truth is no number": GOOD | {"employees": True},
    "text is no number": GOOD | {"employees": "120"},
    "half a person": GOOD | {"employees": 1.5},
}


@pytest.mark.parametrize("name", list(WRONG))
def test_wrong_deliveries(house, name):
    answer = house.post_delivery(json.dumps(WRONG[name]))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_delivery")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b"[" * 50_000])
def test_deliveries_that_are_no_json(house, body):
    assert house.post_delivery(body).status_code == 400


def test_deliveries_for_nobody_and_of_too_much(house):
    assert house.post_delivery(json.dumps(GOOD)).status_code == 404
    assert house.post_delivery(json.dumps(GOOD | {"x": "x" * 102_400})).status_code == 413


@pytest.mark.parametrize(
    "bearer", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic swordfish", "Bearer swordfish2", "Bearer ä"]
)
def test_strangers_are_refused(house, bearer):
    assert house.post_delivery(json.dumps(GOOD), bearer=bearer).status_code == 401


def test_without_a_secret_nobody_delivers(open_house):
    house = open_house(inbound_secret="")
    for bearer in ("Bearer ", "Bearer", "", "Bearer None"):
        assert house.post_delivery(json.dumps(GOOD), bearer=bearer).status_code == 401
