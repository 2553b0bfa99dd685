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
from pixbin.neural.model_card import InputColour, ModelCard

FloatPlanes = NDArray[np.float32]  #: shape (C, H, W)
TileReader = Callable[[Box], FloatPlanes]  #: what a model sees of a box of cells

TILE_CELLS = 512  #: cells along a side that a model sees at once, so that memory stays bounded
MIN_HALOS_PER_TILE = 4  #: halos along a tile, at least
_LOGIT_TOLERANCE = 1e-4  #: of logits, between tiles and the whole

SHAPE_ADVICE = (
    "a model takes one float32[N, 1 or 3, k*H, k*W] and gives one float32[N, 1 or 3, H, W]"
)
SIZE_ADVICE = "a model takes any H and W that its metadata allow"


class OnnxModel(NamedTuple):
    """A loaded model that keeps the contract."""

    session: Any
    card: ModelCard
    output_planes: int  #: planes it decides: 1, or 3 for red, green and blue
    fixed_size: tuple[int | None, int | None]  #: height and width it takes, in cells; None is any

    def binarize(self, read_tile: TileReader, size: Size) -> NDArray[np.bool_]:
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
        paper = np.empty((self.output_planes, size.height, size.width), np.bool_)
        values: set[bytes] = set()
        for rows, columns, seen, logits in self._run_tiles(read_tile, size, TILE_CELLS):
            paper[:, rows, columns] = logits >= 0
            if len(values) < 2:
                values |= {seen.min((1, 2)).tobytes(), seen.max((1, 2)).tobytes()}
        if len(values) == 1:
            paper[...] = paper[:, size.height // 2, size.width // 2, None, None]
        return paper

    def logits(self, planes: FloatPlanes, tile: int = TILE_CELLS) -> FloatPlanes:
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
        whole = np.empty((self.output_planes, height, width), np.float32)
        sight = array_tile_reader(planes, self.card.times)
        for rows, columns, _, logits in self._run_tiles(sight, Size(width, height), tile):
            whole[:, rows, columns] = logits
        return whole

    def _run_tiles(
        self, read_tile: TileReader, size: Size, tile: int
    ) -> Iterator[tuple[slice, slice, FloatPlanes, FloatPlanes]]:
        """Give rows and columns of cells, what the model sees around them, and their logits."""
        wide = self._tile_spans(size.width, self.fixed_size[1], tile)
        for rows in self._tile_spans(size.height, self.fixed_size[0], tile):
            for columns in wide:
                seen = read_tile(_box_from_slices(rows.read_slice, columns.read_slice))
                more = [(0, span.padding * self.card.times) for span in (rows, columns)]
                padded = np.pad(seen, ((0, 0), *more), mode="edge") if any(map(any, more)) else seen
                given = run_once(self.session, padded, self.card)
                yield (
                    rows.kept_slice,
                    columns.kept_slice,
                    seen,
                    given[:, rows.inner_slice, columns.inner_slice],
                )

    def _tile_spans(self, length: int, fixed_side: int | None, tile: int) -> list[tiling.TileSpan]:
        """Part a side, which goes on with its last cell to what the model takes."""
        unit, halo = self.card.multiple, overlap(self.card, fixed_side)
        least = max(length, fixed_side or 0)
        padded = -(-least // unit) * unit
        window = fixed_side or -(-max(tile, MIN_HALOS_PER_TILE * halo) // unit) * unit
        if fixed_side is None and self.card.halo is None:
            window = padded
        return [span.clip_to(length) for span in tiling.tile_spans(padded, window, halo)]


def array_tile_reader(planes: FloatPlanes, oversampling: int) -> TileReader:
    """Return the sight of a picture that is there as a whole, in float32[C, k*H, k*W]."""

    def read_tile(box: Box) -> FloatPlanes:
        rows = slice(box.top * oversampling, (box.top + box.height) * oversampling)
        return planes[:, rows, box.left * oversampling : (box.left + box.width) * oversampling]

    return read_tile


def _box_from_slices(rows: slice, columns: slice) -> Box:
    return Box(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)


def overlap(card: ModelCard, fixed_side: int | None) -> int:
    """Return the cells that are not kept at the cuts of tiles: the halo, in whole multiples.

    A model of one size that looks at the whole of it sees tiles that overlap by half.
    """
    unit = card.multiple
    if card.halo is None:
        return (fixed_side or 0) // 4 // unit * unit
    return -(-card.halo // unit) * unit


def load(data: bytes, provider: str = "cpu", threads: int | None = None) -> OnnxModel:
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
    session = onnx_session.create_session(data, provider, threads)
    card = ModelCard.from_metadata(session.get_modelmeta().custom_metadata_map)
    fixed = _check_signature(session, card)
    given = [
        run_once(session, _probe_input(card, size), card) for size in _probe_sizes(card, fixed)
    ]
    if len({len(planes) for planes in given}) > 1:
        raise ModelError(f"gives 1 plane of some pictures and 3 of others; {SHAPE_ADVICE}")
    return OnnxModel(session, card, len(given[0]), fixed)


def validate(model: OnnxModel) -> None:
    """Check that a model sees no farther than its halo: noise in tiles and whole.

    Raises
    ------
    ModelError
        It gives something else in tiles.
    """
    if model.card.halo is None or None not in model.fixed_size:
        return
    tile = max(model.card.multiple, MIN_HALOS_PER_TILE * model.card.halo)
    size = (model.fixed_size[0] or 2 * tile + 1, model.fixed_size[1] or 2 * tile + 1)
    noise = np.random.default_rng(0).random(_probe_input(model.card, size).shape, np.float32)
    whole = model.logits(noise, tile=2 * tile + model.card.multiple)
    if np.abs(whole - model.logits(noise, tile)).max() > _LOGIT_TOLERANCE * max(
        1, np.abs(whole).max()
    ):
        raise ModelError(
            f"sees farther than its halo of {model.card.halo} cells; "
            "tiles of a large picture would show"
        )


def run_once(session: Any, planes: FloatPlanes, card: ModelCard) -> FloatPlanes:
    """Run a model once, and check what it gives."""
    _, height, width = planes.shape
    size = height // card.times, width // card.times
    name = session.get_inputs()[0].name
    try:
        (given,) = session.run(None, {name: np.ascontiguousarray(planes[None])})
    except onnx_session.runtime_errors() as error:
        shown = f"{size[1]}x{size[0]} cells"
        raise ModelError(
            f"fails on {shown} ({onnx_session.error_summary(error)}); {SIZE_ADVICE}"
        ) from error
    if given.dtype != np.float32 or given.shape not in [(1, 1, *size), (1, 3, *size)]:
        shapes = f"{list(given.shape)} of an input of {[1, *planes.shape]}"
        raise ModelError(f"gives {given.dtype}{shapes}; {SHAPE_ADVICE}, k being {card.times}")
    if given.shape[1] > len(planes):
        raise ModelError("decides three planes but sees one; for three its colour is rgb")
    if not np.isfinite(given).all():
        raise ModelError("gives values that are no numbers or infinite; logits are finite")
    logits: FloatPlanes = given[0]
    return logits


def _check_signature(session: Any, card: ModelCard) -> tuple[int | None, int | None]:
    """Check what the file says of its input and output; return the sides that are fixed."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    described = [f"{each.type}{each.shape}" for each in (*inputs, *outputs)]
    planes = 3 if card.colour is InputColour.RGB else 1
    sound = len(inputs) == len(outputs) == 1 and all(
        each.type == "tensor(float)" and len(each.shape) == 4 for each in (*inputs, *outputs)
    )
    batch = inputs[0].shape[0] if sound else None
    if not sound or (isinstance(batch, int) and batch != 1):
        raise ModelError(f"has {', '.join(described)}; {SHAPE_ADVICE}")
    _, channels, height, width = inputs[0].shape
    if channels != planes:
        raise ModelError(f"takes {channels} planes; its colour, {card.colour}, has {planes}")
    return _fixed_side(height, card), _fixed_side(width, card)


def _fixed_side(values: object, card: ModelCard) -> int | None:
    """Return how many cells a side of the input has; None for any."""
    if not isinstance(values, int):
        return None
    cells, rest = divmod(values, card.times)
    if rest or cells % card.multiple or cells <= 2 * overlap(card, cells):
        least = 2 * overlap(card, cells) + 1
        raise ModelError(
            f"takes a side of just {values} values, which is not {card.times} for each of at "
            f"least {least} cells, a multiple of {card.multiple}; {SIZE_ADVICE}"
        )
    return cells


def _probe_sizes(
    card: ModelCard, fixed_size: tuple[int | None, int | None]
) -> list[tuple[int, int]]:
    """Return sizes, in cells, that the model must take."""
    unit = card.multiple
    sizes = [
        (fixed_size[0] or tall, fixed_size[1] or wide)
        for tall, wide in ((unit, 2 * unit), (3 * unit, unit))
    ]
    return list(dict.fromkeys(sizes))


def _probe_input(card: ModelCard, size: tuple[int, int]) -> FloatPlanes:
    """Return a picture with every value in it, from black to white."""
    height, width = (side * card.times for side in size)
    planes = 3 if card.colour is InputColour.RGB else 1
    return np.linspace(0, 1, planes * height * width, dtype=np.float32).reshape(
        planes, height, width
    )
