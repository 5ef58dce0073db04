"""Who wins, and what the export makes of it."""

from __future__ import annotations

import itertools

import pytest

from leadledger.ledger.export import as_csv, harmless
from leadledger.ledger.layers import CLAY, FILE, PROVIDER, Layers
from leadledger.moments import microseconds
from leadledger.settings import SettingsError, read_settings

VOICES = [
    (PROVIDER, {"title": "Provider's", "company": "Provider's", "employees": 5}),
    (CLAY, {"title": "Clay's", "company": "Clay's", "phone": "Clay's"}),
    (FILE, {"title": "File's"}),
]


@pytest.mark.parametrize("order", list(itertools.permutations(VOICES)))
def test_no_order_of_arrival_changes_who_wins(order):
    layers = Layers()
    for origin, said in order:
        layers.hear(origin, said)
    shown = layers.shown()
    assert (shown["title"], shown["company"], shown["phone"], shown["website"]) == (
        "File's",
        "Clay's",
        "Clay's",
        None,
    )
    assert layers.findings() == {"title": "Clay's", "company": "Clay's", "phone": "Clay's", "employees": 5}


def test_within_a_layer_the_last_word_counts():
    layers = Layers()
    layers.hear(FILE, {"title": "Old", "phone": "1"})
    layers.hear(FILE, {"title": "New"})
    assert (layers.shown()["title"], layers.shown()["phone"]) == ("New", "1")
    assert layers.news(FILE, {"title": "New", "phone": "2"}) == {"phone": "2"}


def test_values_of_another_type_are_findings_but_are_not_shown():
    layers = Layers()
    layers.hear(PROVIDER, {"title": ["CTO"], "company": " "})
    assert layers.shown()["title"] is None
    assert layers.shown()["company"] is None
    assert layers.findings()["title"] == ["CTO"]


@pytest.mark.parametrize("value", ["=1+1", "@x", "+1 555=x", "-cmd", "\tx", "\rx", "+", "-"])
def test_formulas_get_an_apostrophe(value):
    assert harmless(value) == f"'{value}"


@pytest.mark.parametrize("value", ["+1 (555) 010-0100", "-12.5", "Acme", "1=1", ""])
def test_phones_and_plain_values_do_not(value):
    assert harmless(value) == value


def test_the_export_comes_in_pieces_and_whole():
    row = {"email": "a@x.example", "first_name": None, "last_name": 'a "b", c\nd', "company": "x" * 40_000}
    rows = [row | {"title": None, "phone": None, "website": None}] * 3
    pieces = list(as_csv(rows))
    assert len(pieces) > 1
    lines = "".join(pieces).split("\r\n")
    assert lines[0] == "email,first_name,last_name,company,title,phone,website"
    assert lines[1].startswith('a@x.example,,"a ""b"", c\nd",xxx')


def test_moments_are_compared_across_offsets():
    assert microseconds("2026-06-03T12:00:00+02:00") == microseconds("2026-06-03T10:00:00Z")
    assert microseconds("2026-06-03T10:00:00") == microseconds("2026-06-03T10:00:00Z")
    assert microseconds("0001-01-01T00:00:00+14:00") < 0


def test_settings_have_defaults_and_take_fractions():
    settings = read_settings(
        {"PORT": "81", "RETRY_BASE_SECONDS": "0.25", "CLAY_BURST": "", "ENRICH_BASE_URL": "http://p/"}
    )
    assert (settings.port, settings.retry_base, settings.clay_burst, settings.clay_rate) == (81, 0.25, 20, 10)
    assert settings.provider_url == "http://p"
    assert not settings.clay_on


@pytest.mark.parametrize("value", ["fast", "nan", "-1", "0"])
def test_settings_that_make_no_sense_are_named_and_not_shown(value):
    with pytest.raises(SettingsError, match="CLAY_RATE_PER_SECOND") as error:
        read_settings({"CLAY_RATE_PER_SECOND": value})
    assert value not in str(error.value).replace("CLAY_RATE_PER_SECOND", "")
