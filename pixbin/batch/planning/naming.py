"""Names of outputs, made from a template such as `{stem}_{grid}.{ext}`."""

from __future__ import annotations

import dataclasses
import re
import string
from dataclasses import dataclass
from pathlib import PurePosixPath

from pixbin import geometry
from pixbin.batch.storage.base import STATE_FOLDER
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Extent, Size
from pixbin.options import Options

FIELDS = ("stem", "suffix", "ext", "size", "grid", "method", "parent")
DEFAULT_TEMPLATE = "{stem}.{ext}"


@dataclass(frozen=True, slots=True)
class Template:
    """A pattern for the names of outputs."""

    text: str
    fields: frozenset[str]  #: names of the fields in the text

    @classmethod
    def parse(cls, text: str) -> Template:
        """Parse a template.

        Raises
        ------
        UsageError
            It has an unknown field, or leads out of the output folder.

        Examples
        --------
        >>> sorted(Template.parse("{stem}_{grid}.{ext}").fields)
        ['ext', 'grid', 'stem']
        """
        try:
            parsed = list(string.Formatter().parse(text))
        except ValueError as error:
            raise _name_error(text, str(error)) from error
        fields = frozenset(name for _, name, _, _ in parsed if name is not None)
        if unknown := sorted(fields - {*FIELDS}):
            raise _name_error(text, f"{{{unknown[0]}}} is unknown")
        if any(spec or conversion for _, _, spec, conversion in parsed):
            raise _name_error(text, "nothing may follow the name of a field")
        path = PurePosixPath(text)
        if (
            path.is_absolute()
            or ".." in path.parts
            or STATE_FOLDER in path.parts
            or text.endswith("/")
        ):
            raise UsageError(f"name {text}: must name a file below the output folder")
        return cls(text, fields)

    def output_format(self, format_name: str | None) -> Format:
        """Return the format of all outputs: the named one, or the one of the extension."""
        if format_name is not None:
            return Format.named(format_name)
        extension = PurePosixPath(self.text).suffix
        return Format.PNG if "{" in extension or not extension else Format.from_path(self.text)

    def output_path(self, relative_path: str, values: dict[str, str]) -> str:
        """Return the path of an output, relative to the output folder.

        Parameters
        ----------
        relative_path
            The path of the source file, relative to the input folder, with `/`.
        values
            The values of the other fields.

        Raises
        ------
        InputError
            The name of the source file leads out of the output folder, or into its state folder.

        Examples
        --------
        >>> Template.parse("{stem}.{ext}").output_path("trip/photo.jpg", {"ext": "png"})
        'trip/photo.png'
        """
        folder, _, name = relative_path.rpartition("/")
        stem, _, suffix = name.rpartition(".")
        if not stem:
            stem, suffix = name, ""
        path = f"{folder}/{self.text.format(stem=stem, suffix=suffix, **values)}"
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts or STATE_FOLDER in parts[:1]:
            raise InputError(f"{relative_path}: no name for its output, {path}; rename it")
        return "/".join(parts)

    def needs_source_size(self, options: Options) -> bool:
        """Return whether the name depends on the size of the source picture."""
        has_size = _has_output_size(options)
        has_grid = has_size or _is_fully_given(options.grid)
        return ("size" in self.fields and not has_size) or ("grid" in self.fields and not has_grid)


def parent_name(source: str) -> str:
    """Return the name of the folder of a source, with safe characters.

    Examples
    --------
    >>> parent_name("art/my cats/a.png"), parent_name("a.png")
    ('my_cats', 'input')
    """
    folder = PurePosixPath(source.replace("\\", "/")).parent.name
    return re.sub(r"[^\w-]+", "_", folder).strip("_") or "input"


def common_values(options: Options, output_format: Format) -> dict[str, str]:
    """Return the values of the fields that do not depend on the source picture."""
    if _has_output_size(options):
        whole = dataclasses.replace(options, crop=None)
        return field_values(whole, output_format, Size(1, 1))
    values = {"ext": output_format.extension, "method": options.method_name}
    if options.grid is not None and _is_fully_given(options.grid):
        values["grid"] = f"{options.grid.width}x{options.grid.height}"
    return values


def _has_output_size(options: Options) -> bool:
    """Return whether the options alone say how large the output is."""
    return _is_fully_given(options.size) or (
        options.size is None and _is_fully_given(options.grid) and options.block is not None
    )


def field_values(options: Options, output_format: Format, source_size: Size) -> dict[str, str]:
    """Return the values of the fields for a source picture of this size, in pixels."""
    layout = geometry.plan(
        source_size,
        size=options.size,
        grid=options.grid,
        block=options.block,
        fit=options.fit,
        pixel=options.pixel or geometry.SQUARE,
        crop=options.crop,
    ).layout
    return {
        "ext": output_format.extension,
        "size": str(layout.output),
        "grid": str(layout.grid),
        "method": options.method_name,
    }


def _is_fully_given(extent: Extent | None) -> bool:
    return extent is not None and not extent.has_open_side


def _name_error(text: str, reason: str) -> UsageError:
    known = ", ".join(f"{{{field}}}" for field in FIELDS)
    return UsageError(f"name {text}: {reason}; use {known}, as in {DEFAULT_TEMPLATE}")
