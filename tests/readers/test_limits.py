"""Small files that stand for very much work are refused, before the work.

`docs/reference/limits.md` lists what a user sees.
"""

from __future__ import annotations

import base64
import io
import os
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin import api, file_conversion, files, readers
from pixbin.catalog import limits
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import InputLimits
from pixbin.errors import InputError, NotAPictureError, UsageError
from pixbin.options import Options, parsing, recipes
from pixbin.readers import ReadOptions, animated, sources, svg_limits
from pixbin.web.request_settings import SettingError, SettingsReader
from tests.fixtures import ROOT, RunCommand

SVG_START = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">'
RED = '<rect width="8" height="8" fill="red"/>'


def film_gif(side: int, frames: int) -> bytes:
    """Return a GIF of so many frames; each is stored as one pixel of a large canvas."""
    head = struct.pack("<6sHHBBB", b"GIF89a", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\4\0\4\0\0\0" + struct.pack("<BHHHHB", 0x2C, 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    return head + frames * frame + b";"


def png(width: int, height: int) -> bytes:
    """Return a PNG that states a size, with fewer pixels in it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def float_tiff(width: int, height: int, channels: int) -> bytes:
    """Return the tags of a TIFF of 64-bit floats, whose pixels are missing."""
    numbers = {
        **{256: width, 257: height, 259: 8, 262: 2 if channels > 1 else 1},
        **{273: 8, 277: channels, 278: height, 279: 8},
    }
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers.items()]
    shared = 8 + 2 + 12 * (len(entries) + 2) + 4
    entries += [
        struct.pack("<HHII", tag, 3, channels, shared + offset)
        for tag, offset in ((258, 0), (339, 2 * channels))
    ]
    lists = struct.pack(f"<{2 * channels}H", *channels * [64], *channels * [3])
    body = struct.pack("<H", len(entries)) + b"".join(sorted(entries)) + bytes(4) + lists
    return b"II*\0" + struct.pack("<I", 8) + body


def with_limits(**changes: int) -> ReadOptions:
    """Return options of readers with other limits."""
    return ReadOptions(limits=InputLimits(**changes))


class TestDrawings:
    """SVG that would crash the renderer, or keep it busy."""

    @pytest.mark.parametrize("depth", [260, 1000, 100_000])
    def test_deep_groups(self, depth: int) -> None:
        """Deeply nested groups are refused; the renderer would crash."""
        data = SVG_START + "<g>" * depth + RED + "</g>" * depth + "</svg>"
        with pytest.raises(InputError, match="nested 201 deep, the most is 200; simplify"):
            readers.read_raster(data.encode(), "a.svg")

    def test_depth_of_real_drawings(self) -> None:
        """The largest depth is drawn."""
        depth = limits.MAX_SVG_DEPTH - 2
        data = SVG_START + "<g>" * depth + RED + "</g>" * depth + "</svg>"

        assert readers.read_raster(data.encode(), "a.svg").size == (8, 8)

    @pytest.mark.parametrize("link", ['<use href="#{}"/>', '<rect fill="url(#{})"/>'])
    def test_uses_of_uses(self, link: str) -> None:
        """Parts that use parts ten times each are counted as often as they are drawn."""
        groups = [f'<g id="n0">{RED}</g>']
        for number in range(9):
            groups.append(f'<g id="n{number + 1}">{10 * link.format(f"n{number}")}</g>')
        data = f"{SVG_START}<defs>{''.join(groups)}</defs>{link.format('n9')}</svg>"
        with pytest.raises(InputError, match="more than 1000000 elements"):
            readers.read_raster(data.encode(), "a.svg")

    def test_uses_in_a_circle(self) -> None:
        """Parts that use each other end the count."""
        data = f'{SVG_START}<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>{RED}</svg>'
        root = svg_limits.parse_xml(data.encode(), "a.svg")
        svg_limits.check_drawing(root, "a.svg", limits.DEFAULT)

    @pytest.mark.parametrize(
        ("side", "words"),
        [
            (30_000, "picture in a.svg: too large"),
            (7000, "49000000 pixels, more than --max-pixels"),
        ],
    )
    def test_embedded_picture(self, side: int, words: str) -> None:
        """A picture in a drawing counts as pixels, by its header."""
        text = base64.b64encode(png(side, side)).decode()
        data = f'{SVG_START}<image href="data:image/png;base64,{text}"/></svg>'
        with pytest.raises(InputError, match=words):
            readers.read_raster(data.encode(), "a.svg", with_limits(max_pixels=40_000_000))

    def test_slow_filter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A drawing that takes too much processor time is given up."""
        pytest.importorskip("resource")
        monkeypatch.setattr(limits, "SVG_SECONDS", 1)
        steps = 60 * (
            '<feGaussianBlur stdDeviation="300"/>'
            '<feTurbulence numOctaves="2000" baseFrequency="0.9"/>'
        )
        data = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="4000">'
            f'<filter id="f" x="-500%" y="-500%" width="1000%" height="1000%">{steps}</filter>'
            '<rect width="4000" height="4000" filter="url(#f)"/></svg>'
        )
        with pytest.raises(InputError, match="to draw; simplify"):
            readers.read_raster(data.encode(), "a.svg")

    @pytest.mark.parametrize(
        ("program", "words"),
        [
            ("import os\nos.abort()", "the renderer fails on it"),
            ("def svg_to_bytes(**_):\n    raise BaseException('unwrap on None')", "unwrap on None"),
            ("def svg_to_bytes(**_):\n    return bytes(1 << 34)", "cannot be drawn"),
        ],
        ids=["crash", "panic", "memory"],
    )
    def test_renderer_that_fails(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        program: str,
        words: str,
    ) -> None:
        """A crash, a panic or too much memory ends the renderer's process only, silently."""
        text = f"import sys\nprint('thread panicked', file=sys.stderr)\n{program}\n"
        (tmp_path / "resvg_py.py").write_text(text)
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        with pytest.raises(InputError, match=words):
            readers.read_raster(f"{SVG_START}</svg>".encode(), "a.svg")

        assert capfd.readouterr() == ("", "")


class TestFrames:
    """Films whose frames are stored in few bytes."""

    def test_too_many_pixels(self) -> None:
        """All frames together count, and the message names the option."""
        data = film_gif(8000, 500)
        assert len(data) < 12_000
        words = "32000000000 pixels in 500 frames, more than --max-pixels 500000000; raise it"
        with pytest.raises(InputError, match=words):
            file_conversion.from_bytes(data, "a.gif", Options(size="8x8"), Format.GIF)
        file_conversion.from_bytes(data, "a.gif", Options(size="8x8"), Format.PNG)

    def test_too_many_frames(self) -> None:
        """The number of frames has a limit of its own; --frames needs fewer."""
        data = film_gif(8, 30)
        options = Options.of(max_frames=20)
        with pytest.raises(InputError, match="30 frames, more than --max-frames 20"):
            file_conversion.from_bytes(data, "a.gif", options, Format.GIF)
        part = Options.of(max_frames=20, frames="1..20")
        work = file_conversion.from_bytes(data, "a.gif", part, Format.GIF)

        assert work.frame_sequence is not None
        assert work.frame_sequence.length == 20

    def test_frames_before_the_chosen_one_count(self) -> None:
        """A late frame is composed of those before it, which cost as much."""
        data = film_gif(1000, 30)
        readers.read_raster(data, "a.gif", with_limits(max_pixels=30_000_000)._replace(frame=30))
        with pytest.raises(InputError, match="30000000 pixels in 30 frames"):
            readers.read_raster(
                data, "a.gif", with_limits(max_pixels=29_999_999)._replace(frame=30)
            )

    @pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
    def test_other_formats(self, kind: str) -> None:
        """Pages and frames of other formats count, too."""
        images = [Image.new("L", (10, 20), level) for level in (0, 90, 180)]
        file = io.BytesIO()
        images[0].save(file, kind, save_all=True, append_images=images[1:])
        sequence = animated.from_bytes(file.getvalue(), "a")

        assert sequence is not None
        assert sequence.pixel_counts == (200, 200, 200)
        with pytest.raises(InputError, match="600 pixels in 3 frames"):
            sequence.within(InputLimits(max_pixels=599), "a")


class TestPictures:
    """Single pictures beyond a limit."""

    @pytest.mark.parametrize("kind", ["PNG", "PPM", "TIFF", "SVG"])
    def test_pixels(self, kind: str) -> None:
        """The limit holds for every reader."""
        file = io.BytesIO()
        if kind == "SVG":
            file.write(f"{SVG_START}{RED}</svg>".encode())
        else:
            mode = "I;16" if kind == "TIFF" else "L"
            Image.new(mode, (8, 8)).save(file, kind)
        readers.read_raster(file.getvalue(), "a", with_limits(max_pixels=64))
        with pytest.raises(InputError, match="64 pixels, more than --max-pixels 63; raise it"):
            readers.read_raster(file.getvalue(), "a", with_limits(max_pixels=63))

    def test_wide_samples(self) -> None:
        """A TIFF of 64-bit floats that would take gigabytes is refused, by its tags."""
        with pytest.raises(InputError, match="64000000 pixels of 32 bytes are too large"):
            readers.read_raster(float_tiff(8000, 8000, 4), "a.tif")

    def test_libtiff_is_silent(self, run: RunCommand, tmp_path: Path) -> None:
        """Damaged pixels are one line on stderr, without those of the library."""
        levels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(levels).save(file, "TIFF", compression="tiff_adobe_deflate")
        data = bytearray(file.getvalue())
        data[300:2000] = bytes(byte ^ 0x5A for byte in data[300:2000])
        (tmp_path / "a.tif").write_bytes(data)
        result = run("convert", "a.tif", "o.png")

        assert result.returncode == 3
        assert result.stderr.count(b"\n") == 1
        assert result.stderr.startswith(b"error: a.tif: damaged")


class TestBytes:
    """Files that are too large, or large and no picture."""

    def test_large_file_that_is_no_picture(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a file of 8 GB only the beginning is read."""
        path = tmp_path / "a.png"
        path.touch()
        os.truncate(path, 8 << 30)
        monkeypatch.setattr(files, "_read_within", lambda *_: pytest.fail("read whole"))
        with pytest.raises(NotAPictureError, match=r"a\.png: not a picture"):
            readers.read(str(path))

    def test_large_files_of_devices(self, tmp_path: Path) -> None:
        """A large file of bytes for a device is no picture, but can be decoded and verified."""
        path = tmp_path / "a.bin"
        path.touch()
        os.truncate(path, limits.LARGE_FILE_BYTES + 1)

        assert len(sources.read_content(path).data) == limits.LARGE_FILE_BYTES + 1

    def test_batch_reads_the_beginning_first(self, run: RunCommand, tmp_path: Path) -> None:
        """A batch refuses such a file, too, and does the others."""
        folder = tmp_path / "in"
        folder.mkdir()
        Image.new("L", (8, 8)).save(folder / "a.png")
        (folder / "b.png").touch()
        os.truncate(folder / "b.png", 8 << 30)
        result = run("batch", "in", "out")

        assert result.returncode == 6
        assert b"b.png: not a picture" in result.stderr
        assert (tmp_path / "out" / "a.png").exists()

    def test_more_bytes_than_the_limit(self, run: RunCommand, tmp_path: Path) -> None:
        """A file and stdin beyond the limit are refused with the name of the option."""
        Image.new("L", (8, 8)).save(tmp_path / "a.png")
        data = (tmp_path / "a.png").read_bytes()
        limit = f"--max-bytes={len(data) - 1}"
        results = [
            run("convert", "a.png", "o.png", limit),
            run("convert", "-", "o.png", limit, stdin=data),
            run("compare", "a.png", "o.png", "--methods", "otsu", limit),
            run("decode", "-", "o.png", limit, stdin=data),
        ]
        good = run("convert", "-", "o.png", f"--max-bytes={len(data)}", stdin=data)

        names = (b"a.png", b"stdin", b"a.png", b"stdin")
        for name, result in zip(names, results, strict=True):
            assert result.returncode == 3
            assert result.stderr.startswith(b"error: " + name + b": larger than --max-bytes")
        assert good.returncode == 0, good.stderr

    def test_more_pixels_than_decode_may_read(self, run: RunCommand, tmp_path: Path) -> None:
        """A picture, bytes for a device and a film of them are refused with the option's name."""
        Image.new("1", (8, 8)).save(tmp_path / "a.png")
        (tmp_path / "a.bin").write_bytes(bytes(16))
        raw = ("decode", "a.bin", "o.gif", "--size", "8x8", "--frames", "all")
        picture = run("decode", "a.png", "o.png", "--max-pixels", "63")
        film = run(*raw, "--max-pixels", "127")
        good = [run("decode", "a.png", "o.png", "--max-pixels", "64"), run(*raw)]

        assert (picture.returncode, film.returncode) == (3, 3)
        assert b"a.png: 64 pixels, more than --max-pixels 63" in picture.stderr
        assert b"a.bin: 128 pixels in 2 frames, more than --max-pixels 127" in film.stderr
        assert [each.returncode for each in good] == [0, 0]


def test_page_on_faults_names_tests_that_exist() -> None:
    """Each test is in the file that its row names, or else a row above."""
    page = (ROOT / "docs" / "reference" / "faults.md").read_text()
    tests, count = "", 0
    for path, name in re.findall(r"`([\w/]+\.py)`|`((?:test_|Test)\w+)`", page):
        if path:
            tests = (ROOT / "tests" / path).read_text()
        else:
            count += 1
            assert f"def {name}(" in tests or f"class {name}" in tests, name

    assert count > 40


def test_page_of_the_documentation() -> None:
    """The page has the defaults of the table."""
    page = (ROOT / "docs" / "reference" / "limits.md").read_text()
    default = limits.DEFAULT

    assert f"`--max-pixels` | {default.max_pixels // 10**6} million" in page
    assert f"`--max-frames` | {default.max_frames:,}" in page
    assert f"`--max-bytes` | {default.max_bytes // 10**9} GB" in page
    assert f"| {limits.MAX_SVG_DEPTH} nested elements" in page
    assert f"| {limits.SVG_SECONDS} s of processor time" in page


class TestOptions:
    """The options that set limits."""

    @pytest.mark.parametrize(
        ("text", "expected"), [("400M", 400_000_000), ("1.5k", 1500), ("2g", 2 * 10**9), (7, 7)]
    )
    def test_amounts(self, text: object, expected: int) -> None:
        """Letters stand for zeros."""
        assert parsing.amount("pixels")(text) == expected

    @pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "M", "1e9", "10T", "1" * 16])
    def test_no_amounts(self, text: str) -> None:
        """Anything else is refused."""
        with pytest.raises(UsageError, match="max_pixels .* such as 400M or 2G"):
            Options.of(max_pixels=text)

    @pytest.mark.parametrize("name", limits.OPTION_NAMES)
    def test_strangers_cannot_raise_them(self, name: str) -> None:
        """Neither a client of a server nor the recipe of a picture sets a limit."""
        with pytest.raises(SettingError, match="a limit; give it on the command line"):
            SettingsReader({}).check(name, "9G")
        with pytest.raises(UsageError, match="a limit; give it on the command line"):
            recipes.check_names_no_folder({name: "9G"}, "a.png")

    def test_recipes_have_no_limits(self) -> None:
        """They change no picture, so a recipe leaves them out."""
        given = Options.of(max_pixels="1M", max_frames=3)

        assert recipes.from_options(given) == recipes.from_options(Options())


def test_verify_counts_the_pixels_of_all_frames(run: RunCommand, tmp_path: Path) -> None:
    """`verify` refuses a film of too many pixels before it reads the frames."""
    frames = [Image.new("1", (20, 10), level) for level in (0, 1, 0)]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])

    assert run("verify", path, "--any-depth", "--max-pixels", "600").returncode == 0
    refused = run("verify", path, "--any-depth", "--max-pixels", "599")
    assert refused.returncode == 3
    assert b"600 pixels, more than --max-pixels 599; raise it\n" in refused.stderr
    with pytest.raises(InputError, match="600 pixels"):
        api.verify(path, max_pixels=599)
