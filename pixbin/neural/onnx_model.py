"""A neural network from an ONNX file: checked when it is loaded, run in pieces.

The contract, which `models/README.md` words for those who make models: one input
`float32[N, C, k*H, k*W]` of values from 0 to 1, with C = 1 (grey) or 3 (red, green, blue) and
k = `pixbin.times`; one output `float32[N, 1 or 3, H, W]` of logits, paper where they are 0 or
more; any H and W that are multiples of `pixbin.multiple`, or one fixed size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.geometry import Box, Size
from pixbin.neural import onnx_session, tiling
from pixbin.neural.model_card import Card, Colour

Planes = NDArray[np.float32]  #: shape (C, H, W)
Sight = Callable[[Box], Planes]  #: what a model sees of a box of cells

TILE = 512  #: cells along a side that a model sees at once, so that memory stays bounded
FEWEST_TILES = 4  #: halos along a tile, at least
_ROUNDING = 1e-4  #: of logits, between tiles and the whole

SHAPES = "a model takes one float32[N, 1 or 3, k*H, k*W] and gives one float32[N, 1 or 3, H, W]"
ANY_SIZE = "a model takes any H and W that its metadata allow"


class Network(NamedTuple):
    """A loaded model that keeps the contract."""

    session: Any
    card: Card
    outputs: int  #: planes it decides: 1, or 3 for red, green and blue
    fixed: tuple[int | None, int | None]  #: height and width it takes, in cells; None is any

    def decided(self, sight: Sight, size: Size) -> NDArray[np.bool_]:
        """Decide every cell of a picture of any size, in tiles if it is large.

        A model that pads with zeros sees edges where a picture ends. So one that is all one
        value, in each of its planes, is wholly what the model makes of its middle.

        Parameters
        ----------
        sight : callable
            Gives what the model sees of a box of cells.
        size : Size
            Of the picture, in cells.

        Returns
        -------
        bool array, shape (1 or 3, H, W); paper where the logit is 0 or more

        Raises
        ------
        ModelError
            The model fails, or gives what the contract does not allow.
        """
        paper = np.empty((self.outputs, size.height, size.width), np.bool_)
        values: set[bytes] = set()
        for rows, columns, seen, logits in self._tiles(sight, size, TILE):
            paper[:, rows, columns] = logits >= 0
            if len(values) < 2:
                values |= {seen.min((1, 2)).tobytes(), seen.max((1, 2)).tobytes()}
        if len(values) == 1:
            paper[...] = paper[:, size.height // 2, size.width // 2, None, None]
        return paper

    def logits(self, planes: Planes, tile: int = TILE) -> Planes:
        """Run the model over a whole picture, so many cells along a side at once.

        Parameters
        ----------
        planes : float32 array, shape (C, k*H, k*W), from 0 to 1
        tile : int

        Returns
        -------
        float32 array, shape (1 or 3, H, W)
        """
        height, width = (side // self.card.times for side in planes.shape[1:])
        whole = np.empty((self.outputs, height, width), np.float32)
        sight = sight_of(planes, self.card.times)
        for rows, columns, _, logits in self._tiles(sight, Size(width, height), tile):
            whole[:, rows, columns] = logits
        return whole

    def _tiles(
        self, sight: Sight, size: Size, tile: int
    ) -> Iterator[tuple[slice, slice, Planes, Planes]]:
        """Give rows and columns of cells, what the model sees around them, and their logits."""
        wide = self._spans(size.width, self.fixed[1], tile)
        for rows in self._spans(size.height, self.fixed[0], tile):
            for columns in wide:
                seen = sight(_box(rows.read, columns.read))
                more = [(0, span.beyond * self.card.times) for span in (rows, columns)]
                padded = np.pad(seen, ((0, 0), *more), mode="edge") if any(map(any, more)) else seen
                given = run(self.session, padded, self.card)
                yield rows.kept, columns.kept, seen, given[:, rows.inner, columns.inner]

    def _spans(self, length: int, fixed: int | None, tile: int) -> list[tiling.Span]:
        """Part a side, which goes on with its last cell to what the model takes."""
        unit, halo = self.card.multiple, overlap(self.card, fixed)
        least = max(length, fixed or 0)
        padded = -(-least // unit) * unit
        window = fixed or -(-max(tile, FEWEST_TILES * halo) // unit) * unit
        if fixed is None and self.card.halo is None:
            window = padded
        return [span.within(length) for span in tiling.spans(padded, window, halo)]


def sight_of(planes: Planes, times: int) -> Sight:
    """Return the sight of a picture that is there as a whole, in float32[C, k*H, k*W]."""

    def sight(box: Box) -> Planes:
        rows = slice(box.top * times, (box.top + box.height) * times)
        return planes[:, rows, box.left * times : (box.left + box.width) * times]

    return sight


def _box(rows: slice, columns: slice) -> Box:
    return Box(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)


def overlap(card: Card, fixed: int | None) -> int:
    """Return the cells that are not kept at the cuts of tiles: the halo, in whole multiples.

    A model of one size that looks at the whole of it sees tiles that overlap by half.
    """
    unit = card.multiple
    if card.halo is None:
        return (fixed or 0) // 4 // unit * unit
    return -(-card.halo // unit) * unit


def load(data: bytes, provider: str = "cpu", threads: int | None = None) -> Network:
    """Load a model from the bytes of its file, and check it against the contract.

    Parameters
    ----------
    data : bytes
    provider : str
        Who computes: `cpu`, or another that the installed onnxruntime has, such as `cuda`.
    threads : int, optional
        Of the processor; all by default. The result does not depend on it.

    Raises
    ------
    ModelError
        The model, or what runs it, is missing or unfit; the message has no file name.
    """
    session = onnx_session.session(data, provider, threads)
    card = Card.of_metadata(session.get_modelmeta().custom_metadata_map)
    fixed = _fixed(session, card)
    given = [run(session, _trial(card, size), card) for size in _trial_sizes(card, fixed)]
    if len({len(planes) for planes in given}) > 1:
        raise ModelError(f"gives 1 plane of some pictures and 3 of others; {SHAPES}")
    return Network(session, card, len(given[0]), fixed)


def prove(network: Network) -> None:
    """Check that a model sees no farther than its halo: noise in tiles and whole.

    Raises
    ------
    ModelError
        It gives something else in tiles.
    """
    if network.card.halo is None or None not in network.fixed:
        return
    tile = max(network.card.multiple, FEWEST_TILES * network.card.halo)
    size = (network.fixed[0] or 2 * tile + 1, network.fixed[1] or 2 * tile + 1)
    noise = np.random.default_rng(0).random(_trial(network.card, size).shape, np.float32)
    whole = network.logits(noise, tile=2 * tile + network.card.multiple)
    if np.abs(whole - network.logits(noise, tile)).max() > _ROUNDING * max(1, np.abs(whole).max()):
        raise ModelError(
            f"sees farther than its halo of {network.card.halo} cells; "
            "tiles of a large picture would show"
        )


def run(session: Any, planes: Planes, card: Card) -> Planes:
    """Run a model once, and check what it gives."""
    _, height, width = planes.shape
    size = height // card.times, width // card.times
    name = session.get_inputs()[0].name
    try:
        (given,) = session.run(None, {name: np.ascontiguousarray(planes[None])})
    except onnx_session.failures() as error:
        shown = f"{size[1]}x{size[0]} cells"
        raise ModelError(f"fails on {shown} ({onnx_session.reason(error)}); {ANY_SIZE}") from error
    if given.dtype != np.float32 or given.shape not in [(1, 1, *size), (1, 3, *size)]:
        shapes = f"{list(given.shape)} of an input of {[1, *planes.shape]}"
        raise ModelError(f"gives {given.dtype}{shapes}; {SHAPES}, k being {card.times}")
    if given.shape[1] > len(planes):
        raise ModelError("decides three planes but sees one; for three its colour is rgb")
    if not np.isfinite(given).all():
        raise ModelError("gives values that are no numbers or infinite; logits are finite")
    logits: Planes = given[0]
    return logits


def _fixed(session: Any, card: Card) -> tuple[int | None, int | None]:
    """Check what the file says of its input and output; return the sides that are fixed."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    described = [f"{each.type}{each.shape}" for each in (*inputs, *outputs)]
    planes = 3 if card.colour is Colour.RGB else 1
    sound = len(inputs) == len(outputs) == 1 and all(
        each.type == "tensor(float)" and len(each.shape) == 4 for each in (*inputs, *outputs)
    )
    batch = inputs[0].shape[0] if sound else None
    if not sound or (isinstance(batch, int) and batch != 1):
        raise ModelError(f"has {', '.join(described)}; {SHAPES}")
    _, channels, height, width = inputs[0].shape
    if channels != planes:
        raise ModelError(f"takes {channels} planes; its colour, {card.colour}, has {planes}")
    return _side(height, card), _side(width, card)


def _side(values: object, card: Card) -> int | None:
    """Return how many cells a side of the input has; None for any."""
    if not isinstance(values, int):
        return None
    cells, rest = divmod(values, card.times)
    if rest or cells % card.multiple or cells <= 2 * overlap(card, cells):
        least = 2 * overlap(card, cells) + 1
        raise ModelError(
            f"takes a side of just {values} values, which is not {card.times} for each of at "
            f"least {least} cells, a multiple of {card.multiple}; {ANY_SIZE}"
        )
    return cells


def _trial_sizes(card: Card, fixed: tuple[int | None, int | None]) -> list[tuple[int, int]]:
    """Return sizes, in cells, that the model must take."""
    unit = card.multiple
    sizes = [
        (fixed[0] or tall, fixed[1] or wide) for tall, wide in ((unit, 2 * unit), (3 * unit, unit))
    ]
    return list(dict.fromkeys(sizes))


def _trial(card: Card, size: tuple[int, int]) -> Planes:
    """Return a picture with every value in it, from black to white."""
    height, width = (side * card.times for side in size)
    planes = 3 if card.colour is Colour.RGB else 1
    return np.linspace(0, 1, planes * height * width, dtype=np.float32).reshape(
        planes, height, width
    )
