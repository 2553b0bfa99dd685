"""The work of the tools, without the protocol: arguments in, a report and a picture out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from pixbin import file_conversion, verification
from pixbin.agents import arguments, limits, replies
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.agents.limits import CallLimits
from pixbin.agents.output_files import OutputFiles
from pixbin.agents.replies import NamedBytes, Report, ToolReply
from pixbin.agents.settings import CLIENT_OPTIONS, CallSettings
from pixbin.agents.wording import for_client
from pixbin.animation.film import Film
from pixbin.catalog.formats import Format
from pixbin.codecs import decoder, hints, sheet_options, sheet_source
from pixbin.codecs.hints import DecodedFilm, DecodedPicture
from pixbin.file_conversion import Conversion
from pixbin.options import DECODE_OPTIONS, Options, recipes
from pixbin.picture import Picture
from pixbin.pipeline.convert import load_model
from pixbin.studio import command_line
from pixbin.web.request_settings import RequestRecipe

CONVERT_WORDS = ("source", "output", "format", "preset", "overwrite")
VERIFY_WORDS = ("source", "size", "grid", "block", "channels", "any_depth", "transparent")
DECODE_WORDS = ("source", "format", "output", "overwrite")


class PictureTools:
    """The tools that work on pictures of the allowed folders.

    Parameters
    ----------
    folders : AllowedFolders
    outputs : OutputFiles
    call_limits : CallLimits
    """

    def __init__(
        self,
        folders: AllowedFolders,
        outputs: OutputFiles,
        call_limits: CallLimits,
    ) -> None:
        self._folders = folders
        self._outputs = outputs
        self._limits = call_limits
        self._settings = CallSettings(folders)

    def convert(self, given: Mapping[str, Any]) -> ToolReply:
        """Convert one picture or animation; write it, if an output is named.

        Raises
        ------
        PixbinError
            As `pixbin.convert` does; or a file is outside of the folders or exists.
        """
        call = arguments.divide(given, CONVERT_WORDS, CLIENT_OPTIONS)
        source, target = call.required_text("source"), call.text("output")
        recipe = self._settings.read(
            call.options,
            preset=call.text("preset"),
            file_format=call.text("format"),
            target=target,
        )
        written = target or command_line.target_name(source, recipe.format)
        options = sheet_options.adapt_to_name(recipe.options, written)
        load_model(options)
        names = [] if target is None else file_conversion.output_names(target, options)
        paths = self._outputs.check(names, source, overwrite=call.flag("overwrite"))
        data = self._folders.read(source)
        limits.source_size(data, source)
        work = file_conversion.from_bytes(data, source, options, recipe.format)
        frames = 1 if work.frame_sequence is None else work.frame_sequence.length
        self._limits.check_output(work.plan.layout.output, frames)
        output = work.convert()
        contents = work.encode_output(output, written)
        if paths:
            self._outputs.write({paths[name]: content for name, content in contents.items()})
        report = _conversion_report(work, recipe, source, written, contents[written])
        notes = (*work.notes, *work.plan.notes, *work.output_notes(output, written))
        report["notes"] = [*map(for_client, notes)]
        report["written"] = [str(path) for path in paths.values()]
        return replies.with_picture(report, _first_picture(output, options))

    def verify(self, given: Mapping[str, Any]) -> ToolReply:
        """Check that a file has two values and, if given, size and blocks.

        Raises
        ------
        PixbinError
            As `pixbin.verify` does; or the file is outside of the folders.
        """
        call = arguments.divide(given, VERIFY_WORDS, ())
        source = call.required_text("source")
        extents = {
            name: arguments.option_value(name, call.words[name])
            for name in ("size", "grid", "block", "channels")
            if name in call.words
        }
        expected = Options.of(**extents)
        data = self._folders.read(source)
        limits.check_if_picture(data, source)
        result = verification.check(
            NamedBytes(data, source),
            size=expected.size,
            grid=expected.grid,
            block=expected.block,
            channels=expected.channels,
            any_depth=call.flag("any_depth"),
            transparent=call.flag("transparent"),
        )
        return ToolReply(
            {
                "source": source,
                "passed": result.passed,
                "faults": [*result.faults],
                "size": str(result.size),
                "values": result.value_count,
                "bits_per_pixel": result.bits_per_pixel,
                "block": result.block,
                "transparent": result.has_transparency,
            }
        )

    def decode(self, given: Mapping[str, Any]) -> ToolReply:
        """Read a file of any output format back into a picture; write it, if an output is named.

        Raises
        ------
        PixbinError
            As `pixbin.decode` does; or a file is outside of the folders or exists.
        """
        call = arguments.divide(given, DECODE_WORDS, DECODE_OPTIONS)
        source, target = call.required_text("source"), call.text("output")
        known = hints.make_hints(call.text("format"), **call.options)
        names = [] if target is None else [target]
        paths = self._outputs.check(names, source, overwrite=call.flag("overwrite"))
        data, path = self._folders.read(source), str(self._folders.source(source))
        data, known = sheet_source.read_image(data, path, known, self._folders.read)
        limits.check_if_picture(data, source)
        # Without an output, frames are as well chosen for a format that holds them.
        output_format = Format.APNG if target is None else Format.from_path(target)
        decoded = decoder.decode_for_output(data, known, source, output_format)
        output = _decoded_output(decoded.adapt_to_format(output_format))
        frames = output.frames if isinstance(output, Film) else (output,)
        self._limits.check_output(frames[0].size, len(frames))
        if target is not None:
            content = output.encode(output_format, PurePosixPath(target).stem)
            self._outputs.write({paths[target]: content})
        report = {
            "source": source,
            "size": str(frames[0].size),
            "frames": len(frames),
            "notes": [*map(for_client, decoded.notes)],
            "written": [str(path) for path in paths.values()],
        }
        return replies.with_picture(report, frames[0])

    def pictures(self, given: Mapping[str, Any]) -> ToolReply:
        """Return the names of the pictures in the folders.

        Raises
        ------
        UsageError
            An argument is given.
        """
        arguments.divide(given, (), ())
        names = self._folders.pictures(limits.MAX_LISTED + 1)
        report: Report = {"pictures": names[: limits.MAX_LISTED]}
        if len(names) > limits.MAX_LISTED:
            report["notes"] = [f"only the first {limits.MAX_LISTED} are listed"]
        return ToolReply(report)

    def recipe(self, given: Mapping[str, Any]) -> ToolReply:
        """Return the options that a PNG was made with.

        Raises
        ------
        PixbinError
            It is no PNG, has no recipe, or is outside of the folders.
        """
        call = arguments.divide(given, ("source",), ())
        source = call.required_text("source")
        return ToolReply(recipes.from_picture(self._folders.read(source), source))


def _conversion_report(
    work: Conversion, recipe: RequestRecipe, source: str, target: str, data: bytes
) -> Report:
    """Return sizes, method, format and the command line of a conversion."""
    layout = work.plan.layout
    return {
        "source": source,
        "source_size": str(work.plan.source),
        "size": str(layout.output),
        "grid": str(layout.grid),
        "blocks": layout.block_sizes_text,
        "method": work.options.method_name,
        "format": recipe.format.value,
        "bytes": len(data),
        **work.frames_report,
        **({"auto": work.choice.report} if work.choice else {}),
        "command": command_line.convert_line(
            source, target, recipe.settings, recipe.format, ignores_files=True
        ),
    }


def _decoded_output(decoded: DecodedPicture | DecodedFilm) -> Picture | Film:
    if isinstance(decoded, DecodedFilm):
        return Film.from_decoded(decoded)
    return Picture.from_decoded(decoded)


def _first_picture(output: Picture | Film, options: Options) -> Picture:
    """Return the picture that stands for an output: the sheet, or the first frame."""
    if isinstance(output, Picture):
        return output
    return output.frames[0] if options.sheet is None else output.sheet(options.sheet)
