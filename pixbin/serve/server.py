"""The server of `pixbin serve`: it checks requests, counts them, and ends gracefully."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn
from urllib.parse import unquote

from pixbin import __version__
from pixbin.serve import metrics, service, trmnl, wording
from pixbin.serve.access import ANSWER_HEADERS, AccessRules
from pixbin.serve.metrics import ServiceMetrics
from pixbin.serve.rate_limit import RateLimiter
from pixbin.serve.service import Conditions, PictureService
from pixbin.serve.worker import SlowPictureError
from pixbin.web.handler import Answer, RefusedError, WebHandler, WebServer, json_answer

MAX_CONNECTIONS = 64
IDLE_SECONDS = 15.0  #: after which a connection that has not sent a whole header is closed
BODY_SECONDS = 30.0  #: in which the body of a request must be there
MAX_LOG_BYTES = 1 << 16  #: of a report of a TRMNL display, which is dropped
_BODY_TYPES = ("application/octet-stream", "binary/octet-stream")
#: All addresses, as counted in the metrics; any other one is `other`.
ROUTES = (
    *("/", "/convert", "/next", "/files", "/devices", "/health", "/metrics"),
    *("/trmnl", "/api/setup", "/api/display", "/api/log"),
)
_OPEN_ROUTES = ("/api/setup", "/api/display", "/api/log")  #: that are there without a token only
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


class ServerSettings(NamedTuple):
    """The settings of the owner that concern connections."""

    host: str = "127.0.0.1"
    port: int = 0  #: 0 is any free one
    access: AccessRules = AccessRules()
    per_minute: int = 0  #: requests of one address; 0 is no limit
    public_url: str | None = None  #: of this server, for links in answers
    log: Callable[[str], None] | None = None  #: gets a line for each request


class ServeServer(WebServer):
    """A server for many clients, with a bounded number of connections."""

    request_queue_size = 128

    def __init__(self, pictures: PictureService, settings: ServerSettings) -> None:
        """Listen.

        Raises
        ------
        OSError
            The address or the port cannot be used.
        """
        if ":" in settings.host:
            self.address_family = socket.AF_INET6
        self._connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((settings.host, settings.port), ServeHandler)
        self.pictures, self.settings = pictures, settings
        self.metrics = ServiceMetrics()
        self.limiter = RateLimiter(settings.per_minute)
        self.is_stopping = False
        self._active = 0
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """The address to open."""
        host, port = self.server_address[:2]
        name = str(host) if ":" not in str(host) else f"[{host!s}]"
        return f"http://{name}:{port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or turn it away if there are too many."""
        if not self._connections.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.setblocking(False)
                request.send(_BUSY)
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer the requests of a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    @contextlib.contextmanager
    def active_request(self) -> Iterator[None]:
        """Count a request while it is answered."""
        with self._changed:
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def stop(self, seconds: float) -> bool:
        """Take no more requests; return whether all present ones were answered in that time.

        Another thread must run `serve_forever`.
        """
        self.is_stopping = True
        self.shutdown()
        with self._changed:
            is_done = self._changed.wait_for(lambda: self._active == 0, seconds)
        self.server_close()
        self.pictures.close()
        return is_done

    @property
    def active_requests(self) -> int:
        """The requests that are being answered."""
        return self._active


class ServeHandler(WebHandler):
    """One connection of a client."""

    server: ServeServer
    common_headers = ANSWER_HEADERS
    idle_seconds, body_seconds = IDLE_SECONDS, BODY_SECONDS

    def do_HEAD(self) -> None:  # noqa: N802 - the name that http.server looks for
        """Answer as to GET, without the body; a playlist does not move."""
        self.do_GET()

    def do_PUT(self) -> None:  # noqa: N802
        """Refuse a method that no address takes."""
        self.respond(lambda: _refuse_method("GET, HEAD, POST"))

    do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_PUT  # noqa: N815

    def message(self, error: Exception) -> str:
        """Return what is wrong, in the words of addresses."""
        return wording.for_client(str(error))

    def respond(self, make: Callable[[], Answer]) -> None:
        """Answer a request, count it, and log it."""
        start = time.perf_counter()
        with self.server.active_request():
            super().respond(make)
        seconds = time.perf_counter() - start
        try:
            path = self.address.path
        except RefusedError:
            path = self.path.partition("?")[0]
        route, _ = _route(path)
        self.server.metrics.record(route, self.sent_status, seconds)
        if self.server.settings.log is not None:
            line = f"{self.client_address[0]} {self.command} {path[:200]} {self.sent_status}"
            self.server.settings.log(f"{line} {1000 * seconds:.0f} ms")

    def failure(self, error: Exception) -> Answer | None:
        """Return the answer to an error; that to a picture which takes too long has its own."""
        answer = super().failure(error)
        if answer is not None and isinstance(error, SlowPictureError):
            return answer._replace(status=HTTPStatus.GATEWAY_TIMEOUT)
        return answer

    def answer(self) -> Answer:
        """Check a request, and return the answer."""
        if self.server.is_stopping:
            self.close_connection = True
        route, extension = _route(unquote(self.address.path))
        if route == "/health":
            self.server.settings.access.check_host(self.headers)
            return service.health(self.server.is_stopping)
        self._check_rate()
        values = self.query_values()
        tokens = values.pop("token", [])
        self.server.settings.access.check(self.headers, tokens[0] if tokens else None)
        if self.command == "POST":
            return self._post(route, extension, values)
        return self._get(route, extension, values)

    def _check_rate(self) -> None:
        wait = self.server.limiter.wait_seconds(self.client_address[0], time.monotonic())
        if wait:
            reason = "too many requests; the owner sets the limit (--rate)"
            seconds = str(int(wait) + 1)
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, reason, Retry_After=seconds)

    def _get(self, route: str, extension: str, values: dict[str, list[str]]) -> Answer:
        pictures, token = self.server.pictures, self.server.settings.access.token
        conditions = Conditions(
            self.headers.get("If-None-Match", ""), self.headers.get("If-Modified-Since", "")
        )
        match route:
            case "/convert":
                return pictures.convert(values, extension, conditions)
            case "/next":
                is_peek = self.command == "HEAD"
                return pictures.next(values, extension, conditions, is_peek=is_peek)
            case "/files":
                return pictures.files()
            case "/devices":
                return pictures.devices()
            case "/metrics":
                return self._metrics()
            case "/trmnl":
                return pictures.trmnl(values, self._base(), token)
            case "/api/display" if token is None:
                device_id = self.headers.get("ID", "")
                return pictures.trmnl_display(values, self._base(), device_id)
            case "/api/setup" if token is None:
                url = f"{self._base()}/next?device={trmnl.DEVICE}"
                return json_answer(trmnl.setup_reply(self.headers.get("ID", ""), url))
            case "/":
                routes = [each for each in ROUTES if token is None or each not in _OPEN_ROUTES]
                return json_answer({"pixbin": __version__, "addresses": routes})
        raise RefusedError(HTTPStatus.NOT_FOUND, "no such address; / lists all")

    def _post(self, route: str, extension: str, values: dict[str, list[str]]) -> Answer:
        if route == "/api/log" and self.server.settings.access.token is None:
            self.read_body(MAX_LOG_BYTES)
            return Answer(b"", "", HTTPStatus.NO_CONTENT)
        if route in ROUTES and route not in (*_OPEN_ROUTES, "/convert"):
            _refuse_method("GET, HEAD")
        if route != "/convert":
            raise RefusedError(HTTPStatus.NOT_FOUND, "no such address; POST goes to /convert")
        if not (self.content_type in _BODY_TYPES or self.content_type.startswith("image/")):
            reason = (
                "send the picture as the body, with Content-Type: image/jpeg or any other type of "
                "picture, or application/octet-stream"
            )
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
        data = self.read_body(self.server.pictures.limits.max_upload)
        return self.server.pictures.convert_body(data, values, extension)

    def _metrics(self) -> Answer:
        gauges = {
            **self.server.pictures.counts,
            "pixbin_active_requests": float(self.server.active_requests),
        }
        return Answer(self.server.metrics.text(gauges).encode(), metrics.CONTENT_TYPE)

    def _base(self) -> str:
        """Return the address of this server, as the client knows it."""
        return self.server.settings.public_url or f"http://{self.headers['Host']}"


def _refuse_method(allowed: str) -> NoReturn:
    reason = f"the HTTP method is not allowed here; use {allowed}"
    raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, reason, Allow=allowed)


def _route(path: str, routes: Sequence[str] = ROUTES) -> tuple[str, str]:
    """Return the name of an address, and the extension after it.

    >>> _route("/next.bmp"), _route("/health/"), _route("/nothing")
    (('/next', 'bmp'), ('/health', ''), ('other', ''))
    """
    path = path.rstrip("/") or "/"
    if path in routes:
        return path, ""
    name, _, extension = path.rpartition(".")
    if name in ("/convert", "/next") and extension.isalnum():
        return name, extension
    return "other", ""
