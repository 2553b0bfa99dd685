"""Embedded colour profiles: what their colours are in sRGB."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOR_MODES = {"L": "L", "LA": "L", "CMYK": "CMYK"}  #: of a picture, without its opacity


def to_srgb(image: Image) -> Image:
    """Convert a picture to sRGB if it says that its colours are others.

    A profile that is damaged, or that does not fit the picture, is ignored, as by browsers.
    """
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return image
        colors = image.convert(_COLOR_MODES.get(image.mode, "RGB"))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(colors, profile, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    assert converted is not None
    if "A" in image.getbands():
        converted.putalpha(image.getchannel("A"))
    return converted


def from_lab(image: Image) -> Image:
    """Convert CIE L*a*b* to sRGB."""
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert converted is not None
    return converted
