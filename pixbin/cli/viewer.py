"""Pictures and animations in the terminal, for `pixbin show` and `pixbin convert --preview`."""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pixbin.animation.film import Film
from pixbin.cli import console, drawing
from pixbin.cli.drawing import OutputTerminal
from pixbin.errors import PixbinError, UsageError
from pixbin.file_conversion import Conversion
from pixbin.geometry import Plan
from pixbin.options import Options, presets
from pixbin.picture import Picture
from pixbin.pipeline.convert import plan_for_raster
from pixbin.preview import conversion, playback, session
from pixbin.preview.canvas import Canvas, CharacterCanvas, fit_plan
from pixbin.preview.playback import Ending, ScreenArea
from pixbin.preview.session import TerminalSession
from pixbin.preview.watched_file import WatchedFile
from pixbin.readers.animated import FrameSequence
from pixbin.readers.raster import Raster

_POLL_SECONDS = 0.25  #: between two looks at a watched file
_MAX_KEPT_FRAMES = 1024  #: drawings of frames that are kept in memory


class Subject(NamedTuple):
    """A source that was read."""

    raster: Raster  #: the picture, or the first of its frames
    frames: FrameSequence | None = None  #: of an animation
    made: Picture | Film | None = None  #: the result, if there is one already


def preview(
    work: Conversion,
    made: Picture | Film,
    settings: presets.Settings,
    target: str,
    *,
    is_quiet: bool,
) -> None:
    """Draw the result of `convert`, which was written to the target."""
    choice = drawing.parse_drawing(drawing.AUTO, None, drawing.has_own_colors(settings))
    frames = work.frame_sequence if work.frame_sequence and work.frame_sequence.is_film else None
    if isinstance(made, Film) and frames is None:
        made = made.frames[0]  # pages
    try:
        output = OutputTerminal(choice, work.options)
    except UsageError as error:  # the file is written, and that was the work
        console.print_notes(target, [f"not drawn: {error}"])
        return
    view = Viewer(output, work.options, target, is_quiet=is_quiet)
    view.view(Subject(work.raster, frames, made), has_source_notes=False)


class Viewer:
    """A drawing of one source in the terminal."""

    def __init__(
        self, output: OutputTerminal, options: Options, label: str, *, is_quiet: bool
    ) -> None:
        self._output = output
        self._options = options
        self._label = label
        self._is_quiet = is_quiet

    def view(self, subject: Subject, *, has_source_notes: bool = True) -> None:
        """Draw a picture, or play an animation until its end or until the user presses `q`.

        Where no keys can be read, the first frame of an animation is drawn.
        """
        plan = plan_for_raster(subject.raster, self._options)
        canvas = self._output.canvas(plan)
        descriptor = session.open_terminal(sys.stdout) if subject.frames else None
        if has_source_notes:
            self._print_notes([*subject.raster.notes, *plan.notes])
        self._print_notes(self._drawing_notes(subject, plan, canvas, descriptor is not None))
        if descriptor is None:
            _print_picture(self._convert(subject, plan, canvas), plan, canvas)
            return
        with _LiveScreen(descriptor) as screen:
            self._draw_live(screen, subject, plan, canvas)

    def watch(self, read: Callable[[], Subject], path: Path) -> None:
        """Draw a picture, and again whenever its file changes, until the user presses `q`.

        Raises
        ------
        UsageError
            Stdout is no terminal, or this process does not control it.
        """
        watched = WatchedFile(path)
        subject: Subject | None = read()
        descriptor = session.open_terminal(sys.stdout)
        if descriptor is None:
            raise UsageError("--watch needs a terminal in the foreground; leave it out")
        gc.enable()
        notes_are_new = True
        with _LiveScreen(descriptor, watched) as screen:
            ending: Ending | None = None
            while ending is not Ending.QUIT:
                try:
                    subject = subject or read()
                    plan = plan_for_raster(subject.raster, self._options)
                    canvas = self._output.canvas(plan)
                    if notes_are_new:
                        self._print_notes([*subject.raster.notes, *plan.notes])
                        self._print_notes(self._drawing_notes(subject, plan, canvas, True))
                    ending = self._draw_live(screen, subject, plan, canvas)
                except PixbinError as error:
                    screen.area.close()
                    console.print_stderr(f"error: {error}")
                    ending = None
                notes_are_new, subject = False, None
                ending = ending or screen.wait(float("inf"))

    def _draw_live(
        self, screen: _LiveScreen, subject: Subject, plan: Plan, canvas: Canvas
    ) -> Ending | None:
        """Draw a picture, or play all frames, in an area of the screen."""
        if subject.frames is None:
            picture = self._convert(subject, plan, canvas)
            screen.open([picture], plan, canvas, erases=not self._output.erases_itself)
            screen.draw(0)
            return None
        film = self._convert_film(subject, subject.frames, plan, canvas)
        screen.open(film.frames, plan, canvas, erases=not self._output.erases_itself)
        return playback.play(screen.draw, film.durations, film.plays, screen.wait)

    def _convert(self, subject: Subject, plan: Plan, canvas: Canvas) -> Picture:
        made = subject.made.frames[0] if isinstance(subject.made, Film) else subject.made
        if made is not None and _has_grid(made, plan, canvas):
            return made
        return conversion.convert_for_canvas(subject.raster, self._options, canvas)

    def _convert_film(
        self, subject: Subject, frames: FrameSequence, plan: Plan, canvas: Canvas
    ) -> Film:
        made = subject.made
        if isinstance(made, Film) and _has_grid(made.frames[0], plan, canvas):
            return made
        return conversion.convert_film_for_canvas(frames, plan, self._options, canvas)

    def _drawing_notes(
        self, subject: Subject, plan: Plan, canvas: Canvas, is_live: bool
    ) -> list[str]:
        """Return notes about the drawing itself."""
        smallness = self._output.smallness_note(canvas, plan)
        notes = [smallness] if smallness else []
        if is_live:
            notes.append(f"{subject.frames.length} frames; q ends" if subject.frames else "q ends")
        return notes

    def _print_notes(self, notes: list[str]) -> None:
        if not self._is_quiet:
            console.print_notes(self._label, notes)


def _has_grid(picture: Picture, plan: Plan, canvas: Canvas) -> bool:
    """Return whether a finished picture has the cells that a canvas draws."""
    return picture.layout.grid == fit_plan(canvas, plan).layout.grid


def _print_picture(picture: Picture, plan: Plan, canvas: Canvas) -> None:
    """Draw a picture on stdout, with a line feed after it."""
    if isinstance(canvas, CharacterCanvas):
        console.write_lines(canvas.lines(picture))
        return
    sys.stdout.flush()
    output, data = sys.stdout.buffer, canvas.draw(picture, plan)
    if sys.stdout.isatty():
        area = ScreenArea(output)
        area.open(canvas.line_count(picture, plan))
        area.draw(data)
        area.close()
    else:
        output.write(data + b"\n")


class _LiveScreen(TerminalSession):
    """A session in which pictures replace one another until `q`, or until a file changes."""

    def __init__(self, descriptor: int, watched: WatchedFile | None = None) -> None:
        super().__init__(descriptor)
        self.area = ScreenArea(self)
        self._watched = watched
        self._numbers = itertools.count()

    def open(
        self, pictures: Sequence[Picture], plan: Plan, canvas: Canvas, *, erases: bool
    ) -> None:
        """Make room for pictures, of which `draw` draws one at a time."""
        self._erases = [erases and picture.transparent is not None for picture in pictures]
        self._encode = functools.lru_cache(_MAX_KEPT_FRAMES)(
            lambda index, turn: canvas.draw(pictures[index], plan, turn)
        )
        self.area.open(canvas.line_count(pictures[0], plan))

    def draw(self, index: int) -> None:
        """Draw the picture of an index."""
        data = self._encode(index, next(self._numbers) % 2)
        self.area.draw(data, erases=self._erases[index])

    def wait(self, seconds: float) -> Ending | None:
        """Wait, or return at once the reason to stop."""
        deadline = time.monotonic() + seconds
        while True:
            rest = deadline - time.monotonic()
            step = min(rest, _POLL_SECONDS) if self._watched else rest
            if self.wait_for_end(step):
                return Ending.QUIT
            if self._watched and self._watched.has_changed():
                return Ending.CHANGED
            if rest <= _POLL_SECONDS or not self._watched:
                return None

    def _restore(self) -> None:
        with contextlib.suppress(OSError):  # the window may be closed
            self.area.close()
        super()._restore()
