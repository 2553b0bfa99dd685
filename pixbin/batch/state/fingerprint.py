"""Fingerprints of recipes: an output is up to date if its source file and its recipe are.

A fingerprint covers the options, the output format and the version of pixbin.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from enum import Enum
from typing import Any, NamedTuple

from pixbin import __version__
from pixbin.catalog import limits
from pixbin.catalog.families import Automatic, Crosshatch, FlowLines, Neural
from pixbin.catalog.formats import Format
from pixbin.catalog.media import Medium
from pixbin.options import Options
from pixbin.options.region_mask import RegionMask
from pixbin.options.specification import spec_of

#: Options that are not part of a fingerprint: `threads` changes no output, and `model` is
#: represented by the digest of the model's file, as is `mask`. Limits refuse files only.
_EXCLUDED_OPTIONS = {"threads", "model", "mask", *limits.OPTION_NAMES}
#: The default in the first release, whose fingerprints stay. Only lines have another today.
_FORMER_FREQUENCY = 0.2


class Recipe(NamedTuple):
    """The options and format for every picture of a batch."""

    options: Options
    format: Format

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that an output depends on, apart from its source file; values for JSON."""
        options = {
            field.name: to_json_value(getattr(self.options, field.name))
            for field in dataclasses.fields(self.options)
            if self._counts(field)
        }
        return {
            "pixbin": __version__,
            "format": self.format.value,
            **options,
            **self._frequency(),
            **self._model_digest(),
            **self._mask_digest(),
            **self._gravity_digest(),
        }

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the settings."""
        settings = json.dumps(self.settings, sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]

    def _counts(self, field: dataclasses.Field[Any]) -> bool:
        """Return whether an option is part of the fingerprint.

        The default of an option that was added later is not, so that a new option leaves the
        fingerprints of existing batches as they are.
        """
        is_default = getattr(self.options, field.name) == field.default
        return field.name not in _EXCLUDED_OPTIONS and not (spec_of(field).is_later and is_default)

    def _frequency(self) -> dict[str, float]:
        is_former = self.options.frequency is None and not self.options.uses(Crosshatch, FlowLines)
        return {"frequency": _FORMER_FREQUENCY} if is_former else {}

    def _model_digest(self) -> dict[str, str]:
        if not self.options.uses(Neural, Automatic):
            return {}
        from pixbin.neural import model_card

        model = model_card.find_model(self.options.model)
        digests = {"model_sha256": model_card.sha256_hex(model_card.read_model(model))}
        if self.options.refine:
            from pixbin.neural import refine

            digests["refine_sha256"] = model_card.sha256_hex(refine.read_graph())
        return digests

    def _mask_digest(self) -> dict[str, str]:
        mask = self.options.mask
        if mask is None:
            return {}
        # The journal has the digests of masks that lie in a folder, one for each output.
        return {"mask_sha256": mask.digest if isinstance(mask, RegionMask) else "of each"}

    def _gravity_digest(self) -> dict[str, str]:
        if not self.options.gravity.is_by_content:
            return {}
        from pixbin.neural import model_card

        names = ("face", "refine", "subject")
        return {
            f"{name}_gravity_sha256": model_card.auxiliary_file(name).sha256 or "" for name in names
        }


def to_json_value(value: object) -> Any:
    """Return the value of an option for JSON: records become lists, enumerations their values.

    A record has the same form whether it is a tuple or a dataclass, so that fingerprints do not
    depend on how a class is written.

    Raises
    ------
    TypeError
        There is no such form for a value of this type.

    Examples
    --------
    >>> from pixbin.geometry import Fit, Size
    >>> to_json_value((Size(64, 48), Fit.COVER, None))
    [[64, 48], 'cover', None]
    """
    if isinstance(value, Enum):
        return to_json_value(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Medium):  # its source is only for people
        return [*value.values]
    if dataclasses.is_dataclass(value):
        return [to_json_value(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, tuple | list):
        return [to_json_value(item) for item in value]
    raise TypeError(f"{type(value).__name__}: an option's value without a form in JSON")
