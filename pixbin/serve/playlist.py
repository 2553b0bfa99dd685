"""The picture whose turn it is: by the clock, or for each client one after another."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pixbin.serve.folders import ServedFile

DEFAULT_SECONDS = 60  #: of a turn by the clock
MAX_CLIENTS = 1000  #: that are remembered; the oldest are forgotten


class PlaylistOrder(StrEnum):
    """The order of the pictures."""

    NAME = "name"
    NEWEST = "newest"
    RANDOM = "random"


class PlaylistRequest(NamedTuple):
    """A client's question for the next picture."""

    client: str | None = None  #: its name; without one, the clock decides
    seconds: int = 0  #: of a turn; 0 is one minute by the clock, or one request of a client
    order: PlaylistOrder = PlaylistOrder.NAME
    is_peek: bool = False  #: whether the client's turn must not move


class Turn(NamedTuple):
    """The pictures in their order from the one whose turn it is, and its time."""

    files: list[ServedFile]
    since: float  #: seconds since 1970
    until: float

    @property
    def file(self) -> ServedFile:
        """The picture whose turn it is."""
        return self.files[0]


class _Position(NamedTuple):
    """The last turn of a client."""

    label: str
    number: int  #: in the order of then
    since: float


class Playlist:
    """The turns of all clients, in memory."""

    def __init__(self) -> None:
        self._positions: OrderedDict[str, _Position] = OrderedDict()
        self._lock = threading.Lock()

    def turn(self, files: Sequence[ServedFile], request: PlaylistRequest, now: float) -> Turn:
        """Return whose turn it is.

        By the clock, all clients get the same picture, which needs no memory and survives a new
        start. A client with a name gets the one after its last one, but not before its turn ends.

        Parameters
        ----------
        files : sequence of ServedFile, at least one
        request : PlaylistRequest
        now : float
            Seconds since 1970.
        """
        if request.client is None:
            return _clock_turn(files, request, now)
        ordered = _in_order(files, request.order, request.client)
        with self._lock:
            position = self._next_position(ordered, request, now)
            if not request.is_peek:
                self._positions[request.client] = position
                self._positions.move_to_end(request.client)
                while len(self._positions) > MAX_CLIENTS:
                    self._positions.popitem(last=False)
        until = position.since + request.seconds
        return Turn(_rotated(ordered, position.number), position.since, until)

    def _next_position(
        self, files: Sequence[ServedFile], request: PlaylistRequest, now: float
    ) -> _Position:
        last = self._positions.get(request.client or "")
        if last is None:
            return _Position(files[0].label, 0, now)
        labels = [file.label for file in files]
        is_there = last.label in labels
        index = labels.index(last.label) if is_there else last.number - 1
        if is_there and now < last.since + request.seconds:
            return _Position(last.label, index, last.since)
        index = (index + 1) % len(files)
        return _Position(labels[index], index, now)


def _clock_turn(files: Sequence[ServedFile], request: PlaylistRequest, now: float) -> Turn:
    seconds = request.seconds or DEFAULT_SECONDS
    number = int(now // seconds)
    cycle, index = divmod(number, len(files))
    ordered = _in_order(files, request.order, str(cycle))
    return Turn(_rotated(ordered, index), number * seconds, (number + 1) * seconds)


def _in_order(files: Sequence[ServedFile], order: PlaylistOrder, seed: str) -> list[ServedFile]:
    """Return files in an order; the random one depends on the seed only."""
    match order:
        case PlaylistOrder.NAME:
            return list(files)
        case PlaylistOrder.NEWEST:
            return sorted(files, key=lambda file: -file.modified)
        case PlaylistOrder.RANDOM:
            return sorted(files, key=lambda file: _digest(f"{seed}\0{file.label}"))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _rotated(files: list[ServedFile], index: int) -> list[ServedFile]:
    return files[index:] + files[:index]
