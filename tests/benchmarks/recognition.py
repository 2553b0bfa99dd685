"""Recognition of two-valued pictures by networks that were trained on photographs, measured.

Three measures, each by networks that no training of pixbin uses (`network_files.py`):

- networks: the sources of a folder are sorted by the similarity of their features to those of a
  picture. The value is 1 / rank of the picture's own source. The table also has the share of 1.
- faces: share of the faces in the sources that two detectors find again (`faces.py`)
- text: share of the characters of generated pages that a network reads (`text_recognition.py`)

A hundred pictures or more show differences of methods. With thirty, look at the intervals.

    make recognition PICTURES=folder
    make recognition PICTURES=folder METHODS='otsu,soft=--method ink --enhance none' CELLS='48 64'
    make recognition PICTURES=folder MODELS=a.onnx,b.onnx ARGUMENTS='--json results.json'
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console

from pixbin import readers
from pixbin.errors import UsageError
from pixbin.readers.raster import Raster, from_image
from tests.benchmarks import faces, text_recognition
from tests.benchmarks.faces_detectors import CenterFaceDetector, FaceDetector, MtcnnDetector
from tests.benchmarks.judges import JUDGES, Judge, reciprocal_ranks
from tests.benchmarks.network_files import MissingNetworkError
from tests.benchmarks.quality import pictures
from tests.benchmarks.recognition_contenders import (
    DEFAULT,
    Contender,
    Grey,
    convert_all,
    parse_contenders,
    seen_from_afar,
    source_grey,
    split_words,
)
from tests.benchmarks.recognition_report import Score, comparisons, tables, write_json
from tests.benchmarks.text_recognition import LineReader

CONTENDERS = "grey,default,plain=--enhance none,otsu,ink,neural"  #: measured by default
REFERENCES = (DEFAULT, "otsu", "ink")  #: contenders that the others are compared with
DETECTORS: tuple[Callable[[], FaceDetector], ...] = (CenterFaceDetector, MtcnnDetector)
MEASURES = ("networks", "faces", "text")


class Gallery(NamedTuple):
    """The pictures to convert, and further sources, which make the task harder."""

    names: list[str]
    rasters: list[Raster]
    others: list[Grey]  #: sources of shape (224, 224)

    @classmethod
    def read(cls, folder: Path | None, others: Path | None = None) -> Gallery:
        """Read all pictures of a folder, and the sources of another one."""
        paths = pictures(folder)
        more = pictures(others) if others else []
        return cls(
            [path.name for path in paths],
            [readers.read(str(path)) for path in paths],
            [source_grey(readers.read(str(path))) for path in more],
        )


class Converted(NamedTuple):
    """The pictures of one contender at one size."""

    contender: str
    side: int
    cells: list[Grey]

    def score(self, measure: str, judge: str, values: Sequence[tuple[str, float]]) -> Score:
        """Return the score of named values."""
        names, numbers = zip(*values, strict=True)
        size = f"{self.side} cells"
        return Score(measure, judge, self.contender, size, names, np.array(numbers, np.float64))


def convert_gallery(
    gallery: Gallery, contenders: Sequence[Contender], sides: Sequence[int]
) -> list[Converted]:
    """Convert every picture by every contender at every size."""
    return [
        Converted(contender.name, side, convert_all(contender, gallery.rasters, side))
        for contender in contenders
        for side in sides
    ]


def judged(
    gallery: Gallery, converted: Sequence[Converted], kinds: Sequence[Callable[[], Judge]]
) -> Iterator[Score]:
    """Yield the reciprocal ranks of all pictures by each network."""
    sources = [*map(source_grey, gallery.rasters), *gallery.others]
    for kind in kinds:
        judge = kind()
        references = judge.features(sources)
        for each in converted:
            outputs = judge.features([seen_from_afar(cells) for cells in each.cells])
            ranks = reciprocal_ranks(outputs, references)
            values = [*zip(gallery.names, ranks.tolist(), strict=True)]
            yield each.score(f"1 / rank among {len(sources)}", judge.name, values)


def face_scores(
    gallery: Gallery, converted: Sequence[Converted], kinds: Sequence[Callable[[], FaceDetector]]
) -> Iterator[Score]:
    """Yield the recall of faces, in pictures where all detectors agree on a face of the source."""
    detectors = [kind() for kind in kinds]
    sources = (source_grey(raster, faces.FACE_SIDE) for raster in gallery.rasters)
    agreed = [faces.agreed_faces(source, detectors) for source in sources]
    for detector in detectors:
        for each in converted:
            values = [
                (name, faces.recall(boxes, cells, detector))
                for name, boxes, cells in zip(gallery.names, agreed, each.cells, strict=True)
                if len(boxes)
            ]
            if values:
                yield each.score("recall of faces", detector.name, values)


def text_scores(
    contenders: Sequence[Contender], count: int, kind: Callable[[], LineReader]
) -> Iterator[Score]:
    """Yield the recall of characters, line by line, for each height of capital letters."""
    reader = kind()
    for capitals in text_recognition.CAPITALS:
        drawn = [*text_recognition.pages(capitals, count)]
        rasters = [from_image(page.image) for page in drawn]
        for contender in contenders:
            cells = convert_all(contender, rasters, text_recognition.PAGE_SIDE)
            pairs = zip(drawn, cells, strict=True)
            recalls = [
                text_recognition.line_recalls(page, each, reader.read) for page, each in pairs
            ]
            values = np.array([value for of_page in recalls for value in of_page])
            lines = tuple(
                f"page {number}: {line.text}"
                for number, page in enumerate(drawn, 1)
                for line in page.lines
            )
            size = f"capitals of {capitals}"
            yield Score("recall of characters", reader.name, contender.name, size, lines, values)


def measure(arguments: argparse.Namespace, contenders: list[Contender]) -> Iterator[Score]:
    """Yield all scores; a measure whose networks are missing is left out with a message."""
    wanted = split_words(arguments.measures)
    if {"networks", "faces"} & {*wanted}:
        gallery = Gallery.read(arguments.pictures, arguments.gallery)
        converted = convert_gallery(gallery, contenders, arguments.cells)
    if "networks" in wanted:
        for name in split_words(arguments.judges):
            yield from _unless_missing(partial(judged, gallery, converted, [JUDGES[name]]))
    if "faces" in wanted:
        yield from _unless_missing(partial(face_scores, gallery, converted, DETECTORS))
    if "text" in wanted:
        yield from _unless_missing(
            partial(text_scores, contenders, arguments.pages, text_recognition.TextReader)
        )


def _unless_missing(scores: Callable[[], Iterator[Score]]) -> Iterator[Score]:
    """Yield scores; if a network or its library is missing, print that and yield none."""
    try:
        yield from scores()
    except (MissingNetworkError, ModuleNotFoundError) as error:
        print(f"left out: {error}", file=sys.stderr)


def arguments_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description="Measure how well pictures are recognised.")
    parser.add_argument("pictures", nargs="?", type=Path, help="a folder of pictures")
    parser.add_argument("--methods", nargs="+", default=[CONTENDERS], metavar="CONTENDER")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME|FILE")
    parser.add_argument("--cells", nargs="+", type=int, default=[32, 48, 64, 96], metavar="N")
    parser.add_argument("--against", nargs="+", default=REFERENCES, help="to compare with")
    parser.add_argument("--gallery", type=Path, help="more sources to be told from")
    parser.add_argument("--measures", nargs="+", default=MEASURES, help=", ".join(MEASURES))
    parser.add_argument("--judges", nargs="+", default=[*JUDGES], help=", ".join(JUDGES))
    parser.add_argument("--pages", type=int, default=9, metavar="N", help="of text, each height")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values")
    return parser


def main() -> None:
    """Print the tables."""
    parser = arguments_parser()
    arguments = parser.parse_args()
    if unknown := {*split_words(arguments.judges)} - {*JUDGES}:
        parser.error(f"no such judge: {', '.join(sorted(unknown))}")
    if unknown := {*split_words(arguments.measures)} - {*MEASURES}:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    try:
        contenders = parse_contenders(arguments.methods, arguments.models)
    except UsageError as error:
        parser.error(str(error))
    scores = [*measure(arguments, contenders)]
    compared = comparisons(scores, split_words(arguments.against), arguments.seed)
    console = Console(width=50 + 26 * max(3, len(arguments.cells)))
    for table in tables(scores, compared):
        console.print(table)
    if arguments.json:
        write_json(arguments.json, scores, compared)


if __name__ == "__main__":
    main()
