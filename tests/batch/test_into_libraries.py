"""`pixbin batch --into` for MicroPython and LVGL: one file that their programs load."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.animation.film import Film
from tests.batch.folders import write_photos
from tests.codecs.test_lvgl import EIGHT, NINE
from tests.fixtures import RunCommand
from tests.oracles import programs

NAMES = ("2 Bäume.png", "ball.png", "walk.gif")
ARRAYS = ("picture_2_Baume", "ball", "walk")
SIZE = ("-s", "13x9", "-b", "1")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of two pictures and an animation of three frames."""
    folder = write_photos(tmp_path / "photos", NAMES[:2])
    frames = [Image.fromarray(np.roll(np.eye(20, dtype=np.uint8) * 255, 3 * n)) for n in range(3)]
    frames[0].save(folder / NAMES[2], save_all=True, append_images=frames[1:], duration=70)
    return folder


def converted(photos: Path) -> list[Film]:
    """Return the frames of all files."""
    return [pixbin.animate(photos / name, size="13x9", block=1) for name in NAMES]


@pytest.mark.parametrize("words", [(), ("--compress", "rle"), ("--compress", "heatshrink")])
def test_one_module_has_all_pictures(
    words: tuple[str, ...],
    run: RunCommand,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The module gives each picture and frame, with its size in the name of the picture."""
    result = run("batch", "photos", "--into", "assets.py", *SIZE, "--frames", "all", *words)
    assert result.returncode == 0, result.stderr
    assert b"cannot load" not in result.stderr
    text = (tmp_path / "assets.py").read_text()
    buffers = types.SimpleNamespace(MONO_HLSB=3, FrameBuffer=lambda *words: words)
    monkeypatch.setitem(sys.modules, "framebuf", buffers)
    namespace: dict[str, Any] = {}
    exec(text, namespace)

    assert text.startswith("# 3 pictures: ")
    assert text.count("import framebuf") == 1
    assert text.count("def unpack_") == bool(words)
    for name, film in zip(ARRAYS, converted(photos), strict=True):
        assert namespace[f"{name.upper()}_FRAMES"] == len(film.frames)
        for number, frame in enumerate(film.frames):
            data, width, height, *_ = namespace[name](number)
            assert (width, height) == (13, 9)
            assert bytes(data) == np.packbits(frame.pixels, axis=1).tobytes()
    assert {"WIDTH", "HEIGHT", "FRAMES"}.isdisjoint(namespace)
    assert_read_back(tmp_path / "assets.py", photos)


def test_module_of_single_pictures(
    run: RunCommand, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --frames, each picture is a FrameBuffer; a name that no import takes is noted."""
    result = run("batch", "photos", "--into", "my-assets.py", *SIZE)
    buffers = types.SimpleNamespace(MONO_HLSB=3, FrameBuffer=lambda *words: words)
    monkeypatch.setitem(sys.modules, "framebuf", buffers)
    namespace: dict[str, Any] = {}
    exec((tmp_path / "my-assets.py").read_text(), namespace)

    assert result.stderr.endswith(
        b"my-assets.py: 3 pictures\n"
        b"my-assets.py: import cannot load this name; use letters, digits and _\n"
    )
    assert b"Bume.py" not in result.stderr
    for name, film in zip(ARRAYS, converted(photos), strict=True):
        assert bytes(namespace[name][0]) == np.packbits(film.frames[0].pixels, axis=1).tobytes()


@pytest.mark.parametrize("frames", [(), ("--frames", "all")])
def test_one_file_for_lvgl(
    frames: tuple[str, ...], run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """The file compiles for LVGL 9 and 8, with each descriptor, and includes LVGL once."""
    words = ("--into", "assets.c", "--format", "lvgl", *SIZE, *frames)
    assert run("batch", "photos", *words).returncode == 0
    text = (tmp_path / "assets.c").read_text()
    (tmp_path / "lvgl").mkdir()
    uses = [f"(const void *){f'{name}_frames[0]' if frames else f'&{name}'}" for name in ARRAYS]
    (tmp_path / "main.c").write_text(
        '#include "assets.c"\n'
        f"int main(void) {{ const void *all[] = {{{', '.join(uses)}}}; return !all[0]; }}\n"
    )
    for header in (NINE, EIGHT):
        (tmp_path / "lvgl" / "lvgl.h").write_text(header)
        flags = ["-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-fsyntax-only"]
        command = [programs.path("gcc"), *flags, "-I.", "main.c"]
        subprocess.run(command, cwd=tmp_path, check=True)

    assert text.count('#include "lvgl.h"') == 1
    assert "#pragma once" not in text
    if frames:
        assert_read_back(tmp_path / "assets.c", photos)
    picture = pixbin.decode(tmp_path / "assets.c", symbol="ball")
    assert picture == pixbin.convert(photos / "ball.png", size="13x9", block=1)
    assert pixbin.decode(tmp_path / "assets.c", frame=2) == picture


def assert_read_back(path: Path, photos: Path) -> None:
    """Assert that all frames of a file come back, and those of one name with their times."""
    films = converted(photos)
    frames = [frame for film in films for frame in film.frames]

    assert [*pixbin.decode_frames(path, frames="all").frames] == frames
    walk = pixbin.decode_frames(path, symbol="walk")
    assert [*walk.frames] == [*films[2].frames]
    assert walk.durations == (70, 70, 70)


def test_same_names_are_refused(run: RunCommand, photos: Path) -> None:
    """Two pictures of one name cannot be in one module."""
    (photos / "Ball.png").write_bytes((photos / "ball.png").read_bytes())
    (photos / "BALL-.png").write_bytes((photos / "ball.png").read_bytes())
    result = run("batch", "photos", "--into", "a.py", *SIZE)

    assert result.returncode == 2
    assert b"both define BALL_WIDTH; rename one picture" in result.stderr
