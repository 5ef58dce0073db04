"""Imports through the HTTP interface."""

from intake import importer
from intake.app import app


def test_counts_and_sources(service, upload) -> None:
    record = upload("email,company\nada@example.com,X\nada@example.com,Y\nada@example.com,Y\n")
    assert (record["received"], record["created"], record["updated"], record["unchanged"]) == (3, 1, 1, 1)
    [lead] = service.get("/leads").json()["items"]
    assert [source["row"] for source in lead["sources"]] == [2, 3, 4]


def test_errors_name_the_spreadsheet_row(upload) -> None:
    record = upload("email,company\n,X\nnope,Y\na@example.com\nok@example.com,Z\n")
    assert [(error["row"], error["code"]) for error in record["errors"]] == [
        (2, "missing_email"),
        (3, "invalid_email"),
        (4, "wrong_column_count"),
    ]
    assert record["rejected"] == 3
    assert record["created"] == record["received"] == 1


def test_empty_never_erases(service, upload) -> None:
    upload("email,company,phone\nada@example.com,X,+44 1\n")
    record = upload("email,company,phone\nAda@Example.com,,+44 2\n")
    assert record["updated"] == 1
    [lead] = service.get("/leads", params={"email": "ada@example.com"}).json()["items"]
    assert (lead["company"], lead["phone"]) == ("X", "+44 2")


def test_tagged_address_updates_the_person(service, upload) -> None:
    upload("email\nada.l@example.com\n")
    record = upload("email,title\nadal+work@example.com,CTO\n")
    assert (record["created"], record["updated"]) == (0, 1)


def test_idempotency_key(service, upload) -> None:
    headers = {"Idempotency-Key": "k"}
    assert upload("email\na@example.com\n", **headers)["id"] == upload("email\na@example.com\n", **headers)["id"]
    files = {"file": ("leads.csv", "email\nb@example.com\n", "text/csv")}
    answer = service.post("/imports", files=files, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_an_import_that_was_cut_off_is_run_again(database, config) -> None:
    import_id, _ = importer.accept(database, config, b"email\na@example.com\n", None)
    assert importer.unfinished(database) == [import_id]
    importer.run(database, config, import_id)
    assert importer.unfinished(database) == []
    assert database.import_record(import_id)["created"] == 1


def test_a_broken_upload_fails_alone(service, monkeypatch, upload) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(importer, "run", broken)
    assert upload("email\na@example.com\n")["status"] == "failed"
    assert app.state.database.read("SELECT * FROM leads") == []
