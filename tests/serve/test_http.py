"""HTTP that displays seldom speak: bodies held back or cut short, and addresses that are none."""

from __future__ import annotations

import socket

import pytest

from pixbin.catalog.limits import WorkLimits
from pixbin.options import presets
from pixbin.serve import output, worker
from pixbin.serve.request import RequestReader
from pixbin.serve.worker import BugReport, WorkerSettings, WorkOrder, prepare_conversions
from tests.serve.client import ServeClient
from tests.serve.test_limits import connected, received


def head(client: ServeClient, length: int, *lines: str) -> bytes:
    """Return the head of a request that sends a picture."""
    rows = [
        "POST /convert?size=8x HTTP/1.1",
        f"Host: 127.0.0.1:{client.port}",
        "Content-Type: image/png",
        f"Content-Length: {length}",
        *lines,
    ]
    return "\r\n".join([*rows, "", ""]).encode()


PICTURE = b"P5 8 8 255\n" + bytes(range(0, 256, 4))


def test_a_body_that_is_held_back_is_asked_for(client: ServeClient) -> None:
    """A client that sends `Expect: 100-continue`, as curl does, hears that it may go on."""
    with connected(client) as connection:
        connection.sendall(head(client, len(PICTURE), "Expect: 100-continue", "Connection: close"))
        first = connection.recv(1 << 16)
        connection.sendall(PICTURE)
        answer = received(connection)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\x89PNG" in answer


def test_a_body_that_ends_early_has_no_answer(client: ServeClient) -> None:
    """A part of a picture is not converted; the service goes on."""
    with connected(client) as connection:
        connection.sendall(head(client, len(PICTURE)) + PICTURE[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""
    assert client.post("/convert?size=8x", PICTURE).status == 200


def test_what_is_no_address_is_refused(client: ServeClient) -> None:
    """A path that cannot be taken apart is an error of the client, and is counted as such."""
    reply = client.get("http://[")

    assert (reply.status, reply.json) == (400, {"error": "not an address"})


def test_an_empty_body_is_refused(client: ServeClient) -> None:
    """A picture must be sent."""
    reply = client.post("/convert", b"")

    assert (reply.status, reply.json["error"]) == (400, "send a picture as the body")


def test_a_worker_answers_with_results_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for conversions goes on after a bad picture and a bug, and not without memory."""
    limits: list[int | None] = []
    monkeypatch.setattr(worker, "set_memory_limit", limits.append)  # of the process of the tests
    reader = RequestReader(presets.merge({}, presets.NO_PRESET))
    request = reader.read({"size": ["8x"]})
    answer = prepare_conversions(WorkerSettings(1 << 20, WorkLimits(memory=None)))
    good = answer(WorkOrder(PICTURE, "a.pgm", request))
    bad = answer(WorkOrder(b"no picture", "b.pgm", request))

    def fail(error: Exception) -> object:
        def convert(*_: object) -> object:
            raise error

        monkeypatch.setattr(output, "convert", convert)
        again = prepare_conversions(WorkerSettings(1 << 20, WorkLimits(memory=100_000_000)))
        return again(WorkOrder(PICTURE, "c.pgm", request))

    bug = fail(ValueError("seven"))
    with pytest.raises(MemoryError):  # which ends the process; the next picture gets a new one
        fail(MemoryError())

    assert limits == [None, 100_000_000, 100_000_000]
    assert good.data.startswith(b"\x89PNG")  # type: ignore[union-attr]
    assert str(bad).startswith("b.pgm: ")
    assert bug == BugReport("ValueError: seven")
