"""The documentation is true: commands run, tables are complete, links lead somewhere."""

from __future__ import annotations

import dataclasses
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import pixbin
from pixbin.catalog.devices import DEVICES
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import Method
from pixbin.cli.app import app
from pixbin.options import Options
from tests.fixtures import ROOT, RunCommand

DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [
    README,
    *(page for page in sorted(DOCS.rglob("*.md")) if page.relative_to(DOCS).parts[0][0] != "_"),
]
GALLERY = runpy.run_path(str(ROOT / "examples" / "gallery.py"))
GENERATE = runpy.run_path(str(DOCS / "generate.py"))
READABILITY = runpy.run_path(str(DOCS / "readability.py"))


#: files that pages name, and that stand for those of the reader
YOUR_FILES = {"photo.jpg", "cat.jpg", "cat.gif", "logo.png", "texture.png", "photos", "stickers"}
#: pages that explain at length which files the reader needs
OWN_FILES_PAGES = ("first-picture", "your-own-style")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def command_lines(page: Path) -> list[str]:
    """Return the command lines in `sh` blocks, which readers may copy and which must run.

    The studio is left out: it serves until Ctrl-C, and `tests/studio` runs it.
    """
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [
        line
        for line in lines
        if line.startswith("pixbin ") and not line.startswith("pixbin studio ")
    ]


def all_calls() -> Iterator[tuple[str, list[str]]]:
    """Return every call of pixbin in the documentation: in pipes, after a prompt, in sentences."""
    for page in PAGES:
        for call in re.findall(r"`(pixbin [a-z][^`]*)`", page.read_text()):
            yield page.name, shlex.split(call)[1:]
        text = "\n".join([*blocks(page, "sh"), *blocks(page, "console")]).replace("\\\n> ", "")
        for line in text.replace("\\\n", " ").splitlines():
            line = line.split(" || ")[0].removeprefix("> ").strip()
            for part in re.split(r" \| |; ", line):
                call = part.removeprefix("$ ").strip().removeprefix(".venv/bin/")
                if call.startswith("pixbin "):
                    yield page.name, shlex.split(call, comments=True)[1:]


@cache
def commands() -> dict[str, Any]:
    """Return the commands of the command line by their words."""
    by_name: dict[str, Any] = GENERATE["commands"]()
    return by_name


@cache
def generated(part: str) -> str:
    """Return a generated part of the reference."""
    text: str = GENERATE["PARTS"][part]()
    return text


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder that has all files that the documentation names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))
    cat = Image.open(ROOT / "examples" / "chelsea.png").reduce(3)
    for name in ("photo.jpg", "cat.jpg", "cat.png", "scan.tif", "logo.png", "texture.png"):
        cat.save(tmp_path / name)
    pixbin.convert(cat, size="64x64").save("icon.png")
    for name, device in (("splash.h", "ssd1306"), ("photo.bin", "waveshare-2in13")):
        pixbin.convert(cat, device=device).save(name)
    save_film(tmp_path / "cat.gif")
    for folder, name in (("stickers", "cat.gif"), ("photos", "cat.jpg")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).hardlink_to(tmp_path / name)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def save_film(path: Path) -> None:
    """Write a GIF of two frames."""
    cat = Image.open(ROOT / "examples" / "chelsea.png").reduce(4)
    cat.save(path, save_all=True, append_images=[cat.transpose(Image.Transpose.ROTATE_180)])


def test_readme_is_short() -> None:
    """The README has fewer than 200 lines; the rest is in the documentation."""
    assert len(README.read_text().splitlines()) < 200


def test_numbers_in_readme_hold() -> None:
    """The README counts no more methods, devices and kernels than there are."""
    text = README.read_text()
    kernels = sum(method.family.__class__.__name__ == "ErrorDiffusion" for method in Method)
    (methods,) = re.findall(r"There are more than (\d+):", text)
    (devices,) = re.findall(r"knows more than (\d+) displays", text)
    (in_table,) = re.findall(r"error diffusion kernels \| (\d+)\+ ", text)

    assert len(Method) > int(methods)
    assert len(DEVICES) > int(devices)
    assert kernels >= int(in_table)


@pytest.mark.parametrize("line", command_lines(README))
def test_readme_command_lines_run(line: str, run: RunCommand, desk: Path) -> None:
    """Each command line in the README runs as a program."""
    result = run(*shlex.split(line, comments=True)[1:])

    assert result.returncode == 0, result.stderr.decode()


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.relative_to(DOCS).as_posix())
def test_command_lines_of_pages_run(page: Path, desk: Path) -> None:
    """Each command line in an `sh` block of a page runs, in the order of the page."""
    if "panel" in page.read_text():
        line = "convert photo.jpg out.png -s 400x240 --save-preset panel --quiet"
        CliRunner().invoke(app, shlex.split(line))
    for line in command_lines(page):
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])

        assert result.exit_code == 0, f"{line}: {result.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_say_where_their_files_come_from(page: Path) -> None:
    """A guide that reads files says once which of ours can stand for them, and these exist."""
    if page.parent.name not in ("how-to", "tutorials") or page.stem in OWN_FILES_PAGES:
        return
    words = {word for line in command_lines(page) for word in line.split()}
    text = " ".join(page.read_text().split())
    copies = {name: source for source, name in re.findall(r"\bcp ([\w./*-]+) ([\w.]+)", text)}

    assert copies.keys() == words & YOUR_FILES
    assert text.count("of yours. To try the lines with ours, type") == bool(copies)
    for source in copies.values():
        assert [*ROOT.glob(source)]


def test_options_in_all_command_lines_exist() -> None:
    """Command lines that cannot run here, such as those of clusters, name commands and options."""
    calls = list(all_calls())
    for page, words in calls:
        name = " ".join(words[:2]) if words[0] == "dataset" else words[0]
        params = commands()[name].params
        known = {flag for each in params for flag in (*each.opts, *each.secondary_opts)}
        given = {word for word in words[1:] if re.match(r"-{1,2}[a-z]", word)}

        assert given <= known | {"--help", "-h"}, f"{page}: pixbin {' '.join(words)}"
    assert len(calls) > 100


def test_options_in_the_migration_tables_exist() -> None:
    """The right columns of the tables for other programs hold options of `convert` or `show`."""
    page = (DOCS / "migration.md").read_text()
    cells = " ".join(row.split("|")[-2] for row in page.splitlines() if row.startswith("| "))
    params = [*commands()["convert"].params, *commands()["show"].params]
    known = {flag for each in params for flag in (*each.opts, *each.secondary_opts)}
    given = set(re.findall(r"(?<![\w-])-{1,2}[a-z][a-z-]*", cells))

    assert given <= known
    assert len(given) > 15


def test_reference_lists_every_command() -> None:
    """The page of commands has each command, with the options that are its own."""
    page = generated("commands")
    for name, command in commands().items():
        assert f"## {name}\n" in page
        for parameter in command.params:
            if parameter.param_type_name == "option":
                flag = max(parameter.opts, key=len)
                assert f"`{flag}`" in page + generated("options"), f"{name} {flag}"


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_reference_lists_every_option(field: dataclasses.Field[object]) -> None:
    """The page of options has each option of a conversion."""
    assert f"`--{field.name.replace('_', '-')}`" in generated("options")


@pytest.mark.parametrize(
    ("part", "names"),
    [("methods", Method), ("formats", Format), ("devices", [device.name for device in DEVICES])],
)
def test_reference_lists_every_row(part: str, names: list[str]) -> None:
    """The pages of methods, formats and devices have each of them by name."""
    assert [name for name in names if f"`{name}`" not in generated(part)] == []


def test_reference_lists_every_exit_code() -> None:
    """The page of exit codes has each with its meaning."""
    for code in type(pixbin.UsageError.exit_code):
        assert f"| {code.value} | " in generated("exit-codes")


def test_pages_include_every_generated_part() -> None:
    """Each generated part is on a page."""
    text = "".join(page.read_text() for page in PAGES)
    assert [part for part in GENERATE["PARTS"] if f"_generated/{part}.md" not in text] == []


@pytest.mark.parametrize("number", range(3))
def test_library_examples_run(number: int, desk: Path) -> None:
    """The Python in the README and on the page of the library runs from top to bottom."""
    programs = [*blocks(README, "python"), *blocks(DOCS / "how-to" / "library.md", "python")]
    Path("program.py").write_text(programs[number])
    runpy.run_path("program.py")

    assert len(programs) == 4


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("0*.py")), ids=lambda p: p.stem)
def test_examples_run(script: Path, tmp_path: Path) -> None:
    """Every example runs and writes pictures."""
    result = subprocess.run([sys.executable, script, tmp_path], capture_output=True, check=True)

    assert result.stdout
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert set(np.unique(np.asarray(image.convert("L")))) == {0, 255}


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(
            sample,
            id=sample.name,
            marks=[] if sample in GALLERY["GALLERY"] else pytest.mark.exhaustive,
        )
        for sample in GALLERY["SAMPLES"]
    ],
)
def test_gallery_is_what_the_tool_draws(
    sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures are made by this version; `make gallery` draws them anew."""
    monkeypatch.chdir(tmp_path)
    words = [str(ROOT / "examples" / sample.source), sample.name, *sample.words]
    result = CliRunner().invoke(app, ["convert", *words, "--quiet"])

    assert result.exit_code == 0, result.output
    with Image.open(DOCS / "pictures" / sample.name) as old, Image.open(sample.name) as new:
        assert np.array_equal(np.asarray(old.convert("RGBA")), np.asarray(new.convert("RGBA")))


def test_every_picture_has_its_line_and_credit() -> None:
    """No picture of the documentation is left over, and each source has a credit."""
    names = {sample.name for sample in GALLERY["SAMPLES"]}
    names |= {
        "e-paper.png",
        "frames.png",
        "layouts.png",
        "printing.png",
        "sheet.png",
        "sheet-page.png",
    }
    names |= {"packed-sizes.png", "print-medium.png", "ramp.png", "mask-parts.png"}
    names |= {"studio.png", "arduboy.png", "playdate-sprites.png", "robot-sheet.png"}
    assert {path.name for path in (DOCS / "pictures").glob("*.png")} == names
    assert {sample.source for sample in GALLERY["SAMPLES"]} <= GALLERY["CREDITS"].keys()
    for sample in GALLERY["GALLERY"][:4]:
        assert f"```sh\n{sample.command}\n```" in README.read_text()


def test_the_terminal_page_shows_what_the_tool_shows(run: RunCommand, desk: Path) -> None:
    """The picture in letters is made by this version."""
    page = (DOCS / "how-to" / "terminal.md").read_text()
    ((line, picture),) = re.findall(
        r"```console\n\$ (pixbin show [^\n]*)\n(.*?)```", page, re.DOTALL
    )

    assert run(*shlex.split(line)[1:]).stdout.decode() == picture


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("e_paper.py", "e-paper.png"),
        ("game_sprites.py", "arduboy.png"),
        ("game_sprites.py", "playdate-sprites.png"),
        ("game_sprites.py", "robot-sheet.png"),
        ("layouts.py", "layouts.png"),
        ("masks.py", "mask-parts.png"),
        ("oled_frames.py", "frames.png"),
        ("packed_sizes.py", "packed-sizes.png"),
        ("sheets.py", "sheet.png"),
    ],
)
def test_drawn_pictures_are_what_is_written(script: str, name: str, tmp_path: Path) -> None:
    """They are made by this version; `python examples/SCRIPT` draws each anew."""
    runpy.run_path(str(ROOT / "examples" / script))["draw"](tmp_path)
    with Image.open(DOCS / "pictures" / name) as old, Image.open(tmp_path / name) as new:
        assert old.size == new.size
        levels = (np.asarray(each.convert("RGB"), float) for each in (old, new))
        assert np.abs(np.subtract(*levels)).mean() < 1  # letters may be drawn otherwise


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link and each picture of a page is there."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#]+)", text) + re.findall(r'src="([^"]+)"', text)
    wrong = [each for each in targets if not each.startswith("https:")]

    assert [each for each in wrong if not (page.parent / each).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_easy_to_read(page: Path) -> None:
    """Reading ease and the length of sentences are within limits; `make docs` prints the lowest."""
    assert READABILITY["check"](page)[1] == []


def test_the_check_of_reading_can_fail(tmp_path: Path) -> None:
    """Hard words and long sentences are refused, and code and tables do not count."""
    hard = tmp_path / "hard.md"
    hard.write_text("Unconditional parallelization necessitates synchronization. " * 12)
    long = tmp_path / "long.md"
    long.write_text("one two " * 20)
    code = tmp_path / "code.md"
    code.write_text("# Title\n\n```sh\n" + "incomprehensibility " * 50 + "\n```\n\n| a | b |\n")

    assert "reading ease" in READABILITY["check"](hard)[1][0]
    assert "40 words" in READABILITY["check"](long)[1][0]
    assert READABILITY["check"](code) == (None, [])


def test_changelog_has_this_version() -> None:
    """The changelog has a section for the version of the package."""
    assert f"## [{pixbin.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
