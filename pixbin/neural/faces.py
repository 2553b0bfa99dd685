"""Faces of a picture, by the network BlazeFace of MediaPipe (`models/face.onnx`).

V. Bazarevsky and others, *BlazeFace: Sub-millisecond neural face detection on mobile GPUs*, 2019.
The network gives a logit and a box for each anchor, a point of a grid. It runs on a small copy of
the picture, for large faces, and on a larger copy, for small ones. It mistakes some textures for
faces. So each face must be detected once more, in a part of the picture around it. Boxes that
overlap are averaged by their scores, as in that paper.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixbin.errors import ModelError
from pixbin.neural import model_card, onnx_session

GRAPH_NAME = "face"  #: file name, without its ending, in the folder of the models
INPUT = "picture"  #: name of the input of the graph
STRIDES = (16, 32)  #: pixels of the picture for a step of each grid of anchors
SMALL_SIDE, LARGE_SIDE = 256, 640  #: longer sides, in pixels, of the copies of the picture
MIN_SCORE = 0.6  #: of a face, 0 to 1
MIN_SCORE_AGAIN = 0.7  #: of a face in the part around it
MAX_CANDIDATES = 32  #: faces that are looked at again

_ANCHORS = (2, 6)  #: at each point of the grids of `STRIDES`
_UNIT = 256  #: boxes are in pixels of a picture of this side
_MIN_OVERLAP = 0.3  #: of boxes of the same face, intersection over union
_CONTEXT = 3.5  #: side of the part around a face, in sides of its box
_MULTIPLE = 32  #: sides that the network reads are multiples of this

FloatArray = NDArray[np.float32]


class Face(NamedTuple):
    """A face: its box from the brows to the chin, in shares of the picture, and its score."""

    left: float
    top: float
    width: float
    height: float
    score: float


@lru_cache(maxsize=1)
def load() -> Any:
    """Load the shipped graph as a session of onnxruntime; it is loaded only once.

    Raises
    ------
    ModelError
        The runtime or the file is missing or unfit.
    """
    data = model_card.read_model(model_card.auxiliary_file(GRAPH_NAME))
    # One thread: the sum of a convolution must not depend on the machine.
    return onnx_session.create_session(data, "cpu", 1)


def detect(picture: FloatArray) -> list[Face]:
    """Return the faces of a picture, the best score first.

    Parameters
    ----------
    picture : float32 array, shape (H, W, 3)
        Gamma-encoded, 0 to 1; more than `LARGE_SIDE` pixels along a side are of no use.

    Raises
    ------
    ModelError
        The runtime or the file is missing or unfit.
    """
    session = load()
    large = _merge(_run(session, _copy(picture, SMALL_SIDE)))
    small = _merge(_run(session, _copy(picture, LARGE_SIDE)))
    more = [face for face in small if not any(_covers(other, face) for other in large)]
    candidates = [*large, *more][:MAX_CANDIDATES]
    verified = [_detect_again(session, picture, face) for face in candidates]
    return sorted(filter(None, verified), key=lambda face: -face.score)


def _copy(picture: FloatArray, side: int) -> FloatArray:
    """Return a copy whose longer side has this many pixels."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    return _cut(picture, (0, 0, width, height), (round(width * scale), round(height * scale)))


def _covers(face: Face, other: Face) -> bool:
    """Return whether the middle of another box lies in the box of a face."""
    x, y = other.left + other.width / 2 - face.left, other.top + other.height / 2 - face.top
    return 0 <= x <= face.width and 0 <= y <= face.height


def _detect_again(session: Any, picture: FloatArray, face: Face) -> Face | None:
    """Return the face as detected in the part of the picture around it; None if it is not."""
    height, width = picture.shape[:2]
    side = _CONTEXT * max(face.width * width, face.height * height)
    left = (face.left + face.width / 2) * width - side / 2
    top = (face.top + face.height / 2) * height - side / 2
    part = _cut(picture, (left, top, side, side), (SMALL_SIDE, SMALL_SIDE))
    for again in _merge(_run(session, part)):
        is_central = (
            max(abs(again.left + again.width / 2 - 0.5), abs(again.top + again.height / 2 - 0.5))
            < again.width / 2
        )
        if again.score >= MIN_SCORE_AGAIN and is_central:
            return Face(
                (left + again.left * side) / width,
                (top + again.top * side) / height,
                again.width * side / width,
                again.height * side / height,
                again.score,
            )
    return None


def _cut(
    picture: FloatArray, box: tuple[float, float, float, float], size: tuple[int, int]
) -> FloatArray:
    """Return a part of a picture at another size, by a triangle filter; black lies outside."""
    left, top, width, height = box
    rows = _weights(picture.shape[0], top, height, max(size[1], 1))
    columns = _weights(picture.shape[1], left, width, max(size[0], 1))
    part = np.einsum("yi,ijc,xj->yxc", rows, picture, columns, optimize=True)
    return np.asarray(part, np.float32)


def _weights(pixels: int, start: float, length: float, count: int) -> NDArray[np.float64]:
    """Return the weight of each of the pixels for each of `count` samples, (count, pixels)."""
    step = length / count
    centres = start + (np.arange(count) + 0.5) * step - 0.5
    distances = np.abs(centres[:, None] - np.arange(pixels)) / max(step, 1)
    weights = np.clip(1 - distances, 0, None)
    is_inside = (centres >= -0.5) & (centres <= pixels - 0.5)
    weights *= is_inside[:, None] / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(weights)


def _run(session: Any, picture: FloatArray) -> NDArray[np.float64]:
    """Return boxes as rows: left, top, right, bottom (shares of the picture) and score."""
    height, width = picture.shape[:2]
    sides = [-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width)]
    padded = np.zeros((1, 3, *sides), np.float32)
    padded[0, :, :height, :width] = picture.transpose(2, 0, 1)
    try:
        outputs = session.run(None, {INPUT: padded})
    except onnx_session.runtime_errors() as error:
        raise ModelError(f"{GRAPH_NAME}: {onnx_session.error_summary(error)}") from error
    rows = []
    for stride, anchors, logits, boxes in zip(
        STRIDES, _ANCHORS, outputs[::2], outputs[1::2], strict=True
    ):
        steps = [side // stride for side in sides]
        points = np.stack(np.meshgrid(*map(np.arange, steps), indexing="ij"), axis=-1)
        centres = ((points.reshape(-1, 2) + 0.5) * stride).repeat(anchors, 0)[:, ::-1]
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0].astype(np.float64), -100, 100)))
        is_face = scores >= MIN_SCORE
        middle = centres[is_face] + boxes[is_face, :2]
        half = boxes[is_face, 2:4] / 2
        corners = np.hstack((middle - half, middle + half)) / (width, height, width, height)
        rows.append(np.hstack((corners, scores[is_face, None])))
    return np.concatenate(rows)


def _merge(boxes: NDArray[np.float64]) -> list[Face]:
    """Average the boxes that overlap; inputs are rows as `_run` returns them."""
    boxes = boxes[np.lexsort((*boxes.T[:4], -boxes[:, 4]))]
    faces = []
    while len(boxes):
        is_same = _overlaps(boxes[0], boxes) >= _MIN_OVERLAP
        is_same[0] = True
        same = boxes[is_same]
        left, top, right, bottom = np.average(same[:, :4], axis=0, weights=same[:, 4])
        if right > left and bottom > top:
            score = float(same[0, 4])
            faces.append(
                Face(float(left), float(top), float(right - left), float(bottom - top), score)
            )
        boxes = boxes[~is_same]
    return faces


def _overlaps(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intersection of a box with each of the boxes, over their union."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:4], boxes[:, 2:4])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:4] - boxes[:, :2], axis=1)
    own = np.prod(box[2:4] - box[:2])
    return np.asarray(common / np.maximum(own + areas - common, 1e-12))
