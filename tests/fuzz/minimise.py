"""Smaller inputs with the same finding: pieces are left out while the finding stays."""

from __future__ import annotations

import time

from tests.fuzz import worker
from tests.fuzz.entry import FuzzEntry
from tests.fuzz.watch import FuzzLimits
from tests.fuzz.worker import FoundInput

SECONDS = 8.0
_SLOW_KINDS = ("hang", "slow", "memory")  #: whose runs take too long to repeat them


def smaller(entry: FuzzEntry, found: FoundInput, limits: FuzzLimits) -> bytes:
    """Return a smaller input with the same finding; after some seconds, what there is by then."""
    data = found.data
    if found.finding.kind in _SLOW_KINDS:
        return data
    stop_at = time.monotonic() + SECONDS
    piece = max(1, len(data) // 2)
    while time.monotonic() < stop_at:
        shorter = _without_pieces(entry, found, data, piece, limits, stop_at)
        if shorter == data and piece == 1:
            break
        data, piece = shorter, max(1, piece // 2)
    return data


def _without_pieces(
    entry: FuzzEntry,
    found: FoundInput,
    data: bytes,
    piece: int,
    limits: FuzzLimits,
    stop_at: float,
) -> bytes:
    position = 0
    while position < len(data) and time.monotonic() < stop_at:
        shorter = data[:position] + data[position + piece :]
        finding = worker.judge_alone(entry, shorter, found.choice, limits).finding
        if finding is not None and finding.signature == found.finding.signature:
            data = shorter
        else:
            position += piece
    return data
