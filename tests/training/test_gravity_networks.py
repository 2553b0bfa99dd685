"""Making of the networks of `--gravity`: what is written computes what was trained or published."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from pixbin.errors import InputError
from pixbin.neural import faces, onnx_session, saliency
from pixbin.training import face_graph
from pixbin.training.perceptual import subject_head
from pixbin.training.perceptual.refine_graph import FEATURE_CHANNELS, FEATURE_STRIDES


def text(word: str) -> str:
    """Return a word as TensorFlow.js writes it."""
    return base64.b64encode(word.encode()).decode()


class PublishedModel:
    """A small model as TensorFlow.js stores it: two outputs for each of two strides."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = [{"name": "input", "op": "Placeholder"}]
        self.weights: dict[str, np.ndarray] = {}
        self._generator = np.random.default_rng(3)

    def weight(self, name: str, values: np.ndarray) -> str:
        """Add a constant; return its name."""
        self.weights[name] = values
        self.nodes.append({"name": name, "op": "Const"})
        return name

    def random(self, name: str, *shape: int) -> str:
        """Add a random weight; return its name."""
        values = self._generator.integers(-8, 8, shape) / 16  # exact in half precision
        return self.weight(name, values.astype(np.float32))

    def add(self, op: str, name: str, *inputs: str, stride: int = 1, fused: str = "") -> str:
        """Add a node; return its name."""
        attributes = {"strides": {"list": {"i": ["1", str(stride), str(stride), "1"]}}}
        if fused:
            attributes["fused_ops"] = {"list": {"s": [text("BiasAdd"), text(fused)]}}
        self.nodes.append({"name": name, "op": op, "input": [*inputs], "attr": attributes})
        return name

    def build(self) -> tuple[dict[str, Any], bytes]:
        """Return the JSON and the weights."""
        rows = [
            {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)}
            for name, values in self.weights.items()
        ]
        model = {"modelTopology": {"node": self.nodes}, "weightsManifest": [{"weights": rows}]}
        return model, b"".join(values.tobytes() for values in self.weights.values())


def test_converted_layers_compute_the_same() -> None:
    """Convolutions, pooling, padding of channels and outputs are those of the published file."""
    model = PublishedModel()
    stem = model.add(
        "_FusedConv2D", "stem", "input", model.random("w0", 5, 5, 3, 4), model.random("b0", 4),
        stride=2, fused="Relu",
    )  # fmt: skip
    deep = model.add(
        "DepthwiseConv2dNative", "deep", stem, model.random("w1", 3, 3, 4, 1), stride=2
    )
    wide = model.add(
        "_FusedConv2D", "wide", deep, model.random("w2", 1, 1, 4, 6), model.random("b2", 6)
    )
    pool = model.add("MaxPool", "pool", stem)
    paddings = model.weight("p", np.array([[0, 0], [0, 0], [0, 0], [0, 2]], np.int32))
    padded = model.add("Pad", "pad", pool, paddings)
    out = model.add("Relu", "out", model.add("AddV2", "sum", wide, padded))
    for name, anchors, values in (
        ("Identity", 2, 1), ("Identity_1", 6, 1), ("Identity_2", 2, 16), ("Identity_3", 6, 16),
    ):  # fmt: skip
        kernel = model.random(f"k{name}", 1, 1, 6, anchors * values)
        head = model.add(
            "_FusedConv2D", f"h{name}", out, kernel, model.random(f"c{name}", anchors * values)
        )
        model.add("Identity", name, model.add("Reshape", f"r{name}", head))
    session = onnx_session.create_session(face_graph.build(*model.build()), "cpu", 1)
    picture = np.random.default_rng(1).random((1, 3, 64, 32), np.float32)
    logits, boxes = session.run(["logits16", "boxes16"], {faces.INPUT: picture})

    w = {name: torch.from_numpy(values) for name, values in model.weights.items()}
    x = functional.pad(torch.from_numpy(picture) * 2 - 1, (1, 2, 1, 2))
    x = functional.conv2d(x, w["w0"].permute(3, 2, 0, 1), w["b0"], stride=2).relu()
    y = functional.conv2d(
        functional.pad(x, (0, 1, 0, 1)), w["w1"].permute(2, 3, 0, 1), stride=2, groups=4
    )
    y = functional.conv2d(y, w["w2"].permute(3, 2, 0, 1), w["b2"])
    y = (y + functional.pad(functional.max_pool2d(x, 2), (0, 0, 0, 0, 0, 2))).relu()
    for result, name, values in ((logits, "Identity", 1), (boxes, "Identity_2", 16)):
        z = functional.conv2d(y, w[f"k{name}"].permute(3, 2, 0, 1), w[f"c{name}"])
        expected = z.permute(0, 2, 3, 1).reshape(-1, values).numpy()
        assert result == pytest.approx(expected, abs=1e-4)


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the published files are converted."""
    for name in face_graph.SHA256:
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr("sys.argv", ["face_graph", str(tmp_path), str(tmp_path / "face.onnx")])
    with pytest.raises(InputError, match="not the published file"):
        face_graph.main()


def test_head_learns_and_is_written() -> None:
    """A head learns where a bright feature is, and its file computes the same."""
    generator = np.random.default_rng(5)
    features = {
        f"feature{number}": generator.normal(0, 1, (24, channels, side, side)).astype(np.float32)
        for number, (channels, side) in enumerate(
            zip(FEATURE_CHANNELS, [saliency.SIDE // s for s in FEATURE_STRIDES], strict=True)
        )
    }
    side = saliency.MAP_SIDE
    colour = generator.normal(0, 0.2, (24, 3, side, side)).astype(np.float32)
    places = generator.random((24, 1, 4, 4)) > 0.7
    maps = places.repeat(side // 4, 2).repeat(side // 4, 3).astype(np.float32)
    features["feature1"][:, :8] += 4 * maps[:, :, ::2, ::2]
    examples = [
        {
            name: values[number : number + 1]
            for name, values in (features | {"colour": colour}).items()
        }
        for number in range(24)
    ]
    inputs = subject_head.stack([subject_head.head_input(example) for example in examples])
    known = subject_head.HeadInput(*(values[:20] for values in inputs))
    head = subject_head.train(known, maps[:20, 0], epochs=15, seed=0)
    data = subject_head.build(head)
    session = onnx_session.create_session(data, "cpu", 1)
    theirs = torch.from_numpy(maps[20:, 0])
    with torch.inference_mode():
        ours = torch.sigmoid(head(*inputs.pick(slice(20, None))))
    written = np.concatenate([session.run(None, example)[0][:, 0] for example in examples[20:]])

    assert subject_head.correlation(ours, theirs).min() > 0.5
    assert written == pytest.approx(ours.numpy(), abs=0.01)
    card = json.loads(subject_head.card_json(data, 0.5))
    assert card["held_out_correlation"] == 0.5
