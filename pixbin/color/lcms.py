"""Conversion of Pillow images to sRGB by Little CMS, at 8 bits."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms
from PIL.ImageCms import ImageCmsTransform

#: modes given to Little CMS, without opacity; other modes become RGB
_COLOR_MODES = {"L": "L", "LA": "L", "CMYK": "CMYK"}


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert a picture with an embedded colour profile to sRGB.

    A profile that is damaged, or that does not fit the picture, is ignored, as in browsers.
    """
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        mode = _COLOR_MODES.get(image.mode, "RGB")
        srgb = ImageCms.createProfile("sRGB")
        # For grey, Little CMS would build a coarse table, up to ten levels off in dark tones.
        flags = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
        transform = ImageCms.buildTransform(profile, srgb, mode, "RGB", flags=flags)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if mode != "CMYK" and _is_identity(transform, mode):
        return image
    if mode == "L":
        return _convert_grey(image, transform)
    converted = transform.apply(image.convert(mode))
    if "A" in image.getbands():
        converted.putalpha(image.getchannel("A"))
    return converted


def _convert_grey(image: Image.Image, transform: ImageCmsTransform) -> Image.Image:
    """Convert grey levels; the result stays grey."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    table = transform.apply(ramp).getchannel("G").tobytes()
    opaque = list(range(256)) if "A" in image.getbands() else []
    return image.point([*table, *opaque])


def _is_identity(transform: ImageCmsTransform, mode: str) -> bool:
    """Return whether a profile is sRGB in effect; its name proves nothing."""
    ramp = np.arange(256, dtype=np.uint8)[None, :, None]
    colors = [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]] if mode == "RGB" else [[1, 1, 1]]
    levels = ramp * np.array(colors, np.uint8)[:, None]
    sample = Image.fromarray(levels)
    changed = np.asarray(transform.apply(sample.convert(mode)))
    return int(np.abs(changed.astype(int) - levels).max()) <= 1


def lab_image_to_srgb(image: Image.Image) -> Image.Image:
    """Convert an image of mode LAB to sRGB."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert converted is not None
    return converted
