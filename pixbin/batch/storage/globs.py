"""Globs that choose files and folders below an input folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: File name extensions that are searched for in folders: the formats that Pillow reads.
PICTURE_EXTENSIONS = frozenset(
    """
    apng avif avifs bmp bw cur dcx dds dib fit fits flc fli gif icb icns ico j2c j2k jfif jp2 jpc
    jpe jpeg jpf jpg jpx mpo msp pbm pcd pcx pfm pgm png pnm ppm psd qoi ras rgb rgba sgi tga tif
    tiff vda vst webp xbm xpm
    """.split()  # noqa: SIM905 - a list of words, not of lines
)


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Rules that choose files and folders below an input folder."""

    include: tuple[str, ...] = ()  #: globs; if empty, all files with a picture's extension
    exclude: tuple[str, ...] = ()  #: globs of files and of whole folders
    include_hidden: bool = False  #: also names that begin with a dot
    recursive: bool = True  #: also the folders in it

    def accepts_file(self, relative_path: str) -> bool:
        """Return whether a file is chosen, by its path below the input folder.

        Examples
        --------
        >>> FileFilter().accepts_file("trip/photo.JPG"), FileFilter().accepts_file("notes.txt")
        (True, False)
        """
        if not self._is_eligible(relative_path):
            return False
        if self.include:
            return any(matches(relative_path, glob) for glob in self.include)
        return relative_path.rpartition(".")[2].casefold() in PICTURE_EXTENSIONS

    def accepts_folder(self, relative_path: str) -> bool:
        """Return whether a folder is searched, by its path below the input folder."""
        return self.recursive and self._is_eligible(relative_path)

    def _is_eligible(self, relative_path: str) -> bool:
        name = relative_path.rpartition("/")[2]
        is_hidden = name.startswith(".") and not self.include_hidden
        return not is_hidden and not any(matches(relative_path, glob) for glob in self.exclude)


def matches(relative_path: str, glob: str) -> bool:
    """Return whether a path matches a glob; upper and lower case are equal.

    A glob without `/` is compared with the file name alone. `*` and `?` stop at `/`, `**` does
    not.

    Examples
    --------
    >>> matches("trip/day1/photo.png", "*.PNG"), matches("trip/day1/photo.png", "trip/*.png")
    (True, False)
    """
    path = relative_path if "/" in glob.strip("/") else relative_path.rpartition("/")[2]
    return _compile_glob(glob).fullmatch(path) is not None


@lru_cache
def _compile_glob(glob: str) -> re.Pattern[str]:
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|.", glob.strip("/"), re.DOTALL)
    return re.compile("".join(map(_token_regex, parts)), re.IGNORECASE | re.DOTALL)


def _token_regex(token: str) -> str:
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in wildcards:
        return wildcards[token]
    if len(token) == 1:
        return re.escape(token)
    letters = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
    if letters[0] in "!^":
        return f"[^/{letters[1:]}]"
    return f"[{letters}]"
