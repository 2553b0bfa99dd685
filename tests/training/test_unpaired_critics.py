"""Tests of what judges marks: windows of patterns, critics and the discriminator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pixbin.training.unpaired.critics import PatternCritic
from pixbin.training.unpaired.discriminator import (
    RECEPTIVE_CELLS,
    PatchDiscriminator,
    discriminator_loss,
)
from pixbin.training.unpaired.patterns import PatternWindow, window_codes

WINDOWS = [PatternWindow(3, 3), PatternWindow(2, 3, 2)]


def random_paper(seed: int, *shape: int) -> torch.Tensor:
    """Return random cells, bool."""
    return torch.from_numpy(np.random.default_rng(seed).random(shape) < 0.6)


@pytest.mark.parametrize("window", WINDOWS)
def test_codes_equal_slow_reference(window: PatternWindow) -> None:
    """The number of a pattern has the bits of the cells that a window sees."""
    paper = random_paper(0, 2, 7, 9)
    codes = window_codes(paper, window)
    rows, columns = window.extent

    assert codes.shape == (2, 7 - rows + 1, 9 - columns + 1)
    for n, y, x in np.ndindex(*codes.shape):
        cells = paper[n, y : y + rows : window.step, x : x + columns : window.step]
        assert int(codes[n, y, x]) == sum(
            int(cell) << bit for bit, cell in enumerate(cells.ravel())
        )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("period", [1, 2])
def test_advantage_is_the_change_of_the_score(window: PatternWindow, period: int) -> None:
    """For each cell it equals the summed scores with paper less those with ink, by brute force."""
    critic = PatternCritic(window, period, [random_paper(seed, 9, 8).numpy() for seed in (1, 2)])
    critic.update(random_paper(3, 4, 9, 8) & random_paper(4, 4, 9, 8))
    paper = random_paper(5, 1, 7, 8)
    positions = (7 - window.extent[0] + 1) * (8 - window.extent[1] + 1)
    expected = torch.zeros(7, 8)
    for y, x in np.ndindex(7, 8):
        with_paper, with_ink = paper.clone(), paper.clone()
        with_paper[0, y, x], with_ink[0, y, x] = True, False
        change = critic.mean_score(with_paper) - critic.mean_score(with_ink)
        expected[y, x] = change * positions / (window.rows * window.columns)

    assert torch.allclose(critic.advantage(paper)[0], expected, atol=1e-4)
    assert expected.abs().max() > 0.1


def test_critic_wants_what_is_rare() -> None:
    """Paper is wanted where outputs have less of it than the drawings, and not if as much."""
    window = PatternWindow(1, 1)
    critic = PatternCritic(window, 1, [np.ones((20, 20), np.bool_)])
    critic.update(torch.zeros(1, 20, 20, dtype=torch.bool))
    assert critic.advantage(torch.zeros(1, 5, 5, dtype=torch.bool)).min() > 1

    half = random_paper(0, 1, 40, 40)
    equal = PatternCritic(window, 1, [half[0].numpy()])
    equal.update(half)
    assert equal.advantage(half).abs().max() < 1e-3


def test_critic_tells_phases_apart() -> None:
    """Stripes on the wrong rows are wrong with a period of 2, and right without a period."""
    stripes = np.zeros((20, 20), np.bool_)
    stripes[::2] = True
    moved = torch.from_numpy(np.roll(stripes, 1, axis=0).copy())[None]
    scores = []
    for period in (1, 2):
        critic = PatternCritic(PatternWindow(2, 2), period, [stripes])
        critic.update(moved)
        scores.append(float(critic.mean_score(moved)))

    assert abs(scores[0]) < 0.5
    assert scores[1] < -2


def test_restored_counts_must_fit() -> None:
    """Counts of another window are refused."""
    critic = PatternCritic(PatternWindow(2, 2), 1, [np.ones((8, 8), np.bool_)])
    with pytest.raises(ValueError, match="counts"):
        critic.restore(torch.zeros(512))


def test_discriminator_sees_few_cells() -> None:
    """A score depends on 13 x 13 cells, all of them."""
    torch.manual_seed(0)
    network = PatchDiscriminator(2).double().eval()
    cells = torch.rand(1, 1, 33, 33, dtype=torch.double, requires_grad=True)
    scores = network(cells)
    middle = scores.shape[2] // 2
    (gradient,) = torch.autograd.grad(scores[0, 0, middle, middle], cells)
    rows, columns = (gradient[0, 0].abs().sum(axis).nonzero().ravel() for axis in (1, 0))

    assert network(cells[..., :RECEPTIVE_CELLS, :RECEPTIVE_CELLS]).shape == (1, 1, 1, 1)
    assert int(rows.max() - rows.min()) + 1 == RECEPTIVE_CELLS
    assert int(columns.max() - columns.min()) + 1 == RECEPTIVE_CELLS


def test_discriminator_learns_to_tell_stripes_apart() -> None:
    """After a few steps, stripes score above their transposed selves."""
    torch.manual_seed(0)
    stripes = torch.zeros(2, 1, 16, 16)
    stripes[:, :, ::2] = 1
    network = PatchDiscriminator(1, 4)
    optimizer = torch.optim.Adam(network.parameters(), 0.03)
    for _ in range(30):
        loss = discriminator_loss(network(stripes), network(stripes.mT))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    with torch.no_grad():
        assert network(stripes).mean() > network(stripes.mT).mean() + 0.5
