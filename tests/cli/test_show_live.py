"""`pixbin show` in terminals that answer: pixels, animations that play, and watched files."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.catalog.formats import Format
from pixbin.codecs import text
from tests.fixtures import RunCommand, sample_image
from tests.preview.decoders import decode_iterm, decode_kitty, decode_sixel
from tests.preview.pseudo_terminal import UNKNOWN, run_in_terminal

KITTY = {"TERM": "xterm-kitty", "TERM_PROGRAM": ""}
ITERM = {"TERM_PROGRAM": "iTerm.app"}
ASKED = {**UNKNOWN, "TERM_PROGRAM": ""}
REQUEST = b"\x1b[c"
WITH_SIXEL, WITHOUT_SIXEL = b"\x1b[?63;1;4c", b"\x1b[?64;1;2c"
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
WINDOW = (400, 240)  #: pixels of 40 columns and 12 lines


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return an endless GIF of three frames, whose time is as short as can be."""
    frames = [Image.fromarray(np.roll(sample_image(24, 16), shift, 1)) for shift in (0, 8, 16)]
    path = tmp_path / "film.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=20, loop=0)
    return path


def bitmap(image: Image.Image) -> np.ndarray:
    """Return which pixels are white."""
    return np.asarray(image.convert("L")) > 127


def sixels_of(output: bytes) -> np.ndarray:
    """Return which pixels of the sixels in an output are white."""
    (sequence,) = re.findall(rb"\x1bP[^\x1b]*\x1b\\", output)
    return decode_sixel(sequence)[..., 0] > 50


@pytest.mark.parametrize("env", [KITTY, ITERM], ids=["kitty", "iterm"])
def test_known_terminals_get_pixels(photo: Path, env: dict[str, str]) -> None:
    """Terminals that name themselves get the cells of `convert`, without being asked."""
    outcome = run_in_terminal("show", photo, "-g", "20x13", env=env, pixels=WINDOW)
    images = [each.image for each in decode_iterm(outcome.output)]
    images += [each.image for each in decode_kitty(outcome.output)]
    made = pixbin.convert(photo, grid="20x13").grid

    assert REQUEST not in outcome.output
    assert len(images) == 1
    assert np.array_equal(bitmap(images[0]), made.repeat(10, 0).repeat(10, 1))
    assert (outcome.code, outcome.errors) == (0, b"")


def test_unknown_terminals_are_asked(photo: Path) -> None:
    """A terminal that says that it has sixels gets them; its other replies count, too."""
    replies = b"\x1b[6;16;8t\x1b[?2;0;100;1000S" + WITH_SIXEL
    outcome = run_in_terminal(
        "show", photo, "-g", "20x13", env=ASKED, reactions=[(REQUEST, replies)]
    )
    made = pixbin.convert(photo, grid="20x13").grid

    assert np.array_equal(sixels_of(outcome.output), made.repeat(5, 0).repeat(5, 1))
    assert (outcome.code, outcome.is_restored) == (0, True)


@pytest.mark.parametrize("reactions", [[(REQUEST, WITHOUT_SIXEL)], []], ids=["no", "silence"])
def test_others_get_half_blocks(photo: Path, reactions: list[tuple[bytes, bytes]]) -> None:
    """A terminal without sixels, or one that does not answer, gets half blocks."""
    outcome = run_in_terminal("show", photo, "-g", "20x12", env=ASKED, reactions=reactions)
    _, picture = outcome.output.split(REQUEST)
    cells = ~text.read_cells(picture, Format.HALF)

    assert np.array_equal(cells, pixbin.convert(photo, grid="20x12").grid)
    assert (outcome.code, outcome.is_restored) == (0, True)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({**KITTY, "TMUX": "/tmp/tmux-0/default,1,0"}, ()),
        ({**ITERM, "TERM": "screen"}, ()),
        (KITTY, ("--pixels", "none")),
        (KITTY, ("--symbols", "half")),
        ({**ASKED, "TERM": "dumb"}, ()),
    ],
    ids=["tmux", "screen", "none", "symbols", "dumb"],
)
def test_no_pixels(photo: Path, env: dict[str, str], words: tuple[str, ...]) -> None:
    """Inside tmux and screen, and if the user prefers it, characters are drawn."""
    outcome = run_in_terminal("show", photo, "-g", "20x12", *words, env=env, pixels=WINDOW)

    assert b"\x1b" not in outcome.output
    assert len(outcome.lines) == 6


def test_pixels_inside_tmux(photo: Path) -> None:
    """If the user asks for them, pixels are handed on by tmux."""
    env = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    outcome = run_in_terminal(
        "show", photo, "-g", "20x13", "--pixels", "kitty", env=env, pixels=WINDOW
    )
    packed = re.findall(rb"\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\", outcome.output)
    (command,) = decode_kitty(b"".join(packed).replace(b"\x1b\x1b", b"\x1b"))

    assert command.image.size == (200, 130)


@pytest.mark.parametrize("env", [KITTY, {**ASKED, "VTE_VERSION": "7600"}], ids=["kitty", "vte"])
def test_sextants_where_the_terminal_draws_them(photo: Path, env: dict[str, str]) -> None:
    """Sextants have room for more cells; half blocks are drawn if they have room enough."""
    words = ("show", photo, "-s", "96x64", "--pixels", "none")
    small = run_in_terminal(*words, env=env, columns=48, lines=40)
    large = run_in_terminal(*words, env=env, columns=96, lines=40)

    assert set("🬔🬗🬘") & {*small.output.decode()}
    assert {*large.output.decode()} <= set(" ▀▄█\n")


def test_half_blocks_elsewhere(photo: Path) -> None:
    """Half blocks are drawn where sextants may not be seen, and fewer cells then."""
    words = ("show", photo, "-s", "96x64", "--pixels", "none")

    assert {*run_in_terminal(*words, columns=48, lines=40).output.decode()} <= set(" ▀▄█\n")


def test_small_drawings_have_a_note(photo: Path, run: RunCommand) -> None:
    """If cells are lost, a note says so, in a terminal as in a pipe."""
    note = f"{photo}: drawn with 16x11 of 48x32 cells, as there is no room for more; ".encode()
    words = ("show", photo, "-g", "48x32")
    small = run_in_terminal(*words, columns=16)
    piped = run(*words, env={"COLUMNS": "16"})
    pixels = run_in_terminal(*words, columns=16, env=KITTY, pixels=(160, 240))

    assert small.errors.endswith(note + b"make the window larger, or try --symbols braille\n")
    assert piped.stderr == note + b"set COLUMNS, or try --symbols braille\n"
    assert pixels.errors == b""
    assert run_in_terminal(*words, "-q", columns=16).errors == b""


@pytest.mark.parametrize("protocol", ["kitty", "iterm", "sixel"])
def test_pixels_in_a_pipe(photo: Path, run: RunCommand, protocol: str) -> None:
    """If a protocol is chosen, it can be kept in a file, without anything around it."""
    result = run("show", photo, "-g", "20x13", "--pixels", protocol)
    count = {
        "kitty": len(decode_kitty(result.stdout)),
        "iterm": len(decode_iterm(result.stdout)),
        "sixel": result.stdout.count(b"\x1bP"),
    }

    assert result.returncode == 0
    assert result.stdout[-1:] == b"\n"
    assert [name for name in count if count[name]] == [protocol]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--pixels half", "pixels half: choose from auto, kitty, iterm, sixel, none; --symbols"),
        ("--pixels kitty --symbols half", "leave out one of them"),
        ("--watch", "--watch needs a terminal in the foreground"),
    ],
)
def test_mistakes(photo: Path, run: RunCommand, words: str, message: str) -> None:
    """Choices that do not exist, or that contradict each other, are usage errors."""
    result = run("show", photo, *words.split())

    assert (result.returncode, result.stdout) == (2, b"")
    assert message in result.stderr.decode()


def test_stdin_cannot_be_watched(run: RunCommand) -> None:
    """Only files can be watched."""
    result = run("show", "-", "--watch")

    assert (result.returncode, b"--watch needs a file" in result.stderr) == (2, True)


@pytest.mark.parametrize("keys", [b"q", b"xQ"])
def test_animations_play_until_q(film: Path, keys: bytes) -> None:
    """Frames come again and again until `q`; then cursor and settings are as before."""
    outcome = run_in_terminal(
        *("show", film, "-g", "12x8", "--pixels", "none"),
        reactions=[(b"\x1b8", b"y"), *[(b"\x1b8", b"")] * 6, (b"\x1b8", keys)],
    )
    before, *frames = outcome.output.split(b"\x1b8")
    expected = [frame.grid for frame in pixbin.animate(film, grid="12x8").frames]

    assert (outcome.code, outcome.is_restored) == (0, True)
    assert before.endswith(b"\n" * 4 + b"\x1b[4A\x1b7")
    assert outcome.output.startswith(HIDE)
    assert outcome.output.endswith(b"\x1b8\x1b[4B\r" + SHOW)
    assert outcome.errors == f"{film}: 3 frames; q ends\n".encode()
    assert len(frames) > 8
    for number, frame in enumerate(frames[:-1]):
        cells = ~text.read_cells(frame, Format.HALF)
        assert np.array_equal(cells, expected[number % 3])


def test_animations_in_kitty(film: Path) -> None:
    """In kitty, each frame deletes the one before, and the last one stays."""
    outcome = run_in_terminal(
        *("show", film, "-g", "12x8"),
        env=KITTY,
        pixels=WINDOW,
        reactions=[*[(b"a=T", b"")] * 5, (b"a=T", b"q")],
    )
    commands = decode_kitty(outcome.output)
    visible: set[str] = set()
    for command in commands:
        if command.keys["a"] == "T":
            visible |= {command.keys["i"]}
        else:
            visible -= {command.keys["i"]}
            assert len(visible) == 1

    assert len(commands) >= 12
    assert {command.keys["q"] for command in commands} == {"2"}
    assert (outcome.code, outcome.is_restored) == (0, True)


def test_animations_have_an_end(film: Path) -> None:
    """An animation that plays twice ends by itself."""
    with Image.open(film) as image:
        image.save(film.with_name("twice.gif"), save_all=True, loop=1)
    outcome = run_in_terminal("show", film.with_name("twice.gif"), "-g", "12x8")

    assert outcome.output.count(b"\x1b8") == 2 * 3 + 1
    assert (outcome.code, outcome.is_restored) == (0, True)


def test_one_frame_does_not_play(film: Path, run: RunCommand) -> None:
    """A frame that is chosen is drawn as a picture, and so is the first one in a pipe."""
    chosen = run_in_terminal("show", film, "-g", "12x8", "--frame", "2")
    piped = run("show", film, "-g", "12x8")

    assert b"\x1b" not in chosen.output + piped.stdout
    assert (len(chosen.lines), piped.stdout.count(b"\n")) == (4, 4)


def test_ctrl_c_restores_the_terminal(film: Path) -> None:
    """Ctrl-C ends an animation with the usual exit code, and everything is as before."""
    outcome = run_in_terminal(
        "show", film, "-g", "12x8", reactions=[(b"\x1b8", b""), (b"\x1b8", b"\x03")]
    )

    assert (outcome.code, outcome.is_restored) == (130, True)
    assert outcome.output.endswith(SHOW)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal(film: Path, number: signal.Signals) -> None:
    """A program that is ended from outside restores the terminal, too."""

    def end(process: subprocess.Popen[bytes]) -> None:
        process.send_signal(number)

    outcome = run_in_terminal("show", film, "-g", "12x8", reactions=[(b"\x1b8", end)])

    assert (outcome.code, outcome.is_restored) == (128 + number, True)
    assert outcome.output.endswith(SHOW)


def test_errors_restore_the_terminal(film: Path) -> None:
    """A film that is damaged at its end is an input error, and the terminal is as before."""
    data = film.read_bytes()
    film.write_bytes(data[: len(data) * 2 // 3])
    outcome = run_in_terminal("show", film, "-g", "12x8")

    assert (outcome.code, outcome.is_restored) == (3, True)
    assert outcome.output in (b"", HIDE + SHOW)


def test_keys_come_from_the_terminal_not_from_stdin(film: Path) -> None:
    """A film from stdin plays, and `q` on the terminal ends it."""
    with film.open("rb") as stdin:
        outcome = run_in_terminal(
            "show", "-", "-g", "12x8", stdin=stdin, reactions=[(b"\x1b8", b"q")]
        )

    assert (outcome.code, outcome.is_restored) == (0, True)
    assert outcome.output.endswith(SHOW)


def test_watch_draws_changes(photo: Path) -> None:
    """A picture is drawn again when its file changes, in the same position, until `q`."""

    def replace(process: subprocess.Popen[bytes]) -> None:
        Image.fromarray(255 - sample_image(96, 64)).save(photo)

    def destroy(process: subprocess.Popen[bytes]) -> None:
        photo.write_bytes(b"no picture")

    def mend(process: subprocess.Popen[bytes]) -> None:
        shutil.copy(photo.with_name("copy.png"), photo)

    shutil.copy(photo, photo.with_name("copy.png"))
    first = pixbin.convert(photo, grid="20x12").grid
    outcome = run_in_terminal(
        *("show", photo, "-g", "20x12", "--watch"),
        reactions=[
            (b"\x1b7\x1b8", replace),
            (b"\x1b7\x1b8", destroy),
            (b"\x1b[6B\r", mend),
            (b"\x1b7\x1b8", b"q"),
        ],
    )
    pictures = re.findall(rb"\x1b7\x1b8([^\x1b]*)", outcome.output)
    cells = [~text.read_cells(each, Format.HALF) for each in pictures]
    opened = [b"\x1b8\x1b[J\n" in outcome.output, outcome.output.count(b"\x1b[6B\r")]

    assert (outcome.code, outcome.is_restored) == (0, True)
    assert len(cells) == 3
    assert np.array_equal(cells[0], first)
    assert not np.array_equal(cells[1], first)
    assert np.array_equal(cells[2], first)
    assert opened == [True, 2]  # the second picture replaces the first; the third comes below
    assert outcome.errors.count(b"error: ") == 1


def test_watch_ends_while_an_animation_plays(film: Path) -> None:
    """A film that is watched plays, and a change ends it and starts the new one."""

    def replace(process: subprocess.Popen[bytes]) -> None:
        Image.fromarray(sample_image(24, 16)).save(film, "PNG")

    outcome = run_in_terminal(
        *("show", film, "-g", "12x8", "--watch"),
        reactions=[*[(b"\x1b8", b"")] * 4, (b"\x1b8", replace), (b"\x1b7", b""), (b"\x1b8", b"q")],
    )

    assert (outcome.code, outcome.is_restored) == (0, True)
    assert outcome.output.count(b"\x1b7") == 2


def test_preview_of_a_picture(photo: Path) -> None:
    """`convert --preview` draws what it has written, after the report."""
    target = photo.with_name("out.png")
    outcome = run_in_terminal(
        *("convert", photo, target, "-g", "20x13", "--preview"), env=KITTY, pixels=WINDOW
    )
    (command,) = decode_kitty(outcome.output)

    assert outcome.code == 0
    with Image.open(target) as written:
        made = bitmap(written.resize((20, 13), Image.Resampling.NEAREST))
    assert np.array_equal(bitmap(command.image), made.repeat(10, 0).repeat(10, 1))


def test_preview_of_a_film(film: Path) -> None:
    """The film that was written plays; if there is no room for its cells, in fewer."""
    target = film.with_name("out.gif")
    words = ("convert", film, target, "-g", "24x16", "--preview", "-q")
    for columns in (40, 12):
        outcome = run_in_terminal(
            *words, columns=columns, reactions=[(b"\x1b8", b""), (b"\x1b8", b"q")]
        )
        _, frame, *_ = outcome.output.split(b"\x1b8")

        assert (outcome.code, outcome.is_restored, outcome.errors) == (0, True, b"")
        assert {len(line) for line in frame.decode().splitlines()} == {min(columns, 24)}
        assert len(pixbin.animate(target).frames) == 3


def test_preview_in_a_pipe(photo: Path, run: RunCommand) -> None:
    """In a pipe the preview is what `show` prints; what cannot be drawn is written all the same."""
    words = ("-g", "20x12", "-q")
    from_convert = run("convert", photo, "out.png", "--preview", *words)
    from_show = run("show", photo, *words)
    colours = run("convert", photo, "rgb.png", "--preview", "--channels", "rgb", *words)

    assert from_convert.stdout == from_show.stdout != b""
    assert (colours.returncode, colours.stdout) == (0, b"")
    assert colours.stderr.startswith(b"rgb.png: not drawn: rgb needs a terminal with colours")
    assert photo.with_name("rgb.png").exists()


@pytest.mark.parametrize("words", ["out.png --dry-run", "out.png --json", "-"])
def test_preview_needs_stdout(photo: Path, run: RunCommand, words: str) -> None:
    """A preview cannot share stdout with a plan, a report or the picture itself."""
    result = run("convert", photo, *words.split(), "--preview")

    assert (result.returncode, photo.with_name("out.png").exists()) == (2, False)
    assert b"--preview draws on stdout" in result.stderr
