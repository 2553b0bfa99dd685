"""Folders and object stores: list, read and write files, and keep the journal's lines.

Only the batch room imports it, and `cli.batch` for the names of folders and URLs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixbin.batch.storage import urls

if TYPE_CHECKING:
    from pixbin.batch.storage.base import OutputStorage


def open_storage(output: str, *, overwrite: bool = True) -> OutputStorage:
    """Return the storage of an output folder.

    Parameters
    ----------
    output
        A path of this machine, or a URL such as `s3://bucket/folder`.
    overwrite
        Whether existing outputs may be replaced.

    Raises
    ------
    ModelError
        The library for this kind of URL is missing.
    UsageError
        The URL names no known kind of store.
    """
    # Imported here because fsspec takes long to import, and most runs write to a local folder.
    if urls.is_remote(output):
        from pixbin.batch.storage.object_store import ObjectStore

        return ObjectStore(output, overwrite=overwrite)
    from pixbin.batch.storage.local_files import LocalFolder

    return LocalFolder(output, overwrite=overwrite)
