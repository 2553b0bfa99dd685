"""Tests of `--model` on the command line, and of when onnxruntime is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import ROOT, RunCommand
from tests.sparse import sparse


@pytest.mark.parametrize(
    ("words", "code", "message"),
    sparse(
        [
            ("--model inky", 5, "inky: no such model (shipped are ink)"),
            ("--model none.onnx", 5, "none.onnx: cannot be read"),
            ("--model photo.png/x.onnx", 5, "cannot be read"),
            ("--model ./photo.png", 5, "a model is one ONNX file"),
            ("--model average.onnx --provider warp", 5, "has no provider warp; it has"),
            ("--model average.onnx -m fs", 2, "floyd-steinberg takes no model"),
            ("--model average.onnx -t 50%", 2, "neural takes no threshold"),
            ("--model average.onnx --matrix [[0,1]]", 2, "matrix takes no model"),
            ("--model average.onnx --threads 0", 2, "write a whole number from 1 to 1024"),
            ("--model average.onnx --provider c-p", 2, "write cpu, or another"),
            ("--model=", 2, "write a model's name"),
        ],
        every=2,
    ),
)
@pytest.mark.usefixtures("photo", "average")
def test_convert_errors_with_models(
    run: RunCommand, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Errors give one line and an exit code; nothing is written, also in a dry run."""
    for more in ([], ["--dry-run"]):
        result = run(
            "convert",
            "photo.png",
            "out.png",
            *words.split(" ") if "=" in words else words.split(),
            *more,
        )
        assert code == result.returncode, result.stderr
        assert message in result.stderr.decode()
        assert (result.stdout, result.stderr.count(b"\n")) == (b"", 1)
    assert not (tmp_path / "out.png").exists()


def test_model_option_selects_the_neural_method(
    run: RunCommand, photo: Path, average: Path, tmp_path: Path
) -> None:
    """`--model` implies the method `neural`; the number of threads does not change the file."""
    one = run("convert", photo, "one.png", "--model", average, "--threads", "1", "--json")
    two = run(
        "convert",
        photo,
        "two.png",
        "--model",
        average,
        "--threads",
        "2",
        "-m",
        "Neural",
        "--provider",
        "CPU",
    )
    verified = run("verify", "one.png", "--size", "96x64")

    assert json.loads(one.stdout)["method"] == "neural"
    assert (two.returncode, two.stdout, two.stderr) == (0, b"", b"")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert verified.returncode == 0


def test_missing_onnxruntime_gives_install_hint(
    run: RunCommand, photo: Path, average: Path, tmp_path: Path
) -> None:
    """Without onnxruntime the error says how to install it; other methods work."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnxruntime.py").write_text(
        "raise ModuleNotFoundError('No module named onnxruntime')"
    )
    paths = f"{hidden}:{ROOT}"
    result = run("convert", photo, "out.png", "--model", average, env={"PYTHONPATH": paths})
    plain = run("convert", photo, "out.png", env={"PYTHONPATH": paths})

    assert (result.returncode, result.stderr.count(b"\n")) == (5, 1)
    assert b"pip install 'onnxruntime>=1.19'" in result.stderr
    assert plain.returncode == 0


def test_compare_uses_given_or_shipped_model(run: RunCommand, photo: Path, average: Path) -> None:
    """A sheet uses the given model, or the shipped one without `--model`."""
    given = run(
        "compare", photo, "a.png", "-s", "16x", "--methods", "fs,neural", "--model", average
    )
    every = run("compare", photo, "b.png", "-s", "16x", "--model", average)
    default = run("compare", photo, "c.png", "-s", "16x", "--methods", "fs,neural")

    assert (given.returncode, every.returncode, default.returncode) == (0, 0, 0)
    sheets = [(photo.parent / name).read_bytes() for name in ("a.png", "c.png")]
    assert sheets[0] != sheets[1]


def test_only_models_load_onnxruntime(photo: Path, average: Path) -> None:
    """A conversion with a model loads onnxruntime and no compiler."""
    program = (
        "import sys, pixbin; pixbin.convert('photo.png', size='64x64', model='average.onnx');"
        "print('onnxruntime' in sys.modules, 'llvmlite' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=photo.parent).stdout

    assert printed == b"True False\n"
