"""Manual adjustments: brightness, contrast, gamma, sharpening."""

from __future__ import annotations

import numpy as np
import pytest

from pixbin.color import quanta
from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE, Quanta
from pixbin.options import Options
from pixbin.tone import adjust
from tests.fixtures import sample_image

RAMP = quanta.to_quanta(np.linspace(0, 1, 256)[None], Tone.LINEAR)
FLAT = quanta.to_quanta(np.full((20, 20), 0.4), Tone.LINEAR)


def adjusted(cells: Quanta, **settings: object) -> np.ndarray:
    """Return sRGB values after adjustment."""
    planes = adjust.adjust((cells,), Options.of(enhance="none", **settings))
    return quanta.quanta_to_srgb(planes[0], Tone.LINEAR)


def test_planes_without_adjustment_are_returned() -> None:
    """Without adjustments the planes themselves come back."""
    assert adjust.adjust((RAMP,), Options.of(enhance="none"))[0] is RAMP


def test_brightness_shifts_values() -> None:
    """Brightness adds to the gamma-encoded value and stops at black and white."""
    assert np.allclose(
        np.clip(np.linspace(0, 1, 256) + 0.2, 0, 1), adjusted(RAMP, brightness=0.2)[0], atol=1e-5
    )
    assert (adjusted(RAMP, brightness=-1) == 0).all()
    assert np.allclose(1, adjusted(RAMP, brightness=1))


def test_contrast_scales_about_the_middle() -> None:
    """Contrast doubles or halves the distance from one half; -1 leaves flat grey."""
    assert adjusted(FLAT, contrast="100%")[0, 0] == pytest.approx(0.3, abs=1e-5)
    assert adjusted(FLAT, contrast="-50%")[0, 0] == pytest.approx(0.45, abs=1e-5)
    assert np.allclose(0.5, adjusted(RAMP, contrast=-1), atol=1e-5)


def test_gamma_above_one_lightens() -> None:
    """Gamma keeps black and white, and is a power of the values between."""
    bent = adjusted(RAMP, gamma=2)[0]

    assert bent[[0, -1]].tolist() == pytest.approx([0, 1])
    assert np.allclose(np.linspace(0, 1, 256) ** 0.5, bent, atol=2e-3)


def test_sharpening_leaves_flat_areas() -> None:
    """An unsharp mask leaves flat areas as they are, and steepens an edge."""
    edge = quanta.to_quanta(np.repeat([[0.4] * 10 + [0.6] * 10], 12, 0), Tone.LINEAR)
    sharp = adjusted(edge, sharpen=1)

    assert np.allclose(0.4, adjusted(FLAT, sharpen=5), atol=1e-5)
    assert np.allclose(0.4, sharp[:, :4], atol=1e-3)
    assert (sharp[:, 9] < 0.35).all()
    assert (sharp[:, 10] > 0.65).all()


def test_result_is_in_quanta() -> None:
    """Adjusted cells are whole quanta from black to white, in both tones."""
    for tone in Tone:
        cells = quanta.to_quanta(sample_image(30, 20)[..., 0] / 255, tone)
        options = Options.of(contrast=2, sharpen=3, gamma=0.7, tone=tone)
        (result,) = adjust.adjust((cells,), options)
        assert result.dtype == np.int32
        assert 0 <= result.min() <= result.max() <= FULL_SCALE
