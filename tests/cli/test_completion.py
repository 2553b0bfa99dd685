"""Completion by shells: names of commands and options, and the values that options take."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pixbin.catalog.formats import Format
from pixbin.catalog.methods import AUTO, Method
from tests.fixtures import RunCommand


def complete(run: RunCommand, line: str, shell: str = "bash") -> list[str]:
    """Return the words that pixbin offers for the end of a line, without their help."""
    words = line.split(" ")
    env = {"_PIXBIN_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        env |= {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    else:
        env |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    result = run(env=env)
    assert result.stderr == b""
    lines = result.stdout.decode().split("\n")
    if shell == "zsh":
        return [part.split('"')[1] for part in lines if '"' in part]
    return [part.split("\t")[0] for part in lines if part]


def test_completes_every_method(run: RunCommand) -> None:
    """All names of the table are offered, and no alias."""
    assert complete(run, "pixbin convert -m ") == [*map(str, Method), AUTO]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pixbin conv", ["convert"]),
        ("pixbin convert --meth", ["--method", "--method-inside", "--method-outside"]),
        ("pixbin convert --method-outside halft", ["halftone"]),
        ("pixbin convert a.png b.png --fit ", ["cover", "contain", "stretch"]),
        ("pixbin convert --device waveshare-2", [f"waveshare-2in{n}" for n in ("13", "7", "9")]),
        ("pixbin convert -m jj", ["jjn"]),
        ("pixbin batch --format pb", ["pbm", "pbm-plain"]),
        ("pixbin convert --model in", ["ink"]),
        ("pixbin convert --rotate ", ["0", "90", "180", "270"]),
        ("pixbin convert --alpha t", ["threshold"]),
        ("pixbin compare a.png b.png --methods fs,atk", ["fs,atkinson"]),
        ("pixbin compare a.png b.png --vary gam", ["gamma="]),
        ("pixbin compare a.png b.png --vary fit=cover,c", ["fit=cover,cover", "fit=cover,contain"]),
        ("pixbin show --symbols q", ["quadrants"]),
        ("pixbin stream --output m", ["monob", "monow"]),
        ("pixbin decode --from xb", ["xbm"]),
        ("pixbin verify --channels r", ["rgb"]),
        ("pixbin devices playd", ["playdate"]),
        ("pixbin convert --size ", []),
    ],
)
def test_completes_values(run: RunCommand, line: str, expected: list[str]) -> None:
    """Options with choices offer those that begin with the text; aliases only if no name does."""
    assert complete(run, line) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completes_for_other_shells(run: RunCommand, shell: str) -> None:
    """The protocols of zsh and fish give the same words as that of bash."""
    assert complete(run, "pixbin convert --tone ", shell) == ["linear", "perceptual"]
    assert complete(run, "pixbin convert --device arduboy", shell) == ["arduboy"]


def test_completes_presets(run: RunCommand, tmp_path: Path) -> None:
    """Presets are those of the folder and of the project; a faulty project file is no obstacle."""
    folder = tmp_path / "config" / "presets"
    folder.mkdir(parents=True)
    (folder / "eink.toml").write_text("")
    (tmp_path / "pixbin.toml").write_text('[presets.badge]\nmethod = "ink"\n')
    env = {
        "PIXBIN_CONFIG_DIR": str(tmp_path / "config"),
        "_PIXBIN_COMPLETE": "complete_bash",
        "COMP_WORDS": "pixbin\nconvert\n-p\n",
        "COMP_CWORD": "3",
    }
    offered = run(env=env).stdout.decode().split()
    (tmp_path / "pixbin.toml").write_text("[presets")

    assert offered == ["badge", "eink", "none"]
    assert run(env=env).stdout.decode().split() == ["none"]


def test_hidden_options_are_not_offered(run: RunCommand) -> None:
    """A command does not offer options that it has no use for."""
    offered = complete(run, "pixbin show --")

    assert "--method" in offered
    assert "--layout" not in offered


# Each shell loads the script that pixbin prints, then completes a line as its user would.
SHELLS = {
    "bash": """
        eval "$(pixbin --show-completion)"
        COMP_WORDS=(pixbin convert --format pbm-); COMP_CWORD=3
        _pixbin_completion pixbin
        echo "${COMPREPLY[*]}"
    """,
    "zsh": """
        autoload -U compinit; compinit -D -u
        eval "$(pixbin --show-completion)"
        _arguments() { print -r -- "$@" }
        words=(pixbin convert --format pbm-); CURRENT=4
        _pixbin_completion
    """,
    "fish": """
        pixbin --show-completion | source
        complete --do-complete "pixbin convert --format pbm-"
    """,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_real_shells_complete(shell: str, tmp_path: Path) -> None:
    """The script from --show-completion works in a real shell."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    pixbin = tmp_path / "pixbin"
    pixbin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pixbin "$@"\n')
    pixbin.chmod(0o755)
    env = {**os.environ, "HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = subprocess.run(
        [program, "-c", SHELLS[shell]], env=env, capture_output=True, timeout=60, check=False
    )

    assert Format.PBM_PLAIN.value in result.stdout.decode()
    assert result.stderr == b""


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_completion_options_end_with_0(option: str, tmp_path: Path) -> None:
    """Both options end with exit code 0."""
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed")
    result = subprocess.run(
        [program, "-c", f'"{sys.executable}" -m pixbin {option}; echo "code $?"'],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert result.stdout.decode().splitlines()[-1] == "code 0"
    assert (tmp_path / ".bashrc").exists() == (option == "--install-completion")


def test_show_completion_to_a_closed_pipe(tmp_path: Path) -> None:
    """A reader that has gone is still a broken pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "pixbin", "--show-completion", "bash"]
    code = subprocess.run(command, env=env, stdout=writer, cwd=tmp_path, check=False).returncode
    os.close(writer)

    assert code == 141
