"""Entries: the decoder of each codec, and sprite sheets."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pixbin
from pixbin.animation.film import Film
from pixbin.catalog.formats import Format
from pixbin.codecs import decoder, registry
from pixbin.codecs.hints import DecodeHints, make_hints
from pixbin.errors import InputError, UsageError
from pixbin.picture import Picture
from tests.fuzz import corpus
from tests.fuzz.entry import CHOICES, FuzzEntry, check_picture
from tests.fuzz.mutations import Mutation, text, trees

_WORDS = tuple(
    word.encode()
    for word in (
        *("0xFF", "0b1", "{", "}", "[]", "static", "const", "unsigned char", "#define", "uint8_t"),
        *(
            "PROGMEM",
            "_width",
            "_bits",
            "//",
            "/*",
            "*/",
            '"',
            "'",
            "\\x",
            "b'\\x00'",
            "bytearray(",
        ),
        *(
            "^GFA,",
            "^FO0,0",
            "^XA",
            "^XZ",
            ":Z64:",
            ":B64:",
            "BITMAP 0,0,",
            "SIZE",
            "G1 X",
            "S0",
            "M4",
        ),
        *(
            "\x1bv0",
            "\x1d v 0",
            "stream",
            "endstream",
            "obj",
            "/Length",
            "/Filter",
            "xref",
            "<path",
        ),
        *('d="M0 0h1v1"', "viewBox", "LV_IMAGE", "lv_image_dsc_t", ".header", ".data_size", "0, "),
    )
)
_TEXT_CODECS = {"c_array", "arduboy", "lvgl", "zpl", "tspl", "gcode", "svg", "pdf", "text"}
_SIZES = ("24x17", "24x17", "24", "x17", "8x8", "1x1", "255x3", "100000x100000", "17x24")


@functools.cache
def _hints(file_format: Format | None, choice: int) -> dict[str, Any]:
    """Return the settings of a choice: often none, else a size and a layout."""
    chance = Random(choice)
    hints: dict[str, Any] = {}
    if choice % 3:
        hints["size"] = chance.choice(_SIZES)
    if choice % 4 == 3:
        hints["frame"] = chance.choice((1, 2, -1))
    options = file_format.traits.packing_options if file_format else frozenset({"layout"})
    values: dict[str, Sequence[str]] = {
        "layout": ("rows", "pages", "columns"),
        "bit_order": ("msb", "lsb"),
        "polarity": ("ink1", "paper1"),
        "stride": ("3", "4", "16"),
        "rotate": ("90", "180"),
        "flip": ("horizontal", "vertical"),
        "header": ("size8", "size16le", "size16be", "none"),
        "compress": ("rle", "packbits", "heatshrink", "heatshrink8"),
        "symbol": ("picture", "film"),
    }
    if choice % 5 == 4:
        for name in sorted(options & values.keys()):
            if chance.random() < 0.4:
                hints[name] = chance.choice(values[name])
    if choice % 7 == 6:
        hints["sheet"] = chance.choice(("2x1", "3x", "8x8", "1x1000"))
    return hints


@functools.cache
def _parsed_hints(file_format: Format | None, choice: int) -> DecodeHints:
    """Return the hints of a choice, parsed once; none if they contradict each other."""
    name = None if file_format is None else file_format.value
    settings = _hints(file_format, choice)
    if choice % 8 == 7:
        settings = {key: value for key, value in settings.items() if key != "frame"}
        settings["frames"] = "all"
    try:
        return make_hints(name, **settings)
    except UsageError:
        return make_hints(name)


def _decoder(file_format: Format | None) -> Callable[[bytes, int], object]:
    def decode(data: bytes, choice: int) -> object:
        hints = _parsed_hints(file_format, choice)
        if hints.frames is None:
            decoded = decoder.decode_bytes(data, hints, "file")
            return check_picture(Picture.from_decoded(decoded), None)
        film = decoder.decode_frames(data, hints, "file")
        if film is None:
            return "no array"
        for frame in Film.from_decoded(film).frames[:5]:
            check_picture(frame, None)
        return f"{len(film.frames)}"

    return decode


def _sheet_seeds() -> Sequence[bytes]:
    frames = [
        {
            "filename": f"a {index}",
            "frame": {"x": 8 * index, "y": 0, "w": 8, "h": 8},
            "rotated": False,
            "trimmed": False,
            "spriteSourceSize": {"x": 0, "y": 0, "w": 8, "h": 8},
            "sourceSize": {"w": 8, "h": 8},
            "duration": 100,
        }
        for index in range(3)
    ]
    meta = {"image": "sheet.png", "size": {"w": 24, "h": 17}, "scale": "1", "frameTags": []}
    by_name = {each["filename"]: each for each in frames}
    return tuple(json.dumps({"frames": each, "meta": meta}).encode() for each in (frames, by_name))


def _read_sheet(data: bytes, choice: int) -> object:
    """Decode the sheet that a JSON file describes; the picture lies next to it."""
    if not Path("sheet.png").exists():
        Path("sheet.png").write_bytes(corpus.picture().to_bytes("png"))
    path = Path("sheet.json")
    path.write_bytes(data)
    if choice % 2:
        return check_picture(pixbin.decode(path, frame=choice % 3 + 1), None)
    return f"{len(pixbin.decode_frames(path))}"


def entries() -> list[FuzzEntry]:
    """Return an entry for each codec that decodes, and one that recognises the format."""
    formats: dict[str, list[Format]] = {}
    for file_format in Format:
        if registry.decoder_of(file_format):
            formats.setdefault(file_format.traits.codec, []).append(file_format)
    made = [_codec_entry(codec, members) for codec, members in formats.items()]
    everything = [each for members in formats.values() for each in members]
    errors = (InputError, UsageError)
    word = text.word_mutation(_WORDS)
    unknown = FuzzEntry(
        "decode-any",
        lambda: [data for each in everything for data in corpus.own_files(each)[:2]],
        _decoder(None),
        (*text.ALL, word),
        errors=errors,
    )
    sheet = FuzzEntry(
        "sprite-sheet", _sheet_seeds, _read_sheet, trees.ALL, errors=errors, suffix="json"
    )
    return [*made, unknown, sheet]


def _codec_entry(codec: str, members: Sequence[Format]) -> FuzzEntry:
    decoders = [_decoder(each) for each in members]
    mutations: tuple[Mutation, ...] = ()
    if codec in _TEXT_CODECS:
        mutations = (*text.ALL, text.word_mutation(_WORDS), text.word_mutation(_WORDS))

    def decode(data: bytes, choice: int) -> object:
        return decoders[choice % len(decoders)](data, (choice * 7) % CHOICES)

    return FuzzEntry(
        f"decode-{codec.replace('_', '-')}",
        lambda: [data for each in members for data in corpus.own_files(each)],
        decode,
        mutations,
        errors=(InputError, UsageError),
        weight=0.6,
        suffix=members[0].extension,
    )
