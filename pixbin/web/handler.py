"""A small HTTP server of the standard library, with limits on time and size of each request."""

from __future__ import annotations

import io
import json
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from pixbin.errors import PixbinError

IDLE_SECONDS = 30.0  #: after which a connection that has not sent a whole header is closed
BODY_SECONDS = 60.0  #: in which the body of a request must be there
SEND_SECONDS = 60.0  #: in which a client must take an answer
_MAX_LENGTH_DIGITS = 12  #: of Content-Length


class RefusedError(Exception):
    """A request that is not answered, with the status and a reason for the client."""

    def __init__(self, status: HTTPStatus, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Answer(NamedTuple):
    """The answer to a request."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str | tuple[str, ...]] = {}  #: of a tuple, each value is a line


def json_answer(value: object, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Answer:
    """Return a value as JSON."""
    return Answer(json.dumps(value).encode(), "application/json", status, headers)


class WebServer(ThreadingHTTPServer):
    """A server with a thread for each connection."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind the socket without asking the network for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that the client has closed; print any other error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class DeadlineReader(io.RawIOBase):
    """The bytes of a connection until a deadline, however slowly they come."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def allow(self, seconds: float) -> None:
        """Set the deadline, from now."""
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, or raise TimeoutError at the deadline."""
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._connection.settimeout(remaining)
        return self._connection.recv_into(buffer)


class WebHandler(BaseHTTPRequestHandler):
    """One connection; a subclass has `answer`, which makes the answer to each request."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "pixbin", ""
    disable_nagle_algorithm = True  # small answers wait for nothing
    idle_seconds, body_seconds = IDLE_SECONDS, BODY_SECONDS
    common_headers: Mapping[str, str] = {}  #: sent with every answer

    def answer(self) -> Answer:
        """Return the answer to the request that was read."""
        raise NotImplementedError

    def failure(self, error: Exception) -> Answer | None:
        """Return the answer to an error after which the connection goes on; None for others."""
        if not isinstance(error, PixbinError):
            return None
        more = {"option": getattr(error, "option", None), "kind": type(error).__name__}
        return json_answer({"error": self.message(error), **more}, HTTPStatus.UNPROCESSABLE_ENTITY)

    def message(self, error: Exception) -> str:
        """Return what is wrong, for the client."""
        return str(error)

    def setup(self) -> None:
        """Read with a deadline, and collect each answer to send it at once."""
        super().setup()
        self.rfile.close()
        self.wfile.close()
        self._reader = DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self._reader)
        self.wfile = io.BytesIO()
        self._has_unread_body = False
        self.sent_status = 0  #: of the last answer

    def handle_one_request(self) -> None:
        """Read one request and answer it."""
        self._reader.allow(self.idle_seconds)
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        """Ask at once for the body that the client holds back."""
        self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def do_GET(self) -> None:
        """Answer a request that has no body."""
        self.respond(self.answer)

    def do_POST(self) -> None:
        """Answer a request that carries data."""
        self.respond(self.answer)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is no valid HTTP, or has another method."""
        status = HTTPStatus(code)
        self._send_and_close(json_answer({"error": message or status.phrase}, status))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing: addresses carry tokens."""

    @property
    def address(self) -> SplitResult:
        """The parts of the address of the request.

        Raises
        ------
        RefusedError
            It is none, such as `http://[`.
        """
        try:
            return urlsplit(self.path)
        except ValueError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "not an address") from error

    def query_values(self) -> dict[str, list[str]]:
        """Return the values of the address by name; empty values are kept."""
        try:
            return parse_qs(self.address.query, keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "too many values in the address") from error

    def require_type(self, content_type: str) -> None:
        """Refuse a body of another type."""
        if self.content_type != content_type:
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {content_type}")

    @property
    def content_type(self) -> str:
        """The type of the request's body, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def read_json(self, limit: int) -> dict[str, Any]:
        """Return the body of a request, which must be a JSON object."""
        self.require_type("application/json")
        try:
            value = json.loads(self.read_body(limit))
        except (ValueError, RecursionError) as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "not JSON") from error
        if not isinstance(value, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "not a JSON object")
        return value

    def read_body(self, limit: int) -> bytes:
        """Return the body of a request, whose length must be given and within the limit."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "give Content-Length")
        if len(length) > _MAX_LENGTH_DIGITS or int(length) > limit:
            reason = f"too large; at most {limit >> 20 or limit / (1 << 20)} MB are taken"
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
        self._reader.allow(self.body_seconds)
        try:
            data = self.rfile.read(int(length))
        except TimeoutError as error:
            raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly") from error
        if len(data) < int(length):
            raise ConnectionError("the request ended early")
        self._has_unread_body = False
        return data

    def respond(self, make: Callable[[], Answer]) -> None:
        """Send an answer, or that to an error."""
        length = self.headers.get("Content-Length", "0")
        self._has_unread_body = length != "0" or "Transfer-Encoding" in self.headers
        try:
            self._send(make())
        except RefusedError as refusal:
            body = {"error": str(refusal)}
            self._send_and_close(json_answer(body, refusal.status, **refusal.headers))
        except OSError:
            self.close_connection = True  # the client has gone
        except Exception as error:  # noqa: BLE001 - one request must not end the server
            if (answer := self.failure(error)) is not None:
                self._send(answer)
                return
            traceback.print_exc()
            body = {"error": f"a bug in pixbin ({type(error).__name__}: {error})"}
            self._send_and_close(json_answer(body, HTTPStatus.INTERNAL_SERVER_ERROR))

    def _send_and_close(self, answer: Answer) -> None:
        """Send an answer, and close the connection."""
        self.close_connection = True
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.sent_status = int(answer.status)
        self.wfile = io.BytesIO()
        self.send_response(answer.status)
        for name, value in {**self.common_headers, **answer.headers}.items():
            for line in (value,) if isinstance(value, str) else value:
                self.send_header(name, line)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if answer.status not in (HTTPStatus.NOT_MODIFIED, HTTPStatus.NO_CONTENT):
            self.send_header("Content-Length", str(len(answer.body)))
        if self._has_unread_body:  # it is no next request
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        body = b"" if self.command == "HEAD" else answer.body
        try:
            self.connection.settimeout(SEND_SECONDS)
            self.connection.sendall(self.wfile.getvalue() + body)
        except OSError:
            self.close_connection = True
