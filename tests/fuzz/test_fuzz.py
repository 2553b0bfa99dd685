"""The fuzzer finds what it must find, and its mutations keep the structure of formats."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import random
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pixbin.errors import InputError, OutputError
from tests.fuzz import campaign, entries, minimise, worker
from tests.fuzz.campaign import Campaign
from tests.fuzz.entry import FuzzEntry, promise
from tests.fuzz.mutations import binary, gif, png, protobuf, text, trees
from tests.fuzz.watch import FuzzLimits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, with limits")

LIMITS = FuzzLimits(seconds=0.3, wall_seconds=60, memory_bytes=64 << 20)


def crash(data: bytes, choice: int) -> object:
    """Read from address 0."""
    faulthandler.disable()  # which pytest has enabled
    return ctypes.string_at(0)


def loop(data: bytes, choice: int) -> object:
    """Never end."""
    while True:
        pass


def hoard(data: bytes, choice: int) -> object:
    """Use 100 MB."""
    return len(b"x" * (100 << 20))


def write_to_stderr(data: bytes, choice: int) -> object:
    """Write to stderr as libraries in C do."""
    return os.write(2, b"warning: line 5\n")


def raise_bug(data: bytes, choice: int) -> object:
    """Raise an error that is none of pixbin."""
    raise KeyError(choice)


def raise_other_error(data: bytes, choice: int) -> object:
    """Raise an error of pixbin that does not fit bad input."""
    raise OutputError("cannot be written")


def raise_silently(data: bytes, choice: int) -> object:
    """Raise an error that says nothing."""
    raise InputError(" ")


def break_promise(data: bytes, choice: int) -> object:
    """Return a wrong result."""
    promise(False, "three values")
    return None


def refuse(data: bytes, choice: int) -> object:
    """Refuse an input properly."""
    raise InputError("file: not a picture")


def entry_of(run: Callable[[bytes, int], object]) -> FuzzEntry:
    """Return an entry with one seed."""
    return FuzzEntry("planted", lambda: [b"abcdefgh"], run)


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        (crash, "signal"),
        (loop, "hang"),
        (hoard, "memory"),
        (write_to_stderr, "noise"),
        (raise_bug, "exception"),
        (raise_other_error, "exception"),
        (raise_silently, "message"),
        (break_promise, "promise"),
        (refuse, None),
    ],
)
def test_planted_faults_are_found(
    run: Callable[[bytes, int], object], kind: str | None, tmp_path: Path
) -> None:
    """Each kind of fault becomes a finding; its input is saved with what is needed to repeat it."""
    made = Campaign(0, tmp_path, LIMITS, lambda line: None)
    (result,) = made.run([entry_of(run)], seconds=60, most=1)

    assert [found.finding.kind for found in result.findings.values()] == ([kind] if kind else [])
    saved = [path for path in tmp_path.iterdir() if path.suffix == ".bin"]
    assert len(saved) == len(result.findings)
    assert all(campaign.parse_name(path)[0] == "planted" for path in saved)


def test_work_goes_on_after_a_crash(tmp_path: Path) -> None:
    """A crash ends one process; the next one continues with the next input."""

    def crash_sometimes(data: bytes, choice: int) -> object:
        return crash(data, choice) if choice % 8 == 0 else None

    made = Campaign(0, tmp_path, LIMITS, lambda line: None)
    (result,) = made.run([entry_of(crash_sometimes)], seconds=60, most=40)

    assert result.executions >= 35
    assert [*result.findings] == ["signal SIGSEGV"]


def test_inputs_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Two campaigns with one seed find the same inputs; another seed finds others."""

    def inputs(seed: int) -> set[bytes]:
        def complain(data: bytes, choice: int) -> object:
            raise KeyError(zlib.crc32(data))

        made = Campaign(seed, tmp_path, LIMITS, lambda line: None)
        (result,) = made.run([entry_of(complain)], seconds=60, most=30)
        return {found.data for found in result.findings.values()}

    first = worker.judge_alone(entry_of(raise_bug), b"x", 5, LIMITS)
    assert first.finding is not None
    assert "KeyError" in first.finding.signature
    assert inputs(1) == inputs(1)


def test_inputs_are_made_smaller() -> None:
    """Only the bytes that cause a finding stay."""

    def dislike(data: bytes, choice: int) -> object:
        promise(b"!" not in data, "an exclamation mark")
        return None

    entry = entry_of(dislike)
    verdict = worker.judge_alone(entry, b"0123!5678", 0, LIMITS)
    assert verdict.finding is not None
    found = worker.FoundInput(verdict.finding, b"0123!5678", 0, 0)

    assert minimise.smaller(entry, found, LIMITS) == b"!"


def test_png_chunks_have_right_checksums() -> None:
    """A changed PNG has lengths and checksums that fit, so that readers look at its content."""
    seed = entries.all_entries()["png"].seeds()[0]
    chance = random.Random(1)
    changed = {mutation(chance, seed, [seed]) for mutation in png.ALL for _ in range(30)}

    assert len(changed) > 50
    for data in changed:
        assert png.join(png.split(data)) == data
    assert png.join(png.split(seed)) == seed


def test_structures_stay() -> None:
    """Blocks of GIF, messages of protocol buffers and JSON are whole after they are split."""
    film = entries.all_entries()["gif"].seeds()[-1]
    message = protobuf.join([(1, 0, b"\x05"), (14, 2, protobuf.join([(1, 2, b"key")]))])
    chance = random.Random(2)
    texts = [trees.change_json(chance, b'{"a": [1, 2, {"b": "c"}]}', []) for _ in range(100)]

    assert b"".join(gif.split(film)) == film
    assert len(gif.split(film)) > 5
    assert protobuf.join(protobuf.split(message) or ()) == message
    assert sum(is_json(each) for each in texts) > 90
    assert len({*texts}) > 60


def is_json(data: bytes) -> bool:
    """Return whether bytes are JSON."""
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("data", [b"", b"\0", b"a 1", bytes(range(256))])
def test_mutations_take_any_input(data: bytes) -> None:
    """Every mutation of every entry takes inputs that have nothing of its format."""
    chance = random.Random(3)
    listed = {each for entry in entries.all_entries().values() for each in entry.mutations}
    for mutation in {*listed, *binary.ALL, *text.ALL}:
        for _ in range(5):
            assert isinstance(mutation(chance, data, [data]), bytes)


def test_entries_cover_the_entry_points() -> None:
    """There are entries for each codec that decodes, and for all doors to other people's bytes."""
    from pixbin.catalog.formats import Format
    from pixbin.codecs import registry

    names = {*entries.all_entries()}
    codecs = {each.traits.codec for each in Format if registry.decoder_of(each)}
    doors = {"png", "tiff", "svg", "toml", "recipe", "matrix", "mask", "journal", "model", "ramp"}

    assert {f"decode-{codec.replace('_', '-')}" for codec in codecs} <= names
    assert doors | {"stream", "studio", "serve", "mcp", "options", "sprite-sheet"} <= names
