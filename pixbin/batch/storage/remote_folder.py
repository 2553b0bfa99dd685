"""A folder of an object store: complete files only, and the marker of the newest run.

Object stores make a file visible when it is complete. Stores with real files and folders (such as
SFTP) do not: there, a file is written under another name and then moved.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from pixbin.batch.storage import fsspec_files
from pixbin.batch.storage.base import STATE_FOLDER, WORK_FOLDER
from pixbin.errors import OutputError

#: Stores that have no real folders, and in which a file appears when it is complete.
_OBJECT_PROTOCOLS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "memory"}
_RUN_MARKER = f"{STATE_FOLDER}/run"  #: a file with the token of the newest run
BLOCK_BYTES = 1 << 23  #: bytes of a journal that are read or written at once


class SupersededError(OutputError):
    """A newer run has started in the same folder."""


class RemoteFolder:
    """A folder of an object store. Names are relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.root = fsspec_files.remote_path(self.url)
        self._is_object_store = not _OBJECT_PROTOCOLS.isdisjoint(self.root.protocols)
        self._run_token = b""

    def write_file(self, name: str, data: bytes) -> None:
        """Write a file, completely or not at all."""
        path = self.root.joinpath(name)
        if self._is_object_store:
            path.filesystem.pipe_file(path.path, data)
        else:
            self.write_chunks(name, [data])

    def write_chunks(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file of any length under another name, then move it to its name."""
        path = self.root.joinpath(name)
        temporary = self.root.joinpath(f"{STATE_FOLDER}/{WORK_FOLDER}/{os.urandom(8).hex()}")
        if not self._is_object_store:
            for new in (temporary, path):
                new.filesystem.makedirs(new.path.rpartition("/")[0], exist_ok=True)
        try:
            with temporary.filesystem.open(temporary.path, "wb", block_size=BLOCK_BYTES) as file:
                for chunk in chunks:
                    file.write(chunk)
            path.filesystem.mv(temporary.path, path.path)
        except BaseException:
            with contextlib.suppress(Exception):
                temporary.filesystem.rm_file(temporary.path)
            raise

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.root.filesystem.rm_file(self.root.joinpath(name).path)

    def start_run(self) -> None:
        """Write the marker of a new run; earlier runs end when they see it."""
        self._run_token = os.urandom(8).hex().encode()
        self.write_file(_RUN_MARKER, self._run_token)

    def end_run(self) -> None:
        """Remove the marker of this run, unless a newer run has replaced it."""
        if self.is_newest_run():
            self.remove(_RUN_MARKER)

    def is_newest_run(self) -> bool:
        """Return whether no other run has started since this one."""
        try:
            return self.root.joinpath(_RUN_MARKER).read_bytes() == self._run_token
        except FileNotFoundError:
            return False

    def check_newest_run(self) -> None:
        """Check that no other run has started since this one.

        Raises
        ------
        SupersededError
            Another run has started.
        """
        if not self.is_newest_run():
            raise SupersededError(f"{self.url}: another run has begun there; this one ends")
