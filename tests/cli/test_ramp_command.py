"""`pixbin ramp` and `pixbin calibrate`: from a printed ramp to a preset."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fixtures import RunCommand
from tests.oracles import print_model


def test_ramp_is_read_and_the_preset_corrects(run: RunCommand, photo: str, tmp_path: Path) -> None:
    """A scan of the print becomes a preset, and with it a picture has less ink."""
    drawn = run("ramp", "ramp.png", "-m", "blue-noise")
    ink = ~np.array(Image.open(tmp_path / "ramp.png").convert("1"))
    spread = 1 - print_model.spread_ink(ink, 0.2, 4)
    levels = np.rint(255 * np.where(spread > 0.0031, 1.055 * spread ** (1 / 2.4) - 0.055, 0))
    Image.fromarray(levels.astype(np.uint8)).save(tmp_path / "scan.png")
    read = run("calibrate", "scan.png", "./mine.toml")
    pictures = [
        run("convert", photo, "-", "-m", "blue-noise", "-s", "64x64", "-b", "1", *more).stdout
        for more in ([], ["--preset", "./mine.toml"])
    ]
    plain, corrected = (np.array(Image.open(io.BytesIO(data)).convert("1")) for data in pictures)

    assert drawn.stderr.startswith(b"ramp.png: 292x148 cells by blue-noise; print it")
    assert read.returncode == 0
    assert b"gain at half ink" in read.stdout
    assert b"kept as mine.toml" in read.stderr
    assert (tmp_path / "mine.toml").read_text().startswith('dot_gain = "5%:')
    assert corrected.mean() > plain.mean() + 0.05


def test_report_is_json(run: RunCommand) -> None:
    """`--json` has the curve, the tones and the notes; without a name nothing is saved."""
    run("ramp", "ramp.png", "-q")
    done = run("calibrate", "ramp.png", "--json")
    report = json.loads(done.stdout)

    assert report["tones"][:3] == [0.05, 0.1, 0.2]
    assert report["gain_at_half"] == pytest.approx(0, abs=0.01)
    assert done.stderr == b""


def test_lost_tones_are_named(run: RunCommand) -> None:
    """Atkinson draws no dots in light tones, and no paper in dark ones; a note says which."""
    run("ramp", "ramp.png", "-q", "-m", "atkinson")
    done = run("calibrate", "ramp.png")

    assert b"ramp.png: 5%, 10% of ink is bare paper in print\n" in done.stderr
    assert b"95% of ink is full ink in print; another --method" in done.stderr


def test_a_plan_lists_what_a_medium_sets(run: RunCommand, photo: str) -> None:
    """Options that are given come first, and lengths count only with the size of a cell."""
    words = (
        "convert",
        photo,
        "a.gcode",
        "--medium",
        "laser-wood",
        "--darkness",
        "90%",
        "--dry-run",
    )
    plain = run(*words).stdout.decode()
    with_pitch = run(*words, "--pitch", "0.05mm").stdout.decode()

    assert "--dot-gain   28.5% (medium laser-wood)\n" in plain
    assert "--darkness   90% (command line)\n" in plain
    assert "--min-dot" not in plain
    assert "--min-dot    0.1mm (medium laser-wood)\n" in with_pitch


def test_lengths_need_no_pitch_for_a_laser(run: RunCommand, photo: str) -> None:
    """The usual pitch of 0.1 mm counts for the sides of dots, too."""
    words = ("-s", "60x", "-b", "1", "--min-dot", "0.3mm")
    usual = run("convert", photo, "a.gcode", *words)
    same = run("convert", photo, "b.gcode", *words, "--pitch", "0.1mm")
    cells = run("convert", photo, "c.gcode", *words[:-1], "3")

    assert usual.returncode == same.returncode == cells.returncode == 0, usual.stderr
    assert len({(Path(photo).parent / f"{name}.gcode").read_bytes() for name in "abc"}) == 1


def test_ramp_of_a_device_decodes_to_a_ramp(run: RunCommand) -> None:
    """The bytes of a printer hold a ramp of its width, which can be read."""
    run("ramp", "ramp.prn", "--device", "escpos-384", "-m", "halftone")
    run("decode", "ramp.prn", "back.png")
    done = run("calibrate", "back.png", "--json")

    assert done.returncode == 0
    assert abs(json.loads(done.stdout)["gain_at_half"]) < 0.03


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["ramp", "a.png", "-m", "otsu"], 2, b"otsu does not mix tones"),
        (["ramp", "a.jpg"], 2, b"lossy"),
        (["calibrate", "none.jpg"], 3, b"none.jpg"),
        (["convert", "none.jpg", "a.png", "--dot-gain", "none.csv"], 2, b"dot_gain none.csv"),
        (["convert", "none.jpg", "a.png", "--medium", "papyrus"], 2, b"no such medium"),
    ],
)
def test_errors(run: RunCommand, words: list[str], code: int, message: bytes) -> None:
    """Errors have the usual codes and advice."""
    done = run(*words)

    assert done.returncode == code
    assert message in done.stderr
