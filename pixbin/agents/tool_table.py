"""The tools as clients see them: names, descriptions, and JSON schemas of their arguments.

The schemas are guidance for models. The tools check their arguments themselves, because not every
client does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pixbin.agents import listings
from pixbin.agents.replies import ToolReply
from pixbin.agents.settings import CLIENT_OPTIONS
from pixbin.agents.sheets import SheetTool
from pixbin.agents.tools import PictureTools
from pixbin.agents.wording import for_client
from pixbin.catalog.devices import DeviceKind
from pixbin.catalog.formats import Format
from pixbin.options import DECODE_OPTIONS, Options
from pixbin.options.decode_help import DECODE_HELP
from pixbin.options.specification import spec_of

Schema = dict[str, Any]
Handler = Callable[[Mapping[str, Any]], ToolReply]

_SOURCE = {"type": "string", "description": "A picture in an allowed folder."}
_OUTPUT = {
    "output": {
        "type": "string",
        "description": "File to write in an allowed folder. Without it, nothing is written, and "
        "the answer has a picture to look at.",
    },
    "overwrite": {"type": "boolean", "description": "Whether output may replace a file."},
}
_EXTENT = {"type": "string", "description": "Such as 64x48."}


class ToolSpec(NamedTuple):
    """A row of the table of tools."""

    name: str
    title: str
    description: str
    properties: Schema  #: of the arguments, by their names
    required: tuple[str, ...]
    run: Handler
    writes: bool = False  #: whether it can write files

    @property
    def schema(self) -> Schema:
        """The JSON schema of the arguments."""
        schema: Schema = {"type": "object", "properties": self.properties}
        return {**schema, "required": [*self.required]} if self.required else schema


def make_tools(
    pictures: PictureTools, sheets: SheetTool, *, is_read_only: bool
) -> dict[str, ToolSpec]:
    """Return the tools by name."""
    output = {} if is_read_only else _OUTPUT
    tools = (
        ToolSpec(
            "convert",
            "Convert a picture",
            "Turn a picture into a strictly two-valued, pixelated picture of exactly the size you "
            "ask for: for icons, e-paper, OLED, thermal printers, pixel art. Returns a PNG to look "
            "at and a report. All options of a conversion are arguments; the tool docs explains "
            "them on the page `options`.",
            {
                "source": _SOURCE,
                **output,
                "format": {
                    "type": "string",
                    "description": f"One of {', '.join(Format)}. Default: by the name of output.",
                },
                "preset": {
                    "type": "string",
                    "description": "A saved preset, a recipe (.json), or a PNG that has one.",
                },
                **_option_schemas(),
            },
            ("source",),
            pictures.convert,
            writes=not is_read_only,
        ),
        ToolSpec(
            "compare",
            "Compare methods and options",
            "Draw one labelled sheet of a picture by several methods, or with several values of "
            "options, to choose from. The other options of convert are arguments as well.",
            {
                "source": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Pictures in allowed folders.",
                },
                "methods": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Names of methods. Default: twelve that suit most pictures.",
                },
                "vary": {
                    "type": "object",
                    "description": 'Values by option, such as {"grid": [32, 64], "contrast": '
                    "[0, 0.3]}.",
                },
                "columns": {"type": "integer", "description": "Pictures in a row."},
                **output,
                **_option_schemas(is_basic=True),
            },
            ("source",),
            sheets.compare,
            writes=not is_read_only,
        ),
        ToolSpec(
            "verify",
            "Verify a picture",
            "Prove that a file has at most two values and, if you give them, its size, grid and "
            "block. Reports passed, and the faults.",
            {
                "source": _SOURCE,
                "size": _EXTENT,
                "grid": _EXTENT,
                "block": {"type": "integer", "description": "Side of a block in pixels."},
                "channels": {"type": "string", "description": "grey, or rgb for eight colours."},
                "any_depth": {"type": "boolean", "description": "Allow more bits per pixel."},
                "transparent": {"type": "boolean", "description": "Allow transparency."},
            },
            ("source",),
            pictures.verify,
        ),
        ToolSpec(
            "decode",
            "Decode a file for a device",
            "Read bytes for a device, a C array, MicroPython, text, or SVG and PDF of pixbin back "
            "into a picture. Raw bytes need device, or size and layout.",
            {
                "source": {"type": "string", "description": "A file in an allowed folder."},
                "format": {
                    "type": "string",
                    "description": "Format of the file. Default: by its content.",
                },
                **output,
                **_option_schemas(names=DECODE_OPTIONS, own_help=DECODE_HELP),
            },
            ("source",),
            pictures.decode,
            writes=not is_read_only,
        ),
        ToolSpec(
            "recipe",
            "Read the recipe of a picture",
            "Return the options that a PNG was made with, if it was converted with embed_recipe.",
            {"source": _SOURCE},
            ("source",),
            pictures.recipe,
        ),
        ToolSpec(
            "pictures",
            "List pictures",
            "List the pictures in the allowed folders, by the names that the other tools take.",
            {},
            (),
            pictures.pictures,
        ),
        ToolSpec(
            "devices",
            "List devices",
            "List displays and printers for the argument device of convert; name gives all details "
            "of one.",
            {
                "name": {"type": "string", "description": "One device."},
                "kind": {"type": "string", "description": f"One of {', '.join(DeviceKind)}."},
            },
            (),
            listings.devices,
        ),
        ToolSpec(
            "methods",
            "List methods",
            "List all methods with what each is good for, by use.",
            {},
            (),
            listings.methods,
        ),
        ToolSpec(
            "docs",
            "Read the documentation",
            "Return a page of the documentation in Markdown; without page, the list of pages.",
            {"page": {"type": "string", "description": "Such as options, sheets or recipes."}},
            (),
            listings.docs,
        ),
    )
    return {tool.name: tool for tool in tools}


def _option_schemas(
    *,
    is_basic: bool = False,
    names: tuple[str, ...] = CLIENT_OPTIONS,
    own_help: Mapping[str, str] = {},
) -> dict[str, Schema]:
    """Return the schemas of options: all, those of the first page of help, or some by name.

    Options of the first page, and those with a help of the tool's own, have the whole text, others
    its first sentence.
    """
    schemas: dict[str, Schema] = {}
    for field in dataclasses.fields(Options):
        spec = spec_of(field)
        if (is_basic and not spec.is_basic) or field.name not in names:
            continue
        text = for_client(own_help.get(field.name, spec.help))
        kind = "boolean" if isinstance(field.default, bool) else "string"
        is_whole = spec.is_basic or field.name in own_help
        text = text if is_whole else text.partition(". ")[0].rstrip(".") + "."
        schemas[field.name] = {"type": kind, "description": text}
    return schemas
