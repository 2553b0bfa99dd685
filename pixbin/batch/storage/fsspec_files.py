"""Files in object stores, through the library fsspec (the extra `pixbin[remote]`).

fsspec finds a store's address and credentials in its own configuration files and environment
variables.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pixbin import files
from pixbin.batch.storage.base import FileSignature, Status, ignore_recent_mtime
from pixbin.batch.storage.fsspec_info import modified_time_ns, signature_of
from pixbin.batch.storage.globs import FileFilter
from pixbin.catalog.limits import DEFAULT, InputLimits
from pixbin.errors import (
    InputError,
    ModelError,
    OutputError,
    PixbinError,
    UsageError,
    without_credentials,
    without_credentials_of,
)
from pixbin.readers import size_of_open_file

if TYPE_CHECKING:
    from pixbin.geometry import Size
    from pixbin.readers import ReadOptions

_HEADER_BYTES = 1 << 16  #: bytes of a picture that are requested at once to find its size
_PARALLEL_QUERIES = 32  #: files of a list whose information is requested at the same time


class ListedFile(NamedTuple):
    """A file below a folder of a store."""

    relative_path: str  #: path with `/`
    signature: FileSignature
    modified_ns: int  #: time of its last change, in nanoseconds


@dataclass(frozen=True, slots=True)
class RemotePath:
    """A file or folder of a store, as fsspec names it."""

    filesystem: Any  #: fsspec.AbstractFileSystem
    path: str

    @property
    def protocols(self) -> tuple[str, ...]:
        """The URL schemes of this store, the usual one first."""
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @property
    def is_s3(self) -> bool:
        """Whether the store has the API of S3."""
        return "s3" in self.protocols and hasattr(self.filesystem, "call_s3")

    @property
    def canonical_url(self) -> str:
        """The unique URL of a path that may have several, such as `s3://` and `s3a://`."""
        return self.path if "://" in self.path else f"{self.protocols[0]}://{self.path}"

    def joinpath(self, path: str) -> RemotePath:
        """Return a path below this one."""
        return RemotePath(self.filesystem, f"{self.path.rstrip('/')}/{path}")

    def read_bytes(self) -> bytes:
        """Return all bytes of a file, by one request where the store allows that."""
        arguments = {"max_concurrency": 1} if self.is_s3 else {}
        data: bytes = self.filesystem.cat_file(self.path, **arguments)
        return data

    def info(self) -> dict[str, Any]:
        """Return the store's information about a file or folder.

        Raises
        ------
        FileNotFoundError
            There is none with this name.
        """
        info: dict[str, Any] = self.filesystem.info(self.path)
        return info


def remote_path(url: str) -> RemotePath:
    """Return the path that a URL names, without a request to the store.

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
    url = without_credentials(url)
    try:
        import fsspec

        return fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise ModelError(
            f"{url}: needs a library ({error}); pip install 'pixbin[remote]'"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{url}: {protocol} is not a known store; give a path, s3://... or gs://"
        ) from error


@contextlib.contextmanager
def _translate_errors(error_type: type[PixbinError], label: str, verb: str) -> Iterator[None]:
    """Turn any exception of a store's library into an error of pixbin, without credentials."""
    label, url = without_credentials(label), label
    try:
        yield
    except PixbinError:
        raise
    except FileNotFoundError as error:
        raise error_type(f"{label}: no such object, folder or bucket; check the name") from error
    except PermissionError as error:
        raise error_type(
            f"{label}: no permission ({_reason(error, url)}); check your credentials"
        ) from error
    except Exception as error:  # each library has its own exceptions
        raise error_type(
            f"{label}: cannot be {verb} ({_reason(error, url)}); check the name and the store's "
            "settings"
        ) from error


def translate_read_errors(label: str) -> contextlib.AbstractContextManager[None]:
    """Turn any exception of a store's library into an InputError."""
    return _translate_errors(InputError, label, "read")


def translate_write_errors(label: str) -> contextlib.AbstractContextManager[None]:
    """Turn any exception of a store's library into an OutputError."""
    return _translate_errors(OutputError, label, "written")


def _reason(error: BaseException, url: str) -> str:
    message = " ".join(str(error).split()) or type(error).__name__
    return without_credentials_of(url, message)


def read_url(
    url: str, known_signature: FileSignature | None, limits: InputLimits = DEFAULT
) -> tuple[bytes, FileSignature]:
    """Return the content of a file, and a signature that is not newer than the content.

    Raises
    ------
    InputError
        It cannot be read, is empty, or beyond the limits.
    """
    path = remote_path(url)
    with translate_read_errors(url):
        signature = known_signature or signature_of(path.info())
        limits.check_bytes(files.display_name(url), signature.size or 0)
        data = files.require_content(path.read_bytes(), files.display_name(url))
        return data, ignore_recent_mtime(signature)


def size_of(url: str, read_options: ReadOptions) -> Size:
    """Return the upright size of a picture, in pixels; only its header is read."""
    path = remote_path(url)
    with (
        translate_read_errors(url),
        path.filesystem.open(path.path, "rb", block_size=_HEADER_BYTES) as file,
    ):
        return size_of_open_file(io.BufferedReader(file), url, read_options)


def url_status(url: str) -> Status | None:
    """Return the status of a file, or None if it is missing."""
    path = remote_path(url)
    with translate_read_errors(url):
        try:
            info = path.info()
        except FileNotFoundError:
            return None
    return Status(signature_of(info), (path.canonical_url,))


def is_folder(url: str) -> bool:
    """Return whether a URL names a folder rather than a file.

    Raises
    ------
    InputError
        It names neither, or the store cannot be reached.
    """
    path = remote_path(url)
    with translate_read_errors(url):
        return bool(path.info()["type"] == "directory")


def _listed_file(relative_path: str, info: dict[str, Any]) -> ListedFile:
    return ListedFile(relative_path, signature_of(info), modified_time_ns(info))


def list_files(root: RemotePath, file_filter: FileFilter) -> Iterator[ListedFile]:
    """Yield the files below a folder that the filter accepts.

    S3 lists a thousand files per request, other stores are searched folder by folder. The memory
    in use does not grow with the number of files.
    """
    if root.is_s3:
        yield from _filtered_s3_objects(root, file_filter)
        return
    stack = [""]
    while stack:
        folder = stack.pop()
        for relative_path, info in _list_folder(root, folder):
            if info["type"] != "directory":
                if file_filter.accepts_file(relative_path):
                    yield _listed_file(relative_path, info)
            elif file_filter.accepts_folder(relative_path):
                stack.append(relative_path)


def _filtered_s3_objects(root: RemotePath, file_filter: FileFilter) -> Iterator[ListedFile]:
    """Yield accepted files; if the filter excludes a folder, all files below it are left out."""
    accepts_folder = lru_cache(maxsize=1024)(file_filter.accepts_folder)

    def is_searched(folder: str) -> bool:
        return not folder or (is_searched(folder.rpartition("/")[0]) and accepts_folder(folder))

    for file in _list_s3_objects(root, is_flat=not file_filter.recursive):
        folder = file.relative_path.rpartition("/")[0]
        if file_filter.accepts_file(file.relative_path) and is_searched(folder):
            yield file


def _list_s3_objects(root: RemotePath, *, is_flat: bool) -> Iterator[ListedFile]:
    bucket, key, _ = root.filesystem.split_path(root.path)
    prefix = f"{key}/" if key else ""
    arguments = {"Delimiter": "/"} if is_flat else {}
    while True:
        page = root.filesystem.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, **arguments)
        for info in page.get("Contents", ()):
            if not info["Key"].endswith("/"):  # such an object stands for a folder
                info = {**info, "size": info["Size"]}
                yield _listed_file(info["Key"].removeprefix(prefix), info)
        if not page.get("IsTruncated"):
            return
        arguments["ContinuationToken"] = page["NextContinuationToken"]


def _list_folder(root: RemotePath, folder: str) -> list[tuple[str, dict[str, Any]]]:
    path = root.joinpath(folder).path if folder else root.path
    entries = root.filesystem.ls(path, detail=True)
    root.filesystem.invalidate_cache()  # it would keep every folder in memory
    names = ((info["name"].rstrip("/").rpartition("/")[2], info) for info in entries)
    return [
        (f"{folder}/{name}" if folder else name, info)
        for name, info in names
        if info["name"].rstrip("/") != path.rstrip("/")  # some stores list a folder in itself
    ]


def query_signatures(urls: Iterable[str]) -> Iterator[tuple[str, FileSignature | None, str]]:
    """Yield each URL with the signature of its file, or with the reason why it has none.

    Many files are queried at the same time. The order is kept; folders are left out.
    """
    with ThreadPoolExecutor(_PARALLEL_QUERIES) as threads:
        urls = iter(urls)
        while group := list(islice(urls, 16 * _PARALLEL_QUERIES)):
            yield from filter(None, threads.map(_query_signature, group))


def _query_signature(url: str) -> tuple[str, FileSignature | None, str] | None:
    try:
        path = remote_path(url)
        with translate_read_errors(url):
            info = path.info()
    except InputError as error:
        return url, None, str(error)
    return None if info["type"] == "directory" else (url, signature_of(info), "")
