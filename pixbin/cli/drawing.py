"""The user's choices for a drawing in the terminal, and what the terminal itself can do."""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple

from pixbin.catalog.enums import Channels, PixelProtocol
from pixbin.catalog.formats import Format
from pixbin.catalog.glyphs import GLYPH_SETS
from pixbin.errors import OutputError, UsageError
from pixbin.geometry import Plan, Size
from pixbin.options import Options, presets
from pixbin.preview import canvas as canvases
from pixbin.preview import detection, session
from pixbin.preview.canvas import Canvas, CharacterCanvas, PixelCanvas, TerminalRoom

AUTO, NO_PIXELS = "auto", "none"
PIXELS = (AUTO, *PixelProtocol, NO_PIXELS)  #: values of `--pixels`

_DEFAULT_COLUMNS, _DEFAULT_LINES = 80, 24  #: if the terminal's size is unknown
_UNLIMITED_LINES = 1 << 16  #: lines if stdout is no terminal


class Drawing(NamedTuple):
    """The user's choices for a drawing."""

    pixels: str = AUTO
    symbols: Format | None = None  #: None: the best
    is_colored: bool = False  #: characters have the colours of ink and paper


def has_own_colors(settings: presets.Settings) -> bool:
    """Return whether the user has chosen colours, which characters then have, too."""
    return bool({"ink", "paper", "channels"} & settings.keys())


def parse_drawing(pixels: str, symbols: str | None, has_colors: bool) -> Drawing:
    """Return the choices of `--pixels` and `--symbols`.

    Raises
    ------
    UsageError
        There is no such choice, or they contradict each other.
    OutputError
        Stdout cannot encode the symbols, or is closed.
    """
    if sys.stdout is None:
        raise OutputError("stdout: closed; run it in a terminal")
    is_colored = has_colors and _supports_color()
    pixels = pixels.casefold()
    if pixels not in PIXELS:
        hint = f"; --symbols {pixels} draws with characters" if pixels in GLYPH_SETS else ""
        raise UsageError(f"pixels {pixels}: choose from {', '.join(PIXELS)}{hint}")
    if symbols is None:
        return Drawing(pixels, is_colored=is_colored)
    chosen = next((glyphs for glyphs in GLYPH_SETS if glyphs == symbols.casefold()), None)
    if chosen is None:
        raise UsageError(f"symbols {symbols}: choose from {', '.join(GLYPH_SETS)}")
    if pixels not in (AUTO, NO_PIXELS):
        raise UsageError(f"--pixels {pixels} needs no --symbols; leave out one of them")
    if not _is_encodable(chosen):
        raise OutputError(
            f"stdout: {sys.stdout.encoding} has no letters for {chosen}; "
            "set PYTHONIOENCODING=utf-8, or take --symbols ascii"
        )
    return Drawing(NO_PIXELS, chosen, is_colored)


def _is_encodable(symbols: Format) -> bool:
    try:
        GLYPH_SETS[symbols].glyphs.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _supports_color() -> bool:
    """Return whether stdout is a terminal that supports colours; see no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


class OutputTerminal:
    """The terminal on stdout, or a pipe there, and the best way to draw in it.

    Raises
    ------
    UsageError
        It cannot draw eight colours.
    """

    def __init__(self, drawing: Drawing, options: Options) -> None:
        self._drawing = drawing
        self._is_rgb = options.channels is Channels.RGB
        self._known = detection.NO_TERMINAL
        if sys.stdout.isatty():
            self._known = detection.find_terminal(os.environ)
        self._protocol, self._replies = _choose_protocol(drawing.pixels, self._known)
        has_colors = drawing.is_colored and drawing.symbols in (None, Format.HALF)
        if self._is_rgb and not (self._protocol or has_colors):
            raise UsageError(
                "rgb needs a terminal with colours, and half blocks; leave out --channels"
            )

    @property
    def erases_itself(self) -> bool:
        """Whether a picture replaces the last one, even where it is transparent."""
        return self._protocol is PixelProtocol.KITTY

    def canvas(self, plan: Plan) -> Canvas:
        """Return the canvas for a plan; the window may have another size each time."""
        room = _measure_room(self._replies, self._protocol)
        if self._protocol:
            is_in_tmux = self._known.variable == "TMUX"
            first_id = (int.from_bytes(os.urandom(4)) >> 1) | 1
            return PixelCanvas(self._protocol, room, is_in_tmux, first_id)
        if self._drawing.symbols:
            return CharacterCanvas(self._drawing.symbols, room, self._drawing.is_colored)
        usable = {
            symbols: CharacterCanvas(symbols, room, self._drawing.is_colored)
            for symbols in (Format.HALF, Format.BRAILLE, Format.ASCII, Format.SEXTANTS)
            if _is_encodable(symbols)
        }
        best = next(iter(usable.values()))
        # Half blocks draw every cell as a square. Sextants are smaller, and not square.
        has_sextants = self._known.has_sextants and not self._is_rgb
        if has_sextants and Format.SEXTANTS in usable and canvases.is_too_small(best, plan):
            return usable[Format.SEXTANTS]
        return best

    def smallness_note(self, canvas: Canvas, plan: Plan) -> str | None:
        """Return a note if there is no room for all cells, with a remedy."""
        if not canvases.is_too_small(canvas, plan):
            return None
        drawn, whole = canvases.fit_plan(canvas, plan).layout.grid, plan.layout.grid
        remedy = "make the window larger" if sys.stdout.isatty() else "set COLUMNS"
        if isinstance(canvas, CharacterCanvas) and canvas.symbols is not Format.BRAILLE:
            remedy += ", or try --symbols braille"
        return f"drawn with {drawn} of {whole} cells, as there is no room for more; {remedy}"


def _choose_protocol(
    pixels: str, known: detection.KnownTerminal
) -> tuple[PixelProtocol | None, bytes]:
    """Return the protocol for pixels, if any, and replies of the terminal."""
    if pixels == NO_PIXELS:
        return None, b""
    protocol = known.protocol if pixels == AUTO else PixelProtocol(pixels)
    may_have_sixel = pixels == AUTO and known.is_queried
    needs_size = protocol is not None and session.window_cell_size(sys.stdout) is None
    is_queried = may_have_sixel or needs_size or protocol is PixelProtocol.SIXEL
    replies = _query() if is_queried else b""
    if may_have_sixel and detection.has_sixel(replies):
        protocol = PixelProtocol.SIXEL
    return protocol, replies


def _query() -> bytes:
    """Return what the terminal on stdout replies about itself; nothing if it is none."""
    descriptor = session.open_terminal(sys.stdout)
    if descriptor is None:
        return b""
    sys.stdout.flush()
    with session.TerminalSession(descriptor, hides_cursor=False) as terminal:
        return terminal.request(detection.REQUEST_CELL_SIZE, detection.REQUEST_SIXEL_SIZE)


def _measure_room(replies: bytes, protocol: PixelProtocol | None) -> TerminalRoom:
    """Return how much room is free; one line is kept for the prompt."""
    columns, lines = shutil.get_terminal_size((_DEFAULT_COLUMNS, _DEFAULT_LINES))
    lines = max(1, lines - 1) if sys.stdout.isatty() else _UNLIMITED_LINES
    cell = detection.cell_size(replies) or session.window_cell_size(sys.stdout)
    largest = detection.largest_sixel_picture(replies) if protocol is PixelProtocol.SIXEL else None
    return TerminalRoom(
        Size(columns, lines), cell or canvases.ASSUMED_CELL_SIZE, cell is not None, largest
    )
