"""Helpers of formats that hold animations: every frame full-size, none left out or merged."""

from __future__ import annotations

from collections.abc import Sequence

from pixbin.bitmap import Bitmap

MAX_UINT16 = 65535


def any_transparent(bitmaps: Sequence[Bitmap]) -> bool:
    """Return whether any cell of any frame is transparent."""
    return any(bitmap.transparent is not None for bitmap in bitmaps)


def count_ticks(durations: Sequence[float], tick: int) -> list[int]:
    """Return durations in ticks, so that each frame begins at the tick nearest to its time.

    Rounding does not add up over frames. A frame takes at least one tick, unless it takes no
    time. Durations and tick are in milliseconds.

    Examples
    --------
    >>> count_ticks([33, 33, 34], 10)
    [3, 4, 3]
    """
    counts, time, elapsed = [], 0.0, 0
    for duration in durations:
        time += duration
        count = max(int(time / tick + 0.5) - elapsed, 1) if duration > 0 else 0
        counts.append(count)
        elapsed += count
    return counts
