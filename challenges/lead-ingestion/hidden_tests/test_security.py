"""Security: secrets stay inside, hostile values stay values."""

from __future__ import annotations

import random

import pytest
from examiner import Answer, Response, Room, Twin, check, check_equal, pick
from people import COLUMNS, Person, email, person, sheet, tag
from service import Service, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("security"), pytest.mark.dimension("edge_cases")]

TRACES = ("Traceback (most recent call last)", 'File "/', "\n    at ", "sqlite3.", "sqlalchemy.", "panic:")


def bad_requests(service: Service, dice: random.Random) -> list[Response]:
    """Requests that must be refused, one of each kind that the brief names."""
    body = {"lead_id": "nobody", "delivery_id": f"d-{tag(dice)}", "enriched_at": "2026-03-01T12:00:00Z"}
    return [
        service.upload(b""),
        service.upload(b"a,b\r\n1,2\r\n"),
        service.upload(b"\xff\xfe\x00\x01"),
        service.client.post("/imports", body=b"", headers={"Content-Type": "text/plain"}),
        service.client.get("/imports/unknown"),
        service.client.get("/leads/unknown"),
        service.deliver(body, secret="wrong"),
        service.deliver([body]),
        service.deliver({**body, "enriched_at": 7}),
        service.deliver(b"{"),
    ]


@pytest.mark.requirement("R-security-3")
def test_errors_have_one_form(service: Service, dice: random.Random) -> None:
    """Every refusal is JSON with a code and a message, and shows nothing of the program's inside."""
    for answer in bad_requests(service, dice):
        given = f"{answer.request}, answered {answer.status}"
        check(
            400 <= answer.status < 500, given=given, expected="a 4xx", observed=f"{answer.status} {answer.text()[:300]}"
        )
        error = pick(answer.mapping(), "error")
        told = isinstance(pick(error, "code"), str) and isinstance(pick(error, "message"), str)
        check(told, given=given, expected='{"error": {"code", "message"}}', observed=answer.text()[:300])
        shown = [trace for trace in TRACES if trace in answer.text()]
        check_equal(shown, [], given=given, what="traces of the inside")


@pytest.mark.requirement("R-security-1")
def test_secrets_stay_inside(service: Service, secrets: dict[str, str], dice: random.Random) -> None:
    """No answer holds one of the three secrets: not a lead, not a list, not an export, not an error."""
    one = person(dice)
    report = service.imported([one])
    lead = service.settle(one.email)
    answers = [
        service.client.get("/health"),
        service.client.get(f"/imports/{report['id']}"),
        service.client.get(f"/leads/{lead.get('id')}"),
        service.client.get("/leads", {"limit": 200}),
        service.client.get("/leads.csv"),
        *bad_requests(service, dice),
    ]
    for answer in answers:
        everything = answer.text() + " ".join(f"{name}: {value}" for name, value in answer.headers)
        for name, secret in secrets.items():
            check(
                secret not in everything,
                given=answer.request,
                expected="no secret in the answer",
                observed=f"{name} stands in the answer",
            )


DANGEROUS = ['=HYPERLINK("http://evil.example","x")', "+1+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(1+1)*cmd", "=1+1"]


@pytest.mark.requirement("R-security-2")
def test_formulas_in_the_export(offline: Service, dice: random.Random) -> None:
    """In the export a cell that a spreadsheet takes for a formula gets an apostrophe; the lead stays as given."""
    names = ("first_name", "last_name", "company", "title", "website")
    people = [person(dice, **dict.fromkeys(names, value)) for value in DANGEROUS]
    odd = person(dice, email=f"={email(dice)}")
    expect_counts(offline.imported([*people, odd]), "values that are formulas in each column", created=len(people) + 1)
    rows = {row["email"]: row for row in offline.export()}
    for one in people:
        given = f"first and last name, company, title and website {one.company!r}"
        exported = {name: rows.get(one.email, {}).get(name) for name in names}
        check_equal(exported, dict.fromkeys(exported, f"'{one.company}"), given=given, what="cells in GET /leads.csv")
        check_equal(fields(offline.lead(one.email), "company"), {"company": one.company}, given=given, what="the lead")
    cells = [address for address in rows if address.endswith(odd.email)]
    check_equal(cells, [f"'{odd.email}"], given=f"the email {odd.email}", what="its cell in GET /leads.csv")


@pytest.mark.requirement("R-security-2")
def test_phones_in_the_export(offline: Service, dice: random.Random) -> None:
    """In the export a phone number that starts with + stays a phone number; one that hides a formula does not."""
    phones = ["+1 (555) 010-0100", "+49.30.901820", "+33 4 50 11 22 33", "0450112233"]
    people = {phone: person(dice, phone=phone) for phone in phones}
    trap = person(dice, phone="+1 555 0100=cmd()")
    offline.imported([*people.values(), trap])
    rows = {row["email"]: row for row in offline.export()}
    for phone, one in people.items():
        check_equal(
            rows.get(one.email, {}).get("phone"), phone, given=f"the phone {phone!r}", what="its cell in GET /leads.csv"
        )
    check_equal(
        rows.get(trap.email, {}).get("phone"),
        f"'{trap.phone}",
        given=f"the phone {trap.phone!r}",
        what="its cell in GET /leads.csv",
    )


@pytest.mark.requirement("R-happy-path-5")
def test_hostile_values_are_values(service: Service, dice: random.Random) -> None:
    """Values that look like SQL, HTML or paths are stored as they are and do nothing."""
    people = [
        person(dice, first_name="Robert'); DROP TABLE leads;--", last_name='" OR 1=1 --'),
        person(dice, first_name="<script>alert(1)</script>", company="{{7*7}} ${jndi:ldap://x}"),
        person(dice, first_name="../../../etc/passwd", title="%s%n %(x)s {0}"),
    ]
    expect_counts(service.imported(people), "values that look like SQL, HTML, templates, paths", created=3)
    for one in people:
        check_equal(
            fields(service.lead(one.email), *COLUMNS), one.as_lead(), given=f"the row {one}", what="the lead's fields"
        )
    quote = service.client.get("/leads", {"email": "x' OR '1'='1"})
    quote.expect_status(200, 400, 404, 422)
    if quote.status == 200:
        check_equal(quote.mapping().get("items"), [], given="GET /leads?email=x' OR '1'='1", what="items")


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.tier("robustness")
def test_file_names_are_inert(service: Service, dice: random.Random) -> None:
    """The name of an uploaded file leads nowhere: paths, quotes and control marks in it change nothing."""
    for name in ("../../../../tmp/leads.csv", "/etc/passwd", 'a"b;c.csv', "x" * 600 + ".csv", "leads.csv\u202egpj.exe"):
        expect_counts(service.imported([person(dice)], name=name), f"a file named {name[:60]!r}", created=1)


class Decoy(Twin):
    """Stands for a machine inside the network: whoever calls it was lured."""

    name = "decoy"

    def usual(self, call: object) -> Answer:
        return Answer(200, "internal")


@pytest.fixture(scope="module")
def decoy(room: Room) -> Decoy:
    return room.add(Decoy())


@pytest.mark.tier("robustness")
def test_links_are_not_followed(service: Service, decoy: Decoy, dice: random.Random) -> None:
    """The program never fetches a website that a row names: it could be an address inside the company's network."""
    one = person(dice, website=f"{decoy.url}/latest/meta-data/")
    service.imported([one, person(dice, company=f"{decoy.url}/company")])
    service.settle(one.email)
    service.patience.rest(0.5)
    check_equal(len(decoy.calls()), 0, given=f"a row with the website {one.website}", what="calls to that address")


@pytest.mark.tier("robustness")
def test_export_of_tabs_and_returns(offline: Service, dice: random.Random) -> None:
    """A value that starts with a TAB or a carriage return before a formula does no harm in the export."""
    one = Person(email(dice), company="\t=1+1", title="\r=2+2")
    offline.imported(sheet([one]))
    row = next((row for row in offline.export() if row["email"] == one.email), {})
    for name in ("company", "title"):
        cell = row.get(name, "")
        check(
            cell.startswith("'") or not cell.strip(),
            given=f"the value {getattr(one, name)!r}",
            expected="a cell that starts with '",
            observed=repr(cell),
        )
