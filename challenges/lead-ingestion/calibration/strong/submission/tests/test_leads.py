"""Leads over HTTP: pages and the export."""

import csv
import io

import pytest

from app.export import safe_cell


def walk(service, limit, between=lambda: None):
    emails, cursor = [], None
    while True:
        page = service.client.get("/leads", params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        emails += [lead["email"] for lead in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return emails
        between()


def test_pages_are_in_order_and_complete(service):
    emails = [f"p{number:02}@x.example" for number in range(23)]
    service.imported("email\n" + "\n".join(emails))

    assert walk(service, 5) == emails
    assert walk(service, 23) == emails
    assert len(service.client.get("/leads").json()["items"]) == 23


def test_a_walk_misses_and_repeats_nothing_while_leads_are_added(service):
    first = [f"p{number:02}@x.example" for number in range(10)]
    service.imported("email\n" + "\n".join(first))
    late = iter(f"late{number}@x.example" for number in range(2))
    seen = walk(service, 4, lambda: service.imported(f"email\n{email}\n") if (email := next(late, None)) else None)

    assert seen[:10] == first
    assert len(seen) == len(set(seen)) == 12


def test_no_page_holds_more_than_two_hundred(service):
    service.imported("email\n" + "\n".join(f"p{number}@x.example" for number in range(205)))

    assert len(service.client.get("/leads", params={"limit": 1000}).json()["items"]) == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=%21", "cursor=eA", "cursor=LTE"])
def test_nonsense_in_the_query_is_the_clients_error(service, query):
    answer = service.client.get(f"/leads?{query}")

    assert 400 <= answer.status_code < 500
    assert set(answer.json()["error"]) == {"code", "message"}


def test_leads_are_found_by_any_spelling_of_their_key(service):
    service.imported("email\nann+tag@x.example\n")

    assert service.lead(" Ann+Tag@X.example")["email"] == "ann+tag@x.example"
    assert service.client.get("/leads", params={"email": "bob@x.example"}).json() == {
        "items": [],
        "next_cursor": None,
    }


def test_unknown_leads_are_not_found(service):
    assert service.client.get("/leads/none").status_code == 404


def test_the_export_holds_every_lead(service):
    service.imported('email,company,phone\nann@x.example,"Acme, ""A""\nLtd",+1 (555) 010-0100\nbob@x.example,=1+1,\n')
    service.imported("email\n" + "\n".join(f"p{number}@x.example" for number in range(1100)))
    answer = service.client.get("/leads.csv")

    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == ["email", "first_name", "last_name", "company", "title", "phone", "website"]
    assert rows[1] == ["ann@x.example", "", "", 'Acme, "A"\nLtd', "", "+1 (555) 010-0100", ""]
    assert rows[2][3] == "'=1+1"
    assert len(rows) == 1 + 1102
    assert service.lead("bob@x.example")["company"] == "=1+1"


@pytest.mark.parametrize("value", ["=1+1", "+cmd|x", "-2+3", "@SUM(1)", "\t=1", "\r=1", "+", "+1 555=cmd()"])
def test_formulas_are_disarmed(value):
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "Acme", "+1 (555) 010-0100", "+49.30.901820", "-555", "a=b"])
def test_everything_else_is_left_alone(value):
    assert safe_cell(value) == value
