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
from pixbin.batch.planning.globs import FileFilter
from pixbin.batch.storage import local_files
from pixbin.errors import InputError, ModelError, OutputError, PixbinError, UsageError
from pixbin.readers import size_of_open_file

if TYPE_CHECKING:
    from pixbin.geometry import Size
    from pixbin.readers import ReadOptions

_TAG_KEYS = ("ETag", "etag", "md5Hash", "content_md5", "crc32c")  #: what tells contents apart
_TIME_KEYS = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")
_HEADER_BYTES = 1 << 16  #: bytes that are read at once of a picture's head
_PARALLEL_QUERIES = 32  #: files of a list that a store is asked about at once
_NS_PER_SECOND = 1_000_000_000  #: ns


class ListedFile(NamedTuple):
    """A file below a folder of a store."""

    relative_path: str  #: path with `/`
    signature: Signature
    modified_ns: int  #: of its last change, in nanoseconds


class RemotePath(NamedTuple):
    """A place on a store, as fsspec knows it."""

    filesystem: Any  #: fsspec.AbstractFileSystem
    path: str

    @property
    def protocols(self) -> tuple[str, ...]:
        """How URLs of this store begin, the usual way first."""
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @property
    def is_s3(self) -> bool:
        """Whether the store is asked in the words of S3."""
        return "s3" in self.protocols and hasattr(self.filesystem, "call_s3")

    @property
    def canonical_url(self) -> str:
        """The one name of a place that may have several, such as `s3://` and `s3a://`."""
        return self.path if "://" in self.path else f"{self.protocols[0]}://{self.path}"

    def joinpath(self, path: str) -> RemotePath:
        """Return a place below this one."""
        return RemotePath(self.filesystem, f"{self.path.rstrip('/')}/{path}")

    def read_bytes(self) -> bytes:
        """Return all bytes, by one request where the store allows that."""
        words = {"max_concurrency": 1} if self.is_s3 else {}
        data: bytes = self.filesystem.cat_file(self.path, **words)
        return data


def remote_path(url: str) -> RemotePath:
    """Return the place that a URL names; nothing is asked of the store yet.

    Raises
    ------
    ModelError
        The library for this kind of store is missing.
    UsageError
        There is no such kind of store.
    """
    kind = _filesystem_class(url.partition("://")[0].lower(), url)
    with _translate_errors(UsageError, url, "used"):
        return RemotePath(kind(**kind._get_kwargs_from_urls(url)), kind._strip_protocol(url))


def _filesystem_class(protocol: str, url: str) -> Any:
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
def _translate_errors(error_type: type[PixbinError], label: str, verb: str) -> Iterator[None]:
    """Turn whatever a store's library raises into an error of pixbin's."""
    try:
        yield
    except PixbinError:
        raise
    except FileNotFoundError as error:
        raise error_type(f"{label}: no such object, folder or bucket; check the name") from error
    except PermissionError as error:
        raise error_type(
            f"{label}: no permission ({_reason(error)}); check your credentials"
        ) from error
    except Exception as error:  # each library has its own
        raise error_type(
            f"{label}: cannot be {verb} ({_reason(error)}); check the name and the store's settings"
        ) from error


def translate_read_errors(label: str) -> contextlib.AbstractContextManager[None]:
    """Turn what a store raises into an InputError."""
    return _translate_errors(InputError, label, "read")


def translate_write_errors(label: str) -> contextlib.AbstractContextManager[None]:
    """Turn what a store raises into an OutputError."""
    return _translate_errors(OutputError, label, "written")


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def read_url(url: str, known_signature: Signature | None) -> tuple[bytes, Signature]:
    """Return the content of a file, and a signature no younger than that.

    Raises
    ------
    InputError
        It cannot be read, or is empty.
    """
    place = remote_path(url)
    with translate_read_errors(url):
        signature = known_signature or signature_of(place.filesystem.info(place.path))
        return files.require_content(place.read_bytes(), url), local_files.ignore_recent_mtime(
            signature
        )


def size_of(url: str, read_options: ReadOptions) -> Size:
    """Return the upright size of the picture in a file, of which only the head is read."""
    place = remote_path(url)
    with (
        translate_read_errors(url),
        place.filesystem.open(place.path, "rb", block_size=_HEADER_BYTES) as file,
    ):
        return size_of_open_file(io.BufferedReader(file), url, read_options)


def url_status(url: str) -> Status | None:
    """Tell what is known of a file, if it is there."""
    place = remote_path(url)
    with translate_read_errors(url):
        try:
            known = place.filesystem.info(place.path)
        except FileNotFoundError:
            return None
    return Status(signature_of(known), (place.canonical_url,))


def is_folder(url: str) -> bool:
    """Tell whether a URL names a folder rather than a file.

    Raises
    ------
    InputError
        It names neither, or the store cannot be asked.
    """
    place = remote_path(url)
    with translate_read_errors(url):
        return bool(place.filesystem.info(place.path)["type"] == "directory")


def signature_of(info: dict[str, Any]) -> Signature:
    """Return what tells whether a file has changed: the store's own tag of its content, or time."""
    size = info.get("size")
    for name in _TAG_KEYS:
        if info.get(name):
            return Signature(-1 if size is None else size, 0, str(info[name]))
    return Signature(-1 if size is None else size, modified_time_ns(info))


def modified_time_ns(info: dict[str, Any]) -> int:
    """Return when a file was changed, in nanoseconds; -1 if the store does not tell."""
    return _to_nanoseconds(next((info[name] for name in _TIME_KEYS if info.get(name)), None))


def to_listed_file(relative_path: str, info: dict[str, Any]) -> ListedFile:
    """Return what a store tells of a file."""
    return ListedFile(relative_path, signature_of(info), modified_time_ns(info))


def _to_nanoseconds(time: object) -> int:
    """Return a time as a store tells it; -1 for one that tells nothing."""
    if isinstance(time, str):
        with contextlib.suppress(ValueError):
            time = datetime.datetime.fromisoformat(time)
    if isinstance(time, datetime.datetime):
        whole = time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
        since = whole - datetime.datetime.fromtimestamp(0, datetime.UTC)
        return (since.days * 86_400 + since.seconds) * _NS_PER_SECOND + since.microseconds * 1000
    return int(time * _NS_PER_SECOND) if isinstance(time, int | float) else -1


def list_files(root: RemotePath, file_filter: FileFilter) -> Iterator[ListedFile]:
    """Yield the wanted files below a place.

    S3 tells them by the thousand, others folder by folder; memory does not grow with their number.
    """
    takes_folder = lru_cache(maxsize=1024)(file_filter.accepts_folder)

    def is_searched(folder: str) -> bool:
        return not folder or (is_searched(folder.rpartition("/")[0]) and takes_folder(folder))

    if root.is_s3:
        for each in _list_s3_objects(root, is_flat=not file_filter.recursive):
            if file_filter.accepts_file(each.relative_path) and is_searched(
                each.relative_path.rpartition("/")[0]
            ):
                yield each
        return
    stack = [""]
    while stack:
        folder = stack.pop()
        for below, known in _list_folder(root, folder):
            if known["type"] != "directory":
                if file_filter.accepts_file(below):
                    yield to_listed_file(below, known)
            elif file_filter.accepts_folder(below):
                stack.append(below)


def _list_s3_objects(root: RemotePath, *, is_flat: bool) -> Iterator[ListedFile]:
    bucket, key, _ = root.filesystem.split_path(root.path)
    start = f"{key}/" if key else ""
    words = {"Delimiter": "/"} if is_flat else {}
    while True:
        page = root.filesystem.call_s3("list_objects_v2", Bucket=bucket, Prefix=start, **words)
        for known in page.get("Contents", ()):
            if not known["Key"].endswith("/"):  # which stands for a folder
                yield to_listed_file(
                    known["Key"].removeprefix(start), {**known, "size": known["Size"]}
                )
        if not page.get("IsTruncated"):
            return
        words["ContinuationToken"] = page["NextContinuationToken"]


def _list_folder(root: RemotePath, folder: str) -> list[tuple[str, dict[str, Any]]]:
    here = root.joinpath(folder).path if folder else root.path
    found = root.filesystem.ls(here, detail=True)
    root.filesystem.invalidate_cache()  # it would keep all folders
    names = ((known["name"].rstrip("/").rpartition("/")[2], known) for known in found)
    return [
        (f"{folder}/{name}" if folder else name, known)
        for name, known in names
        if known["name"].rstrip("/") != here.rstrip("/")  # some list a folder in itself
    ]


def query_signatures(urls: Iterable[str]) -> Iterator[tuple[str, Signature | None, str]]:
    """Ask for the signatures of files, many at once; or the reason why not. Folders are left out.

    Their order is kept.
    """
    with ThreadPoolExecutor(_PARALLEL_QUERIES) as threads:
        urls = iter(urls)
        while group := list(islice(urls, 16 * _PARALLEL_QUERIES)):
            yield from filter(None, threads.map(_query_signature, group))


def _query_signature(url: str) -> tuple[str, Signature | None, str] | None:
    try:
        place = remote_path(url)
        with translate_read_errors(url):
            known = place.filesystem.info(place.path)
    except InputError as error:
        return url, None, str(error)
    return None if known["type"] == "directory" else (url, signature_of(known), "")
