"""Strategies of Hypothesis for two-valued pictures and for ways to pack their bits."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pixbin.catalog.enums import BitOrder, ByteLayout, Flip, Header, Polarity
from pixbin.catalog.packing import Packing

pictures = arrays.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)))
packings = st.builds(
    Packing,
    st.sampled_from(ByteLayout),
    st.sampled_from(BitOrder),
    st.sampled_from(Polarity),
    st.none() | st.integers(40, 50),
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from(Flip),
    st.sampled_from(Header),
)
