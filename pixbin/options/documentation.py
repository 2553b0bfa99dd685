"""The docstring of `Options`: a paragraph for each option, made from the one list of options.

`specification.GeneratedDocstring` imports this module when the docstring is first read.
"""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pixbin.options.specification import spec_of

_WIDTH = 88  #: of the text, in letters
_NAMES = {"rgb.Color": "tuple[int, int, int]", "PathLike[str]": "PathLike"}


def describe_options(options: type, settings: Mapping[str, Any]) -> str:
    """Return the section `Parameters` of a class of options.

    Parameters
    ----------
    options : type
        The dataclass; its fields are made by `specification.option`.
    settings : mapping
        The type of each keyword, as `typing.TypedDict` stores it.
    """
    paragraphs = [_paragraph(field, settings[field.name]) for field in dataclasses.fields(options)]
    return "\n".join(["Parameters", "----------", *paragraphs])


def _paragraph(field: dataclasses.Field[Any], annotation: Any) -> str:
    text = textwrap.fill(
        _as_keywords(spec_of(field).help),
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{field.name} : {_types(annotation)}{_default(field.default)}\n{text}"


def _as_keywords(text: str) -> str:
    """Return a help text in which options are keywords: `fit` in place of --fit.

    >>> _as_keywords("Implies -m neural; see --bit-order.")
    'Implies `method` neural; see `bit_order`.'
    """
    text = re.sub(r"(?<![\w-])-m\b", "--method", text)
    return re.sub(
        r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)",
        lambda match: f"`{match[1].replace('-', '_')}`",
        text,
    )


def _types(annotation: Any) -> str:
    """Return the types of a keyword; None, which stands for the default, is left out."""
    words = str(getattr(annotation, "__forward_arg__", annotation))
    for name, plain in _NAMES.items():
        words = words.replace(name, plain)
    return ", ".join(word for word in words.split(" | ") if word != "None")


def _default(value: object) -> str:
    """Return the default for the first line; the help text describes one that is None."""
    if value is None:
        return ""
    return f"; default {value.value if isinstance(value, Enum) else value!r}"
