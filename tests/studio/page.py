"""A studio in a thread, and a client that speaks to it as its page does."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pixbin.options import presets
from pixbin.studio.pictures import PictureLibrary
from pixbin.studio.saving import SaveFolder
from pixbin.studio.server import StudioServer
from pixbin.studio.service import StudioService


class Reply(NamedTuple):
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as a value of JSON."""
        return json.loads(self.body)

    @property
    def report(self) -> Any:
        """The report on a picture, from its header."""
        return json.loads(self.headers["Pixbin-Report"])


class PageClient:
    """Sends requests to a studio, by default with the headers of its own page."""

    def __init__(self, server: StudioServer) -> None:
        self.server, self.address = server, server.address
        self.host = f"127.0.0.1:{server.address.port}"
        self._number = 0

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = None,
        **headers: Any,
    ) -> Reply:
        """Send one request; header names have `_` for `-`, and None leaves a header out."""
        root = f"/{self.address.token if token is None else token}/"
        return self.send_plain(method, root + path, body, **headers)

    def send_plain(
        self, method: str, path: str, body: bytes | None = None, **headers: Any
    ) -> Reply:
        """Send one request to a path that has no token yet."""
        sent = {"Host": self.host, "Origin": f"http://{self.host}" if method != "GET" else None}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent.setdefault("Content-Length", str(len(body)))
        connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    def get(self, path: str, **headers: Any) -> Reply:
        """Send a GET request."""
        return self.send("GET", path, **headers)

    def post(self, path: str, value: object, **headers: Any) -> Reply:
        """Send a value as JSON."""
        headers.setdefault("Content_Type", "application/json")
        return self.send("POST", path, json.dumps(value).encode(), **headers)

    def draw(self, output_format: str = "png", picture: str = "0", **settings: object) -> Reply:
        """Ask for the large picture."""
        self._number += 1
        return self.post("picture", self.request(output_format, picture, **settings))

    def request(
        self, output_format: str = "png", picture: str = "0", **settings: object
    ) -> dict[str, Any]:
        """Return what the page sends to get a picture."""
        return {
            "picture": picture,
            "settings": settings,
            "format": output_format,
            "channel": "tab/picture",
            "number": self._number,
        }


@contextlib.contextmanager
def open_studio(
    source: Path | str | None = None, save_to: Path | None = None, **settings: object
) -> Iterator[PageClient]:
    """Run a studio in a thread, and yield a client for it."""
    given = presets.merge(settings, presets.NO_PRESET)
    folder = None if save_to is None else SaveFolder(save_to)
    service = StudioService(PictureLibrary(None if source is None else str(source)), given, folder)
    server = StudioServer(service)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield PageClient(server)
    finally:
        server.shutdown()
        thread.join()
        service.close()
        server.server_close()
