"""Bad input, impatient users and unusual surroundings end with one line and the right exit code.

`docs/reference/faults.md` lists what a user sees.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixbin import errors, files
from pixbin.batch.jobs import JobState, Outcome
from pixbin.batch.state.journal import JournalEntry
from pixbin.cli import console
from pixbin.options import project_file
from tests.fixtures import RunCommand

DEEP = 5000  #: levels of nesting
SECRETS = (
    "http://me:pa55@127.0.0.1:1/a.png",
    "s3://AKIAKEY:pa55/w0rd@bucket/a.png",
    "nostore://pa55@example.org/a.png",
)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a small picture."""
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("deep.toml", "matrix = " + "[" * DEEP + "]" * DEEP, ["--preset"]),
        ("deep.toml", "a = " + "{ b = " * DEEP + "1" + " }" * DEEP, ["--preset"]),
        ("deep.json", '{"a": ' * DEEP + "1" + "}" * DEEP, ["--preset"]),
        ("deep.json", "[" * DEEP + "]" * DEEP, ["--matrix"]),
    ],
    ids=["toml arrays", "toml tables", "recipe", "matrix"],
)
def test_deep_nesting_is_an_error_of_the_file(
    run: RunCommand, tmp_path: Path, picture: Path, name: str, content: str, options: list[str]
) -> None:
    """A file nested 5000 levels deep is no bug of pixbin."""
    (tmp_path / name).write_text(content)
    result = run("convert", picture, "o.png", *options, name)

    assert result.returncode == 2, result.stderr
    assert b"a bug" not in result.stderr
    assert name.encode() in result.stderr


def test_matrix_that_is_no_text(tmp_path: Path, picture: Path) -> None:
    """A byte that is no UTF-8, in a matrix on the command line, is an error of that matrix."""
    words = [sys.executable, "-m", "pixbin", "convert", str(picture), "o.png", "--matrix"]
    matrix = os.fsdecode(b"[[0, 0.5], [0.5, 0\xff]]")
    result = subprocess.run(
        [*words, matrix], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )

    assert result.returncode == 2
    assert b"not JSON" in result.stderr


def test_model_metadata_that_are_no_text(run: RunCommand, tmp_path: Path, picture: Path) -> None:
    """Metadata of an ONNX file that are no UTF-8 are an error of the model."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    shape = onnx.helper.make_tensor_value_info
    sides = [1, 1, None, None]
    graph = onnx.helper.make_graph([node], "g", [shape("x", 1, sides)], [shape("y", 1, sides)])
    opset = [onnx.helper.make_opsetid("", 13)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.helper.set_model_props(model, {"pixbin.name": "QQQQ"})
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString().replace(b"QQQQ", b"\xff\xfeQQ"))
    result = run("convert", picture, "o.png", "--model", "m.onnx")

    assert result.returncode == 5, result.stderr
    assert b"m.onnx: its metadata are no UTF-8" in result.stderr


def test_deep_line_in_the_journal(run: RunCommand, tmp_path: Path, picture: Path) -> None:
    """A damaged line of the journal is left out, and the folder stays usable."""
    journal = tmp_path / "out" / ".pixbin" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text('{"recipe": "0", "settings": ' + "[" * DEEP + "]" * DEEP + "}\n")
    result = run("batch", picture.parent, "out")

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "a.png").exists()
    assert len(journal.read_text().splitlines()) == 2


@pytest.mark.parametrize("gamma", ["1e-320", "0", "0.009", "101", "1e400"])
def test_gamma_has_limits(run: RunCommand, picture: Path, gamma: str) -> None:
    """A gamma whose inverse is no number is refused."""
    result = run("convert", picture, "o.png", "--gamma", gamma)

    assert result.returncode == 2
    assert b"write a number from 0.01 to 100" in result.stderr


@pytest.fixture
def settings_file(picture: Path) -> Path:
    """Return a `pixbin.toml` in the folder above the picture's."""
    path = picture.parent.parent / project_file.NAME
    path.write_text('size = "8x8"\n')
    path.chmod(0o644)
    return path


@pytest.mark.skipif(os.name != "posix", reason="files have owners on POSIX only")
class TestProjectFile:
    """A `pixbin.toml` that somebody else may have written."""

    def test_of_its_user_is_used(self, settings_file: Path) -> None:
        """A file that only its user can change is used."""
        assert project_file.distrust_reason(settings_file) == ""

    def test_of_another_user(self, settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file of another user is not used, nor is a link to a file of one's own."""
        owner = settings_file.stat().st_uid
        monkeypatch.setattr(project_file, "_ROOT", -1)
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

        assert project_file.distrust_reason(settings_file) == "belongs to another user"

    def test_of_root(self, settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file of root is used."""
        monkeypatch.setattr(project_file, "_ROOT", settings_file.stat().st_uid)
        monkeypatch.setattr(os, "geteuid", lambda: 4711)

        assert project_file.distrust_reason(settings_file) == ""

    @pytest.mark.parametrize("is_folder", [True, False])
    def test_that_everybody_can_change(
        self, run: RunCommand, tmp_path: Path, settings_file: Path, is_folder: bool
    ) -> None:
        """One note names the file, and it is not used; `--preset` uses it."""
        (settings_file.parent if is_folder else settings_file).chmod(0o777)
        result = run("convert", "in/a.png", "o.png")
        quiet = run("convert", "in/a.png", "o.png", "--quiet", "--force")
        named = run("convert", "in/a.png", "named.png", "--preset", settings_file)
        none = run("convert", "in/a.png", "none.png", "--preset", "none")

        assert result.stderr.count(b"pixbin.toml: not used, as it ") == 1
        assert (quiet.stderr, none.stderr) == (b"", b"")
        with Image.open(tmp_path / "o.png") as plain, Image.open(tmp_path / "named.png") as small:
            assert (plain.size, small.size) == ((16, 16), (8, 8))
        assert named.returncode == 0

    def test_further_up(
        self, tmp_path: Path, settings_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that is not used does not hide one in a folder above."""
        inner = settings_file.parent / "in" / project_file.NAME
        inner.write_text('size = "4x4"\n')
        inner.chmod(0o666)
        monkeypatch.chdir(inner.parent)

        assert project_file.find() == settings_file
        assert [note.partition(":")[0] for note in project_file.notes()] == [str(inner)]


@pytest.mark.skipif(os.name != "posix", reason="a working folder can be removed on POSIX only")
def test_removed_working_folder(tmp_path: Path, picture: Path) -> None:
    """Absolute paths work in a folder that was removed; relative ones name the reason."""
    program = shlex.join([sys.executable, "-m", "pixbin"])
    script = f"""
        mkdir gone; cd gone; rmdir ../gone
        {program} convert {picture} {tmp_path}/o.png; echo $?
        {program} convert a.png {tmp_path}/p.png; echo $?
        {program} batch {picture.parent} out; echo $?
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[1])}
    result = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=60, text=True,
    )  # fmt: skip

    assert result.stdout.split() == ["0", "3", "3"], result.stderr
    assert (tmp_path / "o.png").exists()
    assert "a.png: no such file" in result.stderr
    assert "the working folder was removed" in result.stderr
    assert "stdout" not in result.stderr


@pytest.mark.parametrize(
    "command", [["convert", "-", "o.png"], ["stream"]], ids=["convert", "stream"]
)
def test_sigterm_ends_as_ctrl_c(tmp_path: Path, command: list[str]) -> None:
    """SIGTERM gives the exit code of Ctrl-C, as in a batch, and leaves no file."""
    with subprocess.Popen(
        [sys.executable, "-m", "pixbin", *command],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(b"P5 4096 4096 255\n" + bytes(1 << 17))  # more than a pipe holds
        process.stdin.flush()  # so the program has read a part
        process.send_signal(signal.SIGTERM)
        message = process.communicate(timeout=60)[1]

    assert process.returncode == 130
    assert b"interrupted; no incomplete file was left" in message
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_batch(tmp_path: Path, picture: Path, number: signal.Signals) -> None:
    """Both signals end a batch with one exit code, after the started pictures."""
    words = [sys.executable, "-m", "pixbin", "batch", "in", "out", "--json", "--watch"]
    with subprocess.Popen([*words, "--jobs", "1"], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(number)
        process.communicate(timeout=60)

    assert first["source"] == "in/a.png"
    assert process.returncode == 130
    assert (tmp_path / "out" / "a.png").exists()


@pytest.mark.parametrize("url", SECRETS)
class TestCredentials:
    """User names and passwords in URLs stay secret."""

    def test_in_messages(self, capsys: pytest.CaptureFixture[str], url: str) -> None:
        """No line on stdout or stderr has them."""
        console.print_stderr(f"error: {url}: cannot be read")
        console.print_stdout(json.dumps({"source": url}))
        output = capsys.readouterr()

        assert "pa55" not in output.err + output.out
        assert output.err.count("://") == output.out.count("://") == 1

    def test_in_errors(self, run: RunCommand, url: str) -> None:
        """No command prints them, even with a traceback."""
        result = run("convert", url, "o.png", "--debug")

        assert result.returncode in (2, 3, 5)
        assert b"pa55" not in result.stderr + result.stdout
        assert b"/a.png" in result.stderr

    def test_in_the_journal(self, url: str) -> None:
        """The journal has the rest of the URL."""
        outcome = Outcome(url, "a.png", JobState.WRITTEN)
        source = JournalEntry.from_outcome(outcome, "0").source

        assert "pa55" not in source
        assert source.endswith("a.png")


@pytest.mark.parametrize(
    "text", ["https://example.org:8080/a@2x.png", "https://example.org/a@2x.png", "a@b://", "me@x"]
)
def test_other_names_are_unchanged(text: str) -> None:
    """An @ elsewhere is no sign of credentials."""
    assert errors.without_credentials(text) == text
