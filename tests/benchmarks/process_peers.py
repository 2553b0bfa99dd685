"""The programs that pixbin is compared with: `commands` returns those that are installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

Command = list[str]

_FULL_SIZE = "Image.MAX_IMAGE_PIXELS=None;"


class Peer(NamedTuple):
    """A program, how to find it, and how to call it."""

    name: str
    program: str  #: on PATH, or a package of Python if `says` is empty
    says: str  #: a part of its answer to `-version`; a program of this name may be another one
    command: Callable[[str, str | None], Command]  #: takes the input file, and WIDTHxHEIGHT
    note: str = ""  #: where the output is not equivalent
    always_smaller: bool = False  #: whether it only makes pictures of a smaller size


def python(code: str) -> Command:
    """Return a command that runs code in this interpreter."""
    return [sys.executable, "-c", code]


def pillow(source: str, size: str | None) -> Command:
    """Return the one-liner with Pillow."""
    return python(f"{_grey(source, size)};i.convert('1').save('pillow.png')")


def _grey(source: str, size: str | None) -> str:
    box = f".resize(({size.replace('x', ',')}),Image.BOX)" if size else ""
    return f"from PIL import Image;{_FULL_SIZE}i=Image.open({source!r}).convert('L'){box}"


def _imagemagick(source: str, size: str | None) -> Command:
    scale = ["-scale", f"{size}!"] if size else []
    dither = ["-colorspace", "Gray", "-dither", "FloydSteinberg", "-monochrome"]
    return ["convert", source, *scale, *dither, "imagemagick.png"]


def _graphicsmagick(source: str, size: str | None) -> Command:
    scale = ["-scale", f"{size}!"] if size else []
    return ["gm", "convert", source, *scale, "-colorspace", "Gray", "-monochrome", "gm.png"]


def _netpbm(source: str, size: str | None) -> Command:
    decode = "pngtopam" if source.endswith("png") else "jpegtopnm"
    width, _, height = (size or "").partition("x")
    scale = f"| pamscale -quiet -xsize {width} -ysize {height}" if size else ""
    steps = f"{decode} -quiet {source} | ppmtopgm {scale} | pamditherbw -fs | pnmtopng -quiet"
    return ["sh", "-c", f"{steps} > netpbm.png"]


def _vips(source: str, size: str | None) -> Command:
    return ["vipsthumbnail", source, "--size", f"{size}!", "-o", "%s-vips.png[bitdepth=1,dither=1]"]


def _ffmpeg(source: str, size: str | None) -> Command:
    scale = f"zscale={size.replace('x', ':')}:dither=error_diffusion," if size else ""
    filters = ["-vf", f"{scale}format=monob"]
    return ["ffmpeg", "-loglevel", "error", "-y", "-i", source, *filters, "ffmpeg.png"]


def _chafa(source: str, size: str | None) -> Command:
    width, _, height = (size or "").partition("x")
    cells = f"{int(width) // 2}x{int(height) // 4}"
    dither = ["--colors", "none", "--symbols", "braille", "--dither", "diffusion"]
    return ["chafa", "--format", "symbols", "--size", cells, *dither, source]


def _rust(source: str, size: str | None) -> Command:
    dither = (
        "Image.fromarray(dithering.dither(numpy.asarray(i),'fs')).convert('1').save('rust.png')"
    )
    return python(f"import dithering,numpy;{_grey(source, size)};{dither}")


def _dither_go(source: str, size: str | None) -> Command:
    steps = [
        "import dither_go as d",
        "g=d.new_ditherer(d.create_palette(['#000000','#ffffff']))",
        "g.Matrix=d.ErrorDiffusers.FloydSteinberg",
        "g.Serpentine=True",
    ]
    if size:
        steps += [_grey(source, size), "i.save('scaled.png')"]
        source = "scaled.png"
    steps.append(f"d.save_image(g.DitherCopy(d.open_image({source!r})),'dither-go.png','png')")
    return python(";".join(steps))


def _epaper(source: str, size: str | None) -> Command:
    mode = "e.ColorScheme.MONO,mode=e.DitherMode.FLOYD_STEINBERG"
    dither = f"e.dither_image(i.convert('RGB'),{mode}).save('epaper.png')"
    return python(f"import epaper_dithering as e;{_grey(source, size)};{dither}")


PEERS = (
    Peer("ImageMagick 6", "convert", "Version: ImageMagick", _imagemagick),
    Peer("GraphicsMagick", "gm", "GraphicsMagick 1", _graphicsmagick),
    Peer("Netpbm", "pamditherbw", "Netpbm", _netpbm, "light is averaged; several processes"),
    Peer(
        "vipsthumbnail",
        "vipsthumbnail",
        "vips",
        _vips,
        "decodes JPEG at a fraction of its size, as `--decode fast`",
        always_smaller=True,
    ),
    Peer(
        "ffmpeg with zimg",
        "ffmpeg",
        "ffmpeg version",
        _ffmpeg,
        "ordered dither; averages by a bicubic filter",
    ),
    Peer("chafa", "chafa", "Chafa", _chafa, "prints symbols, no picture", always_smaller=True),
    Peer("`dithering`", "dithering", "", _rust, "resized by Pillow"),
    Peer("`dither-go`", "dither_go", "", _dither_go, "resized by Pillow"),
    Peer("`epaper-dithering`", "epaper_dithering", "", _epaper, "resized by Pillow"),
)


@lru_cache
def is_installed(peer: Peer) -> bool:
    """Return whether a program is there, and its version says that it is what it is called."""
    if not peer.says:
        return importlib.util.find_spec(peer.program) is not None
    if not shutil.which(peer.program):
        return False
    for option in ("-version", "--version"):
        done = subprocess.run([peer.program, option], capture_output=True, check=False)
        if peer.says in (done.stdout + done.stderr).decode(errors="replace"):
            return True
    return False


def commands(source: str, size: str | None) -> list[tuple[Peer, Command]]:
    """Return the programs that are installed, with their commands for a file and a size."""
    wanted = (peer for peer in PEERS if size or not peer.always_smaller)
    return [(peer, peer.command(source, size)) for peer in wanted if is_installed(peer)]
