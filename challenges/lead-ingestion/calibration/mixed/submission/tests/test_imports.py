CLEAN = """email,first_name,last_name,company,title,phone,website
ada@example.com,Ada,Lovelace,Analytical,Engineer,+44 20 7946 0000,https://a.example.com
grace@example.com,Grace,Hopper,Navy,Admiral,,
"""


def test_clean_file(client, upload):
    record = upload(CLEAN)
    assert record["status"] == "completed"
    assert (record["received"], record["created"], record["rejected"]) == (2, 2, 0)
    lead = client.get("/leads", params={"email": "ada@example.com"}).json()["items"][0]
    assert lead["company"] == "Analytical"
    assert lead["sources"] == [{"type": "csv", "import_id": record["id"], "row": 1}]


def test_bom_and_synonyms(client, upload):
    record = upload(b"\xef\xbb\xbfEmail Address,First Name\nada@example.com,Ada\n")
    assert record["created"] == 1


def test_quoted_comma(client, upload):
    upload('email,company\nada@example.com,"Lovelace, Babbage & Co"\n')
    assert client.get("/leads").json()["items"][0]["company"] == "Lovelace, Babbage & Co"


def test_invalid_rows_are_reported(upload):
    record = upload("email,company\nnot-an-email,X\n,Y\nada@example.com,Z\nbob@example.com,too,many\n")
    assert record["created"] == 1
    assert record["rejected"] == 3
    assert [(e["row"], e["code"]) for e in record["errors"]] == [
        (1, "invalid_email"),
        (2, "missing_email"),
        (4, "wrong_column_count"),
    ]


def test_missing_column(upload):
    answer = upload("first_name,company\nAda,X\n")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "missing_column"


def test_empty_file(upload):
    assert upload("").json()["error"]["code"] == "empty_file"


def test_dedupe_in_one_file(upload):
    record = upload("email,company\nada@example.com,X\nADA@example.com ,X\n")
    assert (record["created"], record["unchanged"]) == (1, 1)


def test_dedupe_against_the_store(client, upload):
    upload("email,company\nada@example.com,X\n")
    record = upload("email,company\nAda@Example.com,Y\n")
    assert (record["created"], record["updated"]) == (0, 1)
    assert client.get("/leads").json()["items"][0]["company"] == "Y"


def test_same_idempotency_key(client, upload):
    first = upload(CLEAN, **{"Idempotency-Key": "k1"})
    second = upload(CLEAN, **{"Idempotency-Key": "k1"})
    assert first["id"] == second["id"]
    assert upload(CLEAN + "x@example.com,,,,,,\n", **{"Idempotency-Key": "k1"}).status_code == 409


def test_pages(client, upload):
    upload("email\n" + "".join(f"p{n}@example.com\n" for n in range(7)))
    seen, cursor = [], None
    while True:
        page = client.get("/leads", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        seen += [lead["email"] for lead in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"p{n}@example.com" for n in range(7)]
