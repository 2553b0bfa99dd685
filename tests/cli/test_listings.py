"""`pixbin methods`, `devices` and `presets` on a terminal of 80 columns, in pipes and as JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pixbin.catalog.devices import DEVICES
from pixbin.catalog.methods import Method
from tests.fixtures import RunCommand, read_terminal


@pytest.fixture(autouse=True)
def presets_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own presets out of the tests; return where theirs are."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config" / "presets").mkdir(parents=True)
    return tmp_path / "config" / "presets"


def screen(*words: str) -> list[str]:
    """Return the lines that a command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pixbin", *words]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        printed = read_terminal(ours)
    os.close(ours)
    assert process.returncode == 0
    return printed.decode().splitlines()


@pytest.mark.parametrize(
    ("command", "names", "lines_per_row"),
    [
        ("methods", [method.value for method in Method], 1.4),
        ("devices", [device.name for device in DEVICES], 1.4),
    ],
)
def test_tables_fit_80_columns(command: str, names: list[str], lines_per_row: float) -> None:
    """Most rows take one line, no name is cut, and sources are left out."""
    lines = screen(command)
    page = "\n".join(lines)

    assert max(map(len, lines)) <= 80
    assert len(lines) <= lines_per_row * len(names) + 4
    assert {*names} <= {line.split()[0] for line in lines if line.strip()}
    assert "…" not in page
    assert "source" not in page


@pytest.mark.parametrize("command", ["methods", "devices"])
def test_verbose_tables_have_sources(run: RunCommand, command: str) -> None:
    """--verbose prints all that a pipe gets, in lines of 80 columns; a pipe needs no --verbose."""
    lines = screen(command, "--verbose")
    words = " ".join(lines).split()
    table = run(command).stdout

    assert max(map(len, lines)) <= 80
    assert table == run(command, "-v").stdout
    for row in table.decode().splitlines()[1:]:
        for cell in row.split("\t"):
            assert {*cell.split()} <= {*words}


def test_presets_are_listed(run: RunCommand, presets_folder: Path, tmp_path: Path) -> None:
    """Each preset has its settings and its file; pixbin.toml is named on stderr."""
    (presets_folder / "panel.toml").write_text('method = "bayer4"\ninvert = true\n')
    (presets_folder / "bad.toml").write_text('methd = "bayer4"\n')
    project = tmp_path / "pixbin.toml"
    project.write_text('size = "32x32"\n[presets.icons]\nbit_order = "lsb"\n')
    result = run("presets")
    rows = [line.split("\t") for line in result.stdout.decode().splitlines()]

    assert result.returncode == 0
    assert rows[0] == ["preset", "settings", "from"]
    assert rows[1][0] == "bad"
    assert "methd: no such setting; did you mean method?" in rows[1][1]
    assert rows[2:] == [
        ["icons", "bit-order lsb", f"icons in {project}"],
        ["panel", "method bayer4, invert yes", str(presets_folder / "panel.toml")],
    ]
    assert result.stderr.decode() == f"{project} always applies: size 32x32\n"


def test_one_preset(run: RunCommand, presets_folder: Path) -> None:
    """A name gives one setting a line, or all as JSON."""
    path = presets_folder / "panel.toml"
    path.write_text('method = "bayer4"\nserpentine = false\n')
    result = run("presets", "panel")

    assert result.stdout.decode().splitlines() == [
        "--method     bayer4",
        "--serpentine no",
        f"from         {path}",
    ]
    assert json.loads(run("presets", "panel", "--json").stdout) == {
        "name": "panel",
        "from": str(path),
        "settings": {"method": "bayer4", "serpentine": False},
        "error": None,
    }


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("", 0, "no presets; save one with convert --save-preset NAME"),
        ("nope", 2, "error: nope: no such preset; save one with convert --save-preset NAME"),
        ("none", 2, "error: none is no preset; it leaves out presets and pixbin.toml"),
    ],
)
def test_without_presets(run: RunCommand, words: str, code: int, message: str) -> None:
    """Without a preset, the line says how to make one."""
    result = run("presets", *words.split())

    assert (result.returncode, result.stdout) == (code, b"")
    assert result.stderr.decode() == f"{message}\n"
    assert run("presets", "--json").stdout == b"[]\n"


def test_one_device(run: RunCommand) -> None:
    """A device has a line for each of its properties; JSON has the same ones."""
    lines = run("devices", "ssd1306").stdout.decode().splitlines()
    report = json.loads(run("devices", "ssd1306", "--json").stdout)
    every = json.loads(run("devices", "--json").stdout)

    assert [line[:12].strip() for line in lines] == [name.replace("_", " ") for name in report]
    assert {line.split()[0]: line.split()[-1] for line in lines}["name"] == report["name"]
    assert [row for row in every if row["name"] == report["name"]] == [report]
    assert len(every) == len(DEVICES)


def test_shipped_models(run: RunCommand) -> None:
    """Models are listed as JSON, one by its name alone."""
    every = json.loads(run("models", "--json").stdout)
    one = json.loads(run("models", every[0]["name"], "--json").stdout)

    assert one == every[0]
    assert "ink" in {row["name"] for row in every}
