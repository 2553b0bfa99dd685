"""The wheel, installed by itself, is all that a user needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures import ROOT


def called(*words: str | Path, folder: Path) -> str:
    """Run a program in a folder; return what it prints."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = list(map(str, words))
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


@pytest.fixture(scope="module", params=["lent", pytest.param("own", marks=pytest.mark.exhaustive)])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment, outside the source tree, with the wheel.

    What it depends on is lent by the environment of the tests, or installed as the wheel asks.
    """
    folder = tmp_path_factory.mktemp("wheel")
    called(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT),
        folder=folder,
    )
    (wheel,) = folder.glob("*.whl")
    is_lent = request.param == "lent"
    words = ("--without-pip",) if is_lent else ()
    called(sys.executable, "-m", "venv", *words, folder / "environment", folder=folder)
    python = str(folder / "environment" / "bin" / "python")
    pip = [python, "-m", "pip"]
    if is_lent:
        pip = [sys.executable, "-m", "pip", "--python", python]
        (site,) = (folder / "environment" / "lib").glob("python*/site-packages")
        # A .pth file in a folder that is named here has no effect: the source tree stays away.
        (site / "lent.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    given = ("--no-deps",) if is_lent else ()
    called(
        *(*pip, "--disable-pip-version-check", "install", "--quiet", *given, wheel), folder=folder
    )
    return folder / "environment"


def test_wheel_converts(environment: Path, tmp_path: Path) -> None:
    """The installed command converts a picture, in a folder that knows nothing of the source."""
    Image.open(ROOT / "examples" / "chelsea.png").save(tmp_path / "cat.png")
    pixbin = environment / "bin" / "pixbin"
    called(pixbin, "convert", "cat.png", "out.png", "--size", "600x600", "-b", "1", folder=tmp_path)
    said = called(pixbin, "verify", "out.png", "--size", "600x600", folder=tmp_path)

    assert said == "ok   out.png: 600x600, 2 values, 1 bit\n"


def test_wheel_brings_its_data(environment: Path, tmp_path: Path) -> None:
    """Models, type information and the manual page are installed; tests and examples are not."""
    program = (
        "import importlib.resources as r; here = r.files('pixbin');"
        "print(here, (here / 'models' / 'ink.onnx').is_file(), (here / 'py.typed').is_file())"
    )
    place, *present = called(environment / "bin" / "python", "-c", program, folder=tmp_path).split()

    assert Path(place).is_relative_to(environment)
    assert present == ["True", "True"]
    assert (environment / "share" / "man" / "man1" / "pixbin.1").is_file()
    assert not (Path(place).parent / "tests").exists()
    assert not (Path(place).parent / "examples").exists()
