"""Tests of the wheel in an environment outside the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures import ROOT


def output_of(*command: str | Path, folder: Path) -> str:
    """Run a program in a folder without PYTHONPATH; return its stdout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = list(map(str, command))
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


@pytest.fixture(
    scope="module", params=["shared", pytest.param("separate", marks=pytest.mark.exhaustive)]
)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment outside the source tree with the wheel installed.

    Its dependencies are those of the environment that runs the tests, or installed for it.
    """
    folder = tmp_path_factory.mktemp("wheel")
    output_of(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT),
        folder=folder,
    )
    (wheel,) = folder.glob("*.whl")
    is_shared = request.param == "shared"
    options = ("--without-pip",) if is_shared else ()
    output_of(sys.executable, "-m", "venv", *options, folder / "environment", folder=folder)
    python = str(folder / "environment" / "bin" / "python")
    pip = [python, "-m", "pip"]
    if is_shared:
        pip = [sys.executable, "-m", "pip", "--python", python]
        (site,) = (folder / "environment" / "lib").glob("python*/site-packages")
        # Folders in a .pth file are not searched for .pth files, so the source tree stays out.
        (site / "shared.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    options = ("--no-deps",) if is_shared else ()
    output_of(
        *(*pip, "--disable-pip-version-check", "install", "--quiet", *options, wheel), folder=folder
    )
    return folder / "environment"


def test_installed_command_converts(environment: Path, tmp_path: Path) -> None:
    """The installed command converts and verifies a picture outside the source tree."""
    Image.open(ROOT / "examples" / "chelsea.png").save(tmp_path / "cat.png")
    pixbin = environment / "bin" / "pixbin"
    output_of(
        pixbin, "convert", "cat.png", "out.png", "--size", "600x600", "-b", "1", folder=tmp_path
    )
    report = output_of(pixbin, "verify", "out.png", "--size", "600x600", folder=tmp_path)

    assert report == "ok   out.png: 600x600, 2 values, 1 bit\n"


def test_wheel_holds_models_and_type_marker(environment: Path, tmp_path: Path) -> None:
    """Models, types, pages and the manual page are installed; tests and examples are not."""
    program = (
        "import importlib.resources as r; here = r.files('pixbin');"
        "print(here, (here / 'models' / 'ink.onnx').is_file(), (here / 'py.typed').is_file(), "
        "(here / 'studio' / 'page' / 'index.html').is_file(), "
        "(here / 'agents' / 'pages' / 'recipes.md').is_file())"
    )
    package, *present = output_of(
        environment / "bin" / "python", "-c", program, folder=tmp_path
    ).split()

    assert Path(package).is_relative_to(environment)
    assert present == ["True"] * 4
    assert (environment / "share" / "man" / "man1" / "pixbin.1").is_file()
    assert not (Path(package).parent / "tests").exists()
    assert not (Path(package).parent / "examples").exists()
