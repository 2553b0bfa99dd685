"""Files on other stores, by the library fsspec (the extra `pixbin[remote]`).

Where a store is and who may use it is told to fsspec, by its own files and variables.
"""

from __future__ import annotations

import contextlib
import datetime
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin import files
from pixbin.batch.jobs import Signature, Status
from pixbin.batch.planning.globs import Wanted
from pixbin.batch.storage import local_files
from pixbin.errors import InputError, ModelError, OutputError, PixbinError, UsageError
from pixbin.readers import size_in

if TYPE_CHECKING:
    from pixbin.geometry import Size
    from pixbin.readers import Wish

_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "crc32c")  #: what tells contents apart
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")
_HEAD = 1 << 16  #: bytes that are read at once of a picture's head
_ASKED_AT_ONCE = 32  #: files of a list that a store is asked about at once
_SECOND = 1_000_000_000  #: ns


class Found(NamedTuple):
    """A file below a folder of a store."""

    below: str  #: path with `/`
    signature: Signature
    time: int  #: of its last change, in nanoseconds


class File(NamedTuple):
    """A place on a store, as fsspec knows it."""

    system: Any  #: fsspec.AbstractFileSystem
    path: str

    @property
    def protocols(self) -> tuple[str, ...]:
        """How URLs of this store begin, the usual way first."""
        protocol = self.system.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @property
    def is_s3(self) -> bool:
        """Whether the store is asked in the words of S3."""
        return "s3" in self.protocols and hasattr(self.system, "call_s3")

    @property
    def identity(self) -> str:
        """The one name of a place that may have several, such as `s3://` and `s3a://`."""
        return self.path if "://" in self.path else f"{self.protocols[0]}://{self.path}"

    def below(self, path: str) -> File:
        """Return a place below this one."""
        return File(self.system, f"{self.path.rstrip('/')}/{path}")

    def content(self) -> bytes:
        """Return all bytes, by one request where the store allows that."""
        words = {"max_concurrency": 1} if self.is_s3 else {}
        data: bytes = self.system.cat_file(self.path, **words)
        return data


def find(url: str) -> File:
    """Return the place that a URL names; nothing is asked of the store yet.

    Raises
    ------
    ModelError
        The library for this kind of store is missing.
    UsageError
        There is no such kind of store.
    """
    kind = _kind(url.partition("://")[0].lower(), url)
    with _told(UsageError, url, "used"):
        return File(kind(**kind._get_kwargs_from_urls(url)), kind._strip_protocol(url))


def _kind(protocol: str, url: str) -> Any:
    try:
        import fsspec

        return fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise ModelError(
            f"{url}: needs a library ({error}); pip install 'pixbin[remote]'"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{url}: {protocol} is no store; give a path, s3://... or gs://"
        ) from error


@contextlib.contextmanager
def _told(kind: type[PixbinError], shown: str, verb: str) -> Iterator[None]:
    """Turn whatever a store's library raises into an error of pixbin's."""
    try:
        yield
    except PixbinError:
        raise
    except FileNotFoundError as error:
        raise kind(f"{shown}: no such object, folder or bucket; check the name") from error
    except PermissionError as error:
        raise kind(f"{shown}: no permission ({_reason(error)}); check your credentials") from error
    except Exception as error:  # each library has its own
        raise kind(
            f"{shown}: cannot be {verb} ({_reason(error)}); check the name and the store's settings"
        ) from error


def reading(shown: str) -> contextlib.AbstractContextManager[None]:
    """Turn what a store raises into an InputError."""
    return _told(InputError, shown, "read")


def writing(shown: str) -> contextlib.AbstractContextManager[None]:
    """Turn what a store raises into an OutputError."""
    return _told(OutputError, shown, "written")


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def read(url: str, known: Signature | None) -> tuple[bytes, Signature]:
    """Return the content of a file, and a signature no younger than that.

    Raises
    ------
    InputError
        It cannot be read, or is empty.
    """
    place = find(url)
    with reading(url):
        signature = known or signature_of(place.system.info(place.path))
        return files.not_empty(place.content(), url), local_files.steady(signature)


def size_of(url: str, wish: Wish) -> Size:
    """Return the upright size of the picture in a file, of which only the head is read."""
    place = find(url)
    with reading(url), place.system.open(place.path, "rb", block_size=_HEAD) as file:
        return size_in(io.BufferedReader(file), url, wish)


def status(url: str) -> Status | None:
    """Tell what is known of a file, if it is there."""
    place = find(url)
    with reading(url):
        try:
            known = place.system.info(place.path)
        except FileNotFoundError:
            return None
    return Status(signature_of(known), (place.identity,))


def is_folder(url: str) -> bool:
    """Tell whether a URL names a folder rather than a file.

    Raises
    ------
    InputError
        It names neither, or the store cannot be asked.
    """
    place = find(url)
    with reading(url):
        return bool(place.system.info(place.path)["type"] == "directory")


def signature_of(known: dict[str, Any]) -> Signature:
    """Return what tells whether a file has changed: the store's own tag of its content, or time."""
    size = known.get("size")
    for name in _TAGS:
        if known.get(name):
            return Signature(-1 if size is None else size, 0, str(known[name]))
    return Signature(-1 if size is None else size, time_of(known))


def time_of(known: dict[str, Any]) -> int:
    """Return when a file was changed, in nanoseconds; -1 if the store does not tell."""
    return _nanoseconds(next((known[name] for name in _TIMES if known.get(name)), None))


def found(below: str, known: dict[str, Any]) -> Found:
    """Return what a store tells of a file."""
    return Found(below, signature_of(known), time_of(known))


def _nanoseconds(time: object) -> int:
    """Return a time as a store tells it; -1 for one that tells nothing."""
    if isinstance(time, str):
        with contextlib.suppress(ValueError):
            time = datetime.datetime.fromisoformat(time)
    if isinstance(time, datetime.datetime):
        whole = time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
        since = whole - datetime.datetime.fromtimestamp(0, datetime.UTC)
        return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds * 1000
    return int(time * _SECOND) if isinstance(time, int | float) else -1


def listed(place: File, wanted: Wanted) -> Iterator[Found]:
    """Yield the wanted files below a place.

    S3 tells them by the thousand, others folder by folder; memory does not grow with their number.
    """
    takes_folder = lru_cache(maxsize=1024)(wanted.takes_folder)

    def is_searched(folder: str) -> bool:
        return not folder or (is_searched(folder.rpartition("/")[0]) and takes_folder(folder))

    if place.is_s3:
        for each in _pages(place, is_flat=not wanted.recursive):
            if wanted.takes_file(each.below) and is_searched(each.below.rpartition("/")[0]):
                yield each
        return
    stack = [""]
    while stack:
        folder = stack.pop()
        for below, known in _entries(place, folder):
            if known["type"] != "directory":
                if wanted.takes_file(below):
                    yield found(below, known)
            elif wanted.takes_folder(below):
                stack.append(below)


def _pages(place: File, *, is_flat: bool) -> Iterator[Found]:
    bucket, key, _ = place.system.split_path(place.path)
    start = f"{key}/" if key else ""
    words = {"Delimiter": "/"} if is_flat else {}
    while True:
        page = place.system.call_s3("list_objects_v2", Bucket=bucket, Prefix=start, **words)
        for known in page.get("Contents", ()):
            if not known["Key"].endswith("/"):  # which stands for a folder
                yield found(known["Key"].removeprefix(start), {**known, "size": known["Size"]})
        if not page.get("IsTruncated"):
            return
        words["ContinuationToken"] = page["NextContinuationToken"]


def _entries(place: File, folder: str) -> list[tuple[str, dict[str, Any]]]:
    here = place.below(folder).path if folder else place.path
    found = place.system.ls(here, detail=True)
    place.system.invalidate_cache()  # it would keep all folders
    names = ((known["name"].rstrip("/").rpartition("/")[2], known) for known in found)
    return [
        (f"{folder}/{name}" if folder else name, known)
        for name, known in names
        if known["name"].rstrip("/") != here.rstrip("/")  # some list a folder in itself
    ]


def told(urls: Iterable[str]) -> Iterator[tuple[str, Signature | None, str]]:
    """Ask for the signatures of files, many at once; or the reason why not. Folders are left out.

    Their order is kept.
    """
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as threads:
        urls = iter(urls)
        while group := list(islice(urls, 16 * _ASKED_AT_ONCE)):
            yield from filter(None, threads.map(_told_of, group))


def _told_of(url: str) -> tuple[str, Signature | None, str] | None:
    try:
        place = find(url)
        with reading(url):
            known = place.system.info(place.path)
    except InputError as error:
        return url, None, str(error)
    return None if known["type"] == "directory" else (url, signature_of(known), "")
