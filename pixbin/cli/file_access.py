"""Files of one conversion: paths, stdin and stdout, and the URLs that `batch` knows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pixbin import files
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import UsageError
from pixbin.files import STDIO


def local_name(name: str) -> str:
    """Return the path of a `file://` URL; other names are unchanged."""
    if "://" not in name:
        return name
    from pixbin.batch.storage import urls

    return urls.strip_local_scheme(name)


def read_source(name: str, limits: InputLimits = DEFAULT) -> bytes:
    """Return the content of a file, of stdin, or of a URL such as `s3://bucket/photo.jpg`.

    Raises
    ------
    InputError
        It cannot be read, is empty, beyond the limits, or a large file that is no picture.
    ModelError
        The library for this kind of URL is missing.
    """
    if not _is_remote(name):
        from pixbin import readers

        return readers.read_file(name, limits)
    from pixbin.batch.storage import fsspec_files

    return fsspec_files.read_url(name, None, limits)[0]


def check_targets(
    source: str, names: Iterable[str], *, overwrite: bool, force: bool | None = None
) -> None:
    """Check before the work, as well as possible, that files can be written.

    Parameters
    ----------
    source : the name of the input
    names : the names of all outputs
    overwrite : whether existing files may be replaced
    force : whether an output may replace the input; None if the command has no --force

    Raises
    ------
    OutputError
        One cannot be written.
    UsageError
        One is the input, or a URL that names no file.
    """
    for name in names:
        if not force and _is_same_file(source, name):
            advice = "" if force is None else ", or add --force to replace it"
            raise UsageError(f"{name}: is INPUT itself; name another OUTPUT{advice}")
        if _is_remote(name):
            _split_url(name)
        else:
            files.check_writable(name, overwrite=overwrite)


def write_targets(contents: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write files by name: to paths all or none, to URLs one after the other.

    Raises
    ------
    OutputError
        One cannot be written, or exists and must not be replaced.
    """
    if any(map(_is_remote, contents)):
        from pixbin.batch.storage.object_store import ObjectStore

        for url, data in contents.items():
            folder, name = _split_url(url)
            ObjectStore(folder, overwrite=overwrite).write(name, data)
    elif len(contents) > 1:
        files.write_all_or_none(contents, overwrite=overwrite)
    else:
        for name, data in contents.items():
            files.write_file_or_stdout(name, data, overwrite=overwrite)


def _is_remote(name: str) -> bool:
    if "://" not in name:
        return False
    from pixbin.batch.storage import urls

    return urls.is_remote(name)


def _split_url(url: str) -> tuple[str, str]:
    """Return the folder of a URL and the name of the file in it."""
    if url.startswith(("http://", "https://")):
        raise UsageError(f"{url}: the web can only be read; write a path, s3://... or gs://...")
    folder, _, name = url.rpartition("/")
    if not name or folder.rstrip("/").endswith(":"):
        raise UsageError(f"{url}: names no file in a folder; write a URL as s3://bucket/icon.png")
    return folder, name


def _is_same_file(source: str, target: str) -> bool:
    """Return whether two names mean one regular file, also through links, or one URL."""
    if STDIO in (source, target):
        return False
    if _is_remote(source) or _is_remote(target):
        return source == target
    is_file = os.path.isfile(source) and os.path.isfile(target)  # noqa: PTH113 - never fails
    return is_file and os.path.samefile(source, target)  # noqa: PTH121
