"""A neural network from an ONNX file: checked when it is loaded, run in pieces.

The contract, which `models/README.md` words for those who make models: one input
`float32[N, C, k*H, k*W]` of values from 0 to 1, with C = 1 (grey) or 3 (red, green, blue) and
k = `pixbin.times`; one output `float32[N, 1 or 3, H, W]` of logits, paper where they are 0 or
more; any H and W that are multiples of `pixbin.multiple`, or one fixed size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin import tiling
from pixbin.cards import Card, Colour
from pixbin.errors import ModelError

Planes = NDArray[np.float32]  #: shape (C, H, W)

TILE = 512  #: cells along a side that a model sees at once, so that memory stays bounded
FEWEST_TILES = 4  #: halos along a tile, at least
_ROUNDING = 1e-4  #: of logits, between tiles and the whole
_LONGEST_REASON = 100  #: letters of what the runtime says
_NOWHERE = "/pixbin-looks-for-no-weights-outside-the-file"

WHOLE_FILE = "a model is one ONNX file of standard operators, its weights inside"
SHAPES = "a model takes one float32[N, 1 or 3, k*H, k*W] and gives one float32[N, 1 or 3, H, W]"
ANY_SIZE = "a model takes any H and W that its metadata allow"
INSTALL = "pip install 'onnxruntime>=1.17'"


class Network(NamedTuple):
    """A loaded model that keeps the contract."""

    session: Any
    card: Card
    outputs: int  #: planes it decides: 1, or 3 for red, green and blue
    fixed: tuple[int | None, int | None]  #: height and width it takes, in cells; None is any

    def logits(self, planes: Planes, tile: int = TILE) -> Planes:
        """Run the model over a picture of any size, in tiles if it is large.

        Parameters
        ----------
        planes : float32 array, shape (C, k*H, k*W), from 0 to 1
        tile : int
            Cells along a side that are seen at once.

        Returns
        -------
        float32 array, shape (1 or 3, H, W); paper where 0 or more

        Raises
        ------
        ModelError
            The model fails, or gives what the contract does not allow.
        """
        times = self.card.times
        height, width = (side // times for side in planes.shape[1:])
        padded = self._padded(planes)
        tall, wide = (side // times for side in padded.shape[1:])
        whole = np.empty((self.outputs, tall, wide), np.float32)
        for rows in self._spans(tall, self.fixed[0], tile):
            for columns in self._spans(wide, self.fixed[1], tile):
                seen = padded[
                    :,
                    rows.start * times : rows.stop * times,
                    columns.start * times : columns.stop * times,
                ]
                given = run(self.session, seen, self.card)
                whole[:, rows.kept, columns.kept] = given[:, rows.inner, columns.inner]
        return whole[:, :height, :width]

    def _padded(self, planes: Planes) -> Planes:
        """Go on with the last row and column up to a multiple, and to the size that is fixed."""
        unit = self.card.multiple * self.card.times
        more = []
        for side, fixed in zip(planes.shape[1:], self.fixed, strict=True):
            least = max(side, (fixed or 0) * self.card.times)
            more.append((0, -(-least // unit) * unit - side))
        return np.pad(planes, ((0, 0), *more), mode="edge") if any(map(any, more)) else planes

    def _spans(self, length: int, fixed: int | None, tile: int) -> list[tiling.Span]:
        halo = overlap(self.card, fixed)
        if fixed is not None:
            return tiling.spans(length, fixed, halo)
        if self.card.halo is None:
            return tiling.spans(length, length, 0)
        unit = self.card.multiple
        return tiling.spans(length, -(-max(tile, FEWEST_TILES * halo) // unit) * unit, halo)


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
    session = _session(data, provider, threads)
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
    except _failures() as error:
        shown = f"{size[1]}x{size[0]} cells"
        raise ModelError(f"fails on {shown} ({_reason(error)}); {ANY_SIZE}") from error
    if given.dtype != np.float32 or given.shape not in [(1, 1, *size), (1, 3, *size)]:
        shapes = f"{list(given.shape)} of an input of {[1, *planes.shape]}"
        raise ModelError(f"gives {given.dtype}{shapes}; {SHAPES}, k being {card.times}")
    if given.shape[1] > len(planes):
        raise ModelError("decides three planes but sees one; for three its colour is rgb")
    if not np.isfinite(given).all():
        raise ModelError("gives values that are no numbers or infinite; logits are finite")
    logits: Planes = given[0]
    return logits


def _session(data: bytes, provider: str, threads: int | None) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(f"onnxruntime is not installed here; {INSTALL}") from error
    name = _provider(provider, onnxruntime.get_available_providers())
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = threads or 0
    settings.inter_op_num_threads = 1
    settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.use_deterministic_compute = True
    settings.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", _NOWHERE
    )
    try:
        session = onnxruntime.InferenceSession(data, settings, [name], enable_fallback=0)
    except _failures() as error:
        raise ModelError(f"cannot be loaded ({_reason(error)}); {WHOLE_FILE}") from error
    if name not in session.get_providers():
        raise ModelError(f"{provider}: its libraries do not load here; --provider cpu always does")
    return session


def _provider(word: str, available: Sequence[str]) -> str:
    names = {name.removesuffix("ExecutionProvider").casefold(): name for name in available}
    if word.casefold() not in names:
        raise ModelError(
            f"the installed onnxruntime has no provider {word}; it has {', '.join(sorted(names))}"
        )
    return names[word.casefold()]


def _failures() -> tuple[type[Exception], ...]:
    """Return what the runtime raises, which has no root of its own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [each for each in vars(state).values() if isinstance(each, type)]
    errors = [each for each in own if issubclass(each, Exception)]
    return (*errors, RuntimeError, ValueError, TypeError, MemoryError)


def _reason(error: Exception) -> str:
    """Return the gist of what the runtime says, in one line."""
    words = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))
    line = " ".join(words.split()).rstrip(".")
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."


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
