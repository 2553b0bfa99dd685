"""Entries: HTTP of the studio and of the service, tools of MCP, and the command line."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from pixbin.agents import tool_table
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.agents.limits import CallLimits
from pixbin.agents.output_files import OutputFiles
from pixbin.agents.sheets import SheetTool
from pixbin.agents.tools import PictureTools
from pixbin.errors import PixbinError
from pixbin.options import presets
from pixbin.serve.access import ANSWER_HEADERS, AccessRules
from pixbin.serve.folders import ServedFolders
from pixbin.serve.remote import RemoteHosts
from pixbin.serve.server import ServeHandler, ServerSettings, ServeServer
from pixbin.serve.service import PictureService, ServeLimits
from pixbin.studio.guard import SECURITY_HEADERS, Address
from pixbin.studio.pictures import PictureLibrary
from pixbin.studio.saving import SaveFolder
from pixbin.studio.server import StudioHandler, StudioServer
from pixbin.studio.service import StudioService
from pixbin.web.handler import Answer, WebHandler
from tests.fixtures import sample_image
from tests.fuzz.entry import FuzzEntry, promise
from tests.fuzz.mutations import http, trees

_SECRET = b"a secret outside of the folders"
_TOKEN = "the-token-of-this-run"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_MOST_PIXELS = 1 << 14  #: of outputs
_NAMES = ("a.png", "b.png", "trip", "notes.txt", ".hidden.png", "broken.png", "link.png")
_MOST_FILES = 200  #: that requests have written, before they are removed


class FakeConnection:
    """A connection whose client has sent some bytes, in pieces, and then waits or has gone.

    Parameters
    ----------
    data : bytes
        The bytes that the client sends.
    choice : int
        Chooses the sizes of the pieces, and how the client behaves.
    """

    def __init__(self, data: bytes, choice: int) -> None:
        self._data, self._position = data, 0
        self._piece = (1 << 20, 7, 1, 1000)[choice % 4]
        self._waits_at_the_end = choice % 8 >= 4
        self._goes = choice % 16 == 15  #: before it has read an answer
        self.sent = b""

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: time does not pass here."""

    def setsockopt(self, *options: object) -> None:
        """Do nothing."""

    def recv_into(self, buffer: Any) -> int:
        """Give the next piece; at the end, nothing or an error, as a slow client causes it."""
        piece = self._data[self._position : self._position + min(self._piece, len(buffer))]
        if not piece and self._waits_at_the_end:
            raise TimeoutError
        self._position += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def sendall(self, data: bytes) -> None:
        """Take an answer."""
        if self._goes:
            raise BrokenPipeError
        self.sent += data

    def makefile(self, *arguments: object) -> io.BytesIO:
        """Return a file that nobody uses."""
        return io.BytesIO()


def _strict(handler: type[WebHandler]) -> type[WebHandler]:
    """Return a handler that raises errors which it would report as a bug."""

    class StrictHandler(handler):  # type: ignore[valid-type, misc]
        def failure(self, error: Exception) -> Answer | None:
            answer: Answer | None = super().failure(error)
            if answer is None:
                raise error
            return answer

    return StrictHandler


def _make_folder() -> Path:
    """Make a folder of pictures in the working folder, with a secret next to it."""
    folder = Path("pictures")
    if not folder.exists():
        (folder / "trip").mkdir(parents=True)
        for number, name in enumerate(("a.png", "b.png", "trip/c.png")):
            Image.fromarray(sample_image(24 + number, 18)).save(folder / name)
        Path("secret.txt").write_bytes(_SECRET)
        Path("secret.png").write_bytes(_SECRET)
        (folder / "notes.txt").write_bytes(b"no picture")
        (folder / ".hidden.png").write_bytes(_SECRET)
        (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (folder / "link.png").symlink_to("../secret.png")
        Path("out").mkdir()
    return folder


@functools.cache
def _outside() -> frozenset[str]:
    """Return the names next to the folders of clients, which no request may change."""
    return frozenset(os.listdir("."))  # noqa: PTH208


def _check_outside(sent: bytes) -> None:
    promise(_SECRET not in sent, "a secret file was sent")
    names = frozenset(os.listdir("."))  # noqa: PTH208
    promise(names == _outside(), f"files outside of the folders: {names ^ _outside()}")


def _clear(folder: Path) -> None:
    """Remove what requests have written, if it is much."""
    if sum(1 for _ in folder.iterdir()) > _MOST_FILES:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _check_answers(sent: bytes, headers: Mapping[str, str], is_closed: bool) -> str:
    """Check the answers of a connection, and return their statuses."""
    statuses = _STATUS.findall(sent)
    promise(b"500" not in statuses, "status 500")
    if not sent or is_closed:
        return "gone"
    head = sent.partition(b"\r\n\r\n")[0].decode("latin-1")
    if statuses and not sent.startswith(b"HTTP/1.1 100"):
        missing = [name for name in headers if f"{name}: " not in head]
        promise(not missing, f"an answer without {missing}")
    return f"{statuses[:4]}"


class _Studio(NamedTuple):
    """A studio of the folder."""

    server: StudioServer
    handler: type[WebHandler]


@functools.cache
def _studio() -> _Studio:
    folder = _make_folder()
    settings = presets.merge({"size": "16x12"}, presets.NO_PRESET)
    service = StudioService(PictureLibrary(str(folder)), settings, SaveFolder("out"))
    server = StudioServer(service)
    server.socket.close()
    server.address = Address(8000, _TOKEN)
    _outside()
    return _Studio(server, _strict(StudioHandler))


def _ask_studio(data: bytes, choice: int) -> object:
    """Send requests to the studio."""
    studio = _studio()
    connection = FakeConnection(data, choice)
    with contextlib.suppress(OSError):
        studio.handler(connection, ("127.0.0.1", 1), studio.server)  # type: ignore[arg-type]
    _check_outside(connection.sent)
    _clear(Path("out"))
    statuses = _check_answers(connection.sent, SECURITY_HEADERS, choice % 16 == 15)
    if "200" in statuses:
        promise(_TOKEN.encode() in data, "an answer without the token")
        hosts = (b"127.0.0.1:8000", b"localhost:8000")
        promise(any(host in data.lower() for host in hosts), "an answer to another host")
    return statuses


def _studio_seeds() -> Sequence[bytes]:
    def request(method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        head = f"{method} /{_TOKEN}/{path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
        if method == "POST":
            head += f"Origin: http://127.0.0.1:8000\r\nContent-Type: {kind}\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    drawing = {
        "picture": "0",
        "settings": {"method": "bayer4", "contrast": "20%"},
        "format": "png",
        "channel": "tab/picture",
        "number": 1,
    }
    buffer = io.BytesIO()
    Image.fromarray(sample_image(9, 7)).save(buffer, "PNG")
    bodies = {
        "picture": drawing,
        "file": {**drawing, "name": "a.png", "kind": "picture"},
        "save": {**drawing, "name": "saved.png", "overwrite": True},
        "preset": {"name": "small", "kept": True},
        "folder/stop": {},
    }
    return (
        *(request("GET", path) for path in ("", "state", "page/main.js", "source/0?frame=1")),
        *(request("POST", path, json.dumps(body).encode()) for path, body in bodies.items()),
        request("POST", "upload?name=x.png", buffer.getvalue(), "application/octet-stream"),
        b"GET /open/abc HTTP/1.1\r\nHost: localhost:8000\r\n\r\n",
    )


class _Service(NamedTuple):
    """A service of the folder."""

    server: ServeServer
    handler: type[WebHandler]


@functools.cache
def _service(has_token: bool) -> _Service:
    folder = _make_folder()
    settings = presets.merge({"size": "16x12"}, presets.NO_PRESET)
    limits = ServeLimits(1, _MOST_PIXELS, 1 << 20)
    pictures = PictureService(
        ServedFolders([str(folder)]), settings, limits, RemoteHosts(["allowed.test"], 1 << 20)
    )
    access = AccessRules(_TOKEN if has_token else None)
    server = ServeServer(pictures, ServerSettings(access=access))
    server.socket.close()
    _outside()
    return _Service(server, _strict(ServeHandler))


def _no_address(host: str, *arguments: object, **more: object) -> list[object]:
    promise(host == "allowed.test", f"a look-up of {host}")
    raise OSError("no network here")


def _ask_service(data: bytes, choice: int) -> object:
    """Send requests to the service."""
    has_token = choice % 2 == 1
    service = _service(has_token)
    connection = FakeConnection(data, choice // 2)
    look_up, socket.getaddrinfo = socket.getaddrinfo, _no_address  # type: ignore[assignment]
    try:
        with contextlib.suppress(OSError):
            service.handler(connection, ("127.0.0.1", 1), service.server)  # type: ignore[arg-type]
    finally:
        socket.getaddrinfo = look_up
    _check_outside(connection.sent)
    statuses = _check_answers(connection.sent, ANSWER_HEADERS, choice // 2 % 16 == 15)
    if has_token and "200" in statuses and b"health" not in data:
        import base64

        known = (_TOKEN.encode(), base64.b64encode(f"x:{_TOKEN}".encode()))
        promise(any(each in _decoded(data) for each in known), "an answer without the token")
    if statuses == "[b'200']" and connection.sent.partition(b"\r\n\r\n")[2][:4] == b"\x89PNG":
        body = connection.sent.partition(b"\r\n\r\n")[2]
        with Image.open(io.BytesIO(body)) as image:
            promise(image.convert("RGBA").getcolors(16) is not None, "more than two values")
    return statuses


def _decoded(data: bytes) -> bytes:
    from urllib.parse import unquote_to_bytes

    return data + unquote_to_bytes(data)


def _service_seeds() -> Sequence[bytes]:
    paths = (
        *("/", "/convert?file=a.png", "/convert.bmp?file=trip/c.png&size=8x8&method=atkinson"),
        *("/next?client=kitchen&every=60&order=random", "/next.png", "/files", "/devices"),
        *("/health", "/metrics", "/trmnl?device=trmnl", "/api/display", "/api/setup"),
        *("/convert?url=http://allowed.test/a.png", "/convert?file=a.png&device=ssd1306-128x64"),
        *("/convert?file=a.png&format=c&name=x", "/convert?file=a.png&sheet=2x&part=data"),
        *("/convert?file=a.png&alpha=mask&part=mask", "/convert?file=broken.png&preset=x"),
        *("/convert?file=link.png", "/convert?file=../secret.txt", "/convert?file=.hidden.png"),
    )
    head = f"Host: 127.0.0.1:8125\r\nAuthorization: Bearer {_TOKEN}\r\n"
    gets = [f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths]
    buffer = io.BytesIO()
    Image.fromarray(sample_image(9, 7)).save(buffer, "PNG")
    body = buffer.getvalue()
    more = f"{head}Content-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
    conditions = 'If-None-Match: W/"x"\r\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n'
    return (
        *gets,
        f"POST /convert?token={_TOKEN}&grid=8x HTTP/1.1\r\n{more}".encode() + body,
        f"POST /api/log HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode(),
        f"GET /convert?file=a.png HTTP/1.1\r\n{head}{conditions}\r\n".encode(),
        f"HEAD /next HTTP/1.0\r\n{head}Connection: keep-alive\r\n\r\n".encode(),
    )


@functools.cache
def _tools(is_read_only: bool) -> dict[str, tool_table.ToolSpec]:
    folder = _make_folder()
    folders, limits = AllowedFolders([str(folder), "out"]), CallLimits(_MOST_PIXELS)
    outputs = OutputFiles(folders, is_read_only=is_read_only)
    tools = tool_table.make_tools(
        PictureTools(folders, outputs, limits),
        SheetTool(folders, outputs, limits),
        is_read_only=is_read_only,
    )
    _outside()
    return tools


def _call_tool(data: bytes, choice: int) -> object:
    """Call a tool of the MCP server with arguments."""
    try:
        call = json.loads(data)
    except (ValueError, RecursionError):
        return "no JSON"
    tools = _tools(choice % 4 == 3)
    if not isinstance(call, dict) or not isinstance(call.get("arguments"), dict):
        return "no call"
    tool = tools.get(str(call.get("name")))
    if tool is None:
        return "no tool"
    reply = None
    try:
        reply = tool.run(call["arguments"])
    finally:
        report = json.dumps(reply.report).encode() if reply else b""
        _check_outside(report + ((reply.png or b"") if reply else b""))
        _restore_pictures()
    return f"{tool.name} {sorted(reply.report)}"


def _restore_pictures() -> None:
    """Remove what a call has written into the folder of pictures."""
    _clear(Path("out"))
    for path in Path("pictures").iterdir():
        if path.name not in _NAMES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _tool_seeds() -> Sequence[bytes]:
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("convert", {"source": "a.png", "size": "16x12", "method": "bayer4"}),
        ("convert", {"source": "a.png", "output": "x.png", "size": [8, 8], "overwrite": True}),
        ("convert", {"source": "trip/c.png", "format": "c", "device": "ssd1306-128x64"}),
        ("convert", {"source": "a.png", "output": "../out/y.gif", "grid": 8, "contrast": 0.2}),
        ("compare", {"source": ["a.png", "b.png"], "methods": ["atkinson"], "size": "8x8"}),
        ("compare", {"source": "a.png", "vary": {"grid": [4, 8]}, "columns": 2, "size": "8x8"}),
        ("verify", {"source": "a.png", "size": "24x18", "any_depth": True}),
        ("decode", {"source": "a.png", "size": "8x8", "layout": "pages", "format": "raw"}),
        ("recipe", {"source": "a.png"}),
        ("pictures", {}),
        ("devices", {"name": "trmnl"}),
        ("devices", {"kind": "e-paper"}),
        ("methods", {}),
        ("docs", {"page": "options"}),
        ("convert", {"source": "link.png"}),
        ("convert", {"source": "../secret.png"}),
        ("convert", {"source": "a.png", "matrix": [[0, 0.5], [0.5, 0]], "size": "16x12"}),
        ("convert", {"source": "a.png", "mask": "b.png", "size": "16x12"}),
    )
    return [json.dumps({"name": name, "arguments": given}).encode() for name, given in calls]


def entries() -> list[FuzzEntry]:
    """Return the entries of servers."""
    return [
        FuzzEntry("studio", _studio_seeds, _ask_studio, http.ALL, errors=(), suffix="http"),
        FuzzEntry("serve", _service_seeds, _ask_service, http.ALL, errors=(), suffix="http"),
        FuzzEntry("mcp", _tool_seeds, _call_tool, trees.ALL, errors=(PixbinError,), suffix="json"),
    ]
