"""Measured recall of characters: pages of text are made two-valued and read by a network.

A page has lines of common words and numbers in the font that Pillow brings, with capital letters
of a few cells: black on white, white on black, and dark on shaded paper. The lines are cut out
of the two-valued page where they were drawn. PP-OCRv4 reads each one (OCR). A line's value is the
share of its characters that are read, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pixbin.geometry import Box
from tests.benchmarks.judges import session_of
from tests.benchmarks.network_files import TEXT_READER
from tests.benchmarks.recognition_contenders import Grey, seen_from_afar

WORD_LIST = (
    "about above again always animal answer bridge bright carry castle change circle clear cloud "
    "colour common corner country door early earth enough every family field flower forest friend "
    "garden glass green ground happy horse house island kitchen large letter light little machine "
    "market middle morning mountain music never night number ocean often orange paper people "
    "picture plant question quick river road school second shadow simple small snow sound square "
    "station stone story street summer table teacher thing tree under village voice water weather "
    "window winter wood word work world yellow young zebra"
)
PAGE_SIDE = 96  #: of a page, in cells
PIXELS_PER_CELL = 8
CAPITALS = (5, 7, 9)  #: heights of capital letters, in cells
STYLES = ((0, 255, 255), (255, 0, 0), (60, 235, 150))  #: ink, paper at the left and at the right
INPUT_HEIGHT, LEAST_INPUT_WIDTH = 48, 320  #: of the network, in pixels
READING_BLUR = 0.5  #: sigma in cells


class Line(NamedTuple):
    """A line of text and its box, in cells."""

    text: str
    box: Box


class Page(NamedTuple):
    """A page of text, with PIXELS_PER_CELL pixels along a cell."""

    image: Image.Image
    lines: list[Line]


def pages(capitals: int, count: int, seed: int = 0) -> Iterator[Page]:
    """Yield pages whose capital letters have this height in cells."""
    random = np.random.default_rng([seed, capitals])
    for number in range(count):
        yield _page(capitals, STYLES[number % len(STYLES)], random)


def _page(capitals: int, style: tuple[int, int, int], random: np.random.Generator) -> Page:
    ink, left, right = style
    side = PAGE_SIDE * PIXELS_PER_CELL
    paper = np.tile(np.linspace(left, right, side), (side, 1))
    image = Image.fromarray(np.rint(paper).astype(np.uint8))
    draw, font = ImageDraw.Draw(image), _font(capitals * PIXELS_PER_CELL)
    pitch = 2 * capitals * PIXELS_PER_CELL
    top, lines = int(random.integers(4, 2 * PIXELS_PER_CELL)), []
    while top + pitch <= side:
        start = int(random.integers(PIXELS_PER_CELL, 3 * PIXELS_PER_CELL))
        text = _text(font, side - start - PIXELS_PER_CELL, random)
        draw.text((start, top + 0.6 * pitch), text, ink, font, anchor="ls")
        width = font.getlength(text)
        lines.append(Line(text, _cells_around(start, top, start + width, top + pitch)))
        top += pitch + int(random.integers(0, PIXELS_PER_CELL))
    return Page(image, lines)


def _font(capital_height: int) -> Any:
    """Return the font of Pillow at the size that gives capitals this height in pixels."""
    trial = ImageFont.load_default(100)
    _, top, _, bottom = trial.getbbox("H")
    return ImageFont.load_default(100 * capital_height / (bottom - top))


def _text(font: Any, width: int, random: np.random.Generator) -> str:
    """Return words and numbers that fit into a width in pixels."""
    text, words = "", WORD_LIST.split()
    while True:
        word = str(random.choice(words))
        kind = random.random()
        if kind < 0.2:
            word = str(random.integers(10, 9999))
        elif kind < 0.5:
            word = word.capitalize()
        longer = f"{text} {word}".strip()
        if text and font.getlength(longer) > width:
            return text
        text = longer


def _cells_around(left: float, top: float, right: float, bottom: float) -> Box:
    """Return the box of cells around pixels, with a cell more at each side."""
    x, y = (max(0, int(edge // PIXELS_PER_CELL) - 1) for edge in (left, top))
    ends = [min(PAGE_SIDE, -int(-edge // PIXELS_PER_CELL) + 1) for edge in (right, bottom)]
    return Box(x, y, ends[0] - x, ends[1] - y)


class LineReader(Protocol):
    """A network that reads one line of text."""

    name: str

    def read(self, line: Grey) -> str:
        """Return the text of a line."""


class TextReader:
    """PP-OCRv4: reads one line of text."""

    name = "PP-OCRv4"

    def __init__(self) -> None:
        self._session = session_of(TEXT_READER.locate())
        listed = self._session.get_modelmeta().custom_metadata_map["character"]
        #: the characters of the classes from 1 on; 0 is none, the last a space
        self._characters = [*listed.splitlines(), " "]

    def read(self, line: Grey) -> str:
        """Return the text of a line; uint8, shape (height, width), any size."""
        height, width = line.shape
        scaled = max(1, round(width * INPUT_HEIGHT / height))
        image = Image.fromarray(line).resize((scaled, INPUT_HEIGHT), Image.Resampling.BICUBIC)
        values = np.zeros((1, 3, INPUT_HEIGHT, max(scaled, LEAST_INPUT_WIDTH)), np.float32)
        values[..., :scaled] = np.asarray(image, np.float32) / 127.5 - 1
        scores = self._session.run(None, {self._session.get_inputs()[0].name: values})[0][0]
        return collapse(scores.argmax(axis=1), self._characters)


def collapse(classes: NDArray[np.integer], characters: list[str]) -> str:
    """Return the text of a sequence of classes: repetitions are one character, 0 is none.

    Source: A. Graves and others, Connectionist temporal classification, 2006.
    """
    is_new = np.append(True, classes[1:] != classes[:-1])
    return "".join(characters[each - 1] for each in classes[is_new] if each)


def character_recall(expected: str, text: str) -> float:
    """Return the share of characters that are read, in order, without regard to spaces.

    It is the length of the longest common subsequence.
    """
    expected, text = expected.replace(" ", ""), text.replace(" ", "")
    lengths = [0] * (len(text) + 1)
    for character in expected:
        previous = 0
        for index, other in enumerate(text, 1):
            above = lengths[index]
            lengths[index] = previous + 1 if character == other else max(above, lengths[index - 1])
            previous = above
    return lengths[-1] / len(expected)


def line_recalls(page: Page, cells: Grey, read: Callable[[Grey], str]) -> list[float]:
    """Return the recall of every line of a page that was made of cells."""
    seen = seen_from_afar(cells, PAGE_SIDE * PIXELS_PER_CELL, READING_BLUR)
    boxes = (Box(*(PIXELS_PER_CELL * edge for edge in line.box)) for line in page.lines)
    texts = [read(seen[box.slices]) for box in boxes]
    return [character_recall(line.text, text) for line, text in zip(page.lines, texts, strict=True)]
