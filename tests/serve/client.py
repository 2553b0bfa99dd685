"""A service in a thread, and a client that speaks to it as displays do."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from pixbin.options import presets
from pixbin.serve.folders import ServedFolders
from pixbin.serve.remote import RemoteHosts
from pixbin.serve.server import ServerSettings, ServeServer
from pixbin.serve.service import PictureService, ServeLimits
from pixbin.serve.wording import NOTE_HEADER
from tests.fixtures import sample_image


class ServeReply(NamedTuple):
    """An answer of the service."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    notes: tuple[str, ...] = ()  #: each on a line of its own

    @property
    def json(self) -> Any:
        """The body as a value of JSON."""
        return json.loads(self.body)


class ServeClient:
    """Sends requests to a service."""

    def __init__(self, server: ServeServer) -> None:
        self.server = server
        self.port = server.server_address[1]

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str | None
    ) -> ServeReply:
        """Send one request; header names have `_` for `-`, and None leaves a header out."""
        sent: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent.setdefault("Content-Length", str(len(body)))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            notes = (*response.headers.get_all(NOTE_HEADER, ()),)
            headers_sent = dict(response.getheaders())
            return ServeReply(response.status, headers_sent, response.read(), notes)

    def get(self, path: str, **headers: str | None) -> ServeReply:
        """Send a GET request."""
        return self.send("GET", path, None, **headers)

    def post(self, path: str, body: bytes, **headers: str | None) -> ServeReply:
        """Send a picture."""
        headers.setdefault("Content_Type", "image/png")
        return self.send("POST", path, body, **headers)


@contextlib.contextmanager
def open_service(
    *folders: Path,
    settings: Mapping[str, object] | None = None,
    limits: ServeLimits | None = None,
    remote: RemoteHosts | None = None,
    **server_settings: Any,
) -> Iterator[ServeClient]:
    """Run a service in a thread, and yield a client for it."""
    given = presets.merge(settings or {}, presets.NO_PRESET)
    served = ServedFolders([str(folder) for folder in folders])
    pictures = PictureService(served, given, limits, remote)
    server = ServeServer(pictures, ServerSettings(**server_settings))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield ServeClient(server)
    finally:
        server.stop(seconds=10)
        thread.join()


def make_folder(folder: Path) -> Path:
    """Write three small pictures, one of them in a folder, and return the folder."""
    (folder / "trip").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.png", "trip/c.png")):
        Image.fromarray(sample_image(48 + number, 32)).save(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden.png").write_bytes((folder / "a.png").read_bytes())
    return folder
