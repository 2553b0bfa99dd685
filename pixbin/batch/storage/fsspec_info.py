"""Signatures and times from the information that a store gives about a file.

fsspec passes on a dictionary whose keys and types differ from store to store.
"""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

from pixbin.batch.storage.base import FileSignature

#: Keys of a file's information, as the libraries of several stores name them.
_TAG_KEYS = ("ETag", "etag", "md5Hash", "content_md5", "crc32c")
_TIME_KEYS = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")
_NS_PER_SECOND = 1_000_000_000  #: nanoseconds


def signature_of(info: dict[str, Any]) -> FileSignature:
    """Return the signature of a file: with the store's tag of its content, else with its time."""
    size = info.get("size")
    for key in _TAG_KEYS:
        if info.get(key):
            return FileSignature(-1 if size is None else size, 0, str(info[key]))
    return FileSignature(-1 if size is None else size, modified_time_ns(info))


def modified_time_ns(info: dict[str, Any]) -> int:
    """Return the time of a file's last change, in nanoseconds; -1 if the store has none."""
    return _to_nanoseconds(next((info[key] for key in _TIME_KEYS if info.get(key)), None))


def _to_nanoseconds(time: object) -> int:
    """Return a time of any of the types that stores use, in nanoseconds; -1 if it is none."""
    if isinstance(time, str):
        with contextlib.suppress(ValueError):
            time = datetime.datetime.fromisoformat(time)
    if isinstance(time, datetime.datetime):
        aware = time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
        since = aware - datetime.datetime.fromtimestamp(0, datetime.UTC)
        return (since.days * 86_400 + since.seconds) * _NS_PER_SECOND + since.microseconds * 1000
    return int(time * _NS_PER_SECOND) if isinstance(time, int | float) else -1
