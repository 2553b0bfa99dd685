"""Pictures of other hosts: only of those on the list, and never by a way around it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import pixbin
from pixbin.errors import UsageError
from pixbin.serve import remote
from pixbin.serve.remote import RemoteHosts, is_public
from pixbin.web.handler import RefusedError
from tests.serve.client import ServeClient, open_service


class _Host(BaseHTTPRequestHandler):
    """A host with a picture, redirects and faults."""

    picture = b""
    requests: list[tuple[str, str]]

    def do_GET(self) -> None:
        """Answer by the path."""
        self.requests.append((self.headers["Host"], self.path))
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", rest)
            self.end_headers()
        elif kind.partition("?")[0] == "picture.png":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.picture)
        elif kind == "slow":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"x")
                    threading.Event().wait(0.05)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing."""


@pytest.fixture
def host(folder: Path) -> Iterator[int]:
    """Yield the port of a host on this machine."""
    _Host.picture, _Host.requests = (folder / "a.png").read_bytes(), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `*.example.org` be this machine, as a bad name server could."""
    real = socket.getaddrinfo

    def getaddrinfo(name: str, *args: Any, **more: Any) -> Any:
        return real("127.0.0.1" if name.endswith("example.org") else name, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def fetch(url: str, *allowed: str, max_bytes: int = 1 << 20) -> bytes:
    """Return the content of a URL."""
    return RemoteHosts(allowed, max_bytes).fetch(url)


def refused(url: str, *allowed: str, max_bytes: int = 1 << 20) -> int:
    """Return the status with which a URL is refused."""
    with pytest.raises(RefusedError) as caught:
        fetch(url, *allowed, max_bytes=max_bytes)
    return caught.value.status


def test_urls_are_off_by_default(folder: Path, client: ServeClient, host: int) -> None:
    """Without a list, no host is called."""
    reply = client.get(f"/convert?url=http://127.0.0.1:{host}/picture.png")

    assert (reply.status, _Host.requests) == (403, [])


def test_a_picture_of_an_allowed_host(folder: Path, host: int) -> None:
    """It is converted, and has a validator of its content."""
    url = quote(f"http://127.0.0.1:{host}/picture.png?x=1", safe="")
    hosts = RemoteHosts([f"127.0.0.1:{host}"], 1 << 20)
    with open_service(folder, remote=hosts) as client:
        reply = client.get(f"/convert?url={url}&size=20x")
        again = client.get(f"/convert?url={url}&size=20x", If_None_Match=reply.headers["ETag"])

    assert reply.body == pixbin.convert(folder / "a.png", size="20x").encode()
    assert again.status == 304
    assert _Host.requests[0] == (f"127.0.0.1:{host}", "/picture.png?x=1")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:{port}/picture.png", "127.0.0.2:{port}"),
        ("http://127.0.0.1:{port}/picture.png", "127.0.0.1"),  # another port
        ("http://127.0.0.1:{port}/picture.png", "*.0.0.1:{port}"),
        ("http://evil-localhost:{port}/", "localhost:{port}"),
        ("http://localhost.evil.test:{port}/", "localhost:{port}"),
        ("http://localhost:{port}@evil.test/", "localhost:{port}"),
        ("http://example.org/", "*.example.org"),
    ],
)
def test_other_hosts_are_not_called(host: int, url: str, allowed: str) -> None:
    """Names are compared as a whole, with their port."""
    assert refused(url.format(port=host), allowed.format(port=host)) in (400, 403)
    assert _Host.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://localhost/a.png",
        "localhost/a.png",
        "//localhost/a.png",
        "http://user:pass@localhost/",
        "http://localhost:x/",
        "http://[::1/",
        "http://localhost/a b",
        "http://localhost/\u00e4",
        "http://localhost/" + "a" * 3000,
        "",
    ],
)
def test_only_plain_urls_are_taken(url: str) -> None:
    """No other schemes, no passwords, no odd characters."""
    assert refused(url, "localhost") == 400


def test_public_names_never_lead_to_this_network(names: None, host: int) -> None:
    """A name that is bound to a private address (DNS rebinding) is refused."""
    url = f"http://pictures.example.org:{host}/picture.png"

    assert refused(url, f"*.example.org:{host}") == 403
    assert _Host.requests == []


def test_local_names_may_be_private(host: int) -> None:
    """The owner has named that very machine."""
    assert fetch(f"http://localhost:{host}/picture.png", f"localhost:{host}") == _Host.picture


def test_a_redirect_never_leads_to_a_private_address(host: int) -> None:
    """Not even to a host that may be called directly."""
    allowed = f"localhost:{host}"
    url = f"http://localhost:{host}/to/http://localhost:{host}/picture.png"

    assert refused(url, allowed) == 403
    assert [path[:4] for _, path in _Host.requests] == ["/to/"]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://b.example.org:{port}/picture.png", None),
        ("/picture.png", None),
        ("http://evil.test:{port}/picture.png", 403),
        ("http://127.0.0.1:{port}/picture.png", 403),
        ("file:///etc/passwd", 400),
        ("http://b.example.org:{port}/to//picture.png", None),
        ("/to//to//to//picture.png", 502),
        ("", 502),
    ],
)
def test_redirects_stay_on_the_list(
    names: None, host: int, monkeypatch: pytest.MonkeyPatch, target: str, status: int | None
) -> None:
    """Each step is checked as the first one; here the addresses count as public."""
    monkeypatch.setattr(remote, "is_public", lambda text: True)
    url = f"http://a.example.org:{host}/to/{target.format(port=host)}"
    allowed = f"*.example.org:{host}"

    if status is None:
        assert fetch(url, allowed) == _Host.picture
    else:
        assert refused(url, allowed) == status


def test_the_checked_address_is_the_one_that_is_called(
    host: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked up once, so that it cannot change between check and call."""
    calls: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(name: str, *args: Any, **more: Any) -> Any:
        calls.append(name)
        return real(name, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    fetch(f"http://localhost:{host}/picture.png", f"localhost:{host}")

    assert calls == ["localhost"]


def test_size_and_time_are_bounded(host: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large or endless answer is cut off, and so is one that trickles."""
    allowed = f"localhost:{host}"
    size = len(_Host.picture)
    monkeypatch.setattr(remote, "FETCH_SECONDS", 0.3)

    assert fetch(f"http://{allowed}/picture.png", allowed, max_bytes=size) == _Host.picture
    assert refused(f"http://{allowed}/picture.png", allowed, max_bytes=size - 1) == 502
    assert refused(f"http://{allowed}/slow", allowed) == 502
    assert refused(f"http://{allowed}/none", allowed) == 502
    assert refused("http://localhost:1/", "localhost:1") == 502


@pytest.mark.parametrize("name", ["", "http://x.org", "x.org/a", "a@b", "*", "a.*.org", "a b"])
def test_names_on_the_list_are_hosts(name: str) -> None:
    """A URL on the command line is a mistake."""
    with pytest.raises(UsageError, match="--allow-url"):
        RemoteHosts([name], 1)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    """Private, local and special ones are not public, also if they hide in an IPv6 address."""
    assert is_public(address) is expected
