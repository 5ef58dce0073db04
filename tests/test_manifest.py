"""The manifest is read strictly and believed in little."""

import pytest

from sandbox.manifest import MANIFEST_LIMIT, read_manifest


def test_no_manifest_means_that_the_defaults_serve() -> None:
    """A submission without a manifest is graded with the challenge's defaults."""
    manifest = read_manifest(None)

    assert not manifest.present
    assert manifest.start is None
    assert manifest.problems == ()


def test_the_three_things_a_manifest_says() -> None:
    """Challenge, start and test are taken as they stand."""
    manifest = read_manifest(b'[submission]\nchallenge = "x"\n[run]\nstart = "run it"\ntest = "test it"\n')

    assert (manifest.challenge, manifest.start, manifest.test) == ("x", "run it", "test it")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[run\nstart", "not valid TOML"),
        (b"[run\nstart", "the challenge's own lines to start and to test serve instead"),
        ("[run]".encode("utf-16"), "UTF-8"),
        (b"#" * (MANIFEST_LIMIT + 1), "larger"),
        (b"a = " + b"[" * 60_000, "not valid TOML"),
        (b"a." * 10_000 + b"b = 1", "not valid TOML"),
        (b"[run]\nstart = 3", "not a text"),
        (b'[run]\nstart = "a\\nb"', "line break"),
        (b'[run]\nstart = "' + b"a" * 2_000 + b'"', "longer"),
        (b"run = 3", ""),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, told: str) -> None:
    """Bad manifests become sentences, never a traceback, and never a command."""
    manifest = read_manifest(content)

    assert manifest.present
    assert manifest.start is None
    assert told in " ".join(manifest.problems)
