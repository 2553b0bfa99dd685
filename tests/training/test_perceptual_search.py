"""Tests of the search with torch, and of the graph of `--refine` against torch's gradients."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from pixbin.neural import onnx_session, refine, refine_search, refine_views
from pixbin.neural.refine_search import Schedule, TermWeights
from pixbin.neural.refine_views import View
from pixbin.training.perceptual import networks, refine_graph, refine_statistics, search
from pixbin.training.perceptual.search import SearchNetworks
from tests.fixtures import sample_image

SIZE = (16, 24)  #: cells


@pytest.fixture(scope="module")
def vision() -> SearchNetworks:
    """Return the networks of the shipped graph."""
    return search.load_networks()


@pytest.fixture(scope="module")
def searcher() -> refine_search.Searcher:
    """Return the shipped graph on one thread."""
    return refine.load(threads=1)


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    """Return a source: float32 (64, 96), from 0 to 1."""
    return sample_image(96, 64)[..., 1].astype(np.float32) / 255


@pytest.fixture
def paper() -> np.ndarray:
    """Return undecided cells, float32, from 0 to 1."""
    return np.random.default_rng(0).uniform(0, 1, SIZE).astype(np.float32)


@pytest.mark.parametrize(
    "weights",
    [
        TermWeights(features=8, cuts=0, tone=0, undecided=0),
        TermWeights(features=0, cuts=3, tone=0, undecided=0),
        TermWeights(features=0, cuts=0, tone=6, undecided=0),
        TermWeights(features=0, cuts=0, tone=0, undecided=1),
        TermWeights(),
    ],
)
def test_loss_and_gradient_agree_with_torch(
    vision: SearchNetworks,
    searcher: refine_search.Searcher,
    seen: np.ndarray,
    paper: np.ndarray,
    weights: TermWeights,
) -> None:
    """Each term and its gradient are those of torch, to a part in ten thousand."""
    view, progress = View(0.6, 2, -1), 0.7
    expected = search.PictureObjective(vision, seen, SIZE, weights)
    cells = torch.tensor(paper[None, None], requires_grad=True)
    loss = expected(cells, view, progress)
    loss.backward()  # type: ignore[no-untyped-call]
    assert cells.grad is not None
    reference = cells.grad[0, 0].numpy()

    scale = refine_views.choose_scale(*SIZE)
    actual = searcher._replace(weights=weights).objective(seen, SIZE, scale)
    value, gradient = actual(paper, view, progress)

    assert value == pytest.approx(loss.item(), rel=1e-4)
    assert np.abs(gradient - reference).max() <= 1e-4 * np.abs(reference).max()


@pytest.mark.parametrize("scale", [2, 3])
def test_gradient_agrees_at_other_scales(
    vision: SearchNetworks,
    searcher: refine_search.Searcher,
    seen: np.ndarray,
    paper: np.ndarray,
    scale: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The statistics of each scale are those that torch uses; views need not be square."""
    monkeypatch.setattr(refine_views, "choose_scale", lambda *_: scale)
    cells = torch.tensor(paper[None, None], requires_grad=True)
    loss = search.PictureObjective(vision, seen, SIZE, TermWeights())(cells, View(1.0, 0, 1), 0)
    loss.backward()  # type: ignore[no-untyped-call]
    assert cells.grad is not None
    reference = cells.grad[0, 0].numpy()
    value, gradient = searcher.objective(seen, SIZE, scale)(paper, View(1.0, 0, 1), 0)

    assert value == pytest.approx(loss.item(), rel=1e-4)
    assert np.abs(gradient - reference).max() <= 1e-4 * np.abs(reference).max()


def test_search_of_refine_is_that_of_torch(
    vision: SearchNetworks, searcher: refine_search.Searcher, seen: np.ndarray
) -> None:
    """With the views of `--refine`, both searches change the same cells."""
    logits = search.start_from_greys(seen, SIZE)
    loss = search.PictureObjective(vision, seen, SIZE, searcher.weights)
    expected, _ = search.search(loss, logits, refine_views.view_sequence(6))
    values = searcher.search(logits, seen, 6, refine_views.choose_scale(*SIZE))

    assert (expected != (logits >= 0)).any()
    assert (expected != (refine.without_lone_cells(values) >= 0)).mean() <= 0.01


def test_search_lowers_the_loss_and_follows_saliency(
    vision: SearchNetworks, seen: np.ndarray
) -> None:
    """The loss falls, and features count more where the picture matters."""
    saliency = np.zeros(SIZE, np.float32)
    saliency[:, :8] = 1
    logits = search.start_from_greys(seen, SIZE)
    views = [View(0.7, 0, 0)] * 10
    loss = search.PictureObjective(vision, seen, SIZE, TermWeights(undecided=0), saliency)
    schedule = Schedule(first_slope=4, last_slope=4)
    cells, losses = search.search(loss, logits, views, schedule, frees_all=True)

    assert losses[-1] < losses[0]
    assert cells.dtype == bool
    assert cells.shape == SIZE
    weight = loss.feature_weights[0][0, 0]
    assert weight[:, 0].mean() > 3 * weight[:, -1].mean()


def test_random_views_are_those_of_the_seed() -> None:
    """A seed gives the same views again, another one gives others; all are within the limits."""
    views = [list(search.random_views(20, seed)) for seed in (0, 0, 1)]

    assert views[0] == views[1] != views[2]
    for view in views[0]:
        assert refine_views.LEAST_BLUR <= view.blur <= refine_views.MOST_BLUR
        assert max(abs(view.down), abs(view.right)) <= refine_views.MOST_SHIFT


def test_built_graph_has_given_weights_and_statistics(tmp_path: Path, seen: np.ndarray) -> None:
    """A graph of other weights and statistics is built, read back, and named in its card."""
    torch.manual_seed(0)
    weights = {
        f"{name}.{key}": weight.detach()
        for name, network in (
            ("mobilenet", networks.MobileNetFeatures()),
            ("nanodet", networks.NanoDetFeatures()),
        )
        for key, weight in network.state_dict().items()
    }
    pictures = [
        (np.tile(seen, (1, 2))[:, : 4 * side], np.random.default_rng(side).random((16, side)) < 0.5)
        for side in (16, 40)
    ]
    pictures.append((np.tile(seen, (2, 3))[:, :256], np.ones((32, 64), np.bool_)))
    means, deviations = refine_statistics.measure_statistics(weights, pictures)
    data = refine_graph.build(weights, means, deviations)
    path = tmp_path / "refine.onnx"
    path.write_bytes(data)
    loaded = refine_graph.load_vision_weights(path)
    statistics = search.load_networks(path).statistics

    assert [mean.shape for mean in means] == [(6, count) for count in (32, 96, 128, 256)]
    assert {*loaded} == {*weights}
    for name, weight in weights.items():
        torch.testing.assert_close(loaded[name], weight.half().float())
    torch.testing.assert_close(statistics[2].means, torch.from_numpy(means[2]))
    assert json.loads(refine_graph.card_json(data))["upstream_sha256"]
    session = onnx_session.create_session(data, "cpu", 1)
    features = refine_search.Searcher(session).source_features(seen, SIZE, 4)
    assert features[0].shape == (1, 32, 8, 12)
    np.testing.assert_allclose((features[0] ** 2).sum(1), 1, rtol=1e-4)
    assert onnx.load_model_from_string(data).ir_version == refine_graph.IR_VERSION
