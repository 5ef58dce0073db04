"""Imports over HTTP: counts, errors, merging, idempotency, limits."""

import threading

import pytest
from conftest import counts, wait_for

from app.csvfile import FILE_LIMIT

HEADER = "email,first_name,company,title,phone\n"


def test_clean_rows_become_leads(service):
    report = service.imported(HEADER + "ann@x.example,Ann,Acme,CTO,+1 555\nbob@x.example,Bob,,,\n")

    assert report["status"] == "completed"
    assert counts(report) == (2, 0, 0, 0)
    bob = service.lead("bob@x.example")
    assert (bob["first_name"], bob["company"], bob["website"]) == ("Bob", None, None)
    assert bob["sources"] == [{"type": "csv", "import_id": report["id"], "row": 2}]
    assert (bob["enrichment"], bob["clay"]) == ({"status": "off", "fields": {}}, {"status": "off"})
    assert service.client.get(f"/leads/{bob['id']}").json() == bob


def test_every_rejected_row_is_told_with_its_number(service):
    report = service.imported(HEADER + ",Ann,,,\nnobody,Ann,,,\nann@x.example,Ann\nann@x.example,Ann,,,\n")

    assert counts(report) == (1, 0, 0, 3)
    assert [(e["row"], e["field"], e["code"]) for e in report["errors"]] == [
        (1, "email", "missing_email"),
        (2, "email", "invalid_email"),
        (3, None, "wrong_column_count"),
    ]
    assert service.lead("ann@x.example")["sources"][0]["row"] == 4


def test_header_alone_is_a_good_file(service):
    assert counts(service.imported(HEADER)) == (0, 0, 0, 0)


def test_a_file_cut_off_by_a_quote_fails_and_keeps_what_came_before(service):
    report = service.imported(HEADER + 'ann@x.example,Ann,,,\nbob@x.example,"Bob,,,\n')

    assert report["status"] == "failed"
    assert counts(report) == (1, 0, 0, 1)


def test_same_email_in_other_letters_is_the_same_lead(service):
    report = service.imported(HEADER + "Ann@X.example,Ann,,,\n ann@x.EXAMPLE ,Ann,,,\n")

    assert counts(report) == (1, 0, 1, 0)
    assert [source["row"] for source in service.lead("ann@x.example")["sources"]] == [1, 2]


def test_two_halves_are_united_and_empty_cells_erase_nothing(service):
    service.imported(HEADER + "ann@x.example,Ann,,,+1 555\n")

    assert counts(service.imported(HEADER + "ann@x.example,,Acme, ,\n")) == (0, 1, 0, 0)
    lead = service.lead("ann@x.example")
    assert (lead["first_name"], lead["company"], lead["title"], lead["phone"]) == (
        "Ann",
        "Acme",
        None,
        "+1 555",
    )


def test_importing_again_changes_nothing_but_the_sources(service):
    text = HEADER + "ann@x.example,Ann,Acme,,\n"
    service.imported(text)
    before = service.lead("ann@x.example")

    assert counts(service.imported(text)) == (0, 0, 1, 0)
    after = service.lead("ann@x.example")
    assert len(after.pop("sources")) == 2
    before.pop("sources")
    assert after == before


def test_a_rejected_row_reserves_nothing(service):
    assert counts(service.imported(HEADER + "ann@x.example,Ann\nann@x.example,Ann,,,\n")) == (1, 0, 0, 1)


def test_dots_and_tags_make_different_leads(service):
    assert counts(service.imported("email\na.b@gmail.com\nab@gmail.com\nab+x@gmail.com\n")) == (3, 0, 0, 0)


def test_refused_files_store_nothing(service, settings):
    for content, code in [(b"", "empty_file"), (b"name\nAnn\n", "missing_column"), (b"\xff\xfe", "not_text")]:
        answer = service.upload(content, key="k")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert list((settings.data_dir / "uploads").iterdir()) == []
    assert service.upload("email\n", key="k").status_code == 202, "a refused file does not use up its key"


@pytest.mark.parametrize(
    "form", [{"files": {"document": b"email\n"}}, {"data": {"file": "email"}}, {"content": b"email\n"}]
)
def test_without_a_file_the_form_is_refused(service, form):
    answer = service.client.post("/imports", **form)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_file")


def test_malformed_multipart_is_an_error_of_the_client(service):
    answer = service.client.post("/imports", content=b"--", headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message"}


def test_files_over_the_limit_are_refused(service, settings):
    line = b"ann@x.example\n"
    for size in (FILE_LIMIT + 1, FILE_LIMIT + (1 << 20)):
        body = b"email\n" + line * (size // len(line))
        answer = service.upload(body + b"x" * (size - len(body)))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert list((settings.data_dir / "uploads").iterdir()) == []


def test_bodies_of_unknown_length_are_counted(service):
    def drip():
        for _ in range(30):
            yield b"x" * (1 << 20)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    body = (
        piece
        for source in ([b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'], drip())
        for piece in source
    )
    assert service.client.post("/imports", content=body, headers=headers).status_code == 413


def test_same_key_and_bytes_is_the_same_import(service):
    text = "email\nann@x.example\n"
    first = service.imported(text, key="k")

    assert service.upload(text, key="k").json() == {"id": first["id"]}
    assert len(service.lead("ann@x.example")["sources"]) == 1
    assert service.imported(text, key="other")["id"] != first["id"]


def test_same_key_with_other_bytes_is_a_conflict(service):
    service.imported("email\nann@x.example\n", key="k")
    answer = service.upload("email\nbob@x.example\n", key="k")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert service.client.get("/leads", params={"email": "bob@x.example"}).json()["items"] == []


def test_endless_keys_are_refused(service):
    assert service.upload("email\n", key="k" * 300).status_code == 400


def test_the_same_upload_at_the_same_moment_is_one_import(service):
    answers = _together(6, lambda _: service.upload("email\nann@x.example\n", key="k").json()["id"])

    assert len(set(answers)) == 1
    service.finished(answers[0])
    assert len(service.lead("ann@x.example")["sources"]) == 1


def test_imports_of_the_same_people_at_once_make_each_lead_once(service):
    emails = [f"p{number}@x.example" for number in range(300)]
    orders = [emails, emails[::-1], emails[150:] + emails[:150]]
    ids = _together(3, lambda n: service.upload("email\n" + "\n".join(orders[n])).json()["id"])
    reports = [service.finished(import_id) for import_id in ids]

    assert [sum(report[name] for name in ("created", "unchanged")) for report in reports] == [300, 300, 300]
    assert sum(report["created"] for report in reports) == 300


def test_unknown_imports_are_not_found(service):
    answer = service.client.get("/imports/none")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_twenty_thousand_rows(service):
    text = HEADER + "".join(f"p{n}@x.example,Ann,Acme {n % 90},CTO,+1 555 {n}\n" for n in range(20_000))
    answer = service.upload(text)
    report = wait_for(
        lambda: service.client.get(f"/imports/{answer.json()['id']}").json(),
        lambda seen: seen["status"] == "completed",
    )

    assert counts(report) == (20_000, 0, 0, 0)


def _together(number, work):
    results = [None] * number
    threads = [threading.Thread(target=lambda n=n: results.__setitem__(n, work(n))) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
