"""The requests of the page: one method for each, on values of JSON."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pixbin import __version__
from pixbin.catalog.formats import Format
from pixbin.errors import PixbinError, UsageError
from pixbin.options import presets
from pixbin.options.specification import EXTRA_SETTINGS
from pixbin.studio import controls
from pixbin.studio.masks import MaskShelf
from pixbin.studio.newest import NewestQueue
from pixbin.studio.pictures import PictureLibrary
from pixbin.web.request_settings import RequestRecipe, SettingsReader, text_values

if TYPE_CHECKING:
    from pixbin.studio.drawing import Draftsman, DrawnPicture
    from pixbin.studio.folder_run import FolderRun
    from pixbin.studio.saving import SaveFolder

MAX_VIEW_SIDE = 1600  #: of the source as the page shows it, in pixels
_STRIP_CHANNEL = "strip"
_PAGE_SECONDS = 1.0  #: that imports wait for the page, which needs the processor first


class StudioService:
    """The state of one run of the studio.

    Modules that work on pictures are imported by the first request that needs them, or by
    `warm_up`: so the page is there before they are.
    """

    def __init__(
        self,
        pictures: PictureLibrary,
        settings: presets.Settings,
        save_folder: SaveFolder | None = None,
    ) -> None:
        """Make the state from what the command line gave.

        Parameters
        ----------
        pictures : PictureLibrary
        settings : settings to start with, each with its origin
        save_folder : SaveFolder, optional
            Without it, nothing is ever written.
        """
        self._pictures = pictures
        self._start = text_values(settings)
        self._start_format = str(settings["format"].value) if "format" in settings else "png"
        self._ignores_files = any(
            setting.origin != presets.COMMAND_LINE and not setting.origin.startswith("device ")
            for setting in settings.values()
        )
        self._masks = MaskShelf()
        self._reader = SettingsReader(self._start)
        self._queue = NewestQueue()
        self._save_folder = save_folder
        self._lock = threading.Lock()
        self._has_page = threading.Event()
        self._draftsman: Draftsman | None = None
        self._folder_run: FolderRun | None = None

    def warm_up(self) -> None:
        """Import what pictures need, as soon as the page has got its state or a second has gone."""
        # Kernels are not forced to machine code: a first start would compile each for seconds,
        # while the interpreter needs some 30 ms for 128 cells. Larger grids compile by themselves.
        self._has_page.wait(_PAGE_SECONDS)
        self.draftsman()

    def draftsman(self) -> Draftsman:
        """Return the one draftsman; the first call imports the pipeline."""
        with self._lock:
            if self._draftsman is None:
                from pixbin.studio.drawing import Draftsman

                self._draftsman = Draftsman(ignores_files=self._ignores_files)
            return self._draftsman

    def state(self) -> dict[str, Any]:
        """Return everything that the page needs to build itself."""
        self._has_page.set()
        return {
            **controls.page_tables(),
            "version": __version__,
            "pictures": self._pictures.reports,
            "folder": self._pictures.folder,
            "saveFolder": self._save_folder and str(self._save_folder.folder),
            "presets": presets.preset_names(),
            "kept": self._kept_presets(),
            "settings": self._start,
            "format": Format.named(self._start_format).value,
        }

    def upload(self, name: str, data: bytes) -> dict[str, Any]:
        """Take a file that was dropped, if it is a picture.

        Raises
        ------
        InputError
            It is none; then it is not kept.
        """
        from pixbin.options import Options

        picture = self._pictures.add_upload(name, data)
        try:
            self.draftsman().raster(picture, Options())
        except PixbinError:
            self._pictures.remove(picture)
            raise
        return picture.report

    def upload_mask(self, name: str, data: bytes) -> dict[str, str]:
        """Take a mask that was dropped, and return the name by which settings have it.

        Raises
        ------
        InputError, UsageError
            See `MaskShelf.add`.
        """
        return {"name": self._masks.add(name, data).name}

    def source_view(self, key: str, frame: str | None) -> tuple[bytes, str]:
        """Return the source itself, small enough for a page, and its content type."""
        from pixbin.options import Options
        from pixbin.studio.drawing import source_view

        source = self._pictures.get(key)
        raster = self.draftsman().raster(source, Options.of(frame=frame or None))
        data = source_view(raster, MAX_VIEW_SIDE)
        return data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"

    def draw(self, body: Mapping[str, Any]) -> DrawnPicture:
        """Draw the large picture, or a tile of the film strip; the newest request wins."""
        channel, number = str(body.get("channel"))[:80], body.get("number")
        if not isinstance(number, int):
            raise UsageError("number is missing; open the page again")
        is_tile = channel.endswith(_STRIP_CHANNEL)
        source, recipe = self._pictures.get(body.get("picture")), self._recipe(body)

        def work(check: Callable[[], None]) -> DrawnPicture:
            draftsman = self.draftsman()
            draw = draftsman.draw_cells if is_tile else draftsman.draw
            return draw(source, recipe, check)

        return self._queue.run(channel, number, work, is_urgent=not is_tile)

    def file(self, body: Mapping[str, Any]) -> bytes:
        """Return the bytes of one file: of the picture, or of a preset of its settings."""
        if body.get("kind") == "preset":
            return self._preset_content(body)
        name = _target_name(body)
        source, recipe = self._pictures.get(body.get("picture")), self._recipe(body)
        return self.draftsman().encode_files(source, recipe, name)[name]

    def save(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write the picture with its mask, or a preset, into the folder that was allowed."""
        folder, name = self._require_folder(), _target_name(body)
        if body.get("kind") == "preset":
            contents = {name: self._preset_content(body)}
        else:
            recipe = self._recipe(body)
            _check_extension(name, recipe.format)
            source = self._pictures.get(body.get("picture"))
            contents = self.draftsman().encode_files(source, recipe, name)
        return {"paths": folder.write(contents, overwrite=body.get("overwrite") is True)}

    def load_preset(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a preset: one of the known names, or a file that was kept."""
        name = str(body.get("name"))
        if body.get("kept") is True and self._save_folder and name in self._kept_presets():
            settings = presets.merge({}, str(self._save_folder.folder / name))
        elif name in presets.preset_names():
            settings = presets.merge({}, name)
        else:
            raise UsageError(f"{name[:60]}: no such preset; open the page again")
        own = {key: kept for key, kept in settings.items() if key not in EXTRA_SETTINGS}
        kept_format = settings["format"].value if "format" in settings else None
        return {"settings": text_values(own), "format": kept_format}

    def start_folder(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Start to convert the whole folder of the command line."""
        if self._pictures.folder is None:
            raise UsageError("no folder was named; start with pixbin studio FOLDER --save-to OUT")
        folder, recipe = self._require_folder(), self._recipe(body)
        replaces = body.get("overwrite") is True
        run = self._run()
        run.start(self._pictures.folder, str(folder.folder), recipe, replaces=replaces)
        return self.folder_progress()

    def stop_folder(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the run to end after the pictures that it has started."""
        self._run().stop(timeout=0)
        return self.folder_progress()

    def folder_progress(self) -> dict[str, Any]:
        """Return the state of the run over the folder; empty before the first one."""
        progress = self._folder_run.progress if self._folder_run else None
        return dict(progress.report) if progress else {}

    def close(self) -> bool:
        """Finish the pictures that a run has started; return whether one was interrupted."""
        progress = self._folder_run.progress if self._folder_run else None
        if self._folder_run is None or progress is None or not progress.is_running:
            return False
        self._folder_run.stop()
        return True

    def _run(self) -> FolderRun:
        with self._lock:
            if self._folder_run is None:
                from pixbin.studio.folder_run import FolderRun

                self._folder_run = FolderRun()
            return self._folder_run

    def _recipe(self, body: Mapping[str, Any]) -> RequestRecipe:
        settings, format_name = body.get("settings"), body.get("format")
        if not isinstance(settings, dict) or not isinstance(format_name, str):
            raise UsageError("settings and format are missing; open the page again")
        return self._reader.read(settings, format_name, self._masks.contents(settings))

    def _kept_presets(self) -> list[str]:
        """Return the names of the presets in the folder where the page saves."""
        return self._save_folder.preset_files if self._save_folder else []

    def _require_folder(self) -> SaveFolder:
        if self._save_folder is None:
            raise UsageError("saving is off; start with pixbin studio --save-to FOLDER")
        return self._save_folder

    def _preset_content(self, body: Mapping[str, Any]) -> bytes:
        recipe = self._recipe(body)
        values = {**recipe.settings, "format": recipe.format.value}
        origin = presets.COMMAND_LINE
        settings = {name: presets.Setting(value, origin) for name, value in values.items()}
        return presets.prepare("preset.toml", settings).content


def _target_name(body: Mapping[str, Any]) -> str:
    from pixbin.studio.saving import check_name

    return check_name(body.get("name"))


def _check_extension(name: str, output_format: Format) -> None:
    if name.rpartition(".")[2].casefold() != output_format.extension:
        raise UsageError(
            f"{name}: a file of format {output_format} ends in .{output_format.extension}"
        )
