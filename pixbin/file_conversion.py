"""Convert one source from bytes to bytes: a picture, or all frames of an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin import files, readers
from pixbin.catalog.enums import Alpha
from pixbin.catalog.formats import Format
from pixbin.codecs import registry, sheet_options
from pixbin.errors import UsageError
from pixbin.geometry import Plan
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import automatic, reader_hints
from pixbin.pipeline.convert import convert_raster, plan_for_raster
from pixbin.readers.raster import Raster
from pixbin.readers.read_options import FIRST_FRAME_NOTE

if TYPE_CHECKING:
    from pixbin.animation.film import Film
    from pixbin.pipeline.automatic import AutomaticChoice
    from pixbin.readers.animated import FrameSequence


class Conversion(NamedTuple):
    """A source that was read and planned, ready to be converted."""

    raster: Raster  #: the picture, or the first of its frames
    plan: Plan
    options: Options
    format: Format
    frame_sequence: FrameSequence | None  #: of an animation, if the format holds frames
    choice: AutomaticChoice | None = None  #: of the method `auto`, which the options have no more

    @property
    def frames_report(self) -> dict[str, Any]:
        """The number of frames, time and plays of an animation, and the size of a sheet in pixels.

        The values are for JSON reports.
        """
        frames = self.frame_sequence
        report: dict[str, Any] = {"frames": frames.length if frames else 1}
        if frames and frames.is_film:
            report |= {"duration": sum(frames.durations()), "plays": frames.plays}
        if self.options.sheet is not None:
            from pixbin.codecs import sprite_sheet

            grid = sprite_sheet.grid_size(self.options.sheet, report["frames"])
            cell = self.plan.layout.output
            report["sheet"] = f"{grid.width * cell.width}x{grid.height * cell.height}"
        return report

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for users: how the source was read, and what the format cannot hold."""
        notes = self._reader_notes + (self.choice.notes(self.plan) if self.choice else ())
        if self.options.mask is not None:
            from pixbin.pipeline import regions

            notes += regions.notes(self.options, self.plan)
        if self.frame_sequence is None or self.options.sheet is not None:
            return notes
        if self.format.traits.has_frame_array:
            from pixbin.codecs import raw

            size, packing = self.plan.layout.output, self.options.packing_overrides
            count = self.frame_sequence.length
            return (*notes, *raw.frame_notes(self.format, size, packing, count))
        if self.format is not Format.GIF:
            return notes
        from pixbin.codecs import gif

        return (*notes, *gif.timing_notes(self.frame_sequence.durations()))

    @property
    def _reader_notes(self) -> tuple[str, ...]:
        """Notes of the reader; with a remedy if frames are left out that the format could keep."""
        if not self.format.traits.has_frame_array:
            return self.raster.notes
        remedy = f"{FIRST_FRAME_NOTE}; --frames all keeps all"
        return tuple(remedy if note == FIRST_FRAME_NOTE else note for note in self.raster.notes)

    def encode_file(self, target: str, is_mask: bool = False) -> bytes:
        """Convert, and return the bytes of one file: of the picture, or of its mask.

        Formats that are source code name the picture after the file. Of a sprite sheet, the name
        of the JSON file gives that file.
        """
        return self.encode_file_with_notes(target, is_mask)[0]

    def encode_file_with_notes(
        self, target: str, is_mask: bool = False
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return the bytes of one file, as `encode_file`, and the notes of `output_notes`.

        Masks, and the JSON files of sheets, have no such notes.
        """
        if self.options.sheet is not None and target.endswith(sheet_options.DATA_SUFFIX):
            image = f"{target.removesuffix(sheet_options.DATA_SUFFIX)}.{self.format.extension}"
            return self._encode_sheet_data(image), ()
        self.check_name(target)
        converted = self.convert()
        output = self._arrange(converted)
        if is_mask:
            return _encode(output.mask, target, self.format), ()
        data = _encode(output, target, self.format)
        return data, self.output_notes(converted, target)

    def encode_all(self, target: str) -> dict[str, bytes]:
        """Convert, and return the names of all files and their bytes."""
        return self.encode_output(self.convert(), target)

    def encode_output(self, output: Picture | Film, target: str) -> dict[str, bytes]:
        """Return the names of all files and their bytes, for a result of `convert`."""
        output = self._arrange(output)
        contents = {target: _encode(output, target, self.format)}
        if mask := mask_name(target, self.options):
            contents[mask] = _encode(output.mask, mask, self.format)
        if data := sheet_options.data_name(self.options, target):
            contents[data] = self._encode_sheet_data(target)
        return contents

    def output_notes(self, output: Picture | Film, target: str = "") -> tuple[str, ...]:
        """Return notes for users that are known after the conversion only."""
        bitmaps = _frames_of(output)
        notes = registry.notes_on(bitmaps[0], self.format, files.stem_of(target))
        has_more = FIRST_FRAME_NOTE in self.raster.notes
        notes = (*notes, *sheet_options.name_notes(self.options, target, has_more))
        if self.options.compress is None:
            return notes
        from pixbin.codecs import raw

        return (*notes, *raw.compression_notes(bitmaps, self.format))

    def check_name(self, target: str) -> None:
        """Raise UsageError if a file's name says another size than the picture will have."""
        sheet_options.check_cell(self.options, target, self.plan.layout.output)

    def _arrange(self, output: Picture | Film) -> Picture | Film:
        """Return the frames as a sprite sheet, if the options ask for one."""
        if self.options.sheet is None:
            return output
        from pixbin.codecs import sprite_sheet

        return sprite_sheet.arrange(_frames_of(output), self.options.sheet)

    def _encode_sheet_data(self, image: str) -> bytes:
        from pixbin.codecs import sheet_data, sprite_sheet

        source = self.frame_sequence
        durations: tuple[float, ...] = (sprite_sheet.STILL_DURATION_MS,)
        plays = 0
        if source is not None:
            durations, plays = source.durations(), source.plays
        cell = self.plan.layout.output
        clip = sheet_data.Clip(files.stem_of(image), len(durations), plays)
        return sheet_options.encode_data(self.options, image, cell, durations, [clip])

    def convert(self) -> Picture | Film:
        """Convert, and return the picture, or all frames."""
        if self.frame_sequence is None:
            return convert_raster(self.raster, self.options)
        from pixbin.animation.convert import convert_animation

        return convert_animation(self.frame_sequence, self.options)


def _frames_of(output: Picture | Film) -> list[Picture]:
    """Return all frames of an animation; a picture is the only one."""
    return [output] if isinstance(output, Picture) else [*output.frames]


def _encode(output: Picture | Film, name: str, format: Format) -> bytes:  # noqa: A002
    return output.encode(format, files.stem_of(name))


def output_names(target: str, options: Options) -> list[str]:
    """Return the names of all files that one source makes: the output, its mask, its JSON file.

    Raises
    ------
    UsageError
        There are several files and the output is stdout.
    """
    if target == files.STDIO:
        if options.alpha_mode is Alpha.MASK:
            raise UsageError(
                "--alpha mask makes two files; name OUTPUT, to get the mask next to it"
            )
        if sheet_options.data_name(options, target):
            raise UsageError(
                "--sheet-data makes two files; name OUTPUT, to get the JSON file next to it"
            )
    extra = (mask_name(target, options), sheet_options.data_name(options, target))
    return [target, *(name for name in extra if name)]


def mask_name(target: str, options: Options) -> str | None:
    """Return the name of the mask's file; None if there is none."""
    if options.alpha_mode is not Alpha.MASK:
        return None
    return sheet_options.mask_name(target)


def from_bytes(data: bytes, label: str, options: Options, format: Format) -> Conversion:  # noqa: A002
    """Read a source and plan its conversion; `label` is its name in messages.

    Raises
    ------
    InputError
        It is not a picture, or it is damaged.
    UsageError
        The options do not fit the source.
    """
    if options.mask is not None:
        from pixbin.options import region_mask

        options = region_mask.for_source(options, label)
    source = None
    if options.frame is None and _has_several(options, format):
        source = _read_frames(data, label, options)
    if source is None:
        raster = readers.read_raster(data, label, reader_hints.read_options(options))
        choice = automatic.choose(raster, options)
    else:
        choice = automatic.choose_for_frames(source, options)
    options = choice.options if choice else options
    if source is not None:
        if options.gravity.is_by_content:
            from pixbin.animation.convert import with_common_focus

            source = with_common_focus(source, options)
        raster = next(source.frames()).raster
    plan = plan_for_raster(raster, options)
    if options.sheet is None:
        count = source.length if source else 1
        registry.check_fits(format, plan.layout.output, count, options.packing_overrides)
    return Conversion(raster, plan, options, format, source, choice)


def _has_several(options: Options, format: Format) -> bool:  # noqa: A002
    """Return whether an output has all frames of an animation."""
    is_chosen = options.frames is not None or options.sheet is not None
    return is_chosen or format.traits.has_frames


def _read_frames(data: bytes, label: str, options: Options) -> FrameSequence | None:
    """Return the frames that the options choose; without a choice, None for a single picture."""
    from pixbin.readers import animated

    source = animated.from_bytes(data, label)
    if options.frames is None:
        return source and source.within(options.input_limits, label)
    if source is None:
        raster = readers.read_raster(data, label, reader_hints.read_options(options))
        source = animated.from_rasters([raster], [0.0], 1)
    part = source.part(options.frames.indices(source.length, label))
    return part.within(options.input_limits, label)
