"""Measured recall of faces: which faces of the sources are detected in two-valued pictures.

Only faces count that both detectors find in the grey source at the same spot. A picture's value
is the share of its faces that a detector finds again, that is with an overlap (intersection over
union) of more than 0.3, in the two-valued picture after a slight blur.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.benchmarks.faces_detectors import Boxes, FaceDetector, overlap
from tests.benchmarks.recognition_contenders import Grey, seen_from_afar

FACE_SIDE = 448  #: in pixels, of the pictures that detectors see
LEAST_OVERLAP = 0.3


def agreed_faces(source: Grey, detectors: Sequence[FaceDetector]) -> Boxes:
    """Return the faces of the first detector that all others find too, as that one's boxes."""
    boxes, *others = (detector.faces(source) for detector in detectors)
    agreed = [box for box in boxes if all(is_among(box, other) for other in others)]
    return np.array(agreed).reshape(-1, 4)


def is_among(box: Boxes, boxes: Boxes) -> bool:
    """Return whether one of the boxes overlaps this one enough."""
    return bool(len(boxes)) and bool(overlap(box, boxes).max() > LEAST_OVERLAP)


def recall(faces: Boxes, cells: Grey, detector: FaceDetector) -> float:
    """Return the share of faces that a detector finds again in a picture of cells."""
    boxes = detector.faces(seen_from_afar(cells, FACE_SIDE))
    return float(np.mean([is_among(face, boxes) for face in faces]))
