"""The tool `compare`: one sheet of several pictures, methods or values of options."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from pixbin import geometry
from pixbin.agents import arguments, limits, replies
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.agents.limits import CallLimits
from pixbin.agents.output_files import OutputFiles
from pixbin.agents.replies import NamedBytes, ToolReply
from pixbin.agents.settings import CLIENT_OPTIONS, FILES_HINT, CallSettings
from pixbin.agents.wording import for_client
from pixbin.errors import UsageError
from pixbin.geometry import Size
from pixbin.options import Options
from pixbin.preview import comparison
from pixbin.preview.sheet_files import SheetKind
from pixbin.web.request_settings import SettingsReader

COMPARE_WORDS = ("source", "methods", "vary", "columns", "output", "overwrite")


class SheetTool:
    """Draws sheets of pictures in the allowed folders; the arguments are those of PictureTools."""

    def __init__(
        self, folders: AllowedFolders, outputs: OutputFiles, call_limits: CallLimits
    ) -> None:
        self._folders = folders
        self._outputs = outputs
        self._limits = call_limits
        self._settings = CallSettings(folders)

    def compare(self, given: Mapping[str, Any]) -> ToolReply:
        """Draw one sheet of several methods, or values of options; write it, if it has a name.

        Raises
        ------
        PixbinError
            As `pixbin.compare` does; or a file is outside of the folders or exists.
        """
        call = arguments.divide(given, COMPARE_WORDS, CLIENT_OPTIONS)
        sources, vary = call.texts("source"), call.value_lists("vary")
        if not sources:
            raise UsageError("source: missing; name a picture, or a list of pictures")
        settings = self._settings.read(call.options).settings
        for name, values in vary.items():
            for value in values:
                SettingsReader({}, FILES_HINT).check(name, value)
        methods = [each.strip() for text in call.texts("methods") for each in text.split(",")]
        target = call.text("output")
        kind = SheetKind.PNG if target is None else SheetKind.of_name(target)
        names = [] if target is None else [target]
        paths = self._outputs.check(names, overwrite=call.flag("overwrite"))
        contents = [NamedBytes(self._folders.read(source), source) for source in sources]
        sizes = [limits.source_size(each.getvalue(), each.name) for each in contents]
        _check_count(len(sources), methods, vary)
        self._check_tiles(sizes, settings, vary)
        sheet = comparison.make_sheet(
            contents, methods or None, vary, call.number("columns"), settings
        )
        png = sheet.to_bytes()
        if target is not None:
            self._outputs.write({paths[target]: sheet.to_bytes(kind.value)})
        report = {
            "pictures": [*sheet.pictures],
            "errors": {label: str(error) for label, error in sheet.errors.items()},
            "notes": [*map(for_client, sheet.notes)],
            "written": [str(path) for path in paths.values()],
        }
        return replies.with_png(report, png)

    def _check_tiles(
        self, sizes: Iterable[Size], settings: Mapping[str, Any], vary: Mapping[str, list[Any]]
    ) -> None:
        """Refuse pictures of a sheet that are too large; other faults are for the sheet itself."""
        names = [name for name in ("size", "grid", "block", "device") if name in vary]
        for values in itertools.product(*(vary[name] for name in names)):
            try:
                options = Options.of(**{**settings, **dict(zip(names, values, strict=True))})
                grids = [_grid(size, options) for size in sizes]
            except UsageError:
                continue
            for grid in grids:
                self._limits.check_output(grid)


def _grid(source: Size, options: Options) -> Size:
    """Return the cells of one picture."""
    plan = geometry.plan(source, size=options.size, grid=options.grid, block=options.block)
    return plan.layout.grid


def _check_count(sources: int, methods: list[str], vary: Mapping[str, list[Any]]) -> None:
    """Raise UsageError if a sheet would have too many pictures."""
    count = sources * max(len(methods), 1)
    for values in vary.values():
        count *= max(len(values), 1)
    if count > limits.MAX_TILES:
        raise UsageError(f"{count} pictures are too many for one sheet; at most {limits.MAX_TILES}")
