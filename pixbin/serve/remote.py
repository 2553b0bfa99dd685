"""Pictures from other hosts: only from those that the owner has named.

A name is looked up once, and the connection goes to the address that was checked. Addresses of
private networks are for hosts that are local by their names; a redirect never leads to one.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from pixbin.errors import UsageError
from pixbin.serve.access import is_number
from pixbin.web.handler import RefusedError

FETCH_SECONDS = 15.0  #: for all of it
MAX_REDIRECTS = 3
MAX_URL_LENGTH = 2000
_LOCAL_ENDINGS = (".local", ".lan", ".home.arpa", ".internal", ".localhost")
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  #: IPv4 inside IPv6 (RFC 6052)
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {"User-Agent": "pixbin", "Accept": "image/*", "Accept-Encoding": "identity"}


class RemoteHosts:
    """The hosts that pictures may come from."""

    def __init__(self, names: Iterable[str], max_bytes: int) -> None:
        """Take names such as `example.org`, `*.example.org` or `192.168.1.5:8123`.

        Raises
        ------
        UsageError
            A name is something else, such as a URL.
        """
        self._names = {_checked(name.lower()) for name in names}
        self._max_bytes = max_bytes

    def fetch(self, url: str) -> bytes:
        """Return the content of a URL.

        Raises
        ------
        RefusedError
            With 403 if its host or address is not allowed, with 502 if the host does not give it.
        """
        deadline = time.monotonic() + FETCH_SECONDS
        for number in range(MAX_REDIRECTS + 1):
            parts = self._check(url)
            address = _check_addresses(parts, is_redirect=number > 0)
            try:
                with _open(parts, address, deadline) as response:
                    if response.status not in _REDIRECTS:
                        return self._read(response, deadline)
                    url = urljoin(url, response.getheader("Location", ""))
            except (OSError, http.client.HTTPException) as error:
                raise _unavailable(parts, type(error).__name__) from error
        raise _unavailable(parts, "too many redirects")

    def _check(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "url: not a URL") from error
        host = (parts.hostname or "").rstrip(".")
        is_url = parts.scheme in _PORTS and host and url.isascii() and url.isprintable()
        if not is_url or parts.username is not None or len(url) > MAX_URL_LENGTH or " " in url:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST, "url: write http:// or https://, no password"
            )
        if not self._allows(host, port, parts.scheme):
            reason = f"{host[:80]}: not an allowed host; start with --allow-url HOST"
            raise RefusedError(HTTPStatus.FORBIDDEN, reason)
        return parts

    def _allows(self, host: str, port: int | None, scheme: str) -> bool:
        is_usual = port in (None, _PORTS[scheme])
        endings = {f"*{host[i:]}" for i, letter in enumerate(host) if letter == "."}
        names = {host, *(endings if not is_number(host) else ())}
        with_port = {f"{name}:{port or _PORTS[scheme]}" for name in names}
        return bool(with_port & self._names or (is_usual and names & self._names))

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        if response.status != HTTPStatus.OK:
            reason = f"url: its host answers {response.status}; check the address"
            raise RefusedError(HTTPStatus.BAD_GATEWAY, reason)
        parts: list[bytes] = []
        total = 0
        while data := response.read1(1 << 16):
            total += len(data)
            parts.append(data)
            if total > self._max_bytes:
                limit = f"{self._max_bytes >> 20} MB; the owner can raise --max-upload"
                raise RefusedError(HTTPStatus.BAD_GATEWAY, f"url: larger than {limit}")
        if time.monotonic() > deadline:  # the connection was cut
            raise TimeoutError
        return b"".join(parts)


class _Address(NamedTuple):
    """An address that was looked up and checked."""

    family: int
    where: tuple[object, ...]


def _checked(name: str) -> str:
    if not name or {"/", "@", " "} & {*name} or "*" in name.removeprefix("*."):
        raise UsageError(f"--allow-url {name}: write a host, such as example.org or *.example.org")
    return name


def _check_addresses(parts: SplitResult, *, is_redirect: bool) -> _Address:
    """Return the first address of a host; refuse it if any address is private and may not be."""
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _unavailable(parts, "no such host") from error
    is_local_name = is_number(host) or "." not in host or host.endswith(_LOCAL_ENDINGS)
    may_be_private = is_local_name and not is_redirect
    for row in rows:
        if not may_be_private and not is_public(str(row[4][0])):
            reason = f"{host[:80]}: a private address; it is not fetched"
            raise RefusedError(HTTPStatus.FORBIDDEN, reason)
    return _Address(rows[0][0], rows[0][4])


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the public internet.

    >>> is_public("93.184.216.34"), is_public("192.168.1.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast


@contextlib.contextmanager
def _open(
    parts: SplitResult, address: _Address, deadline: float
) -> Iterator[http.client.HTTPResponse]:
    """Send a GET request to an address, in the name of the host; cut it off at the deadline."""
    seconds = max(deadline - time.monotonic(), 0.1)
    link = _connect(parts, address, seconds)
    timer = threading.Timer(seconds, _cut, (link,))
    timer.daemon = True
    timer.start()
    try:
        connection = http.client.HTTPConnection((parts.hostname or "").rstrip("."))
        connection.sock = link
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": parts.netloc, **_HEADERS, "Connection": "close"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        with contextlib.closing(connection.getresponse()) as response:
            yield response
    finally:
        timer.cancel()
        link.close()


def _connect(parts: SplitResult, address: _Address, seconds: float) -> socket.socket:
    link = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        link.settimeout(seconds)
        link.connect(address.where)
        if parts.scheme == "https":
            host = (parts.hostname or "").rstrip(".")
            link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
    except BaseException:
        link.close()
        raise
    return link


def _cut(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _unavailable(parts: SplitResult, reason: str) -> RefusedError:
    host = (parts.hostname or "")[:80]
    return RefusedError(HTTPStatus.BAD_GATEWAY, f"{host}: does not give the picture ({reason})")
