"""Made-up people: names, companies and emails that differ from exam to exam and from test to test."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass

FIRST = "Amara Bruno Chiara Dmitri Esther Farid Greta Hiro Ines Jonas Kavya Lars Mina Noor Olga Pavel Rosa Sami Yusuf"
LAST = "Abara Bianchi Costa Duval Eriksen Fischer Garcia Haddad Ivanov Jensen Kimura Lopez Moreau Nowak Okafor Rossi"
SORTS = "Analytics Bakery Charter Dynamics Energy Foods Gardens Holding Instruments Logistics Mills Optics Textiles"
TITLES = ["Head of Sales", "Account Executive", "Sales Engineer", "Chief of Staff", "Buyer", "VP Marketing", "Planner"]

COLUMNS = ("email", "first_name", "last_name", "company", "title", "phone", "website")


@dataclass(frozen=True)
class Person:
    """One row of a file, in the order of COLUMNS; an empty text is an empty cell."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    phone: str = ""
    website: str = ""

    def as_lead(self) -> dict[str, str | None]:
        """The seven fields as the service shows them: null for an empty cell."""
        return {name: value or None for name, value in zip(COLUMNS, astuple(self), strict=True)}


def tag(dice: random.Random) -> str:
    """A word that no other test uses."""
    return "".join(dice.choice("bcdfghjkmnpqrstvwxz") + dice.choice("aeiou") for _ in range(4)) + str(
        dice.randrange(10, 100)
    )


def email(dice: random.Random) -> str:
    """A lower-case email that no other test uses."""
    return f"{dice.choice(FIRST.split()).lower()}.{tag(dice)}@{tag(dice)}.{dice.choice(['com', 'org', 'io', 'co.uk'])}"


def person(dice: random.Random, **known: str) -> Person:
    """A whole person, with a value in every column but for what is given."""
    word = tag(dice)
    values = {
        "email": email(dice),
        "first_name": dice.choice(FIRST.split()),
        "last_name": dice.choice(LAST.split()),
        "company": f"{word.capitalize()} {dice.choice(SORTS.split())}",
        "title": dice.choice(TITLES),
        "phone": f"+1 555 01{dice.randrange(100):02d} {dice.randrange(1000, 10000)}",
        "website": f"https://{word}.example",
    }
    return Person(**{**values, **known})


def crowd(dice: random.Random, count: int) -> list[Person]:
    """Many people of one made-up company, cheap to make, all emails different."""
    domain = f"{tag(dice)}.example"
    firsts, lasts = FIRST.split(), LAST.split()
    return [
        Person(f"p{number:05d}.{dice.randrange(16**6):06x}@{domain}", dice.choice(firsts), dice.choice(lasts), domain)
        for number in range(count)
    ]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], line_end: str = "\r\n") -> bytes:
    """A CSV file in UTF-8, quoted as RFC 4180 says where it must be."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode("utf-8")


def sheet(people: Sequence[Person]) -> bytes:
    """A file with all seven columns."""
    return table(COLUMNS, [astuple(one) for one in people])
