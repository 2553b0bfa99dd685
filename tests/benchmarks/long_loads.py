"""Commands that run for long, each with the work that it gets: a film, a folder.

A load can rest: then it sends nothing, and after a moment its command must hold no more than when
it rested before.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from tests.benchmarks.process_usage import Usage, temporary_files, usage

FRAMES_PER_SECOND = 10
CHANGES_PER_SECOND = 1.0  #: of the watched folder
AT_ONCE = 12  #: files that come together, at first and then from time to time
_CALM_CHANGES = 97  #: between two such moments
MOST_FILES = 40  #: in the watched folder
TOKEN = "a-long-secret-word"  #: of the service
PATIENCE = 60.0  #: seconds
_WIDTH, _HEIGHT = 400, 240


class Load:
    """A command, and threads that give it work.

    Parameters
    ----------
    folder
        A folder of its own.
    pictures, broken
        Files to work on, and files that are no pictures or are damaged.
    """

    name = ""
    expected_code = 0

    def __init__(self, folder: Path, pictures: list[Path], broken: list[Path]) -> None:
        self.folder, self.pictures, self.broken = folder, pictures, broken
        self.output, self._temporary = folder / "out", folder / "tmp"
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._random = random.Random(self.name)
        self._is_working, self._is_ended = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._temporary.mkdir(parents=True)
        self._messages = (folder / "stderr.txt").open("wb")
        self.process = self._start()
        self._threads = [threading.Thread(target=work, daemon=True) for work in self._works()]

    def begin(self) -> None:
        """Start to work."""
        self._is_working.set()
        for thread in self._threads:
            thread.start()

    def rest(self) -> None:
        """Give no more work, until `go_on`."""
        self._is_working.clear()

    def go_on(self) -> None:
        """Give work again."""
        self._is_working.set()

    def usage(self) -> Usage:
        """Return what the command uses now."""
        return usage(self.process.pid, len(temporary_files(self._temporary, self.output)))

    def end(self) -> list[str]:
        """End the command; return what is wrong, with what is left."""
        self._is_ended.set()
        self._is_working.set()
        self._stop()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._messages.close()
        if code != self.expected_code:
            text = (self.folder / "stderr.txt").read_text(errors="replace")[-500:]
            self.faults.append(f"exit code {code}: {text}")
        left = temporary_files(self._temporary, self.output)
        return [*self.faults, *(f"left {name}" for name in left)]

    def _words(self) -> list[str]:
        raise NotImplementedError

    def _works(self) -> list[Callable[[], None]]:
        raise NotImplementedError

    def _stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def _start(self) -> subprocess.Popen[bytes]:
        own = {"TMPDIR": self._temporary, "PIXBIN_CACHE_DIR": self.folder / "cache"}
        environment = {**os.environ, **{name: str(path) for name, path in own.items()}}
        return subprocess.Popen(
            [sys.executable, "-m", "pixbin", *self._words()],
            cwd=self.folder,
            env={**environment, "PIXBIN_TOKEN": TOKEN},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
        )

    @property
    def _stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def _repeat(self, act: Callable[[], object], per_second: float) -> None:
        """Act some times a second, but not while the load rests, until the end."""
        due = time.monotonic()
        while self._is_working.wait() and not self._is_ended.is_set():
            act()
            due = max(due + 1 / per_second, time.monotonic() - 1)
            self._is_ended.wait(max(0.0, due - time.monotonic()))


class FilmLoad(Load):
    """An endless film in `pixbin stream`: a window that moves over photographs, with grain."""

    name = "stream"

    def __init__(self, folder: Path, pictures: list[Path], broken: list[Path]) -> None:
        self._views = [_view(path) for path in pictures[:4]]
        self._number = 0
        super().__init__(folder, pictures, broken)

    def _words(self) -> list[str]:
        return ["stream", "--size", f"{_WIDTH}x{_HEIGHT}", "--block", "1", "--steady"]

    def _works(self) -> list[Callable[[], None]]:
        return [self._send, self._receive]

    def _send(self) -> None:
        assert self.process.stdin is not None
        header = f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F{FRAMES_PER_SECOND}:1 C444\n"
        self.process.stdin.write(header.encode())
        with contextlib.suppress(BrokenPipeError):
            self._repeat(self._send_frame, FRAMES_PER_SECOND)

    def _send_frame(self) -> None:
        assert self.process.stdin is not None
        self._number += 1
        view = self._views[self._number // 100 % len(self._views)]
        left = self._number % (view.shape[2] - _WIDTH)
        grain = np.random.default_rng(self._number).integers(0, 8, (_HEIGHT, _WIDTH), np.uint8)
        frame = view[:, :_HEIGHT, left : left + _WIDTH].copy()
        frame[0] = np.maximum(frame[0], 8) - grain
        self.process.stdin.write(b"FRAME\n" + frame.tobytes())
        self.process.stdin.flush()

    def _receive(self) -> None:
        header = f"P4\n{_WIDTH} {_HEIGHT}\n".encode()
        while data := self._stdout.read(len(header) + _WIDTH * _HEIGHT // 8):
            if not data.startswith(header):
                self.faults.append(f"a frame begins with {data[:20]!r}")
                return
            self._count("frames")

    def _stop(self) -> None:
        self._threads[0].join(PATIENCE)
        assert self.process.stdin is not None
        self.process.stdin.close()


def _view(path: Path) -> np.ndarray:
    """Return a picture as planes of Y, Cb and Cr, higher and wider than a frame."""
    with Image.open(path) as opened:
        picture = opened.convert("YCbCr")
    picture = picture.resize(
        (3 * _WIDTH, max(_HEIGHT, 3 * _WIDTH * picture.height // picture.width))
    )
    return np.asarray(picture).transpose(2, 0, 1)


class FolderLoad(Load):
    """A folder that `pixbin batch --watch` converts, to which files come and from which they go."""

    name = "batch --watch"
    expected_code = 130

    def __init__(self, folder: Path, pictures: list[Path], broken: list[Path]) -> None:
        self._number = 0
        (folder / "in").mkdir(parents=True)
        super().__init__(folder, pictures, broken)

    def _words(self) -> list[str]:
        return ["batch", "in", "out", "--watch", "--jobs", "1", "--size", "256x192", "--json"]

    def _works(self) -> list[Callable[[], None]]:
        return [lambda: self._repeat(self._change, CHANGES_PER_SECOND), self._receive]

    def _change(self) -> None:
        """Add, replace or remove a file; a new one always has a name that was not there before."""
        if self._number % _CALM_CHANGES == 0:
            for _ in range(AT_ONCE):
                self._add(self._random.choice(self.pictures))
        names = sorted((self.folder / "in").iterdir())
        kinds = ["add", "add broken", "replace", "remove"] if names else ["add"]
        (kind,) = self._random.choices(kinds, [60, 10, 15, 15][: len(kinds)])
        if len(names) >= MOST_FILES:
            kind = "remove"
        if kind == "remove":
            self._random.choice(names).unlink()
        elif kind == "replace":
            self._copy(self._random.choice(self.pictures), self._random.choice(names))
        else:
            self._add(self._random.choice(self.broken if "broken" in kind else self.pictures))
        self._count(kind)

    def _add(self, source: Path) -> None:
        self._number += 1
        self._copy(source, self.folder / "in" / f"{self._number}{source.suffix}")

    def _copy(self, source: Path, target: Path) -> None:
        shutil.copyfile(source, self.folder / "copy")
        (self.folder / "copy").replace(target)

    def _receive(self) -> None:
        for line in self._stdout:
            outcome = json.loads(line)
            self._count(outcome["state"])
            if "a bug" in str(outcome.get("error")):
                self.faults.append(outcome["error"])
