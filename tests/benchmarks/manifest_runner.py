"""Run the command lines of the output manifest, each in a process forked from a warm one.

This file uses only public names of pixbin, so that it runs any checkout:
`python -P manifest_runner.py CASES.json RESULTS.json`, in the folder that holds `in`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypedDict

Case = dict[str, Any]
_SECONDS = 180  #: limit for one command line
_WORKERS = 2
_TIMES = re.compile(rb'("seconds"|"minutes"): [0-9.e+-]+')
_SPOKEN_TIMES = re.compile(r"\b\d+(\.\d+)? (s|seconds|ms|min|a second)\b")
_COUNTER = re.compile(r"^\d+/\d+ ", re.MULTILINE)
_MOST_TEXT = 2000  #: bytes of stdout that are kept as text, to show differences
_PROCESS = re.compile(r"\bprocess \d+")


class Result(TypedDict):
    """The results of one case."""

    steps: list[dict[str, Any]]
    files: dict[str, str]
    seconds: float


def main() -> None:
    """Run all cases and write their results."""
    cases_file, results_file = sys.argv[1:]
    cases: list[Case] = json.loads(Path(cases_file).read_text())
    _warm_up()
    results = _run_all(cases)
    Path(results_file).write_text(json.dumps(results))


def _warm_up() -> None:
    """Import what most commands need, so that forked processes start with it."""
    import numba  # noqa: F401  # compiles kernels in the cases that come first
    import numpy as np

    import pixbin
    import pixbin.__main__

    ramp = np.tile(np.linspace(0, 1, 32), (32, 1))
    for method in ("floyd-steinberg", "bayer8", "blue-noise"):
        pixbin.convert(ramp, method=method).encode("png")
    code = os.environ["MANIFEST_CODE"]
    if not Path(pixbin.__file__).is_relative_to(code):
        raise SystemExit(f"pixbin comes from {pixbin.__file__}, not from {code}")
    if len(list(Path("/proc/self/task").glob("*"))) != 1:
        raise SystemExit("threads run already; forked processes could hang")


def _run_all(cases: list[Case]) -> dict[str, Result]:
    """Run cases in a few processes at once."""
    running: dict[int, Case] = {}
    waiting = list(reversed(cases))
    while waiting or running:
        while waiting and len(running) < _WORKERS:
            case = waiting.pop()
            running[_forked(lambda case=case: _run_case(case))] = case  # type: ignore[misc]
        process, status = os.wait()
        case = running.pop(process)
        if status:
            raise SystemExit(f"{case['name']}: the runner failed, status {status}")
    return {case["name"]: json.loads(_result_file(case).read_text()) for case in cases}


def _result_file(case: Case) -> Path:
    return Path("results", f"{case['folder']}.json")


def _run_case(case: Case) -> int:
    """Run the steps of a case in its folder, and write their results to a file."""
    start = time.perf_counter()
    root = Path.cwd()
    folder, notes = root / "cases" / case["folder"], root / "streams" / case["folder"]
    folder.mkdir(parents=True)
    notes.mkdir(parents=True)
    os.chdir(folder)
    os.environ["PIXBIN_CONFIG_DIR"] = str(notes / "config")
    steps = [_run_step(step, notes / str(number)) for number, step in enumerate(case["steps"])]
    files = {
        f"{prefix}{path.relative_to(parent)}": _digest(path.read_bytes())
        for parent, prefix in ((folder, ""), (notes / "config", "config/"))
        for path in sorted(parent.rglob("*"))
        if path.is_file()
    }
    os.chdir(root)
    seconds = round(time.perf_counter() - start, 2)
    result = Result(steps=steps, files=files, seconds=seconds)
    _result_file(case).write_text(json.dumps(result))
    return 0


def _run_step(step: dict[str, Any], notes: Path) -> dict[str, Any]:
    """Run one command line, and return its exit code, stdout and stderr."""
    arguments: list[str] = step["args"]
    if arguments[0] == "put":
        Path(arguments[1]).write_text(arguments[2])
        return {}
    if arguments[0] == "touch":
        os.utime(arguments[1], ns=(0, 0))
        return {}
    notes.mkdir()

    def run() -> int:
        _redirect(step.get("stdin"), notes)
        if arguments[0] == "api":
            _API[arguments[1]]()
        else:
            _pixbin(arguments)
        return 0

    process = _forked(run)
    _, status = os.waitpid(process, 0)
    output, message = (_plain((notes / name).read_bytes()) for name in ("stdout", "stderr"))
    if arguments[0] == "batch":  # whose pictures may be finished in any order
        output = b"".join(sorted(output.splitlines(keepends=True)))
    return {
        "command": " ".join(arguments),
        "exit": os.waitstatus_to_exitcode(status),
        "stdout": _digest(output),
        **_text(output),
        "stderr": _message(message.decode("utf-8", "backslashreplace"), arguments[0]),
    }


def _text(output: bytes) -> dict[str, str]:
    """Return the text of stdout if it is short, and nothing if it is long or no text."""
    try:
        return {"text": output.decode()} if 0 < len(output) <= _MOST_TEXT else {}
    except UnicodeDecodeError:
        return {}


def _message(text: str, command: str) -> str:
    """Return the text of stderr without times, process numbers and the order of a batch."""
    text = _PROCESS.sub("process N", _SPOKEN_TIMES.sub(r"N \2", text))
    if command == "batch":
        text = "".join(sorted(_COUNTER.sub("N/M ", text).splitlines(keepends=True)))
    return text


def _redirect(stdin: str | None, notes: Path) -> None:
    """Let the standard streams be files, as a shell would."""
    paths = Path(stdin or os.devnull), notes / "stdout", notes / "stderr"
    for number, path in enumerate(paths):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace")


def _pixbin(arguments: list[str]) -> None:
    """Run pixbin as `python -m pixbin` does; it ends the process itself."""
    from pixbin.__main__ import main as pixbin_main

    signal.alarm(_SECONDS)
    sys.argv = ["pixbin", *arguments]
    pixbin_main()


def _forked(work: Callable[[], int]) -> int:
    """Fork a process that does some work, and return its number."""
    sys.stdout.flush()
    sys.stderr.flush()
    if process := os.fork():
        return process
    return _work_and_leave(work)


def _work_and_leave(work: Callable[[], int]) -> NoReturn:
    code = 1
    try:
        code = work()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001  # a forked process must never return to the caller
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _digest(content: bytes) -> str:
    return hashlib.sha256(_plain(content)).hexdigest()


def _plain(content: bytes) -> bytes:
    """Replace times and paths of folders, which differ from run to run."""
    for name in ("ROOT", "CODE"):
        content = content.replace(os.environ[f"MANIFEST_{name}"].encode(), name.encode())
    return _TIMES.sub(rb"\1: 0", content)


def _convert_arrays() -> None:
    """Convert arrays of every type that the library takes."""
    import numpy as np

    import pixbin

    ramp = np.tile(np.linspace(0, 1, 60), (40, 1))
    arrays = {
        "bool": ramp > 0.4,
        "uint8": (ramp * 255).astype(np.uint8),
        "uint16": (ramp * 65535).astype(np.uint16),
        "float32": ramp.astype(np.float32),
        "float64": ramp,
        "rgb": np.dstack([ramp, ramp[::-1, ::-1], ramp]),
        "rgba": np.dstack([ramp, ramp, ramp, ramp[:, ::-1]]),
    }
    for name, array in arrays.items():
        picture = pixbin.convert(array, size=(30, 20))
        Path(f"{name}.png").write_bytes(picture.encode("png"))
    picture = pixbin.convert(arrays["rgb"], channels="rgb", block=2, method="atkinson")
    Path("channels.png").write_bytes(picture.encode("png"))


def _convert_files() -> None:
    """Convert paths and Pillow images, with options as words and as values."""
    from PIL import Image

    import pixbin

    options = pixbin.Options.of(size="64x48", method="bayer8", contrast="20%")
    picture = pixbin.convert("../../in/camera.png", options)
    for name in ("png", "svg", "c", "braille", "raw"):
        Path(f"path.{name}").write_bytes(picture.encode(name))
    with Image.open("../../in/chelsea.png") as image:
        picture = pixbin.convert(image, size=(50, 40), gravity="north", ink="#123")
    picture.save("image.bmp")


def _animate() -> None:
    """Convert films by the library, from a file and from arrays."""
    import numpy as np

    import pixbin

    film = pixbin.animate("../../in/film.gif", size=(24, 16))
    Path("file.gif").write_bytes(film.encode("gif"))
    frames = [np.full((16, 24), level, np.uint8) for level in (60, 120, 180)]
    film = pixbin.animate(frames, durations=[50, 100, 150], plays=2, method="bayer4")
    Path("arrays.png").write_bytes(film.encode("apng"))


def _decode() -> None:
    """Read encoded pictures back by the library."""
    import pixbin

    picture = pixbin.convert("../../in/coins.png", size=(64, 40))
    for name in ("png", "pbm", "c", "xbm", "half", "svg"):
        again = pixbin.decode(picture.encode(name))
        Path(f"{name}.png").write_bytes(again.encode("png"))
    again = pixbin.decode(picture.encode("raw"), "raw", size=(64, 40))
    Path("raw.png").write_bytes(again.encode("png"))


def _errors() -> None:
    """Print the errors that the library raises."""
    import numpy as np

    import pixbin

    for settings in ({"size": "0x0"}, {"method": "nothing"}, {"grid": (900, 900)}, {"odd": 1}):
        try:
            pixbin.convert(np.zeros((8, 8)), **settings)
        except (pixbin.PixbinError, TypeError) as error:
            print(type(error).__name__, error, file=sys.stderr)


_API: dict[str, Callable[[], None]] = {
    "arrays": _convert_arrays,
    "files": _convert_files,
    "animate": _animate,
    "decode": _decode,
    "errors": _errors,
}

if __name__ == "__main__":
    main()
