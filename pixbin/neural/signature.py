"""The inputs and outputs that a model declares, checked against the contract."""

from __future__ import annotations

from typing import Any

from pixbin.errors import ModelError
from pixbin.neural.model_card import InputColour, ModelCard

MAX_CONTEXT = 256  #: side of the context, in values
SHAPE_ADVICE = (
    "a model takes one float32[N, 1 or 3, k*H, k*W] and gives one float32[N, 1 or 3, H, W]"
)
SIZE_ADVICE = "a model takes any H and W that its metadata allow"


def check_signature(
    session: Any, card: ModelCard
) -> tuple[tuple[int | None, int | None], int | None]:
    """Check the declared inputs and output.

    Returns
    -------
    fixed size : tuple
        Height and width of the input in cells, each None if any number is accepted.
    context side : int, or None without context
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    tensors = (*inputs, *outputs)
    planes = 3 if card.colour is InputColour.RGB else 1
    is_valid = len(inputs) in (1, 2) and len(outputs) == 1
    is_valid = is_valid and all(
        tensor.type == "tensor(float)" and len(tensor.shape) == 4 for tensor in tensors
    )
    batches = [tensor.shape[0] for tensor in inputs] if is_valid else []
    if not is_valid or any(isinstance(batch, int) and batch != 1 for batch in batches):
        described = ", ".join(f"{tensor.type}{tensor.shape}" for tensor in tensors)
        raise ModelError(f"has {described}; {SHAPE_ADVICE}")
    for tensor in inputs:
        if tensor.shape[1] != planes:
            raise ModelError(
                f"takes {tensor.shape[1]} planes; its colour, {card.colour}, has {planes}"
            )
    height, width = inputs[0].shape[2:]
    fixed_size = _fixed_side(height, card), _fixed_side(width, card)
    return fixed_size, _context_side(inputs[1].shape[2:]) if len(inputs) == 2 else None


def _context_side(sides: list[object]) -> int:
    if not isinstance(sides[0], int) or sides[0] != sides[1] or not 1 <= sides[0] <= MAX_CONTEXT:
        raise ModelError(
            f"has a second input of {sides}; the context is a square of a fixed side, "
            f"at most {MAX_CONTEXT}"
        )
    return sides[0]


def _fixed_side(values: object, card: ModelCard) -> int | None:
    """Return the cells along a side of the input; None if any number is accepted."""
    if not isinstance(values, int):
        return None
    cells, rest = divmod(values, card.times)
    if rest or cells % card.multiple or cells <= 2 * overlap(card, cells):
        minimum = 2 * overlap(card, cells) + 1
        raise ModelError(
            f"takes a side of just {values} values, which is not {card.times} for each of at "
            f"least {minimum} cells, a multiple of {card.multiple}; {SIZE_ADVICE}"
        )
    return cells


def overlap(card: ModelCard, fixed_side: int | None) -> int:
    """Return the cells that tiles drop at their cuts: the halo, rounded up to the model's multiple.

    For a model of one size without a halo, tiles overlap by half.
    """
    unit = card.multiple
    if card.halo is None:
        return (fixed_side or 0) // 4 // unit * unit
    return -(-card.halo // unit) * unit
