"""Writing to the one folder that the command line allowed, and to no other."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pixbin import files
from pixbin.errors import OutputError, UsageError
from pixbin.options import presets

_NAME_PATTERN = r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,150}"


class NameTakenError(OutputError):
    """A file of that name exists; the page asks before it is replaced."""


class SaveFolder:
    """A folder for results: plain names in it, and no link that leads out."""

    def __init__(self, folder: str | Path) -> None:
        """Take an existing folder.

        Raises
        ------
        OutputError
            It is no folder, or cannot be written.
        """
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise OutputError(f"{folder}: no such folder; create it first")
        if not os.access(self.folder, os.W_OK):
            raise OutputError(f"{folder}: no permission to write; choose another folder")

    def write(self, contents: Mapping[str, bytes], *, overwrite: bool) -> list[str]:
        """Write files by their names, all or none, and return their paths.

        Raises
        ------
        UsageError
            A name is not a plain file name.
        NameTakenError
            A file of that name exists, and `overwrite` is not set.
        OutputError
            A file cannot be written, or its name is that of a link or a folder.
        """
        paths = {name: self.folder / check_name(name) for name in contents}
        for name, path in paths.items():
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise OutputError(f"{name}: a link or a folder; choose another name")
            if path.exists() and not overwrite:
                raise NameTakenError(f"{name}: exists; replace it, or choose another name")
        files.write_all_or_none(
            {str(paths[name]): data for name, data in contents.items()}, overwrite=overwrite
        )
        return [str(path) for path in paths.values()]

    @property
    def preset_files(self) -> list[str]:
        """The names of the files in the folder that are valid presets, in order; no links."""
        paths = (path for path in sorted(self.folder.glob("*.toml")) if not path.is_symlink())
        return [path.name for path in paths if path.is_file() and _is_preset(path)]


def _is_preset(path: Path) -> bool:
    try:
        presets.setting_layers(str(path.absolute()))
    except UsageError:
        return False
    return True


def check_name(name: object) -> str:
    """Return a plain file name: no folder in it, not hidden, and with an extension.

    Raises
    ------
    UsageError
        It is something else.
    """
    text = name if isinstance(name, str) else ""
    is_plain = re.fullmatch(_NAME_PATTERN, text) and text[0] not in ".-" and text[-1] not in ". "
    if not is_plain or "." not in text:
        raise UsageError(f"name {text[:60]!r}: write a plain file name, such as cat.png")
    return text
