"""The report at the end of unpaired training: how near the model is to the style, with pictures.

It is one HTML file; its pictures are inside.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin.catalog.methods import Method
from pixbin.codecs import pillow
from pixbin.errors import PixbinError
from pixbin.training import style_report, style_statistics
from pixbin.training.data import DatasetItem
from pixbin.training.style_report import Distances
from pixbin.training.style_statistics import DISTANCE_SIDE, BoolArray
from pixbin.training.unpaired.contents import Content
from pixbin.training.unpaired.state import History, StyleScore
from pixbin.training.unpaired.style import StyleSet
from pixbin.training.unpaired.validation import Validation

FEW_PICTURES = 16  #: photographs on which all methods are tried
BEST_METHODS = 4  #: number of the nearest methods there, which are tried on all photographs
SHEET_ROWS = 14  #: photographs on the page
MARKS = 10  #: number of patterns that are too rare, and of those that are too frequent
PIXELS = 4  #: along each side of a cell, in pictures of the page
MARK_PIXELS = 9  #: along each side of a cell, in pictures of patterns
#: style sheet of the page
STYLE = """body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
td,th{padding:.2em 1em .2em 0;text-align:left}img{image-rendering:pixelated;margin:2px;
border:1px solid #999}figure{display:inline-block;margin:.3em}figcaption{font-size:12px}"""


@dataclass(frozen=True, slots=True, eq=False)
class ReportPage:
    """A report: the page, its main lines, and numbers for the card of the model."""

    html: str
    lines: list[str]
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All that the page says about a finished model."""

    name: str
    drawings: StyleSet
    check: Validation
    papers: list[BoolArray]  #: outputs for the photographs of the validation
    score: StyleScore
    method: str  #: the nearest method
    method_score: StyleScore
    history: History
    period_drawn: int  #: of the network's tile of positions, in cells; 0 without one


def find(
    name: str,
    drawings: StyleSet,
    check: Validation,
    papers: list[BoolArray],
    history: History,
    period_drawn: int,
    methods: Sequence[Method] | None = None,
) -> Findings:
    """Return the findings on a model from its outputs for the photographs of the validation.

    Parameters
    ----------
    name : str
        Of the model.
    drawings : StyleSet
    check : Validation
    papers : list of bool arrays, shape (H, W), True is paper
        Outputs of the model, one for each photograph of the validation.
    history : History
    period_drawn : int
        Period of the network's tile of positions, in cells; 0 without one.
    methods : sequence of Method, optional
        To compare with; by default all that need no model.
    """
    candidates = list(Method) if methods is None else list(methods)
    candidates = [each for each in candidates if each not in style_report.UNLIKE_METHODS]
    few = _distances(candidates, check.contents[:FEW_PICTURES], drawings)
    nearest = sorted(few, key=lambda method: few[method])[:BEST_METHODS]
    every = _distances(nearest, check.contents, drawings)
    best = min(every, key=lambda method: every[method])
    return Findings(
        name,
        drawings,
        check,
        papers,
        check.score_papers(papers),
        str(best),
        check.score_papers([_convert(content, best) for content in check.contents]),
        history,
        period_drawn,
    )


def _distances(
    methods: Sequence[Method], contents: Sequence[Content], drawings: StyleSet
) -> dict[Method, float]:
    """Return the style distance of each method that can convert the photographs."""
    distances = {}
    for method in methods:
        try:
            papers = [_convert(content, method) for content in contents]
        except PixbinError:
            continue
        distances[method] = style_statistics.style_distance(papers, drawings.papers)
    return distances


def _convert(content: Content, method: Method) -> BoolArray:
    cells = (content.cells.width, content.cells.height)
    item = DatasetItem("", "", cells, content.inputs, content.edges, content.edges)
    return style_report.convert_item(item, method)


def build(findings: Findings) -> ReportPage:
    """Return the report on a model."""
    score, check = findings.score, findings.check
    floor = findings.drawings.noise_floor
    distances = Distances(score.distance, floor, findings.method_score.distance, findings.method)
    verdict = style_report.verdict(distances, findings.papers, findings.drawings.papers)
    kept = score.edges / max(check.first_edges, 1e-6)
    lines = [
        f"style distance {score.distance:.3f}; of halves of the drawings {floor:.3f}; of the "
        f"nearest method, {findings.method}, {distances.method:.3f}",
        f"edges of the photographs: F-measure {score.edges:.3f}, {kept:.0%} of the first model's",
        verdict,
    ]
    metrics = {
        "style_distance": round(score.distance, 4),
        "style_floor": round(floor, 4),
        "method_distance": round(distances.method, 4),
        "edges_kept": round(kept, 4),
    }
    return ReportPage(_page(findings, lines), lines, metrics)


def _page(findings: Findings, lines: Sequence[str]) -> str:
    title = html.escape(f"The style of {findings.name}")
    parts = [
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{title}</title>",
        f"<style>{STYLE}</style><h1>{title}</h1>",
        *(f"<p>{html.escape(line)}.</p>" for line in lines),
        _table(findings),
        "<h2>Photographs it did not learn from</h2><p>Photograph, first model, this model.</p>",
        _photographs(findings),
        "<h2>Drawings of the style</h2>",
        "".join(_image(_blocks(paper)) for paper in findings.drawings.papers[:SHEET_ROWS]),
        "<h2>Marks that were not learned</h2>",
        *(f"<p>{html.escape(text)}</p>" for text in _limits(findings)),
        _marks(findings),
        "<h2>Progress</h2>",
        _curve(findings),
    ]
    return "\n".join(parts) + "\n"


def _table(findings: Findings) -> str:
    rows = [
        ("this model", findings.score),
        ("first model", findings.check.first),
        (f"nearest method, {findings.method}", findings.method_score),
    ]
    cells = "".join(
        f"<tr><td>{html.escape(name)}<td>{score.distance:.3f}"
        f"<td>{score.distance / findings.drawings.noise_floor:.2f}"
        f"<td>{score.wide / findings.drawings.wide_floor:.2f}<td>{score.edges:.3f}"
        f"<td>{score.tone:.3f}"
        for name, score in rows
    )
    return (
        "<table><tr><th><th>style distance<th>in noise floors<th>every other cell"
        "<th>edges (F-measure)"
        f"<th>error of tone{cells}</table>"
        "<p>The style distance is the Jensen-Shannon divergence of patterns of 4 by 4 cells, in "
        "bits. The noise floor is that of halves of the drawings: nothing can be much nearer. The "
        "column after it is the same for every other cell, so for larger marks.</p>"
    )


def _photographs(findings: Findings) -> str:
    check = findings.check
    count = min(SHEET_ROWS, len(check.contents))
    numbers = [number * len(check.contents) // count for number in range(count)]
    return "".join(
        _image(
            np.hstack(
                [
                    _resized(check.contents[number].inputs, check.contents[number]),
                    _blocks(check.first_papers[number]),
                    _blocks(findings.papers[number]),
                ]
            )
        )
        for number in numbers
    )


def _limits(findings: Findings) -> list[str]:
    """Return sentences on what this network cannot learn, or has not learned."""
    period, drawn = findings.drawings.statistics.period, max(1, findings.period_drawn)
    texts = []
    if period > drawn:
        texts.append(
            f"The marks repeat every {period} cells. The network only knows positions modulo "
            f"{drawn}, so it cannot place them all."
        )
    share = findings.score.distance / findings.drawings.noise_floor
    if share <= style_report.CLOSE:
        texts.append("All marks occur about as often as in the drawings.")
    else:
        texts.append("These patterns differ most. Shares are of the drawings, then of the model.")
    return texts


def _marks(findings: Findings) -> str:
    """Return pictures of the patterns that add most to the style distance."""
    shares = [_pattern_shares(papers) for papers in (findings.drawings.papers, findings.papers)]
    middle = np.maximum(sum(shares) / 2, 1e-12)
    bits = sum(share * np.log2(np.where(share > 0, share / middle, 1)) for share in shares)
    is_rare = shares[1] < shares[0]
    parts = []
    for caption, mask in (("Too rare:", is_rare), ("Too frequent:", ~is_rare)):
        order = np.argsort(-np.where(mask, bits, -1))[:MARKS]
        figures = "".join(
            f"<figure>{_image(_pattern_picture(int(code)))}<figcaption>"
            f"{shares[0][code]:.2%}, {shares[1][code]:.2%}</figcaption></figure>"
            for code in order
        )
        parts.append(f"<p>{caption}</p>{figures}")
    return "".join(parts)


def _pattern_shares(papers: Sequence[BoolArray]) -> NDArray[np.float64]:
    counts = sum(style_statistics.pattern_counts(paper, 1, DISTANCE_SIDE)[0, 0] for paper in papers)
    array = np.asarray(counts, np.float64)
    return np.asarray(array / array.sum())


def _pattern_picture(code: int) -> NDArray[np.uint8]:
    size = DISTANCE_SIDE * DISTANCE_SIDE
    bits = [(code >> (size - 1 - bit)) & 1 for bit in range(size)]  # the first cell is the highest
    cells = np.array(bits, np.bool_).reshape(DISTANCE_SIDE, DISTANCE_SIDE)
    return _blocks(cells, MARK_PIXELS)


def _curve(findings: Findings) -> str:
    """Return a drawing of the style distance at each validation, with the noise floor."""
    steps = [0, *findings.history.steps]
    distances = [findings.check.first.distance, *(row[0] for row in findings.history.scores)]
    width, height, top = 600.0, 200.0, max(*distances, findings.drawings.noise_floor)
    points = " ".join(
        f"{step / max(steps[-1], 1) * width:.1f},{height * (1 - distance / top):.1f}"
        for step, distance in zip(steps, distances, strict=True)
    )
    floor = height * (1 - findings.drawings.noise_floor / top)
    return (
        f'<svg viewBox="-5 -5 {width + 10:.0f} {height + 10:.0f}" width="{width:.0f}">'
        f'<polyline points="{points}" fill="none" stroke="black" stroke-width="2"/>'
        f'<path d="M0 {floor:.1f}H{width}" stroke="gray" stroke-dasharray="4"/>'
        f'<path d="M0 0V{height}H{width}" stroke="gray" fill="none"/></svg>'
        f"<p>Style distance, from {distances[0]:.3f} to {distances[-1]:.3f} in {steps[-1]} steps. "
        "The dashed line is the noise floor.</p>"
    )


def _blocks(paper: BoolArray, pixels: int = PIXELS) -> NDArray[np.uint8]:
    return np.asarray(np.repeat(np.repeat(paper * np.uint8(255), pixels, 0), pixels, 1))


def _resized(levels: NDArray[np.uint8], content: Content) -> NDArray[np.uint8]:
    size = (content.cells.width * PIXELS, content.cells.height * PIXELS)
    return np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BOX))


def _image(levels: NDArray[np.uint8]) -> str:
    """Return an HTML image of greys, uint8 (H, W)."""
    data = pillow.pillow_bytes(Image.fromarray(levels), "PNG", optimize=True)
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(data).decode()}">'
