"""Error diffusion with variable coefficients: the published tables, and their use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import repeat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog.error_diffusion_kernels import OSTROMOUKHOV, ZHOU_FANG
from pixbin.catalog.families import VariableDiffusion
from pixbin.color.quanta import FULL_SCALE
from pixbin.dither import variable_error_diffusion
from tests.oracles import reference
from tests.sparse import examples

#: parts ahead, below behind and below at levels 0 to 127, as V. Ostromoukhov published them
PUBLISHED = """
13/0/5 13/0/5 21/0/10 7/0/4 8/0/5 47/3/28 23/3/13 15/3/8 22/6/11 43/15/20 7/3/3 501/224/211
249/116/103 165/80/67 123/62/49 489/256/191 81/44/31 483/272/181 60/35/22 53/32/19 237/148/83
471/304/161 3/2/1 459/304/161 38/25/14 453/296/175 225/146/91 149/96/63 111/71/49 63/40/29 73/46/35
435/272/217 108/67/56 13/8/7 213/130/119 423/256/245 5/3/3 281/173/162 141/89/78 283/183/150
71/47/36 285/193/138 13/9/6 41/29/18 36/26/15 289/213/114 145/109/54 291/223/102 73/57/24
293/233/90 21/17/6 295/243/78 37/31/9 27/23/6 149/129/30 299/263/54 75/67/12 43/39/6 151/139/18
303/283/30 38/36/3 305/293/18 153/149/6 307/303/6 1/1/0 101/105/2 49/53/2 95/107/6 23/27/2
89/109/10 43/55/6 83/111/14 5/7/1 172/181/37 97/76/22 72/41/17 119/47/29 4/1/1 4/1/1 4/1/1 4/1/1
4/1/1 4/1/1 4/1/1 4/1/1 4/1/1 65/18/17 95/29/26 185/62/53 30/11/9 35/14/11 85/37/28 55/26/19
80/41/29 155/86/59 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2 5/3/2
305/176/119 155/86/59 105/56/39 80/41/29 65/32/23 55/26/19 335/152/113 85/37/28 115/48/37 35/14/11
355/136/109 30/11/9 365/128/107 185/62/53 25/8/7 95/29/26 385/112/103 65/18/17 395/104/101 4/1/1
"""

#: some of the shares, interpolated, that B. Zhou and X. Fang published with their program
INTERPOLATED = {
    1: (0.722562, 0.000000, 0.277438),
    7: (0.579712, 0.113951, 0.306337),
    18: (0.490564, 0.288749, 0.220686),
    27: (0.470479, 0.312673, 0.216847),
    53: (0.400529, 0.426252, 0.173219),
    69: (0.377029, 0.498599, 0.124372),
    80: (0.387644, 0.450085, 0.162272),
    90: (0.349914, 0.355039, 0.295048),
    110: (0.331980, 0.378209, 0.289810),
    120: (0.343785, 0.369475, 0.286741),
}


def published() -> list[list[Fraction]]:
    """Return the published table as exact shares."""
    rows = [[int(part) for part in row.split("/")] for row in PUBLISHED.split()]
    return [[Fraction(part, sum(parts)) for part in parts] for parts in rows]


def test_ostromoukhov_is_the_published_table() -> None:
    """The few levels in the catalog give all 128 published rows; lighter levels mirror them."""
    table = variable_error_diffusion.weights_by_level(OSTROMOUKHOV)
    exact = np.array(published(), float)

    assert exact.shape == (128, 3)
    assert np.allclose(exact, table[:128], rtol=0, atol=1e-14)
    assert np.array_equal(table, table[::-1])


@pytest.mark.parametrize("level", INTERPOLATED)
def test_zhou_fang_is_the_published_table(level: int) -> None:
    """Weights between the levels of the paper are those of its authors' program."""
    table = variable_error_diffusion.weights_by_level(ZHOU_FANG)

    assert table[level] == pytest.approx(INTERPOLATED[level], abs=5e-6)
    assert np.array_equal(table[level], table[255 - level])


def test_zhou_fang_noise_is_strongest_at_one_third_and_one_half() -> None:
    """There the noise covers half of the scale; at black there is none."""
    amplitudes = variable_error_diffusion.noise_by_level(ZHOU_FANG)

    assert amplitudes[[0, 85, 127, 128, 255]].tolist() == [0, 127.5, 127.5, 127.5, 0]
    assert amplitudes[95] == pytest.approx(0.17 * 127.5)


@pytest.mark.parametrize("family", [OSTROMOUKHOV, ZHOU_FANG])
def test_whole_errors_are_handed_on(family: VariableDiffusion) -> None:
    """At every level the weights add up to one, and none is negative."""
    assert variable_error_diffusion.weights_by_level(family).sum(axis=1) == pytest.approx(
        1, abs=1e-12
    )
    assert variable_error_diffusion.weights_by_level(family).min() >= 0


def noisy_thresholds(seed: int) -> Iterator[Callable[[int], float]]:
    """Yield Zhou and Fang's threshold for each cell, with Park and Miller's generator."""
    prime, turn = 2**31 - 1, 0
    start = int(np.random.RandomState(seed).randint(1, prime))
    amplitudes = variable_error_diffusion.noise_by_level(ZHOU_FANG)
    while turn := turn + 1:
        share = start * pow(48271, turn, prime) % prime / prime - 0.5
        yield lambda level, share=share: 127.5 + amplitudes[level] * share  # type: ignore[misc]


@examples(60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 999), st.booleans())
def test_equals_the_definition(height: int, width: int, seed: int, serpentine: bool) -> None:
    """At every size from 1 x 1 the result is that of scattering errors by level."""
    cells = (
        np.random.default_rng(seed).integers(0, FULL_SCALE + 1, (height, width)).astype(np.int32)
    )
    plain = variable_error_diffusion.diffuse(cells, OSTROMOUKHOV, serpentine, 1.0, 0)
    exact = np.array(published(), float)
    shares = np.concatenate([exact, exact[::-1]])
    thresholds = repeat(lambda _: 127.5)
    modulated = variable_error_diffusion.diffuse(cells, ZHOU_FANG, serpentine, 1.0, seed)

    assert np.array_equal(
        reference.variable_error_diffusion(cells, shares, thresholds, serpentine), plain
    )
    shares = variable_error_diffusion.weights_by_level(ZHOU_FANG)
    expected = reference.variable_error_diffusion(cells, shares, noisy_thresholds(seed), serpentine)
    assert np.array_equal(expected, modulated)


def test_seed_chooses_the_noise() -> None:
    """Another seed gives other dots, the same seed the same; Ostromoukhov has no noise."""
    cells = np.full((40, 40), FULL_SCALE // 3, np.int32)
    made = [
        variable_error_diffusion.diffuse(cells, ZHOU_FANG, True, 1.0, seed) for seed in (1, 1, 2)
    ]
    plain = [
        variable_error_diffusion.diffuse(cells, OSTROMOUKHOV, True, 1.0, seed) for seed in (1, 2)
    ]

    assert np.array_equal(made[0], made[1])
    assert (made[0] != made[2]).mean() > 0.2
    assert np.array_equal(plain[0], plain[1])
