"""What outputs depend on besides their sources: the options, the format, and this version."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any, NamedTuple

from pixbin import __version__
from pixbin.catalog.families import Neural
from pixbin.catalog.formats import Format
from pixbin.options import Options

_EXCLUDED_OPTIONS = {"threads", "model"}  #: what changes no output, and what is told by its content


class Recipe(NamedTuple):
    """How every picture of a batch is converted."""

    options: Options
    format: Format

    @property
    def settings(self) -> dict[str, Any]:
        """All that an output depends on, in words."""
        options = {
            field.name: _to_json_value(getattr(self.options, field.name))
            for field in dataclasses.fields(self.options)
            if field.name not in _EXCLUDED_OPTIONS
        }
        return {
            "pixbin": __version__,
            "format": self.format.value,
            **options,
            **self._model_digest(),
        }

    @property
    def fingerprint(self) -> str:
        """A name that no other settings have."""
        settings = json.dumps(self.settings, sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]

    def _model_digest(self) -> dict[str, str]:
        if not isinstance(self.options.family, Neural):
            return {}
        from pixbin.neural import model_card

        found = model_card.find_model(self.options.model)
        return {"model_sha256": model_card.sha256_hex(model_card.read_model(found))}


def _to_json_value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
