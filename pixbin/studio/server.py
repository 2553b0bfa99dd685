"""The server of the page: `http.server` of the standard library, on the loopback address."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from pixbin.errors import PixbinError
from pixbin.studio import guard, pictures
from pixbin.studio.guard import Address, OpeningCode, RefusedError
from pixbin.studio.newest import StaleRequestError
from pixbin.studio.service import StudioService

PAGE_FOLDER = Path(__file__).parent / "page"
MAX_JSON_BYTES = 1 << 18
IDLE_SECONDS = 30  #: after which a connection that sends nothing is closed
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: The files of the page by their names in addresses; no other file is ever opened by name.
PAGE_FILES = {path.name: path for path in PAGE_FOLDER.iterdir() if path.suffix in _TYPES}


class Answer(NamedTuple):
    """The answer to a request."""

    body: bytes
    content_type: str
    report: dict[str, Any] | None = None  #: values for the header Pixbin-Report
    status: HTTPStatus = HTTPStatus.OK
    location: str | None = None  #: path that the browser is to open instead


def json_answer(value: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Return a value as JSON."""
    return Answer(json.dumps(value).encode(), "application/json", status=status)


class StudioServer(ThreadingHTTPServer):
    """A server for one page, with a thread for each connection."""

    daemon_threads = True

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

    def server_bind(self) -> None:
        """Bind the socket without asking the network for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = guard.LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that the browser has closed; print any other error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class StudioHandler(BaseHTTPRequestHandler):
    """One connection of the page."""

    server: StudioServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "pixbin", ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # small answers wait for nothing
    wbufsize = -1  # headers and body leave together

    def do_GET(self) -> None:
        """Answer a request for a file, a picture or the state."""
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body that nobody reads is no next request
        self._answer_safely(self._get)

    def do_POST(self) -> None:
        """Answer a request that carries data."""
        self._answer_safely(self._post)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is no valid HTTP, or has another method."""
        self._send_failure(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing: addresses carry the token."""

    def _answer_safely(self, handle: Callable[[str], Answer]) -> None:
        try:
            path = urlsplit(self.path).path
            if self.command == "GET" and path.startswith("/open/"):
                self._send(self._open(path))
                return
            rest = self.server.address.check_request(self.command, path, self.headers)
            self._send(handle(unquote(rest)))
        except RefusedError as refusal:
            self._send_failure(refusal.status, str(refusal))
        except StaleRequestError:
            self._send_failure(HTTPStatus.CONFLICT, "stale", closes=False, stale=True)
        except PixbinError as error:
            more = {"option": getattr(error, "option", None), "kind": type(error).__name__}
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            self._send_failure(status, str(error), closes=False, **more)
        except OSError:
            self.close_connection = True  # the browser has gone
        except Exception as error:  # noqa: BLE001 - one request must not end the studio
            traceback.print_exc()
            reason = f"a bug in pixbin ({type(error).__name__}: {error})"
            self._send_failure(HTTPStatus.INTERNAL_SERVER_ERROR, reason)

    def _open(self, path: str) -> Answer:
        """Lead the browser that the studio has started to the page."""
        self.server.address.check_host(self.headers)
        if not self.server.opening_code.use(path):
            raise RefusedError(HTTPStatus.FORBIDDEN, "wrong code; open the printed address")
        location = f"/{self.server.address.token}/"
        return Answer(b"", "text/plain", status=HTTPStatus.SEE_OTHER, location=location)

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
        if path == "upload":
            self._require_type("application/octet-stream")
            data = self._read_body(pictures.MAX_UPLOAD_BYTES)
            return json_answer(service.upload(self._query("name") or "picture", data))
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "save": service.save,
            "preset": service.load_preset,
            "folder": service.start_folder,
            "folder/stop": service.stop_folder,
        }
        if path not in ("picture", "file", *actions):
            raise RefusedError(HTTPStatus.NOT_FOUND, "no such page")
        body = self._read_json()
        if path == "picture":
            drawing = service.draw(body)
            return Answer(drawing.png, "image/png", drawing.report)
        if path == "file":
            return Answer(service.file(body), "application/octet-stream")
        return json_answer(actions[path](body))

    def _query(self, name: str) -> str | None:
        values = parse_qs(urlsplit(self.path).query).get(name)
        return values[0] if values else None

    def _require_type(self, content_type: str) -> None:
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != content_type:
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {content_type}")

    def _read_json(self) -> dict[str, Any]:
        self._require_type("application/json")
        try:
            value = json.loads(self._read_body(MAX_JSON_BYTES))
        except ValueError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "not JSON") from error
        if not isinstance(value, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "not a JSON object")
        return value

    def _read_body(self, limit: int) -> bytes:
        """Return the body of a request, whose length must be given and within the limit."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "give Content-Length")
        if len(length) > 12 or int(length) > limit:
            reason = f"too large; at most {limit >> 20 or limit / (1 << 20)} MB are taken"
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            raise ConnectionError("the request ended early")
        return data

    def _send_failure(
        self, status: HTTPStatus, reason: str, closes: bool = True, **more: object
    ) -> None:
        """Send an error as JSON; close the connection if the body of the request is unread."""
        self.close_connection = self.close_connection or closes
        self._send(json_answer({"error": reason, **more}, status))

    def _send(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            for name, value in guard.SECURITY_HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.report is not None:
                self.send_header("Pixbin-Report", json.dumps(answer.report))
            if answer.location is not None:
                self.send_header("Location", answer.location)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True


def _page_file(name: str) -> Answer:
    path = PAGE_FILES[name]
    return Answer(path.read_bytes(), _TYPES[path.suffix])
