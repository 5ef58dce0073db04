"""Imports and leads over HTTP, both integrations off."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest
from aiohttp import FormData
from conftest import Running, until

FILE = (
    "email,first_name,last_name,company,title,phone,website\r\n"
    "kim@a.example,Kim,Arden,Acorn,CTO,+1 555 0101,https://a.example\r\n"
)


def counts(one: dict[str, object]) -> tuple[object, ...]:
    return tuple(one[name] for name in ("received", "created", "updated", "unchanged", "rejected"))


async def test_rows_become_leads(service: Running) -> None:
    one = await service.imported(FILE + "oops,,,,,,\r\n,,,,,,\r\nshort\r\n")
    assert (one["status"], counts(one)) == ("completed", (4, 1, 0, 0, 3))
    told = [(error["row"], error["field"], error["code"]) for error in one["errors"]]
    assert told == [
        (2, "email", "invalid_email"),
        (3, "email", "missing_email"),
        (4, None, "wrong_column_count"),
    ]
    lead = await service.lead("KIM@a.example ")
    assert lead["title"] == "CTO"
    assert lead["sources"] == [{"type": "csv", "import_id": one["id"], "row": 1}]
    assert (lead["enrichment"], lead["clay"]) == ({"status": "off", "fields": {}}, {"status": "off"})
    assert await service.get(f"/leads/{lead['id']}") == (200, lead)


async def test_the_same_file_again_changes_nothing(service: Running) -> None:
    first = await service.imported(FILE)
    before = await service.lead("kim@a.example")
    second = await service.imported(FILE)
    after = await service.lead("kim@a.example")
    assert counts(second) == (1, 0, 0, 1, 0)
    assert [source["import_id"] for source in after["sources"]] == [first["id"], second["id"]]
    assert {**after, "sources": []} == {**before, "sources": []}


async def test_values_replace_and_empty_ones_erase_nothing(service: Running) -> None:
    await service.imported(FILE)
    one = await service.imported("email,title,phone\nKIM@A.example,CEO,\nkim@a.example,CEO,+1 555 0102\n")
    lead = await service.lead("kim@a.example")
    assert counts(one) == (2, 0, 2, 0, 0)
    assert (lead["title"], lead["phone"], lead["company"]) == ("CEO", "+1 555 0102", "Acorn")


async def test_a_key_stands_for_one_file(service: Running) -> None:
    one = await service.imported(FILE, key="k1")
    assert await service.upload(FILE, key="k1") == (202, {"id": one["id"]})
    status, answer = await service.upload(FILE + "new@a.example,,,,,,\r\n", key="k1")
    assert (status, answer["error"]["code"]) == (409, "idempotency_conflict")
    assert (await service.get("/leads", email="new@a.example"))[1]["items"] == []
    assert (await service.imported(FILE, key="k2"))["id"] != one["id"]
    await until(lambda: not list(service.keeper.uploads.iterdir()))


async def test_a_key_used_at_the_same_moment_makes_one_import(service: Running) -> None:
    answers = await asyncio.gather(*(service.upload(FILE, key="k") for _ in range(5)))
    assert {status for status, _ in answers} == {202}
    assert len({answer["id"] for _, answer in answers}) == 1
    await service.ended(answers[0][1]["id"])
    assert len((await service.lead("kim@a.example"))["sources"]) == 1


async def test_a_refused_file_leaves_its_key_free(service: Running) -> None:
    assert (await service.upload(b"", key="k"))[0] == 400
    assert counts(await service.imported(FILE, key="k")) == (1, 1, 0, 0, 0)


async def test_imports_at_the_same_time_share_their_leads(service: Running) -> None:
    rows = [f"p{number}@a.example" for number in range(3000)]
    files = ["\n".join(["email", *rows]), "\n".join(["email", *reversed(rows)])]
    uploads = await asyncio.gather(*(service.upload(file) for file in files))
    ended = [await service.ended(answer["id"]) for _, answer in uploads]
    assert sum(one["created"] for one in ended) == 3000
    assert sum(one["unchanged"] for one in ended) == 3000


async def test_health_answers_while_a_file_is_read(service: Running) -> None:
    rows = "\n".join(f"p{number}@a.example" for number in range(8_000))
    _, answer = await service.upload(f"email\n{rows}\n")
    assert await service.get("/health") == (200, {"status": "ok"})
    assert (await service.get(f"/imports/{answer['id']}"))[1]["status"] == "processing"
    assert (await service.ended(answer["id"]))["created"] == 8_000


async def test_a_file_that_breaks_off_in_a_quote_fails_and_says_where(service: Running) -> None:
    one = await service.imported('email,title\na@a.example,x\nb@a.example,"y\nc@a.example,z\n')
    assert (one["status"], one["created"]) == ("failed", 1)
    assert one["errors"][0]["row"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"name\nKim\n", "missing_column"), (b"\xff\xd8\xff", "not_text")],
)
async def test_unreadable_files_are_refused(service: Running, content: bytes, code: str) -> None:
    status, answer = await service.upload(content)
    assert (status, answer["error"]["code"]) == (400, code)
    assert list(service.keeper.uploads.iterdir()) == []


async def test_more_than_25_megabytes_are_refused(service: Running) -> None:
    limit = 25 * 1024 * 1024
    status, answer = await service.upload(b"email\n" + b"x" * (limit - 5))
    assert (status, answer["error"]["code"]) == (413, "file_too_large")
    one = await service.imported(b"email\n" + b"x" * (limit - 6))
    assert one["errors"][0]["code"] == "field_too_long"


async def test_a_request_without_the_field_is_refused(service: Running) -> None:
    form = FormData()
    form.add_field("document", FILE, filename="leads.csv")
    broken = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\na@a.example\n'
    )
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    for data, headers in (
        (form, {}),
        (b"email", {"Content-Type": "text/csv"}),
        (b"", multipart),
        (broken, multipart),
    ):
        async with service.client.post("/imports", data=data, headers=headers) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (400, "missing_file")
    assert list(service.keeper.uploads.iterdir()) == []


async def test_pages_neither_repeat_nor_miss_a_lead(service: Running) -> None:
    await service.imported("email\n" + "".join(f"p{number}@a.example\n" for number in range(7)))
    seen, cursor = [], {}
    while True:
        _, page = await service.get("/leads", limit="3", **cursor)
        seen += [lead["email"] for lead in page["items"]]
        if page["next_cursor"] is None:
            break
        await service.imported(f"email\nlate{len(seen)}@a.example\n") if len(seen) < 6 else None
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [*(f"p{number}@a.example" for number in range(7)), "late3@a.example"]
    assert len((await service.get("/leads", limit="999"))[1]["items"]) == 8


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"cursor": "-1"}, {"cursor": "x"}])
async def test_queries_that_make_no_sense(service: Running, query: dict[str, str]) -> None:
    assert (await service.get("/leads", **query))[0] == 400


async def test_what_is_not_there(service: Running) -> None:
    for path in ("/imports/imp-1", "/leads/lead-1", "/nowhere"):
        status, answer = await service.get(path)
        assert status == 404
        assert set(answer["error"]) == {"code", "message"}
    async with service.client.delete("/leads") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_mistake_of_ours_shows_nothing(
    service: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("kim@a.example")

    monkeypatch.setattr("leadbook.views.lead_view", broken)
    await service.imported(FILE)
    assert (await service.get("/leads"))[0] == 500
    printed = capsys.readouterr().out
    assert "RuntimeError" in printed
    assert "kim@" not in printed


async def test_the_export_runs_no_formula(service: Running) -> None:
    values = ["=1+1", "+1+1", "-2+cmd", "@SUM(1)", "-1 555", "(555) 01", "+1 555 01\n", "plain"]
    file = io.StringIO()
    csv.writer(file).writerows(
        [["email", "company"], *([f"p{n}@a.example", f"{v}"] for n, v in enumerate(values))]
    )
    await service.imported(file.getvalue())
    async with service.client.get("/leads.csv") as answer:
        assert answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert list(rows[0]) == ["email", "first_name", "last_name", "company", "title", "phone", "website"]
    shown = ["'=1+1", "'+1+1", "'-2+cmd", "'@SUM(1)", "-1 555", "(555) 01", "+1 555 01", "plain"]
    assert [row["company"] for row in rows] == shown
    assert (await service.lead("p0@a.example"))["company"] == "=1+1"
