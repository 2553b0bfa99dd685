"""--device: one option for the size, format and byte layout of a device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pixbin
from pixbin.catalog import devices
from pixbin.catalog.devices import DEVICES, Device
from pixbin.catalog.formats import Format
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Fit, Size
from pixbin.options import Options
from tests.fixtures import RunCommand, sample_image
from tests.oracles import reference

EVERY = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)


def test_names_are_unique() -> None:
    """At least 30 devices, and every name or alias leads to one of them."""
    words = [word for each in DEVICES for word in (each.name, *each.aliases)]

    assert len(DEVICES) >= 30
    assert len({devices.named(word).name for word in words}) == len(DEVICES)
    for each in DEVICES:
        assert {devices.named(word) for word in (each.name, *each.aliases)} == {each}


@EVERY
def test_bytes_of_every_device(device: Device) -> None:
    """Size, layout, bit order, polarity and rotation of the bytes are those of the table."""
    made = pixbin.convert(sample_image(60, 45), device=device.name)
    packing = device.packing
    size = Size(*(side or made.size[at] for at, side in enumerate(device.size[:2])))
    stored = reference.rotate_and_flip(made.pixels, packing.rotate, packing.flip)
    expected = reference.pack_bits(
        stored, packing.layout, packing.bit_order, packing.polarity, packing.stride or 0
    )

    assert size == made.size == made.layout.grid
    assert expected == made.encode("raw")


@EVERY
def test_rows_have_sources(device: Device) -> None:
    """Each row has a source, and a note if it is not confirmed."""
    assert device.source
    assert device.confirmed or device.note
    assert device.packing.header == "none"
    assert device.format == Format(device.format)


@pytest.mark.parametrize(
    ("name", "size", "count"),
    [
        ("ssd1306", "128x64", 1024),
        ("ssd1306-72x40", "72x40", 360),
        ("nokia5110", "84x48", 504),
        ("Waveshare_2in13", "250x122", 4000),
        ("waveshare 7in5", "800x480", 48000),
        ("playdate", "400x240", 12480),
        ("ti-84", "96x64", 768),
        ("macintosh", "512x342", 21888),
        ("sharp-400x240", "400x240", 12000),
    ],
)
def test_known_lengths(name: str, size: str, count: int) -> None:
    """The number of bytes is that of the data sheet."""
    made = pixbin.convert(sample_image(60, 45), device=name)

    assert size == str(made.size)
    assert count == len(made.encode("raw"))


def test_rotated_memory() -> None:
    """The first byte of a Waveshare 2.13 inch display is the right edge, from the top."""
    cells = np.ones((122, 250), bool)
    cells[:3, 249] = False  # ink in the corner at the top right
    data = pixbin.convert(cells, device="waveshare-2in13").encode("raw")

    assert data[:2] == b"\x1f\xff"


def test_other_options_take_precedence() -> None:
    """Other options replace the values of the device."""
    made = pixbin.convert(
        sample_image(60, 45), device="ssd1306", size="64x32", polarity="ink1", fit="stretch"
    )
    assert made.encode("raw") == reference.pack_bits(made.pixels, "pages", "lsb", "ink1")
    rows = pixbin.convert(sample_image(60, 45), device="ssd1306", layout="rows")
    assert rows.encode("raw") == reference.pack_bits(rows.pixels, "rows", "msb", "paper1")
    coarse = Options.of(device="ssd1306", grid="32x16")
    assert (coarse.size, coarse.grid, coarse.block) == (Extent(128, 64), Extent(32, 16), None)
    large = Options.of(device="ssd1306", block=4)
    assert (large.size, large.block) == (Extent(128, 64), 4)


def test_formats_with_their_own_layout() -> None:
    """XBM and pictures are upright, whatever the memory of the device."""
    made = pixbin.convert(sample_image(60, 45), device="waveshare-2in13")
    plain = pixbin.convert(sample_image(60, 45), size="250x122", block=1)

    for format in ("xbm", "png", "pbm"):  # noqa: A001
        assert plain.encode(format) == made.encode(format)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("ssd1307", "ssd1306-128x64"), ("waveshare", "waveshare-1in54"), ("playdat", "playdate")],
)
def test_unknown_names(name: str, hint: str) -> None:
    """An unknown name is an error that suggests the nearest one."""
    with pytest.raises(UsageError, match=f"{name}: no such device; did you mean {hint}"):
        devices.named(name)


@pytest.mark.parametrize(
    ("path", "device", "expected"),
    [
        ("a.h", "ssd1306", "arduino"),
        ("a.bin", "ssd1306", "raw"),
        ("a.png", "ssd1306", "png"),
        ("a", "ssd1306", "arduino"),
        ("a.image", "ssd1306", "arduino"),
        ("a.bin", "flipper", "raw"),
        ("a.bin", "escpos", "raw"),
        ("-", "escpos", "escpos"),
        ("a.prn", "escpos", "escpos"),
        ("a", "trmnl", "png"),
        ("-", "thumby", "micropython"),
    ],
)
def test_extension_beats_the_format_of_a_device(
    path: str, device: str, expected: str, photo: Path, run: RunCommand
) -> None:
    """The extension of OUTPUT beats the format of the device."""
    result = run("convert", photo, path, "--device", device, "--dry-run", "--json")

    assert json.loads(result.stdout)["format"] == expected


def test_device_sets_the_format(photo: Path, run: RunCommand) -> None:
    """Stdout and folders get the format of the device."""
    text = run("convert", photo, "-", "--device", "thumby", "-q").stdout
    assert text.startswith(b"# pixbin size=72x40 layout=pages bit-order=lsb polarity=paper1")
    run("batch", photo, "out", "--device", "trmnl", "-q")
    assert run("verify", "out/photo.png", "--size", "800x480").returncode == 0
    assert run("convert", photo, "a.jpg", "--device", "trmnl").returncode == 2


def test_dry_run_prints_the_device_as_origin(photo: Path, run: RunCommand) -> None:
    """--dry-run distinguishes values of the device from given ones."""
    words = ("convert", photo, "-", "--device", "ssd1306", "--layout", "rows", "--dry-run")
    settings = json.loads(run(*words, "--json").stdout)["settings"]

    assert settings["size"] == {"value": "128x64", "from": "device ssd1306-128x64"}
    assert settings["bit_order"] == {"value": "msb", "from": "device ssd1306-128x64"}
    assert settings["layout"] == {"value": "rows", "from": "command line"}
    assert b"--bit-order  msb (device ssd1306-128x64)" in run(*words).stdout


def test_device_beats_lower_layers(photo: Path, run: RunCommand) -> None:
    """A device drops the size of lower layers; its own layer beats it."""
    (photo.parent / "pixbin.toml").write_text(
        'size = "10x10"\nfit = "contain"\nblock = 5\nlayout = "pages"\nmethod = "otsu"\n'
        '[presets.oled]\ndevice = "ssd1306"\nsize = "64x64"\n'
    )
    words = ("convert", photo, "-", "--dry-run", "--json")
    settings = json.loads(run(*words, "--device", "nokia-5110").stdout)["settings"]
    assert settings["size"]["value"] == "84x48"
    assert settings["fit"] == {"value": Fit.COVER, "from": "device nokia-5110"}
    assert settings["method"]["value"] == "otsu"
    settings = json.loads(run(*words, "--preset", "oled").stdout)["settings"]
    assert settings["size"]["value"] == "64x64"
    assert settings["block"]["value"] == "1"


def test_listing(run: RunCommand) -> None:
    """`pixbin devices` lists all, or all details of one, as text and as JSON."""
    lines = run("devices").stdout.decode().splitlines()
    assert len(lines) == 1 + len(DEVICES)
    assert sum("unconfirmed" in line for line in lines) == sum(not d.confirmed for d in DEVICES)
    assert "rotate       270" in run("devices", "epd2in13").stdout.decode().splitlines()
    rows = json.loads(run("devices", "--json").stdout)
    assert [row["name"] for row in rows] == [device.name for device in DEVICES]
    assert rows[0]["layout"] == "pages"
    assert json.loads(run("devices", "playdate", "--json").stdout)["stride"] == "52"
    assert b"no such device" in run("devices", "nonsense").stderr
