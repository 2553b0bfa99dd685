"""Sprites for Arduboy2, as compilers, a simulation of its class `Sprites` and pixbin read them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.animation.film import Film, Frames
from pixbin.codecs import arduboy, decoder
from pixbin.codecs.hints import DecodedFilm, DecodeHints, make_hints
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import ROOT, RunCommand
from tests.oracles import programs
from tests.sparse import examples

PLACES = [(0, 0), (20, 13), (-3, -5), (120, 60), (60, 8)]  #: left and top of a sprite
ARDUINO = "#include <stdint.h>\n#define PROGMEM\n"  #: a stand-in for Arduino.h
#: a stand-in for Arduboy2.h, in which time does not pass
ARDUBOY = """
#include <stdio.h>
#include <string.h>
#include "Arduino.h"
#include "arduboy_sprites.h"
enum { BLACK, WHITE };
struct Arduboy2 {
    void begin() {}
    void setFrameRate(uint8_t) {}
    bool nextFrame() { return true; }
    bool everyXFrames(uint8_t) { return true; }
    void fillScreen(uint8_t color) { memset(Sprites::screen, color, sizeof Sprites::screen); }
    void display() { fwrite(Sprites::screen, 1, sizeof Sprites::screen, stdout); }
};
"""
MAIN = """
#include "Arduino.h"
#include "arduboy_sprites.h"
#include "hero.h"
%s
#include <stdio.h>
#include <string.h>
int main() {
    static const int places[][2] = {%s};
    for (int ground = 0; ground < 2; ++ground)
        for (int frame = 0; frame < HERO_FRAMES; ++frame) {
            memset(Sprites::screen, ground, sizeof Sprites::screen);
            for (auto &place : places) { int x = place[0], y = place[1]; %s }
            fwrite(Sprites::screen, 1, sizeof Sprites::screen, stdout);
        }
    return 0;
}
"""


def sprite(width: int, height: int, count: int, *, is_opaque: bool = False, **options: Any) -> Film:
    """Return an animation of random frames, with random transparency unless it is opaque."""
    random, size = np.random.default_rng(width * 301 + height + count), Size(width, height)
    overrides = Options.of(**options).packing_overrides
    pictures = []
    for _ in range(count):
        opacity = None if is_opaque else random.random((height, width)) < 0.6
        cells = random.random((height, width)) < 0.5
        if opacity is not None:
            cells &= opacity
        layout = Layout(size, size, 1)
        pictures.append(Picture(cells, layout, opacity=opacity, packing_overrides=overrides))
    return Film(Frames(pictures), tuple(range(100, 100 + count)), 0)


def screens(folder: Path, calls: str, *headers: str) -> np.ndarray:
    """Return the screens that a compiled program draws, shape (grounds, frames, 64, 128)."""
    (folder / "Arduino.h").write_text(ARDUINO)
    simulation = ROOT / "tests" / "oracles" / "arduboy_sprites.h"
    (folder / simulation.name).write_text(simulation.read_text())
    places = ", ".join(f"{{{x}, {y}}}" for x, y in PLACES)
    includes = "".join(f'#include "{header}"\n' for header in headers)
    (folder / "main.cc").write_text(MAIN % (includes, places, calls))
    words = [programs.path("g++"), "-std=c++11", "-Wall", "-Wextra", "-Werror"]
    command = [*words, "-Wno-unused", "-I.", "main.cc", "-o", "main"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = subprocess.run([folder / "main"], capture_output=True, check=True).stdout
    return np.frombuffer(printed, np.uint8).reshape(2, -1, 64, 128)


def expected_screens(film: Film, *, keeps: str) -> np.ndarray:
    """Return the screens by hand; pixels are kept where transparent, where black, or never.

    Without a mask, the height is rounded up to a multiple of 8 with black rows.
    """
    result = np.empty((2, len(film.frames), 64, 128), np.uint8)
    for ground in range(2):
        for number, frame in enumerate(film.frames):
            canvas = np.full((64 + 200, 128 + 200), ground, np.uint8)
            rows = -frame.size.height % 8
            white = np.pad(frame.pixels, ((0, rows), (0, 0)))
            drawn = np.ones(white.shape, np.bool_)
            if keeps == "transparent":
                assert frame.opacity is not None
                drawn = np.pad(frame.opacity, ((0, rows), (0, 0)))
            elif keeps == "black":
                drawn = white
            for x, y in PLACES:
                rectangle = (slice(100 + y, 100 + y + len(white)),
                             slice(100 + x, 100 + x + white.shape[1]))  # fmt: skip
                canvas[rectangle] = np.where(drawn, white, canvas[rectangle])
            result[ground, number] = canvas[100:164, 100:228]
    return result


def call_of(text: bytes) -> str:
    """Return the call that a header names in a comment."""
    match = re.search(rb"// Arduboy2: (Sprites::\w+\([^)]*\);)", text)
    assert match
    return match[1].decode()


@pytest.mark.parametrize(
    ("mask", "call"), [("plus", "drawPlusMask"), ("external", "drawExternalMask")]
)
@pytest.mark.parametrize(("width", "height"), [(16, 16), (13, 11)])
def test_masked_sprites_are_drawn_with_holes(
    mask: str, call: str, width: int, height: int, tmp_path: Path
) -> None:
    """The call in the comment draws opaque pixels only, at any place and of any height."""
    film = sprite(width, height, 3, sprite_mask=mask)
    text = film.to_bytes("arduboy", "hero")
    (tmp_path / "hero.h").write_bytes(text)

    assert call in call_of(text)
    drawn = screens(tmp_path, call_of(text))
    assert np.array_equal(drawn, expected_screens(film, keeps="transparent"))


@pytest.mark.parametrize(
    ("call", "keeps"), [("drawOverwrite", "nothing"), ("drawSelfMasked", "black")]
)
def test_opaque_sprites_are_drawn(call: str, keeps: str, tmp_path: Path) -> None:
    """Without a mask there are two calls; the height is rounded up with black rows."""
    film = sprite(15, 9, 2, is_opaque=True)
    text = film.to_bytes("arduboy", "hero")
    (tmp_path / "hero.h").write_bytes(text)

    assert call in text.decode()
    drawn = screens(tmp_path, f"Sprites::{call}(x, y, hero, frame);")
    assert np.array_equal(drawn, expected_screens(film, keeps=keeps))


def test_mask_of_its_own_file_fits_the_picture(tmp_path: Path, run: RunCommand) -> None:
    """With --alpha mask there are two headers, which one call draws."""
    levels = np.random.default_rng(7).integers(0, 256, (2, 11, 13, 4)).astype(np.uint8)
    levels[..., 3] = np.where(levels[..., 3] < 128, 0, 255)
    frames = [Image.fromarray(frame) for frame in levels]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    words = ("a.png", "hero.h", "--format", "arduboy", "-b", "1", "--alpha", "mask", "-q")
    result = run("convert", *words)
    assert result.returncode == 0, result.stderr
    text = (tmp_path / "hero.h").read_bytes()
    film = pixbin.animate(tmp_path / "a.png", block=1, alpha="threshold")

    assert len(film.frames) == 2
    call = "Sprites::drawExternalMask(x, y, hero, hero_mask, frame, frame);"
    assert call in (tmp_path / "hero-mask.h").read_text()
    assert call.encode() in text
    drawn = screens(tmp_path, call, "hero-mask.h")
    assert np.array_equal(drawn, expected_screens(film, keeps="transparent"))


def test_sketch_of_the_page_draws_each_frame(tmp_path: Path) -> None:
    """The sketch in the documentation compiles, and plays the frames on a white screen."""
    page = (ROOT / "docs" / "how-to" / "arduboy.md").read_text()
    blocks = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
    (sketch,) = [block for block in blocks if "void loop" in block]
    film = sprite(32, 32, 3, sprite_mask="plus")
    (tmp_path / "robot.h").write_bytes(film.to_bytes("arduboy", "robot"))
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    simulation = ROOT / "tests" / "oracles" / "arduboy_sprites.h"
    (tmp_path / simulation.name).write_text(simulation.read_text())
    (tmp_path / "Arduboy2.h").write_text(ARDUBOY)
    main = "int main() { setup(); for (int n = 0; n < 9; ++n) loop(); return 0; }\n"
    (tmp_path / "main.cc").write_text(f"{sketch}{main}")
    words = [programs.path("g++"), "-std=c++11", "-Wall", "-Werror", "-I.", "main.cc", "-o", "main"]
    subprocess.run(words, cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    drawn = np.frombuffer(printed, np.uint8).reshape(9, 64, 128)

    for number, screen in enumerate(drawn):
        frame = film.frames[(number + 1) % 3]
        assert frame.opacity is not None
        expected = np.ones((64, 128), np.uint8)
        expected[16:48, 48:80] = np.where(frame.opacity, frame.pixels, 1)
        assert np.array_equal(screen, expected)


def read_film(data: bytes) -> DecodedFilm:
    """Return all frames in a file."""
    film = decoder.decode_frames(data, DecodeHints(), "a.h")
    assert film is not None
    return film


@examples(60)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 4),
    st.sampled_from([None, "none", "plus", "external"]),
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from(["none", "horizontal", "vertical", "both"]),
)
def test_all_frames_are_read_back(
    width: int, height: int, count: int, mask: str | None, rotate: int, flip: str
) -> None:
    """Pixels, transparency, durations and plays come back, at odd sizes and turned."""
    is_opaque = mask in (None, "none")
    options = {"sprite_mask": mask, "rotate": rotate, "flip": flip}
    film = sprite(width, height, count, is_opaque=is_opaque, **options)
    again = Film.from_decoded(read_film(film.to_bytes("arduboy", "a cat")))

    assert again.frames == film.frames
    assert again.durations == (film.durations if count > 1 else (0,))


def test_frame_chooses_one() -> None:
    """A frame has its number; without one the first is read, with a note."""
    film = sprite(13, 9, 3, sprite_mask="plus")
    data = film.to_bytes("arduboy", "cat")

    assert [pixbin.decode(data, frame=number) for number in (1, 2, -1)] == [*film.frames]
    first = decoder.decode_bytes(data, DecodeHints(), "a.h")
    assert "has 3 frames; the first is read, see --frame" in first.notes
    with pytest.raises(InputError, match="there is no frame 4 of 3"):
        pixbin.decode(data, frame=4)


def test_sprites_in_one_file_follow_one_another() -> None:
    """All sprites of a file are read one after the other if frames are chosen, else the first."""
    first, second = sprite(9, 5, 2, sprite_mask="external"), sprite(8, 8, 1, is_opaque=True)
    data = first.to_bytes("arduboy", "cat") + second.to_bytes("arduboy", "dog")

    assert [*pixbin.decode_frames(data, frames="all").frames] == [*first.frames, *second.frames]
    assert [*pixbin.decode_frames(data, frames="2..3").frames] == [first.frames[1], *second.frames]
    assert pixbin.decode(data, frame=3) == second.frames[0]
    assert pixbin.decode_frames(data).frames == first.frames
    note = "has 2 sprites: cat (2), dog (1) frames; the first is read, see --frames and --name"
    assert read_film(data).notes == (note,)


def test_layout_does_not_depend_on_the_picture(tmp_path: Path, run: RunCommand) -> None:
    """With --alpha, an opaque picture gets a mask as well, so one call draws all sprites."""
    Image.new("L", (8, 8), 255).save(tmp_path / "a.png")
    for words in (("--alpha", "threshold"), ("--sprite-mask", "plus")):
        result = run("convert", "a.png", "a.h", "--format", "arduboy", *words)
        assert result.returncode == 0, result.stderr
        assert "drawPlusMask" in (tmp_path / "a.h").read_text()
    run("convert", "a.png", "a.h", "--format", "arduboy")
    assert "drawOverwrite" in (tmp_path / "a.h").read_text()


def test_option_frames_takes_a_part(tmp_path: Path, run: RunCommand) -> None:
    """All frames of an animation are written, a part of them with --frames, one with --frame."""
    film = sprite(9, 9, 5)
    (tmp_path / "a.gif").write_bytes(film.to_bytes("gif"))
    words = ("convert", "a.gif", "a.h", "--format", "arduboy", "--alpha", "threshold", "-b", "1")
    counts = []
    for more in ((), ("--frames", "2..4"), ("--frame", "2")):
        assert run(*words, *more).returncode == 0
        counts.append(len(read_film((tmp_path / "a.h").read_bytes()).frames))

    assert counts == [5, 3, 1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("13, 16, //", "13, 24, //", "begins with 13x24, and its comment says 13x16"),
        ("frames=2 plays", "frames=3 plays", "104 bytes, not 52 for each of 3 frames"),
        ("size=13x9", "size=13x", "no array and size after the comment"),
        ("100, 101", "100, 101, 102", "2 frames and 3 durations"),
        ("sprite=plus-mask frames=2", "sprite=mask frames=2", "106 bytes, not 26"),
    ],
)
def test_damage_is_named(old: str, new: str, message: str) -> None:
    """A file whose arrays do not fit its comments is refused, with the reason."""
    text = sprite(13, 9, 2, sprite_mask="plus").to_bytes("arduboy", "cat").decode()
    assert old in text

    with pytest.raises(InputError, match=rf"^a\.h: .*{re.escape(message)}"):
        read_film(text.replace(old, new).encode())


@pytest.mark.parametrize(
    ("width", "height", "count", "message"),
    [
        (256, 8, 1, "a sprite of 256x8 pixels is too large"),
        (8, 249, 1, "a sprite of 8x249 pixels is too large"),
        (1, 1, 257, "257 frames; a sprite has up to 256"),
    ],
)
def test_limits(width: int, height: int, count: int, message: str) -> None:
    """Sides and number of frames fit into a byte each, else the error says so."""
    with pytest.raises(UsageError, match=message):
        sprite(width, height, count, is_opaque=True).to_bytes("arduboy")
    assert sprite(255, 248, 1, is_opaque=True).to_bytes("arduboy")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.png", "--sprite-mask", "plus"), "png has no use for --sprite-mask"),
        (("a.h", "--sprite-mask", "plus", "--alpha", "mask"), "leave one of the two out"),
        (("a.h", "--format", "arduboy", "--ink", "red"), "arduboy holds black and white only"),
        (("a.h", "--format", "arduboy", "--layout", "rows"), "arduboy has no use for --layout"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    words: tuple[str, ...], message: str, photo: Path, run: RunCommand
) -> None:
    """Errors come before anything is written."""
    result = run("convert", photo, *words)

    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert not (photo.parent / words[0]).exists()


def test_other_arrays_are_none() -> None:
    """Arrays without such a comment are no sprites, and decode says how to read them."""
    with pytest.raises(InputError, match="--from arduino"):
        pixbin.decode(b"const unsigned char a[] = { 8, 8, 0, 0 };", "arduboy")
    assert not arduboy.sniff(b"// pixbin size=8x8 layout=pages\n", DecodeHints())


def test_sprites_take_no_packing() -> None:
    """The layout of a sprite is fixed, so an option that gives another one is an error."""
    with pytest.raises(UsageError, match="an Arduboy sprite has no use for --bit-order"):
        arduboy.decode(b"", make_hints(bit_order="lsb"))
