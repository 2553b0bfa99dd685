"""The cost of a start: modules that a command loads, and lines and calls that it runs.

`python -m tests.start_up --write` records them in `golden/start-up.json`, from which
`test_start_up` takes its ceilings. They are counts and not times, so they are the same on a slow
and on a busy machine.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from tests.fixtures import sample_image

GOLDEN = Path(__file__).parent / "golden" / "start-up.json"
PACKAGE = Path(__file__).parents[1] / "pixbin"

COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "convert": ["convert", "small.png", "out.png", "--size", "64x64"],
    "convert-bayer8": ["convert", "small.png", "out.png", "--size", "64x64", "-m", "bayer8"],
    "batch": ["batch", "small.png", "other.png", "out", "--size", "64x64"],
}
#: its processes wait for each other, so only its modules are the same each time
TIMED = {"batch"}
#: libraries whose version changes what the commands load and run
LIBRARIES = ("numpy", "pillow", "typer")

#: Counts what a command does. `settrace` calls `count_call` for each Python function, and
#: `count_line` for each line of those in the package. Frozen modules, which import others, depend
#: on the folders in `sys.path` and are left out.
_PROGRAM = """
import os, sys

package, is_traced = sys.argv[1] + os.sep, sys.argv[2] == "1"
counts = {"calls": 0, "lines": 0}
leave, earlier = os._exit, {*sys.modules}

def count_call(frame, event, argument):
    file = frame.f_code.co_filename
    if not file.startswith("<frozen"):
        counts["calls"] += 1
    if file.startswith(package):
        counts["lines"] += 1
        return count_line

def count_line(frame, event, argument):
    counts["lines"] += event == "line"
    return count_line

def report(code):
    sys.settrace(None)
    loaded = sorted({*sys.modules} - earlier)
    own = [name for name in loaded if name.split(".")[0] == "pixbin"]
    others = [name for name in loaded if name.split(".")[0] != "pixbin"]
    import json

    numbers = {"own": own, "others": others, **counts}
    sys.stderr.write("\\n" + json.dumps(numbers))
    sys.stderr.flush()
    leave(code)

os._exit = report
sys.argv[0:3] = ["pixbin"]
if is_traced:
    sys.settrace(count_call)
from pixbin.__main__ import main
main()
"""


class Start(NamedTuple):
    """The modules, lines and calls of a process, counted when it ends."""

    own: list[str]  #: modules of the package
    others: list[str]  #: all other modules that the interpreter has not loaded by itself
    calls: int  #: Python functions that were called, without those that import modules
    lines: int  #: lines of the package that ran

    @property
    def plugins(self) -> list[str]:
        """The formats that Pillow has loaded."""
        return [name for name in self.others if name.startswith("PIL.") and "Plugin" in name]


def measure(command: str, folder: Path) -> Start:
    """Run a command in a folder that `make_pictures` has filled.

    Raises
    ------
    RuntimeError
        It has failed.
    """
    home = {name: str(folder) for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA")}
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    settings = {"PYTHONHASHSEED": "0", "COLUMNS": "80", "PYTHONPATH": str(PACKAGE.parent)}
    words = [str(PACKAGE), str(int(command not in TIMED)), *COMMANDS[command]]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        env={**kept, **home, **settings},
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')[-500:]}")
    report = json.loads(done.stderr.decode(errors="replace").splitlines()[-1])
    return Start(report["own"], report["others"], report["calls"], report["lines"])


def make_pictures(folder: Path) -> None:
    """Write the pictures that the commands read."""
    for name in ("small.png", "other.png"):
        Image.fromarray(sample_image(96, 72)).save(folder / name)


def versions() -> dict[str, str]:
    """Return the versions that counts of other people's code depend on."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"python": python, **{name: importlib.metadata.version(name) for name in LIBRARIES}}


def record() -> dict[str, object]:
    """Return the numbers of all commands."""
    commands = {}
    with tempfile.TemporaryDirectory() as temporary:
        make_pictures(Path(temporary))
        for command in COMMANDS:
            measure(command, Path(temporary))  # so that all modules are compiled
            start = measure(command, Path(temporary))
            commands[command] = {
                "own_modules": len(start.own),
                "other_modules": len(start.others),
                "plugins": start.plugins,
                "calls": start.calls,
                "lines": start.lines,
            }
    return {"versions": versions(), "commands": commands}


def main() -> None:
    """Print the numbers, or write them."""
    text = json.dumps(record(), indent=1) + "\n"
    if sys.argv[1:] == ["--write"]:
        GOLDEN.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
