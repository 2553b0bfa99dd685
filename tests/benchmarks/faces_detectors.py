"""Two detectors of faces that have nothing in common: CenterFace and MTCNN.

CenterFace finds the centres of faces in one pass of a small network. MTCNN is a cascade of three
tiny networks over an image pyramid. Both were trained on photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.judges import session_of
from tests.benchmarks.network_files import (
    CENTERFACE,
    MTCNN_OUTPUT,
    MTCNN_PROPOSALS,
    MTCNN_REFINEMENT,
)
from tests.benchmarks.recognition_contenders import Grey

Boxes = NDArray[np.float64]  #: shape (faces, 4): left, top, right, bottom in pixels; best first


class FaceDetector(Protocol):
    """A detector of faces in grey pictures."""

    name: str

    def faces(self, picture: Grey) -> Boxes:
        """Return the boxes of all faces, best first."""


class CenterFaceDetector:
    """CenterFace. Source: Y. Xu and others, CenterFace: joint face detection, 2019."""

    name = "CenterFace"
    stride = 4  #: pixels of the picture for each value of the maps
    least_score = 0.5

    def __init__(self) -> None:
        onnx: Any = import_module("onnx")
        model = onnx.load(str(CENTERFACE.locate()))
        for value, name in [*((each, "in") for each in model.graph.input[:1])] + [
            (each, "out") for each in model.graph.output
        ]:
            for axis in (0, 2, 3):
                value.type.tensor_type.shape.dim[axis].dim_param = f"{name}{axis}"
        self._session = session_of(model.SerializeToString())
        self._input = model.graph.input[0].name

    def faces(self, picture: Grey) -> Boxes:
        """Return the boxes of all faces, best first; the sides must be multiples of 32 pixels."""
        planes = np.broadcast_to(picture.astype(np.float32), (1, 3, *picture.shape))
        heat, scale, offset, _ = self._session.run(None, {self._input: planes})
        rows, columns = np.nonzero(heat[0, 0] > self.least_score)
        heights, widths = np.exp(scale[0][:, rows, columns]) * self.stride
        y, x = (np.array([rows, columns]) + offset[0][:, rows, columns] + 0.5) * self.stride
        halves = widths / 2, heights / 2
        boxes = np.stack([x - halves[0], y - halves[1], x + halves[0], y + halves[1]], axis=1)
        return _clipped(boxes[suppress(boxes, heat[0, 0][rows, columns], 0.3)], picture)


class MtcnnDetector:
    """MTCNN. Source: K. Zhang and others, Joint face detection and alignment, 2016."""

    name = "MTCNN"
    least_scores = 0.6, 0.7, 0.7  #: of the three networks
    least_face = 20  #: in pixels
    pyramid_factor = 0.709

    def __init__(self) -> None:
        self._torch: Any = import_module("torch")
        files = MTCNN_PROPOSALS, MTCNN_REFINEMENT, MTCNN_OUTPUT
        self._weights = [self._torch.load(file.locate(), weights_only=True) for file in files]

    def faces(self, picture: Grey) -> Boxes:
        """Return the boxes of all faces, best first."""
        with self._torch.inference_mode():
            planes = self._torch.tensor((picture - np.float32(127.5)) / 128).expand(1, 3, -1, -1)
            boxes = self._propose(planes)
            boxes = self._refine(planes, boxes, 24, self._refinement, self.least_scores[1])
            boxes = self._refine(planes, boxes, 48, self._output, self.least_scores[2])
        return _clipped(boxes, picture)

    def _propose(self, planes: Any) -> Boxes:
        """Return square candidates from all levels of the image pyramid."""
        smaller = min(planes.shape[2:])
        scale, boxes, scores = 12 / self.least_face, [np.empty((0, 4))], [np.empty(0)]
        while smaller * scale >= 12:
            size = [int(side * scale + 1) for side in planes.shape[2:]]
            level = self._torch.nn.functional.interpolate(planes, size, mode="area")
            faces, shifts = (each[0].double().numpy() for each in self._proposals(level))
            rows, columns = np.nonzero(faces[1] >= self.least_scores[0])
            corner = np.stack([columns, rows], axis=1) * 2
            windows = np.concatenate([corner, corner + 12], axis=1) / scale
            level_scores = faces[1][rows, columns]
            kept = suppress(windows, level_scores, 0.5)
            boxes.append(_shifted(windows, shifts[:, rows, columns].T)[kept])
            scores.append(level_scores[kept])
            scale *= self.pyramid_factor
        every = np.concatenate(boxes)
        return _squares(every[suppress(every, np.concatenate(scores), 0.7)])

    def _refine(
        self, planes: Any, boxes: Boxes, side: int, network: Callable[..., Any], least: float
    ) -> Boxes:
        """Return the candidates that a network accepts, corrected; squares for the next one."""
        inside = [box for box in boxes if self._crop(planes, box).numel()]
        if not inside:
            return np.empty((0, 4))
        crops = [
            self._torch.nn.functional.interpolate(self._crop(planes, box), side, mode="area")
            for box in inside
        ]
        faces, shifts = (each.double().numpy() for each in network(self._torch.cat(crops)))
        accepted = faces[:, 1] > least
        corrected = _shifted(np.array(inside)[accepted], shifts[accepted])
        kept = corrected[suppress(corrected, faces[accepted, 1], 0.7)]
        return _squares(kept) if side == 24 else kept

    def _crop(self, planes: Any, box: Boxes) -> Any:
        """Cut a box out of a picture; what lies outside is left out."""
        left, top, right, bottom = np.rint(box).astype(int)
        return planes[:, :, max(0, top) : max(0, bottom), max(0, left) : max(0, right)]

    def _proposals(self, level: Any) -> tuple[Any, Any]:
        layers = self._torch.nn.functional
        maps = self._convolved(0, level, "1")
        maps = layers.max_pool2d(maps, 2, 2, ceil_mode=True)
        maps = self._convolved(0, self._convolved(0, maps, "2"), "3")
        weights = self._weights[0]
        faces, shifts = (
            layers.conv2d(maps, weights[f"conv{name}.weight"], weights[f"conv{name}.bias"])
            for name in ("4_1", "4_2")
        )
        return faces.softmax(1), shifts

    def _refinement(self, crops: Any) -> tuple[Any, Any]:
        pooled = self._torch.nn.functional.max_pool2d
        maps = pooled(self._convolved(1, crops, "1"), 3, 2, ceil_mode=True)
        maps = pooled(self._convolved(1, maps, "2"), 3, 2, ceil_mode=True)
        maps = self._convolved(1, maps, "3")
        return self._decided(1, maps, "4", ("5_1", "5_2"))

    def _output(self, crops: Any) -> tuple[Any, Any]:
        pooled = self._torch.nn.functional.max_pool2d
        maps = pooled(self._convolved(2, crops, "1"), 3, 2, ceil_mode=True)
        maps = pooled(self._convolved(2, maps, "2"), 3, 2, ceil_mode=True)
        maps = pooled(self._convolved(2, maps, "3"), 2, 2, ceil_mode=True)
        return self._decided(2, self._convolved(2, maps, "4"), "5", ("6_1", "6_2"))

    def _convolved(self, network: int, maps: Any, name: str) -> Any:
        layers, weights = self._torch.nn.functional, self._weights[network]
        result = layers.conv2d(maps, weights[f"conv{name}.weight"], weights[f"conv{name}.bias"])
        return layers.prelu(result, weights[f"prelu{name}.weight"])

    def _decided(
        self, network: int, maps: Any, hidden: str, heads: tuple[str, str]
    ) -> tuple[Any, Any]:
        """Return the probability of a face, and the corrections of its box."""
        layers, weights = self._torch.nn.functional, self._weights[network]
        flat = maps.permute(0, 3, 2, 1).flatten(1)  # the order of the weights as published
        dense = {
            name: (weights[f"dense{name}.weight"], weights[f"dense{name}.bias"])
            for name in (hidden, *heads)
        }
        values = layers.prelu(layers.linear(flat, *dense[hidden]), weights[f"prelu{hidden}.weight"])
        faces, shifts = (layers.linear(values, *dense[name]) for name in heads)
        return faces.softmax(1), shifts


def overlap(box: Boxes, boxes: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union of a box with each of others; shape (boxes,)."""
    corner = np.maximum(box[:2], boxes[:, :2])
    sides = np.maximum(np.minimum(box[2:], boxes[:, 2:]) - corner, 0)
    common = sides.prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + areas - common
    shares: NDArray[np.float64] = common / np.maximum(union, 1e-9)
    return shares


def suppress(boxes: Boxes, scores: NDArray[np.floating], most: float) -> list[int]:
    """Return indices of boxes, best first, without those that overlap a better one too much."""
    order, kept = [*np.argsort(-scores, kind="stable")], []
    while order:
        best = order.pop(0)
        kept.append(int(best))
        if order:
            near = overlap(boxes[best], boxes[order])
            order = [index for index, share in zip(order, near, strict=True) if share < most]
    return kept


def _shifted(boxes: Boxes, shifts: NDArray[np.float64]) -> Boxes:
    """Move the edges of boxes by shares of their sides."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return boxes + shifts * sides


def _squares(boxes: Boxes) -> Boxes:
    """Make boxes square around their centres."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def _clipped(boxes: Boxes, picture: Grey) -> Boxes:
    height, width = picture.shape
    return np.clip(boxes, 0, [width, height, width, height]).astype(np.float64)
