"""Globs that choose files and folders below an input folder."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: Endings of the pictures that Pillow reads, and that folders are searched for.
ENDINGS = frozenset(
    """
    apng avif avifs bmp bw cur dcx dds dib fit fits flc fli gif icb icns ico j2c j2k jfif jp2 jpc
    jpe jpeg jpf jpg jpx mpo msp pbm pcd pcx pfm pgm png pnm ppm psd qoi ras rgb rgba sgi tga tif
    tiff vda vst webp xbm xpm
    """.split()  # noqa: SIM905 - a list of words, not of lines
)


class Wanted(NamedTuple):
    """Which files of a folder are taken."""

    include: tuple[str, ...] = ()  #: globs; none means every picture by its ending
    exclude: tuple[str, ...] = ()  #: globs of files and of whole folders
    hidden: bool = False  #: also names that begin with a dot
    recursive: bool = True  #: also the folders in it

    def takes_file(self, below: str) -> bool:
        """Tell whether a file is taken, by its path below the input folder."""
        if not self._may_see(below):
            return False
        if self.include:
            return any(matches(below, glob) for glob in self.include)
        return below.rpartition(".")[2].casefold() in ENDINGS

    def takes_folder(self, below: str) -> bool:
        """Tell whether a folder is searched, by its path below the input folder."""
        return self.recursive and self._may_see(below)

    def _may_see(self, below: str) -> bool:
        name = below.rpartition("/")[2]
        is_hidden = name.startswith(".") and not self.hidden
        return not is_hidden and not any(matches(below, glob) for glob in self.exclude)


def matches(below: str, glob: str) -> bool:
    """Tell whether a path matches a glob, in any case.

    A glob without `/` is compared with the name alone. `*` and `?` stop at `/`, `**` does not.
    """
    path = below if "/" in glob.strip("/") else below.rpartition("/")[2]
    return _compiled(glob).fullmatch(path) is not None


@lru_cache
def _compiled(glob: str) -> re.Pattern[str]:
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|.", glob.strip("/"), re.DOTALL)
    return re.compile("".join(map(_expression, parts)), re.IGNORECASE | re.DOTALL)


def _expression(part: str) -> str:
    usual = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in usual:
        return usual[part]
    if len(part) == 1:
        return re.escape(part)
    letters = part[1:-1].replace("\\", r"\\").replace("[", r"\[")
    if letters[0] in "!^":
        return f"[^/{letters[1:]}]"
    return f"[{letters}]"
