"""Every picture, model and other data file has a row with its source and licence."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.distribution import tracked_files
from tests.fixtures import ROOT
from tests.supply.licences import PICTURES, Row, data_files, faults, matches, rows

GALLERY = runpy.run_path(str(ROOT / "examples" / "gallery.py"))
in_a_clone = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git says what is shipped")


def licence_of(name: str) -> str:
    """Return the licence of a file by the page."""
    (licence,) = (row.licence for row in rows() if matches(name, row.patterns))
    return licence


@in_a_clone
def test_every_file_has_a_row() -> None:
    """No file that git tracks, and so no file of the wheel, is without source and licence."""
    assert faults(rows(), tracked_files()) == []


@in_a_clone
def test_files_that_are_no_text_count() -> None:
    """A file is left out only if it is text, whatever its name is."""
    counted = {*data_files(tracked_files())}

    for name in {*tracked_files()} - counted:
        assert b"\0" not in (ROOT / name).read_bytes()[:8000], name


@pytest.mark.parametrize("sample", GALLERY["SAMPLES"], ids=lambda sample: str(sample.name))
def test_row_of_a_picture_names_its_source(sample: Any) -> None:
    """The source is the one that the gallery draws the picture from; the licence is the same."""
    name, source = PICTURES + sample.name, sample.source
    (row,) = (row for row in rows() if matches(name, row.patterns))

    assert row.source == f"`{source}`"
    assert row.licence == licence_of(f"examples/{source}")


@pytest.mark.parametrize(
    ("patterns", "licence", "fault"),
    [
        (["examples/*"], "MIT", ["a.bin is in no row"]),
        (["a.bin", "b.*"], "MIT", ["examples/cat.png is in no row", "b.* fits no file"]),
        (["a.bin", "examples/*"], "", ["a.bin has no source or licence"]),
        (["a.bin", "examples/*"], "MIT", []),
    ],
)
def test_the_check_can_fail(patterns: list[str], licence: str, fault: list[str]) -> None:
    """Missing files, rows without files and empty cells are faults; source code needs no row."""
    names = ["a.bin", "examples/cat.png", "pixbin/a.py", "LICENSE"]

    assert faults([Row(patterns, "here", licence)], names) == fault


def test_file_in_two_rows() -> None:
    """A file has one source and one licence."""
    first, second = Row(["*.bin"], "here", "MIT"), Row(["a.*"], "there", "CC0")

    assert faults([first, second], ["a.bin"]) == ["a.bin is in 2 rows"]
