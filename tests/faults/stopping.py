"""Stop a command at a random moment: exit codes as documented, old outputs whole, nothing left.

`python -m tests.faults.stopping SECONDS` does so for longer than the tests.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

OLD = b"old output"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGKILL)
_HANDLED = 1 << (signal.SIGTERM - 1)  #: bit of a signal in /proc/PID/status
_PATIENCE = 60.0  #: seconds


class StoppedCommand(NamedTuple):
    """A command to stop, and the outputs that it replaces."""

    name: str
    words: Sequence[str]
    outputs: Sequence[str] = ()  #: that exist before
    codes: Sequence[int] = (0, 130)  #: its exit codes after a signal that it handles
    seconds: float = 0.6  #: from its start to its usual end, about
    stdin: bytes = b""


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


def make_folder(folder: Path, command: StoppedCommand) -> None:
    """Write pictures, and the old outputs of a command."""
    (folder / "in").mkdir(parents=True)
    for number, name in enumerate("abcdefgh"):
        pixels = np.random.default_rng(number).integers(0, 255, (200, 200), np.uint8)
        Image.fromarray(pixels).save(folder / "in" / f"{name}.png")
    for name in command.outputs:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(OLD)


def stop(folder: Path, command: StoppedCommand, number: int, delay: float) -> tuple[int, bytes]:
    """Start a command, send a signal after some seconds; return its exit code and messages."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        tempfile.TemporaryFile() as source,
        subprocess.Popen(
            [sys.executable, "-m", "pixbin", *command.words],
            cwd=folder, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as process,
    ):  # fmt: skip
        source.write(command.stdin)
        source.seek(0)
        _wait_until_handled(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(number)
        if number == signal.SIGPIPE and command.name == "studio":
            time.sleep(0.05)  # Python ignores this signal
            process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=_PATIENCE)
    return process.returncode, messages


def _wait_until_handled(process: subprocess.Popen[bytes]) -> None:
    """Wait until the command handles signals: before, the system ends Python itself."""
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) & _HANDLED:
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
        if path.is_dir() or name.startswith("in/"):
            continue
        if path.name.startswith(".pixbin-") and not (
            number == signal.SIGKILL and ".pixbin/work" in name  # which the next run empties
        ):
            faults.append(f"left {name}")
        if path.suffix == ".png" and not is_whole(path):
            faults.append(f"incomplete {name}")
    return faults + [f"lost {name}" for name in command.outputs if not (folder / name).exists()]


def is_whole(path: Path) -> bool:
    """Return whether an output is an old one, or a complete PNG."""
    data = path.read_bytes()
    return data == OLD or data.endswith(b"IEND\xaeB\x60\x82")


def check(folder: Path, command: StoppedCommand, number: int, delay: float) -> tuple[int, str]:
    """Stop a command once; return its exit code, and what is wrong, with its messages."""
    make_folder(folder, command)
    code, messages = stop(folder, command, number, delay)
    if number == signal.SIGKILL and command.name == "batch":
        time.sleep(0.3)  # its workers end with it
    faults = faults_of(folder, command, number, code)
    lines = messages.count(b"\n")
    if code == 130 and not (lines and b"interrupted" in messages):
        faults.append("no line on stderr")
    if b"Traceback" in messages or b"a bug" in messages:
        faults.append("a bug")
    return code, f"{'; '.join(faults)}: {messages!r}" if faults else ""


def main(seconds: float, seed: int = 1) -> int:
    """Stop all commands with all signals for some time; print counts, and return an exit code."""
    generator, end = random.Random(seed), time.monotonic() + seconds
    counts: Counter[tuple[str, str, int]] = Counter()
    bad = 0
    while time.monotonic() < end:
        command, number = generator.choice(COMMANDS), generator.choice(SIGNALS)
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
