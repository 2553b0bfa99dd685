"""Unusual surroundings: closed descriptors, no home, no terminal, another run at the same time."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.faults.stopping import is_whole
from tests.fixtures import ROOT, RunCommand
from tests.sparse import sparse

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses a shell of POSIX")
COMBINATIONS = [each for each in itertools.product([False, True], repeat=3) if any(each)]
PROGRAM = shlex.join([sys.executable, "-m", "pixbin"])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a damaged TIFF of good size, on which libtiff prints a warning, and a PNG."""
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.fromarray(np.arange(4096, dtype=np.uint8).reshape(64, 64)).save(path)
    return path


def shell(script: str, folder: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    """Run lines of a shell, and return the words on stdout."""
    result = subprocess.run(
        ["sh", "-c", script],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.PIPE, check=False, timeout=120, text=True,
    )  # fmt: skip
    return result.stdout.split()


@pytest.mark.parametrize("closed", sparse([(each,) for each in COMBINATIONS], every=6))
def test_closed_descriptors(tmp_path: Path, picture: Path, closed: tuple[bool, ...]) -> None:
    """No output lands in the place of a closed stream, and the exit codes are as usual."""
    redirections = " ".join(
        text for text, is_closed in zip(("<&-", ">&-", "2>&-"), closed, strict=True) if is_closed
    )
    codes = shell(
        f"""
        ({PROGRAM} convert in/a.png o.png {redirections}); echo $?
        ({PROGRAM} convert none.png n.png {redirections}); echo $?
        ({PROGRAM} batch in out --jobs 1 {redirections}) >log; echo $?
        """,
        tmp_path,
    )

    assert codes == ["0", "3", "0"]
    assert is_whole(tmp_path / "o.png")
    assert is_whole(tmp_path / "out" / "a.png")
    assert not (tmp_path / "n.png").exists()


def test_library_messages_do_not_reach_an_output(tmp_path: Path, picture: Path) -> None:
    """With stderr closed, no file gets its number, so nothing is written into that file."""
    code = (
        "import os, sys; from pixbin import __main__ as m; m._open_standard_descriptors();"
        "file = os.open('o', os.O_CREAT | os.O_WRONLY);"
        "os.write(2, b'warning'); os.write(1, b'text');"
        "os._exit(0 if file > 2 and sys.stderr is None else 9)"
    )
    words = shlex.join([sys.executable, "-c", code])

    assert shell(f"({words} <&- >&- 2>&-); echo $?", tmp_path) == ["0"]
    assert (tmp_path / "o").read_bytes() == b""


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/proc/self/none", "XDG_CACHE_HOME": "/proc/self", "PIXBIN_CACHE_DIR": "/proc/1"},
        {"TERM": "dumb", "LC_ALL": "C", "LANG": "C"},
    ],
    ids=["no home", "dumb terminal"],
)
def test_environment(
    run: RunCommand, tmp_path: Path, picture: Path, environment: dict[str, str]
) -> None:
    """Without a home or a cache, and in the locale C, the bytes are the same."""
    named = picture.rename(picture.with_name("bär.png"))
    words = ("--size", "700x700", "--block", "1")  # large enough to be compiled
    plain = run("convert", named, "plain.png", *words)
    result = run("convert", named, "ö.png", *words, env=environment)
    batch = run("batch", "in", "out", env=environment)

    assert (plain.returncode, result.returncode, batch.returncode) == (0, 0, 0), result.stderr
    assert (tmp_path / "ö.png").read_bytes() == (tmp_path / "plain.png").read_bytes()
    assert b"Traceback" not in result.stderr + batch.stderr
    assert (tmp_path / "out" / "bär.png").exists()


def test_two_runs_write_one_file(tmp_path: Path, picture: Path) -> None:
    """Two programs that write the same file at once both succeed, and one of them wins."""
    one = f"{PROGRAM} convert in/a.png o.png --size 64x64; echo $?"
    two = f"{PROGRAM} convert in/a.png o.png --size 48x48; echo $?"
    codes = shell(f"({one}) & ({two}) & wait", tmp_path)

    assert codes == ["0", "0"]
    with Image.open(tmp_path / "o.png") as image:
        image.load()
        assert image.size in ((64, 64), (48, 48))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "o.png"]


def test_two_batches_in_one_folder(tmp_path: Path, picture: Path) -> None:
    """Of two batches that start at once, the second one waits for nothing and changes nothing."""
    one = f"{PROGRAM} batch in out --jobs 1; echo $?"
    codes = shell(f"({one}) & ({one}) & wait", tmp_path)

    assert sorted(codes) in (["0", "4"], ["0", "0"])
    assert is_whole(tmp_path / "out" / "a.png")


def test_folder_that_vanishes(tmp_path: Path, picture: Path) -> None:
    """The folder of the output is removed while the picture is read: exit 4, and one line."""
    (tmp_path / "out").mkdir()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = f"""
        {PROGRAM} convert - out/o.png <pipe 2>log & exec 3>pipe
        sleep 0.7; rmdir out; cat in/a.png >&3; exec 3>&-; wait $!; echo $?
    """

    assert shell(script, tmp_path) == ["4"]
    assert len((tmp_path / "log").read_text().splitlines()) == 1
    assert "out does not exist" in (tmp_path / "log").read_text()
