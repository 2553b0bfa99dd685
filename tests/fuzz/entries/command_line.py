"""Entry: the command line, run in this process, with options and names of files of any kind."""

from __future__ import annotations

import functools
import io
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from PIL import Image

from pixbin.errors import ExitCode
from pixbin.options import SPECS
from tests.fixtures import sample_image
from tests.fuzz import corpus
from tests.fuzz.entry import FuzzEntry, promise
from tests.fuzz.mutations import text, trees

_COMMANDS = (
    *("convert", "decode", "verify", "compare", "recipe", "methods", "devices", "models"),
    *("presets", "calibrate", "show", "decoder", "ramp"),
)
_FILES = ("a.png", "film.gif", "data.bin", "m.json", "p.toml", "s.json", "broken.png", "in", "-")
#: Words that lead out of the working folder, start servers, or wait for more.
_LEFT_OUT = re.compile(r"^[/~]|\.\.|://|watch|live|provider|threads|\\", re.IGNORECASE)
_LARGE_NUMBER = re.compile(r"\d{4,9}")  #: sizes that only take long; larger ones are refused
_BAD_CODES = (ExitCode.BUG, ExitCode.INTERRUPTED, ExitCode.BROKEN_PIPE)
_MOST_LINES = 60  #: of stderr, besides one for each file


@functools.cache
def _make_files() -> None:
    image = Image.fromarray(sample_image(12, 9))
    image.save("a.png")
    Path("film.gif").write_bytes(corpus.film().to_bytes("gif"))
    Path("data.bin").write_bytes(bytes(range(48)))
    Path("m.json").write_text('{"matrix": [[0, 2], [3, 1]], "max": 4}')
    Path("p.toml").write_text('size = "8x8"\n')
    Path("s.json").write_text('{"size": "8x6", "method": "bayer2"}')
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("in").mkdir()
    image.save("in/b.png")


def _run(data: bytes, choice: int) -> object:
    """Run a command line, and check its exit code and its messages."""
    try:
        words = json.loads(data)
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(words, list) or not words or words[0] not in _COMMANDS:
        return "no command"
    words = [_as_word(word) for word in words]
    if any(_LEFT_OUT.search(word) or _LARGE_NUMBER.search(word) for word in words):
        return "left out"
    _make_files()
    code, errors = _call(words)
    promise(code not in _BAD_CODES, f"exit code {code} of {words[0]}: {errors[-500:]}")
    promise("Traceback" not in errors, f"a traceback of {words[0]}")
    promise(errors.count("\n") <= _MOST_LINES + len(words), f"many lines on stderr of {words[0]}")
    is_judged = words[0] == "verify"  # which says on stdout what is wrong
    promise(
        code == 0 or errors.strip() or is_judged,
        f"exit code {code} of {words[0]} without a message",
    )
    return f"{words[0]} {code}"


def _as_word(value: object) -> str:
    """Return an argument as the system gives it, which never holds NUL."""
    word = value if isinstance(value, str) else json.dumps(value)
    raw = word.encode("utf-8", "surrogatepass").replace(b"\0", b"")
    return raw.decode("utf-8", "surrogateescape")


def _call(words: list[str]) -> tuple[int, str]:
    """Return the exit code of a command line, and what it writes to stderr."""
    from pixbin.cli.app import app

    kept = sys.stdin, sys.stdout, sys.stderr
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape") for _ in range(3)]
    streams[0].buffer.write(Path("a.png").read_bytes())
    streams[0].buffer.seek(0)
    sys.stdin, sys.stdout, sys.stderr = streams
    code: object = 0
    try:
        app(words, prog_name="pixbin")
    except SystemExit as leaving:
        code = leaving.code
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
        streams[2].flush()
    errors = bytes(streams[2].buffer.getvalue())
    return code if isinstance(code, int) else int(code is not None), errors.decode(
        "utf-8", "replace"
    )


def _seeds() -> Sequence[bytes]:
    lines = (
        "convert a.png o.png --size 8x6",
        "convert a.png o.h --size 16x16 --method atkinson --name x",
        "convert film.gif o.gif --size 8x8 --frames 1..2 --quiet",
        "convert a.png - --format raw --size 8x8 --layout pages --json",
        "convert - o.pbm --grid 4x --block 2 --matrix m.json",
        "convert a.png o.png --preset p.toml --mask in/b.png",
        "convert a.png o.png --preset s.json --dry-run --size 8x8",
        "convert a.png o.svg --size 8x6 --cell 1mm --no-overwrite",
        "decode data.bin o.png --size 24x16",
        "decode data.bin o.png --device ssd1306-128x64 --frames all",
        "verify a.png film.gif --size 12x9 --json",
        "compare a.png o.png --methods atkinson,bayer2 --size 8x8",
        "compare a.png in o.html --vary grid=4,8 --columns 2 --size 8x8",
        "recipe a.png --json",
        "methods --json",
        "devices ssd1306-128x64",
        "models",
        "presets",
        "calibrate a.png x.toml",
        "show a.png --size 16x --dry-run",
        "decoder rle o.h",
        "ramp o.png --size 900x450 --method bayer2",
    )
    return [json.dumps(line.split(" ")).encode() for line in lines]


def _add_option(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Add an option with a value, or a name of a file."""
    try:
        words = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if not isinstance(words, list):
        return data
    position = random.randrange(len(words) + 1)
    if random.random() < 0.3:
        words.insert(position, random.choice(_FILES))
        return json.dumps(words).encode()
    option = f"--{random.choice([*SPECS]).replace('_', '-')}"
    values = (*text.NUMBERS, *text.ODD_LETTERS, *(name.encode() for name in _FILES))
    value = random.choice(values).decode("utf-8", "surrogateescape")
    words[position:position] = [f"{option}={value}"] if random.random() < 0.5 else [option, value]
    return json.dumps(words).encode()


def entries() -> list[FuzzEntry]:
    """Return the entry of the command line."""
    mutations = (_add_option, _add_option, trees.change_json, trees.change_json, text.change_number)
    return [FuzzEntry("command-line", _seeds, _run, mutations, errors=(), suffix="json")]
