"""What is written for readers is true."""

from __future__ import annotations

import dataclasses
import inspect
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.cli_batch import batch
from pixbin.cli_show import show
from pixbin.cli_stream import stream
from pixbin.flags import flag
from pixbin.formats import Format
from pixbin.methods import Method
from pixbin.options import Options
from tests.conftest import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [README, *(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))]


def test_readme_has_every_option(run: Run) -> None:
    """The README and the help know each option of a conversion."""
    flags = {flag(field.name) for field in dataclasses.fields(Options)}
    printed = run("convert", "--help", env={"COLUMNS": "200"}).stdout.decode()

    assert {each for each in flags if f"`{each}" not in README} == set()
    assert {each for each in flags if each not in printed} == set()


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            each
            for command in (batch, show, stream)
            for each in inspect.signature(command).parameters
        }
    ),
)
def test_readme_has_every_option_of_other_commands(name: str) -> None:
    """The README knows what these commands take besides."""
    others = {"as_json": "json", "source": "input", "target": "output"}
    spelled = others.get(name, name.replace("_", "-"))

    assert name in ("names", "options", "settings") or f"`--{spelled}`" in README


@pytest.mark.parametrize("word", [*Method, *Format])
def test_readme_has_every_method_and_format(word: str) -> None:
    """The README names each method and each output format."""
    assert f"`{word}`" in README


def shell_lines() -> list[str]:
    """Return the command lines for readers that call pixbin once, with whole words."""
    blocks = [block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)]
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("pixbin ") and "|" not in line]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that command lines for readers name."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("photo.jpg", "cat.png", "scan.tif", "logo.png"):
        Image.open(ROOT / "examples" / "chelsea.png").save(folder / name)
    pixbin.convert(folder / "cat.png", size="64x64").save(folder / "icon.png")
    for name, device in (("splash.h", "ssd1306"), ("photo.bin", "waveshare-2in13")):
        pixbin.convert(folder / "cat.png", device=device).save(folder / name)
    save_film(folder / "cat.gif")
    (folder / "stickers").mkdir()
    shutil.copy(folder / "cat.gif", folder / "stickers")
    (folder / "photos").mkdir()
    shutil.copy(folder / "photo.jpg", folder / "photos" / "cat.jpg")
    return folder


@pytest.mark.parametrize("line", shell_lines())
def test_readme_command_lines_run(line: str, run: Run, desk: Path, tmp_path: Path) -> None:
    """Each command line that a reader may copy works."""
    own = {"PIXBIN_CONFIG_DIR": str(tmp_path / "config")}
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    words = shlex.split(line, comments=True)[1:]
    if "--preset" in words:
        run("convert", "photo.jpg", "out.png", "--save-preset", "panel", env=own)
    result = run(*words, env=own)

    assert result.returncode == 0, result.stderr.decode()


def save_film(path: Path) -> None:
    """Write a GIF of two frames."""
    cat = Image.open(ROOT / "examples" / "chelsea.png")
    cat.save(path, save_all=True, append_images=[cat.transpose(Image.Transpose.ROTATE_180)])


def test_readme_library_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python in the README runs from top to bottom."""
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    Image.open(ROOT / "examples" / "chelsea.png").save(tmp_path / "cat.jpg")
    save_film(tmp_path / "cat.gif")
    (tmp_path / "program.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    runpy.run_path("program.py")

    assert (tmp_path / "cat.png").exists()


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("0*.py")), ids=lambda p: p.stem)
def test_examples_run(script: Path, tmp_path: Path) -> None:
    """Every example runs and writes pictures."""
    result = subprocess.run([sys.executable, script, tmp_path], capture_output=True, check=True)

    assert result.stdout
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert set(np.unique(np.asarray(image.convert("L")))) == {0, 255}


def test_gallery_is_what_the_tool_draws(tmp_path: Path) -> None:
    """The pictures in the README are made by this version; `make gallery` draws them anew."""
    draw = runpy.run_path(str(ROOT / "examples" / "gallery.py"))["draw"]
    draw(tmp_path)
    kept = {path.name: path for path in (ROOT / "examples" / "gallery").iterdir()}

    assert kept.keys() == {path.name for path in (tmp_path / "gallery").iterdir()}
    for name, path in kept.items():
        assert f"examples/gallery/{name}" in README
        with Image.open(path) as old, Image.open(tmp_path / "gallery" / name) as new:
            assert np.array_equal(np.asarray(old.convert("RGB")), np.asarray(new.convert("RGB")))


def test_readme_shows_what_the_tool_shows(run: Run, tmp_path: Path) -> None:
    """The picture of letters in the README is made by this version."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    line, picture = re.findall(r"```console\n\$ (pixbin show [^\n]*)\n(.*?)```", README, re.DOTALL)[
        0
    ]

    assert run(*shlex.split(line)[1:]).stdout.decode() == picture


def test_the_picture_of_layouts_is_what_is_written(tmp_path: Path) -> None:
    """It is made by this version; `python examples/layouts.py` draws it anew."""
    runpy.run_path(str(ROOT / "examples" / "layouts.py"))["draw"](tmp_path)
    with (
        Image.open(ROOT / "docs" / "layouts.png") as old,
        Image.open(tmp_path / "layouts.png") as new,
    ):
        assert old.size == new.size
        levels = (np.asarray(each.convert("RGB"), float) for each in (old, new))
        assert np.abs(np.subtract(*levels)).mean() < 1  # letters may be drawn otherwise


@pytest.mark.parametrize("page", [path.name for path in sorted((ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    """The README leads to every page, and what a page leads to is there."""
    assert f"docs/{page}" in README
    for target in re.findall(r"\]\(([^)#]+)", (ROOT / "docs" / page).read_text()):
        assert target.startswith("https:") or (ROOT / "docs" / target).exists()


def test_changelog_has_this_version() -> None:
    """The changelog tells of the version that the package says it is."""
    assert f"## [{pixbin.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
