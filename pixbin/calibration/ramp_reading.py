"""The reading of a printed ramp: from a photograph or scan to the curve of dot gain.

The marks give the perspective. The paper between the patches shows how the light falls. The
equation of Murray and Davies gives the tones. Let `R` be the light of a patch and `S` that of full
ink, both as shares of the paper's light. Then ink covers `(1 - R) / (1 - S)` of the patch.

Source: A. Murray, Monochrome reproduction in photoengraving, Journal of the Franklin Institute
221(6), 1936.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pixbin.calibration import marks, ramp_layout
from pixbin.calibration.marks import Homography
from pixbin.calibration.ramp_layout import Spot
from pixbin.color import spaces
from pixbin.color.spaces import UnitArray
from pixbin.errors import InputError
from pixbin.geometry import Box
from pixbin.options import dot_gain
from pixbin.options.dot_gain import DotGain
from pixbin.readers.raster import Raster

_SEARCH_SIDE = 1200  #: pixels of the longer side, when marks are searched
_LARGEST_SIDE = 4000  #: pixels of the longer side, when tones are measured
_INNER = 0.7  #: side of the part of a patch that is measured
_LEAST_DARKNESS = 0.25  #: of full ink, so that tones can be measured
_MARK_CONTRAST = 0.85  #: light of a mark's ink to that of its paper, at most
_UNSEEN = 0.1  #: share of its ink, or of its paper, below which a tone is lost in print
_UNEVEN = 0.06  #: difference of the two patches of a tone that deserves a note
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])  #: of linear red, green and blue, BT.709
_POLYNOMIAL = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))  #: powers of x and y


class RampReading(NamedTuple):
    """The tones of a printed ramp."""

    tones: tuple[float, ...]  #: shares of ink as sent
    printed: tuple[float, ...]  #: shares of ink as measured
    darkness: float  #: share of the paper's light that full ink takes away
    notes: tuple[str, ...]

    @property
    def curve(self) -> DotGain:
        """The curve for `--dot-gain`; tones that get lighter in print are levelled."""
        return dot_gain.from_points(
            [
                (tone, round(min(1.0, max(0.0, share)), 4))
                for tone, share in zip(self.tones, self.printed, strict=True)
            ]
        )


def read(raster: Raster, label: str) -> RampReading:
    """Measure the tones of a ramp in a picture.

    Parameters
    ----------
    raster : Raster
        A photograph or scan. Its values must be sRGB-encoded light, as of a scanner; a phone that
        makes pictures more brilliant falsifies them.
    label : str
        The name of the file in messages.

    Raises
    ------
    InputError
        There is no ramp, or its ink is too light.
    """
    light = _load_light(raster)
    factor = max(1, max(light.shape) // _SEARCH_SIDE)
    small = spaces.linear_to_srgb(_shrink(light, factor))
    scale = np.diag([factor, factor, 1.0])
    scale[:2, 2] = (factor - 1) / 2  # middles of pixels
    to_pixels = scale @ marks.find_homography(small, label)
    if not _has_marks(light, to_pixels):
        raise marks.no_ramp(label)
    patches = ramp_layout.patches()
    spots = [
        Spot(patch.left + ramp_layout.PATCH / 2, patch.top + ramp_layout.PATCH / 2, *[side, side])
        for patch in patches
        for side in [_INNER * ramp_layout.PATCH]
    ]
    paper = _fit_paper(light, to_pixels)
    reflectances: defaultdict[float, list[float]] = defaultdict(list)
    for patch, spot in zip(patches, spots, strict=True):
        share = _mean_light(light, spot, to_pixels) / paper(spot.x, spot.y)
        reflectances[patch.tone].append(share)
    return _to_reading(reflectances, label)


def _to_reading(reflectances: dict[float, list[float]], label: str) -> RampReading:
    darkness = 1 - float(np.mean(reflectances[1.0]))
    if darkness < _LEAST_DARKNESS:
        raise InputError(
            f"{label}: full ink takes only {darkness:.0%} of the paper's light; take a picture "
            "with more contrast, and without reflections on the ink"
        )
    tones = tuple(tone for tone in ramp_layout.TONES if tone < 1)
    shares = {tone: [(1 - value) / darkness for value in reflectances[tone]] for tone in tones}
    uneven = [tone for tone in tones if np.ptp(shares[tone]) > _UNEVEN]
    notes = []
    if uneven:
        notes.append(
            f"the two patches of {', '.join(f'{tone:.0%}' for tone in uneven)} differ; light the "
            "ramp more evenly, or print it again"
        )
    means = tuple(float(np.mean(shares[tone])) for tone in tones)
    notes += _lost_tones(tones, means)
    return RampReading(tones, means, darkness, tuple(notes))


def _lost_tones(tones: Sequence[float], printed: Sequence[float]) -> list[str]:
    """Return notes on light tones that print nothing, and on dark ones that are full ink."""
    pairs = [*zip(tones, printed, strict=True)]
    empty = [f"{tone:.0%}" for tone, share in pairs if share < _UNSEEN * tone]
    full = [f"{tone:.0%}" for tone, share in pairs if 1 - share < _UNSEEN * (1 - tone)]
    notes = []
    if empty:
        notes.append(f"{', '.join(empty)} of ink is bare paper in print")
    if full:
        notes.append(f"{', '.join(full)} of ink is full ink in print")
    if notes:
        notes[-1] += "; another --method, or larger cells (--block), may keep such tones"
    return notes


def _load_light(raster: Raster) -> UnitArray:
    """Return the linear light of a picture, shape (H, W), shrunk if it is very large."""
    levels = raster.read_box(Box(0, 0, *raster.size))
    if levels.shape[2] in (2, 4):
        levels = levels[..., :-1]
    table = spaces.srgb_to_linear(np.arange(raster.max_level + 1) / raster.max_level)
    light = table[levels[..., 0]]
    if levels.shape[2] == 3:
        light = sum(weight * table[levels[..., channel]] for channel, weight in enumerate(_WEIGHTS))
    return _shrink(light, max(1, -(-max(light.shape) // _LARGEST_SIDE)))


def _shrink(light: UnitArray, factor: int) -> UnitArray:
    """Average squares of pixels; rows and columns that fill none are left out."""
    if factor == 1:
        return light
    height, width = (side // factor * factor for side in light.shape)
    squares = light[:height, :width].reshape(height // factor, factor, width // factor, factor)
    means: UnitArray = squares.mean((1, 3))
    return means


def _has_marks(light: UnitArray, to_pixels: Homography) -> bool:
    """Return whether the middle and the ring of each mark are darker than the gap between them."""
    for x, y in ramp_layout.mark_centers():
        sides = ((x, y, 2, 2), (x, y - 2, 3, 0.8), (x, y + 2, 3, 0.8), (x, y - 3, 5, 0.8))
        middle, upper, lower, ring = (_mean_light(light, Spot(*side), to_pixels) for side in sides)
        if not max(middle, ring) < _MARK_CONTRAST * min(upper, lower):
            return False
    return True


def _mean_light(light: UnitArray, spot: Spot, to_pixels: Homography) -> float:
    """Return the mean light of the pixels whose middles lie in a spot of the layout."""
    corners = np.array(
        [(spot.x + x * spot.width / 2, spot.y + y * spot.height / 2, 1)
         for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    )  # fmt: skip
    projected = to_pixels @ corners.T
    points = projected[:2] / projected[2]
    low = np.maximum(np.floor(points.min(axis=1)).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=1)).astype(int) + 1, light.shape[::-1])
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    units = np.linalg.inv(to_pixels) @ np.stack((x.ravel(), y.ravel(), np.ones(x.size)))
    units = units[:2] / units[2]
    is_inside = (np.abs(units[0] - spot.x) <= spot.width / 2) & (
        np.abs(units[1] - spot.y) <= spot.height / 2
    )
    values = light[low[1] : high[1], low[0] : high[0]].ravel()
    return float(values[is_inside].mean() if is_inside.any() else np.nan)


class PaperLight(NamedTuple):
    """The light of bare paper anywhere on the ramp."""

    coefficients: UnitArray  #: of the logarithm, for the powers in `_POLYNOMIAL`

    def __call__(self, x: float, y: float) -> float:
        """Return the light at a point of the layout."""
        return float(np.exp(_terms(np.array([x]), np.array([y])) @ self.coefficients)[0])


def _fit_paper(light: UnitArray, to_pixels: Homography) -> PaperLight:
    """Fit a smooth surface to the light of the paper between the patches."""
    spots = [*ramp_layout.paper_spots()]
    values = np.array([_mean_light(light, spot, to_pixels) for spot in spots])
    x, y = (np.array([spot[axis] for spot in spots]) for axis in (0, 1))
    is_used = np.isfinite(values) & (values > 0)
    for _ in range(3):  # spots with dirt or a reflection are left out
        terms = _terms(x[is_used], y[is_used])
        coefficients = np.linalg.lstsq(terms, np.log(values[is_used]), rcond=None)[0]
        rest = np.abs(np.log(np.maximum(values, 1e-6)) - _terms(x, y) @ coefficients)
        is_used &= rest <= max(4 * float(np.median(rest[is_used])), 0.01)
    return PaperLight(coefficients)


def _terms(x: UnitArray, y: UnitArray) -> UnitArray:
    x, y = x / ramp_layout.WIDTH - 0.5, y / ramp_layout.HEIGHT - 0.5
    return np.stack([x**a * y**b for a, b in _POLYNOMIAL], axis=1)
