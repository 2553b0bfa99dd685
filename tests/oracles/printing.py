"""Pictures for tests of printers and lasers."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.catalog.laser import LaserSettings
from pixbin.geometry import Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture

#: pictures with odd sides, and with equal rows, which some formats write shorter
printed_pictures = st.one_of(
    arrays.arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 80))),
    st.builds(
        lambda row, count: np.repeat(row, count, axis=0),
        arrays.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 200))),
        st.integers(1, 6),
    ),
)


def dots(cells: np.ndarray, laser: LaserSettings | None = None, **options: object) -> Picture:
    """Return a picture of these cells, True is paper, of one pixel each."""
    size = Size(cells.shape[1], cells.shape[0])
    return Picture(
        cells,
        Layout(size, size, 1),
        cell=Options.of(**options).cell,
        packing_overrides=Options.of(**options).packing_overrides,
        laser=laser or LaserSettings(),
    )


def drawn(*rows: str) -> np.ndarray:
    """Return the cells of rows of letters; `#` is ink."""
    return np.array([[letter != "#" for letter in row] for row in rows])
