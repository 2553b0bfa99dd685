"""The direction of lines, against scikit-image's structure tensor."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import skimage.feature

from pixbin.filters import edge_tangent_flow


@pytest.mark.parametrize("angle", [0, 30, 45, 80, 90, 120, 170])
def test_direction_is_that_of_stripes(angle: float) -> None:
    """Along stripes of a known angle the field points along them, by a degree or two."""
    turn = np.radians(angle)
    y, x = np.mgrid[:60, :60]
    stripes = np.sin(0.4 * (x * np.sin(turn) - y * np.cos(turn)))  # they run along `turn`
    down, right = edge_tangent_flow.edge_tangent_field(stripes, 4.0)
    inside = np.s_[15:-15, 15:-15]
    along = np.abs(right * np.cos(turn) + down * np.sin(turn))[inside]

    assert np.degrees(np.arccos(np.clip(along, 0, 1))).max() < 2
    assert np.hypot(down, right)[inside] == pytest.approx(1)


@pytest.mark.parametrize("name", ["camera", "coins"])
def test_direction_is_that_of_the_structure_tensor(name: str) -> None:
    """Where lines are clear the field is the minor axis of scikit-image's tensor.

    That takes Sobel's differences, so directions may differ a little.
    """
    values = np.asarray(getattr(skimage.data, name)())[:200, :200] / 255.0
    rows, both, columns = skimage.feature.structure_tensor(
        values, sigma=2, mode="nearest", order="rc"
    )
    tensor = np.stack([np.stack([rows, both], -1), np.stack([both, columns], -1)], -2)
    strengths, axes = np.linalg.eigh(tensor)
    down, right = edge_tangent_flow.edge_tangent_field(values, 2)
    is_clear = strengths[..., 1] > 4 * strengths[..., 0] + 1e-3
    agreement = np.abs(down * axes[..., 0, 0] + right * axes[..., 1, 0])[is_clear]

    assert is_clear.mean() > 0.05
    assert np.median(agreement) > np.cos(np.radians(5))
    assert np.percentile(agreement, 1) > np.cos(np.radians(20))


def test_flat_picture_has_no_direction() -> None:
    """Where nothing changes both steps are 0."""
    down, right = edge_tangent_flow.edge_tangent_field(np.full((9, 9), 0.5), 1.0)

    assert not down.any()
    assert not right.any()
