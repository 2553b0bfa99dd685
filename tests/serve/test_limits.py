"""Nobody can keep the service busy: with slow, large, many or expensive requests."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from pixbin.serve import conversion, output, server
from pixbin.serve.rate_limit import MAX_ADDRESSES, RateLimiter
from pixbin.serve.service import ServeLimits
from pixbin.web.handler import Answer
from tests.serve.client import ServeClient, open_service


@contextlib.contextmanager
def connected(client: ServeClient) -> Iterator[socket.socket]:
    """Yield a bare connection."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        yield connection


def received(connection: socket.socket) -> bytes:
    """Return all that comes until the service closes the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            data += part
    return data


def trickle(connection: socket.socket, text: bytes) -> None:
    """Send bytes one by one, each soon enough for a limit on pauses."""
    with contextlib.suppress(OSError):
        for number in range(200):
            connection.sendall(text[number % len(text) :][:1])
            time.sleep(0.02)


def test_a_slow_header_is_cut_off(client: ServeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole header has a time limit, not only the pause between two bytes (slowloris)."""
    monkeypatch.setattr(server.ServeHandler, "idle_seconds", 0.3)
    with connected(client) as connection:
        connection.sendall(b"GET /files HTTP/1.1\r\n")
        threading.Thread(target=trickle, args=(connection, b"X"), daemon=True).start()
        assert received(connection) == b""
    assert client.get("/health").status == 200


def test_a_slow_body_is_cut_off(client: ServeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """So has the body, which then gets an answer."""
    monkeypatch.setattr(server.ServeHandler, "body_seconds", 0.3)
    head = (
        f"POST /convert HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
        "Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n"
    )
    with connected(client) as connection:
        connection.sendall(head.encode())
        threading.Thread(target=trickle, args=(connection, b"X"), daemon=True).start()
        assert received(connection).startswith(b"HTTP/1.1 408")
    assert client.get("/health").status == 200


def test_a_client_that_takes_nothing_is_cut_off(
    client: ServeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer has a time limit, too, so that a thread ends."""
    monkeypatch.setattr("pixbin.web.handler.SEND_SECONDS", 0.3)
    monkeypatch.setattr(
        client.server.pictures, "files", lambda: Answer(b"x" * (32 << 20), "text/plain")
    )
    with connected(client) as connection:
        connection.sendall(f"GET /files HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        wait_until(lambda: client.server.active_requests == 1)
        wait_until(lambda: client.server.active_requests == 0)
        assert len(received(connection)) < 32 << 20


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    for _ in range(1000):
        if is_true():
            return
        time.sleep(0.01)
    raise AssertionError


@pytest.mark.parametrize("length", ["33554433", "9" * 13])
def test_large_bodies_are_refused_unread(client: ServeClient, length: str) -> None:
    """A length above the limit is refused before anything is read."""
    reply = client.post("/convert", b"", Content_Length=length)

    assert reply.status == 413
    assert reply.headers["Connection"] == "close"
    assert "at most 32 MB" in reply.json["error"]


@pytest.mark.parametrize("length", [None, "-1", "x", "1e3"])
def test_lengths_must_be_numbers(client: ServeClient, length: str | None) -> None:
    """A body without a valid length is refused, and so is one in chunks."""
    reply = client.send("POST", "/convert", None, Content_Type="image/png", Content_Length=length)
    chunked = client.send(
        "POST", "/convert", None, Content_Type="image/png", Transfer_Encoding="chunked"
    )

    assert (reply.status, chunked.status) == (411, 411)


def test_forms_are_refused(client: ServeClient) -> None:
    """The types that a form of another page could send are not taken."""
    for kind in (None, "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        assert client.post("/convert", b"GIF", Content_Type=kind).status == 415
    assert client.post("/files", b"GIF").status == 405
    assert client.post("/nothing", b"GIF").status == 404


def test_an_unread_body_is_no_next_request(client: ServeClient) -> None:
    """After an error the connection is closed, so that a body cannot smuggle a request."""
    inner = f"GET /files HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n"
    for path in ("/convert?gamma=x", "/nothing", "/files"):
        for method in ("GET", "POST"):
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
                f"Content-Length: {len(inner)}\r\n\r\n"
            )
            with connected(client) as connection:
                connection.sendall((head + inner).encode())
                assert received(connection).count(b"HTTP/1.1 ") == 1


def test_connections_stay_open_for_more_requests(client: ServeClient) -> None:
    """The test above can fail: requests without a body share a connection."""
    request = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode()
    with connected(client) as connection:
        connection.sendall(request + request)
        connection.shutdown(socket.SHUT_WR)
        assert received(connection).count(b"HTTP/1.1 200") == 2


def test_one_address_has_a_rate(folder: Path) -> None:
    """More requests get 429 and a time to wait; /health is free."""
    with open_service(folder, per_minute=3) as client:
        replies = [client.get("/files") for _ in range(5)]
        health = client.get("/health")

    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert 1 <= int(replies[-1].headers["Retry-After"]) <= 21
    assert health.status == 200


def test_buckets_fill_again() -> None:
    """A minute later all requests are allowed again; addresses do not share a bucket."""
    limiter = RateLimiter(2)

    assert [limiter.wait_seconds("a", 0) for _ in range(3)] == [0, 0, 30]
    assert limiter.wait_seconds("b", 0) == 0
    assert limiter.wait_seconds("a", 15) == 15
    assert limiter.wait_seconds("a", 30) == 0
    assert [limiter.wait_seconds("a", 300) for _ in range(3)] == [0, 0, 30]
    assert {RateLimiter(0).wait_seconds("a", 0) for _ in range(100)} == {0}


def test_addresses_are_forgotten() -> None:
    """The memory for addresses is bounded."""
    limiter = RateLimiter(1)
    for number in range(MAX_ADDRESSES + 5):
        limiter.wait_seconds(str(number), 0)

    assert len(limiter._buckets) == MAX_ADDRESSES


def test_connections_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection too many is turned away, and those that are open go on."""
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    with open_service(folder) as client, connected(client) as first, connected(client):
        with connected(client) as third:
            assert received(third).startswith(b"HTTP/1.1 503")
        first.sendall(f"GET /health HTTP/1.0\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        assert received(first).startswith(b"HTTP/1.1 200")
        wait_until(lambda: client.get("/health").status == 200)


@pytest.mark.parametrize("size", ["70x70", "100x", "9999x9999", "300%"])
def test_outputs_are_bounded(folder: Path, size: str) -> None:
    """The owner sets the most pixels that an output may have."""
    with open_service(folder, limits=ServeLimits(max_output=4899)) as client:
        reply = client.get(f"/convert?file=a.png&size={size}")
        fitting = client.get("/convert?file=a.png&size=69x71")

    assert reply.status == 422
    assert "4899 pixels" in reply.json["error"]
    assert fitting.status == 200


def test_sources_are_bounded_by_their_header(
    client: ServeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file of a huge picture is refused before it is unpacked."""
    monkeypatch.setattr(output, "load_model", lambda options: 1 / 0)
    data = io.BytesIO()
    Image.new("1", (10_000, 7_000)).save(data, "PNG")
    reply = client.post("/convert", data.getvalue())

    assert len(data.getvalue()) < 20_000
    assert (reply.status, reply.json["kind"]) == (422, "InputError")


def test_frames_are_bounded(folder: Path) -> None:
    """All frames together may have 16 times the pixels of the largest output."""
    frames = [Image.new("L", (40, 40), 10 * number) for number in range(20)]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    with open_service(folder, limits=ServeLimits(max_output=1600)) as client:
        film = client.post("/convert?format=gif", data.getvalue())
        first = client.post("/convert?format=gif&frame=1", data.getvalue())

    assert (film.status, first.status) == (422, 200)
    assert "too many frames" in film.json["error"]


def test_conversions_wait_for_their_turn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many run at once; who waits too long is asked to come again."""
    monkeypatch.setattr(conversion, "WAIT_SECONDS", 0.05)
    with open_service(folder, limits=ServeLimits(jobs=1)) as client:
        with client.server.pictures._converter._turn():
            reply = client.get("/convert?file=a.png")
        after = client.get("/convert?file=a.png")

    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert after.status == 200


def test_a_bug_does_not_end_the_service(
    client: ServeClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client gets a message, the terminal a traceback."""
    monkeypatch.setattr(output, "load_model", lambda options: 1 / 0)

    assert client.get("/convert?file=a.png").status == 500
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert client.get("/files").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client: ServeClient, method: str) -> None:
    """Only GET, HEAD and POST are allowed; the answer names them (RFC 9110, 15.5.6)."""
    reply = client.send(method, "/files")

    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert client.send("BREW", "/files").status == 501
