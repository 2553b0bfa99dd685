"""A picture that is converted many times: it is decoded once, and its averages are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Unpack

from pixbin.catalog.enums import JpegDecoding
from pixbin.catalog.families import OVERSAMPLED, Neural
from pixbin.errors import ArgumentError
from pixbin.options import SPECS, Options, keywords
from pixbin.options.specification import Panel
from pixbin.pipeline import source_raster
from pixbin.pipeline.convert import convert_raster
from pixbin.readers import sniffing, sources
from pixbin.readers.raster import Raster
from pixbin.readers.sources import FileContent

if TYPE_CHECKING:
    from pixbin.options.settings import ConvertSettings
    from pixbin.picture import Picture
    from pixbin.pipeline.source_raster import PictureSource

_MAX_RASTERS = 2  #: decoded pictures of one source that are kept
_GEOMETRY = tuple(name for name, spec in SPECS.items() if spec.panel is Panel.SIZE)


class Session:
    """Converts one picture again and again, while its options change.

    The picture is decoded once. The averages of its pixels are kept, so a change of method,
    contrast and most other options does not read the pixels again. The result is the same as
    that of `convert`. Several threads may use a session.

    Parameters
    ----------
    source : source of `convert`
        A file is read when it is first converted. Later changes of the file have no effect.

    Examples
    --------
    >>> import numpy as np
    >>> session = Session(np.tile(np.linspace(0, 1, 64), (64, 1)))
    >>> for method in ("bayer4", "otsu"):
    ...     print(session.convert(size=8, method=method).grid[0].astype(int))
    [0 0 1 0 1 1 1 1]
    [0 0 0 0 1 1 1 1]
    """

    def __init__(self, source: PictureSource | FileContent | Raster) -> None:
        self._source = source
        self._rasters: OrderedDict[Hashable, Raster] = OrderedDict()
        self._lock = threading.Lock()

    def convert(
        self, options: Options | None = None, **settings: Unpack[ConvertSettings]
    ) -> Picture:
        """Return the picture as `pixbin.convert` makes it with these options.

        Raises
        ------
        UsageError, InputError, ModelError
            As `convert` does.
        """
        resolved = keywords.resolve(options, settings)
        if resolved.frames is not None or resolved.sheet is not None:
            raise ArgumentError("a session makes one picture; take pixbin.convert or animate")
        return convert_raster(self.raster(resolved), resolved)

    def raster(self, options: Options) -> Raster:
        """Return the decoded picture, as these options need it.

        Raises
        ------
        InputError
            It cannot be read as a picture.
        """
        with self._lock:
            source = self._source
            if isinstance(source, Raster):
                source = self._source = source.with_memory()
                return source
            if sources.is_file_source(source):
                source = self._source = sources.read_content(source, options.input_limits)
            key = _pixels_key(source, options)
            if key not in self._rasters:
                self._rasters[key] = _read(source, options).with_memory()
                if len(self._rasters) > _MAX_RASTERS:
                    self._rasters.popitem(last=False)
            self._rasters.move_to_end(key)
            return self._rasters[key]


def _read(source: PictureSource | FileContent, options: Options) -> Raster:
    if isinstance(source, FileContent):
        return source_raster.read_content(source, options)
    return source_raster.read_source(source, options)


def _pixels_key(source: object, options: Options) -> Hashable:
    """Return what the pixels of the raster depend on."""
    is_fixed = options.decode is JpegDecoding.EXACT
    if not isinstance(source, FileContent) or (is_fixed and not sniffing.is_svg(source.data)):
        return options.frame
    geometry = tuple(getattr(options, name) for name in _GEOMETRY)
    return (
        *(options.frame, options.decode, geometry, options.edges > 0),
        *(options.uses(*OVERSAMPLED), options.uses(Neural)),
    )
