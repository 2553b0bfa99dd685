"""A neural network from an ONNX file: checked when it is loaded, run in tiles.

The contract (in full in `models/README.md`): one input
`float32[N, C, k*H, k*W]` of values from 0 to 1, with C = 1 (grey) or 3 (red, green, blue) and
k = `pixbin.times`; one output `float32[N, 1 or 3, H, W]` of logits, paper where they are 0 or
more; any H and W that are multiples of `pixbin.multiple`, or one fixed size. A second input
`float32[N, C, s, s]` of one fixed side is the context: a small copy of the whole picture, which is
the same for all tiles.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.geometry import Box, Size
from pixbin.neural import onnx_session, tiling
from pixbin.neural.area_averages import FloatPlanes, shrink
from pixbin.neural.model_card import InputColour, ModelCard
from pixbin.neural.signature import SHAPE_ADVICE, SIZE_ADVICE, check_signature, overlap

TileReader = Callable[[Box], FloatPlanes]  #: returns the input for a box of cells

TILE_CELLS = 3 << 18  #: cells of a tile, so that memory stays bounded
_TILE_VALUES = (
    3 << 22
)  #: input values of a tile in one plane: fewer cells if a cell has many values
_MAX_CHECKED_VALUES = 1 << 26  #: input values of the largest picture that a check makes
_LOGIT_TOLERANCE = 1e-4  #: allowed difference between tiles and the whole


class OnnxModel(NamedTuple):
    """A loaded model that was checked against the contract."""

    session: Any
    card: ModelCard
    output_planes: int  #: 1, or 3 for red, green and blue
    fixed_size: tuple[
        int | None, int | None
    ]  #: height and width of its input, in cells; None is any
    context_side: int | None = None  #: of its context, in values; None: it has no context

    def binarize(
        self, read_tile: TileReader, size: Size, context: FloatPlanes | None = None
    ) -> NDArray[np.bool_]:
        """Decide every cell of a picture of any size, in tiles if it is large.

        A model that pads with zeros sees edges at the border of a picture. Therefore a picture
        of one value in each plane becomes one value, too: the one at its centre.

        Parameters
        ----------
        read_tile : callable
            Returns the input for a box of cells.
        size : Size
            Of the picture, in cells.
        context : float32 array, shape (C, context_side, context_side), optional
            The whole picture, for a model with context.

        Returns
        -------
        bool array, shape (1 or 3, H, W), True is paper: where the logit is 0 or more

        Raises
        ------
        ModelError
            The model fails, or returns an array that the contract does not allow.
        """
        paper = np.empty((self.output_planes, size.height, size.width), np.bool_)
        self._fill(paper, lambda logits: logits >= 0, read_tile, size, context)
        return paper

    def decide(
        self, read_tile: TileReader, size: Size, context: FloatPlanes | None = None
    ) -> FloatPlanes:
        """Return the logits of a picture of any size; parameters as in `binarize`.

        Returns
        -------
        float32 array, shape (1 or 3, H, W), paper where it is 0 or more
        """
        logits = np.empty((self.output_planes, size.height, size.width), np.float32)
        self._fill(logits, lambda values: values, read_tile, size, context)
        return logits

    def _fill(
        self,
        target: NDArray[Any],
        finish: Callable[[FloatPlanes], NDArray[Any]],
        read_tile: TileReader,
        size: Size,
        context: FloatPlanes | None,
    ) -> None:
        values: set[bytes] = set()
        cells = min(TILE_CELLS, _TILE_VALUES // self.card.times**2)
        for rows, columns, tile, logits in self._run_tiles(read_tile, size, cells, context):
            target[:, rows, columns] = finish(logits)
            if len(values) < 2:
                values |= {tile.min((1, 2)).tobytes(), tile.max((1, 2)).tobytes()}
        if len(values) == 1:
            target[...] = target[:, size.height // 2, size.width // 2, None, None]

    def logits(self, planes: FloatPlanes, cells: int = TILE_CELLS) -> FloatPlanes:
        """Run the model over a whole picture in tiles.

        Parameters
        ----------
        planes : float32 array, shape (C, k*H, k*W), from 0 to 1
        cells : int
            The most cells of a tile.

        Returns
        -------
        float32 array, shape (1 or 3, H, W)
        """
        height, width = (side // self.card.times for side in planes.shape[1:])
        whole = np.empty((self.output_planes, height, width), np.float32)
        read_tile = array_tile_reader(planes, self.card.times)
        context = shrink(planes, self.context_side) if self.context_side else None
        size = Size(width, height)
        for rows, columns, _, logits in self._run_tiles(read_tile, size, cells, context):
            whole[:, rows, columns] = logits
        return whole

    def _run_tiles(
        self, read_tile: TileReader, size: Size, cells: int, context: FloatPlanes | None
    ) -> Iterator[tuple[slice, slice, FloatPlanes, FloatPlanes]]:
        """Yield the rows and columns of each tile, its input, and the logits of its kept cells."""
        down = self._tiled_side(size.height, self.fixed_size[0])
        across = self._tiled_side(size.width, self.fixed_size[1])
        row_spans, column_spans = tiling.tiles(down, across, cells)
        for rows in row_spans:
            for columns in column_spans:
                planes = read_tile(_box_from_slices(rows.read_slice, columns.read_slice))
                padding = [(0, span.padding * self.card.times) for span in (rows, columns)]
                needs_padding = any(map(any, padding))
                padded = (
                    np.pad(planes, ((0, 0), *padding), mode="edge") if needs_padding else planes
                )
                logits = run_once(self.session, padded, self.card, context)
                kept = logits[:, rows.inner_slice, columns.inner_slice]
                yield rows.kept_slice, columns.kept_slice, planes, kept

    def _tiled_side(self, length: int, fixed_side: int | None) -> tiling.TiledSide:
        halo = overlap(self.card, fixed_side)
        is_whole = fixed_side is None and self.card.halo is None
        return tiling.TiledSide(length, self.card.multiple, None if is_whole else halo, fixed_side)


def array_tile_reader(planes: FloatPlanes, oversampling: int) -> TileReader:
    """Return a tile reader of a whole picture, float32 of shape (C, k*H, k*W)."""

    def read_tile(box: Box) -> FloatPlanes:
        rows = slice(box.top * oversampling, (box.top + box.height) * oversampling)
        return planes[:, rows, box.left * oversampling : (box.left + box.width) * oversampling]

    return read_tile


def _box_from_slices(rows: slice, columns: slice) -> Box:
    return Box(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)


def load(data: bytes, provider: str = "cpu", threads: int | None = None) -> OnnxModel:
    """Load a model from the bytes of its file, and check it against the contract.

    Parameters
    ----------
    data : bytes
    provider : str
        The execution provider: `cpu`, or another that the installed onnxruntime has.
    threads : int, optional
        Number of threads; all cores by default. The result does not depend on it.

    Raises
    ------
    ModelError
        The model or its runtime is missing or unfit; the message has no file name.
    """
    session = onnx_session.create_session(data, provider, threads)
    card = ModelCard.from_metadata(onnx_session.read_metadata(session))
    try:
        fixed, context_side = check_signature(session, card)
    except UnicodeDecodeError as error:
        raise ModelError("a name in it is no UTF-8; write the model again") from error
    outputs = [
        run_once(session, probe, card, shrink(probe, context_side) if context_side else None)
        for probe in (_probe_input(card, size) for size in _probe_sizes(card, fixed))
    ]
    if len({len(planes) for planes in outputs}) > 1:
        raise ModelError(f"gives 1 plane for some pictures and 3 for others; {SHAPE_ADVICE}")
    return OnnxModel(session, card, len(outputs[0]), fixed, context_side)


def validate(model: OnnxModel) -> None:
    """Check that a model depends on no cell beyond its halo: run it on noise, in tiles and whole.

    Raises
    ------
    ModelError
        The result in tiles differs from that of the whole, or the halo is too large to check.
    """
    if model.card.halo is None or None not in model.fixed_size:
        return
    narrowest = max(model.card.multiple, tiling.MIN_HALOS_PER_TILE * overlap(model.card, None))
    size = (model.fixed_size[0] or 2 * narrowest + 1, model.fixed_size[1] or 2 * narrowest + 1)
    if size[0] * size[1] * model.card.times**2 > _MAX_CHECKED_VALUES:
        raise ModelError(
            f"its halo of {model.card.halo} cells is too large to check with {model.card.times**2} "
            "input values for each cell; export it with a smaller halo, or with halo none"
        )
    noise = np.random.default_rng(0).random(_probe_input(model.card, size).shape, np.float32)
    whole = model.logits(noise, sys.maxsize)
    difference = np.abs(whole - model.logits(noise, 1)).max()  # in the narrowest tiles
    if difference > _LOGIT_TOLERANCE * max(1, np.abs(whole).max()):
        raise ModelError(
            f"depends on cells beyond its halo of {model.card.halo} cells; "
            "the tiles of a large picture would be visible"
        )


def run_once(
    session: Any, planes: FloatPlanes, card: ModelCard, context: FloatPlanes | None = None
) -> FloatPlanes:
    """Run a model on float32 planes of shape (C, k*H, k*W), and check its output.

    A model with context also takes that, float32 of shape (C, side, side).

    Returns
    -------
    float32 array, shape (1 or 3, H, W)
    """
    _, height, width = planes.shape
    size = height // card.times, width // card.times
    inputs = [planes] if context is None else [planes, context]
    names = (tensor.name for tensor in session.get_inputs())
    feed = {
        name: np.ascontiguousarray(array[None]) for name, array in zip(names, inputs, strict=True)
    }
    try:
        (output,) = session.run(None, feed)
    except onnx_session.runtime_errors() as error:
        reason = onnx_session.error_summary(error)
        raise ModelError(f"fails on {size[1]}x{size[0]} cells ({reason}); {SIZE_ADVICE}") from error
    if output.dtype != np.float32 or output.shape not in [(1, 1, *size), (1, 3, *size)]:
        shapes = f"{list(output.shape)} for an input of {[1, *planes.shape]}"
        raise ModelError(f"gives {output.dtype}{shapes}; {SHAPE_ADVICE}, k being {card.times}")
    if output.shape[1] > len(planes):
        raise ModelError("decides three planes but sees one; for three its colour is rgb")
    if not np.isfinite(output).all():
        raise ModelError("gives values that are infinite or not a number; logits are finite")
    logits: FloatPlanes = output[0]
    return logits


def _probe_sizes(
    card: ModelCard, fixed_size: tuple[int | None, int | None]
) -> list[tuple[int, int]]:
    """Return heights and widths, in cells, that the model must accept."""
    unit = card.multiple
    sizes = [
        (fixed_size[0] or tall, fixed_size[1] or wide)
        for tall, wide in ((unit, 2 * unit), (3 * unit, unit))
    ]
    return list(dict.fromkeys(sizes))


def _probe_input(card: ModelCard, size: tuple[int, int]) -> FloatPlanes:
    """Return a ramp from black to white, float32 of shape (C, k*H, k*W)."""
    height, width = (side * card.times for side in size)
    planes = 3 if card.colour is InputColour.RGB else 1
    return np.linspace(0, 1, planes * height * width, dtype=np.float32).reshape(
        planes, height, width
    )
