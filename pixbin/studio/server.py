"""The server of the page: `http.server` of the standard library, on the loopback address."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pixbin.studio import guard, pictures
from pixbin.studio.guard import Address, OpeningCode
from pixbin.studio.newest import StaleRequestError
from pixbin.studio.service import StudioService
from pixbin.web.handler import Answer, RefusedError, WebHandler, WebServer, json_answer

PAGE_FOLDER = Path(__file__).parent / "page"
MAX_JSON_BYTES = 1 << 18
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: The files of the page by their names in addresses; no other file is ever opened by name.
PAGE_FILES = {path.name: path for path in PAGE_FOLDER.iterdir() if path.suffix in _TYPES}


class StudioServer(WebServer):
    """A server for one page, with a thread for each connection."""

    def __init__(self, service: StudioService, port: int = 0) -> None:
        """Listen on the loopback address; port 0 is any free one."""
        super().__init__((guard.LOOPBACK, port), StudioHandler)
        self.service = service
        self.address = Address.with_new_token(self.server_address[1])
        self.opening_code = OpeningCode()

    @property
    def opening_url(self) -> str:
        """An address that leads to the page once; it is no secret afterwards."""
        return f"http://{guard.LOOPBACK}:{self.address.port}{self.opening_code.path}"


class StudioHandler(WebHandler):
    """One connection of the page."""

    server: StudioServer
    common_headers = guard.SECURITY_HEADERS

    def answer(self) -> Answer:
        """Return the answer to a request of the page, after all checks."""
        path = self.address.path
        if self.command == "GET" and path.startswith("/open/"):
            return self._open(path)
        rest = unquote(self.server.address.check_request(self.command, path, self.headers))
        return self._get(rest) if self.command == "GET" else self._post(rest)

    def failure(self, error: Exception) -> Answer | None:
        """Return the answer to a stale request, or to an error that the page shows."""
        if isinstance(error, StaleRequestError):
            return json_answer({"error": "stale", "stale": True}, HTTPStatus.CONFLICT)
        return super().failure(error)

    def _open(self, path: str) -> Answer:
        """Lead the browser that the studio has started to the page."""
        self.server.address.check_host(self.headers)
        if not self.server.opening_code.use(path):
            raise RefusedError(HTTPStatus.FORBIDDEN, "wrong code; open the printed address")
        location = f"/{self.server.address.token}/"
        return Answer(b"", "text/plain", HTTPStatus.SEE_OTHER, {"Location": location})

    def _get(self, path: str) -> Answer:
        service = self.server.service
        if path in ("", "index.html"):
            return _page_file("index.html")
        if path == "state":
            return json_answer(service.state())
        if path == "folder":
            return json_answer(service.folder_progress())
        kind, _, name = path.partition("/")
        if kind == "page" and name in PAGE_FILES:
            return _page_file(name)
        if kind == "source":
            data, content_type = service.source_view(name, self._query("frame"))
            return Answer(data, content_type)
        raise RefusedError(HTTPStatus.NOT_FOUND, "no such page")

    def _post(self, path: str) -> Answer:
        service = self.server.service
        if path in ("upload", "mask"):
            self.require_type("application/octet-stream")
            data = self.read_body(pictures.MAX_UPLOAD_BYTES)
            take = service.upload if path == "upload" else service.upload_mask
            return json_answer(take(self._query("name") or "picture", data))
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "save": service.save,
            "preset": service.load_preset,
            "folder": service.start_folder,
            "folder/stop": service.stop_folder,
        }
        if path not in ("picture", "file", *actions):
            raise RefusedError(HTTPStatus.NOT_FOUND, "no such page")
        body = self.read_json(MAX_JSON_BYTES)
        if path == "picture":
            drawing = service.draw(body)
            report = {"Pixbin-Report": json.dumps(drawing.report)}
            return Answer(drawing.png, "image/png", headers=report)
        if path == "file":
            return Answer(service.file(body), "application/octet-stream")
        return json_answer(actions[path](body))

    def _query(self, name: str) -> str | None:
        values = self.query_values().get(name)
        return values[0] if values else None


def _page_file(name: str) -> Answer:
    path = PAGE_FILES[name]
    return Answer(path.read_bytes(), _TYPES[path.suffix])
