"""The masks that were dropped onto the page, which names each by its file's name."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from pixbin.options.region_mask import RegionMask
from pixbin.studio import pictures

MAX_MASKS = 8  #: the oldest are dropped
OPTION = "mask"


class MaskShelf:
    """Masks by their names, in memory."""

    def __init__(self) -> None:
        self._masks: OrderedDict[str, RegionMask] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, name: str, data: bytes) -> RegionMask:
        """Keep a mask, in place of one of the same name.

        Raises
        ------
        InputError
            It is no picture.
        UsageError
            It cannot be a mask.
        """
        from pixbin.pipeline import regions

        mask = RegionMask(pictures.clean_name(name), data)
        regions.check(mask, None)
        with self._lock:
            self._masks.pop(mask.name, None)
            self._masks[mask.name] = mask
            if len(self._masks) > MAX_MASKS:
                self._masks.popitem(last=False)
        return mask

    def contents(self, settings: Mapping[str, Any]) -> dict[str, RegionMask]:
        """Return the mask that settings name, by the name of its option, if it is here."""
        name = settings.get(OPTION)
        mask = self._masks.get(name) if isinstance(name, str) else None
        return {} if mask is None else {OPTION: mask}
