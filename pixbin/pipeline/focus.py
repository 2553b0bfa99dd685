"""Content that matters in a picture: where `--gravity subject` and `face` put the crop.

A *focus* is made from the pixels: once for a picture, or once for all frames of an animation, whose
rasters carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from pixbin.color.light_scale import Tone
from pixbin.color.quanta import FULL_SCALE
from pixbin.color.rgb import WHITE
from pixbin.color.spaces import ChannelLevels
from pixbin.geometry import Box, Gravity, Size
from pixbin.options import Options
from pixbin.pipeline.face_focus import FaceFocus
from pixbin.pipeline.subject_focus import SubjectFocus
from pixbin.readers.composed_frames import Frame, FrameSequence
from pixbin.readers.raster import Raster
from pixbin.resample import area
from pixbin.resample.luminance import LightView

MAX_FRAMES = 8  #: frames of an animation that are looked at, evenly spaced
COPY_SIDE = 640  #: longer side, in pixels, of the copy that is looked at

AnyFocus = FaceFocus | SubjectFocus

#: focuses of rasters, by the function that reads their pixels, as long as it is in use
_known: WeakKeyDictionary[Callable[[Box], ChannelLevels], dict[object, AnyFocus]]
_known = WeakKeyDictionary()


def focus_of(raster: Raster, options: Options) -> AnyFocus:
    """Return the focus of a picture; it is made only once for the same pixels and options.

    Raises
    ------
    ModelError
        A network or its runtime is missing or unfit.
    UsageError
        `options.crop` ends outside of the picture.
    """
    focuses = _known.setdefault(raster.read_box, {})
    key = options.gravity, options.crop, options.matte
    if key not in focuses:
        focuses[key] = make([raster], options)
    return focuses[key]


def attach_to_frames(sequence: FrameSequence, options: Options) -> FrameSequence:
    """Return a film whose frames all have the same focus; pages are returned as they are.

    Raises
    ------
    InputError, ModelError, UsageError
        As `focus_of` does, or the film is damaged.
    """
    if not sequence.is_film or next(sequence.frames()).raster.focus is not None:
        return sequence
    count = min(sequence.length, MAX_FRAMES)
    numbers = {number * sequence.length // count for number in range(count)}
    samples = (frame.raster for number, frame in enumerate(sequence.frames()) if number in numbers)
    focus = make(samples, options)

    def frames() -> Iterator[Frame]:
        for frame in sequence.frames():
            yield frame._replace(raster=frame.raster._replace(focus=focus))

    return sequence._replace(frames=frames)


def make(rasters: Iterable[Raster], options: Options) -> AnyFocus:
    """Return the focus of a picture, or the common one of several frames.

    If `options.gravity` is a face and there is none, the subject is the focus.

    Raises
    ------
    ModelError, UsageError
        As `focus_of` does.
    """
    from pixbin.neural import faces, saliency

    copies = [small_copy(raster, options) for raster in rasters]
    detected = [faces.detect(copy) for copy in copies]
    all_faces = [face for each in detected for face in each]
    if options.gravity is Gravity.FACE and all_faces:
        return FaceFocus.of(all_faces, copies[0].shape[1] / copies[0].shape[0])
    return SubjectFocus.of([saliency.saliency_map(copy) for copy in copies], detected)


def small_copy(raster: Raster, options: Options) -> NDArray[np.float32]:
    """Return the part of a picture that `options.crop` keeps, not larger than `COPY_SIDE`.

    Returns
    -------
    float32 array, shape (H, W, 3), gamma-encoded, 0 to 1
    """
    whole = raster.original_size or raster.size
    region = options.crop.resolve(whole) if options.crop else Box(0, 0, *whole)
    box = region.scale(whole, raster.size)
    scale = min(1, COPY_SIDE / max(box.size))
    size = Size(*(max(1, round(side * scale)) for side in box.size))
    view = LightView(raster, box, Tone.PERCEPTUAL, options.matte or WHITE)
    borders = list(range(size.height + 1)), list(range(size.width + 1))
    planes = [area.area_downsample(view._replace(channel=number), *borders) for number in range(3)]
    return np.stack(planes, axis=-1).astype(np.float32) / np.float32(FULL_SCALE)
