"""Weights of a network for one with more channels, which at first computes the same.

The new channels receive from all, with small random weights. The old channels do not receive from
the new ones yet: these weights are zero, and training changes them.

Source: T. Chen, I. Goodfellow, J. Shlens, Net2Net: accelerating learning via knowledge transfer,
2016 (the aim; they copy channels instead).
"""

from __future__ import annotations

from torch import Tensor

RANDOM_SHARE = 0.5  #: of the size of random weights in a new network

Weights = dict[str, Tensor]  #: by the names of `UNet`


def widen(narrow: Weights, random: Weights) -> Weights:
    """Return weights for a wider network that computes the same as a narrow one.

    Parameters
    ----------
    narrow : dict of tensors
        Weights of the narrow network.
    random : dict of tensors
        Weights of a new, wider network with as many levels; only the shared names are used.

    Returns
    -------
    dict of tensors
        With the names of `narrow` that both have, and the shapes of `random`.
    """
    return {
        name: _widen_modulation(weight, random[name])
        if name.startswith("modulation.")
        else _widen_weight(weight, random[name], is_transposed=name.startswith("up."))
        for name, weight in narrow.items()
        if name in random
    }


def _widen_weight(narrow: Tensor, random: Tensor, *, is_transposed: bool) -> Tensor:
    """Return a bias (outputs,), or a kernel (outputs, inputs, ...); transposed: inputs first."""
    if narrow.shape == random.shape:
        return narrow
    if narrow.ndim == 1:
        wide = random.new_zeros(random.shape)
        wide[: len(narrow)] = narrow
        return wide
    wide = RANDOM_SHARE * random
    target, known = (
        (wide.transpose(0, 1), narrow.transpose(0, 1)) if is_transposed else (wide, narrow)
    )
    outputs, inputs = known.shape[:2]
    target[:outputs] = 0  # nothing from new channels to old ones
    target[:outputs, :inputs] = known
    return wide


def _widen_modulation(narrow: Tensor, random: Tensor) -> Tensor:
    """Return the weights of scale and shift; the context does not change new channels yet."""
    if narrow.shape == random.shape:
        return narrow
    wide = random.new_zeros(random.shape)
    for part, known in zip(wide.chunk(2), narrow.chunk(2), strict=True):
        part[: len(known)] = known
    return wide
