"""Stop a command at a random moment: exit codes as documented, old outputs whole, nothing left.

`python -m tests.faults.stopping SECONDS` does so for longer than the tests.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from pixbin.errors import PixbinError

OLD = b"old output"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGKILL)
_GRACE = 3.0  #: seconds in which the workers of a killed command end
_HANDLED = 1 << (signal.SIGTERM - 1)  #: bit of a signal in /proc/PID/status
_PATIENCE = 60.0  #: seconds
_TEMPORARY = "tmp"  #: folder of temporary files


#: of a training of half a second, after the second that its libraries take to load
_TRAINING = (
    *("--threads=1", "--steps=60", "--batch=2", "--patch=16", "--channels=4,6", "--dilations=1"),
    "--set=warm_up=2,log_every=4,validate_every=4,save_every=2,show_every=20,patience=0",
)
_PREPARED = ("dataset", "prepare", "in", "data", "--cells=16", "--scenes=2", "--limit=2", "-q")


class StoppedCommand(NamedTuple):
    """A command to stop, and the outputs that it replaces."""

    name: str
    words: Sequence[str]
    outputs: Sequence[str] = ()  #: that exist before
    codes: Sequence[int] = (0, 130)  #: its exit codes after a signal that it handles
    seconds: float = 0.6  #: from its start to its usual end, about
    stdin: bytes = b""
    before: Sequence[str] = ()  #: a command that makes its inputs
    after: Sequence[str] = ()  #: a command that must succeed, if `resumed_from` is there
    resumed_from: str = ""


COMMANDS = (
    StoppedCommand(
        "convert",
        ("convert", "in/a.png", "o.png", "--size", "900x900", "--block", "1", "-m", "dbs"),
        ("o.png",),
    ),
    StoppedCommand(
        "convert with a limit",
        ("convert", "in/a.png", "o.png", "--size", "900x900", "--block", "1", "--timeout", "60"),
        ("o.png",),
    ),
    StoppedCommand("batch", ("batch", "in", "out", "--jobs", "2"), ("out/a.png", "out/b.png")),
    StoppedCommand(
        "stream",
        ("stream", "--size", "64x64"),
        stdin=(b"P5 64 64 255\n" + bytes(range(64)) * 64) * 300,
    ),
    StoppedCommand("studio", ("studio", "in", "--port", "0", "--no-open"), seconds=0.8),
)
TRAIN = StoppedCommand(
    "train",
    ("train", "data", "o.onnx", *_TRAINING),
    ("o.onnx",),
    seconds=3.0,
    before=_PREPARED,
    after=("train", "data", "o.onnx", *_TRAINING, "--resume"),
    resumed_from="o.run/checkpoint.pt",
)


def make_folder(folder: Path, command: StoppedCommand) -> None:
    """Write pictures, and the old outputs of a command."""
    (folder / "in").mkdir(parents=True)
    (folder / _TEMPORARY).mkdir()
    for number, name in enumerate("abcdefgh"):
        pixels = np.random.default_rng(number).integers(0, 255, (200, 200), np.uint8)
        Image.fromarray(pixels).save(folder / "in" / f"{name}.png")
    if command.before:
        _run(folder, command.before)
    for name in command.outputs:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(OLD)


def _run(folder: Path, words: Sequence[str]) -> str:
    """Run a command; return what is wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "pixbin", *words], cwd=folder, capture_output=True, check=False
    )
    return f"{words[0]}: {done.stderr!r}" if done.returncode else ""


def stop(
    folder: Path, command: StoppedCommand, number: int, delay: float, *, since: str = ""
) -> tuple[int, bytes, str]:
    """Start a command, send a signal some seconds after it is ready, or after a file appears.

    Returns
    -------
    tuple
        Its exit code, its messages, and the first line on its stdout.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            [sys.executable, "-m", "pixbin", *command.words],
            cwd=folder, stdin=source, stdout=output, stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(folder / _TEMPORARY)},
        ) as process,
    ):  # fmt: skip
        source.write(command.stdin)
        source.seek(0)
        _wait_until_handled(process, folder / since)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(number)
        if number == signal.SIGPIPE and command.name == "studio":
            time.sleep(0.05)  # Python ignores this signal
            process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=_PATIENCE)
        output.seek(0)
        line = output.readline(200).decode(errors="replace")
    return process.returncode, messages, line


def _wait_until_handled(process: subprocess.Popen[bytes], file: Path) -> None:
    """Wait for a file, and until signals are handled: before, the system ends Python itself."""
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) & _HANDLED and file.exists():
                return
        time.sleep(0.002)


def faults_of(folder: Path, command: StoppedCommand, number: int, code: int) -> list[str]:
    """Return what is wrong after a stop."""
    expected = {*command.codes}
    if number == signal.SIGKILL:
        expected = {-signal.SIGKILL, 0}
    if number == signal.SIGPIPE and command.name != "studio":
        expected = {0}
    faults = [] if code in expected else [f"exit code {code}"]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name.startswith(("in/", "data/")):
            continue
        if name.startswith(_TEMPORARY) and number != signal.SIGKILL:
            faults.append(f"left {name}")
        if path.name.startswith(".pixbin-") and not (
            number == signal.SIGKILL and ".pixbin/work" in name  # which the next run empties
        ):
            faults.append(f"left {name}")
        if path.suffix in _IS_WHOLE and not is_whole(path):
            faults.append(f"incomplete {name}")
    return faults + [f"lost {name}" for name in command.outputs if not (folder / name).exists()]


def is_whole(path: Path) -> bool:
    """Return whether an output is an old one, or complete."""
    data = path.read_bytes()
    return data == OLD or _IS_WHOLE[path.suffix](data)


def _is_whole_model(data: bytes) -> bool:
    from pixbin.neural import onnx_model

    with contextlib.suppress(PixbinError):
        onnx_model.load(data, threads=1)
        return True
    return False


_IS_WHOLE: dict[str, Callable[[bytes], bool]] = {
    ".png": lambda data: data.endswith(b"IEND\xaeB\x60\x82"),
    ".onnx": _is_whole_model,
}


def is_free(line: str) -> bool:
    """Return whether the port in a line with the address of a page can be used again."""
    port = re.search(r"http://127\.0\.0\.1:(\d+)", line)
    if port is None:
        return True
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", int(port[1])))
        except OSError:
            return False
    return True


def outlived(folder: Path) -> list[str]:
    """Return the processes that still work in a folder, after some seconds."""
    deadline = time.monotonic() + _GRACE
    while names := [*_processes_in(folder)]:
        if time.monotonic() > deadline:
            return names
        time.sleep(0.02)
    return []


def _processes_in(folder: Path) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if path.readlink().is_relative_to(folder):
                yield path.parent.name


def check(
    folder: Path, command: StoppedCommand, number: int, delay: float, *, since: str = ""
) -> tuple[int, str]:
    """Stop a command once; return its exit code, and what is wrong, with its messages."""
    make_folder(folder, command)
    code, messages, line = stop(folder, command, number, delay, since=since)
    faults = [f"process {name} goes on" for name in outlived(folder)]
    faults += faults_of(folder, command, number, code)
    if not is_free(line):
        faults.append("the port is still taken")
    if (
        command.after
        and (folder / command.resumed_from).is_file()
        and (fault := _run(folder, command.after))
    ):
        faults.append(fault)
    lines = messages.count(b"\n")
    if code == 130 and not (lines and b"interrupted" in messages):
        faults.append("no line on stderr")
    if b"Traceback" in messages or b"a bug" in messages:
        faults.append("a bug")
    return code, f"{'; '.join(faults)}: {messages!r}" if faults else ""


def main(seconds: float, seed: int = 1) -> int:
    """Stop all commands with all signals for some time; print counts, and return an exit code."""
    generator, end = random.Random(seed), time.monotonic() + seconds
    commands = (*COMMANDS, *([TRAIN] if importlib.util.find_spec("torch") else []))
    counts: Counter[tuple[str, str, int]] = Counter()
    bad = 0
    while time.monotonic() < end:
        command, number = generator.choice(commands), generator.choice(SIGNALS)
        delay = generator.uniform(0, 1.2 * command.seconds)
        folder = Path(tempfile.mkdtemp())
        try:
            code, fault = check(folder, command, number, delay)
        finally:
            shutil.rmtree(folder)
        counts[command.name, signal.Signals(number).name, code] += 1
        if fault:
            bad += 1
            print(f"{command.name}, {number!r} after {delay:.3f} s: {fault}", flush=True)
    for key, count in sorted(counts.items()):
        print(*key, count)
    print(f"{sum(counts.values())} stops, {bad} with faults")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
