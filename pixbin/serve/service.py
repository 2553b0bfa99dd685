"""The answers of the service: one method for each address."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from pixbin import __version__
from pixbin.catalog.devices import DEVICES
from pixbin.catalog.limits import WorkLimits
from pixbin.errors import InputError
from pixbin.options import presets
from pixbin.serve import trmnl, wording
from pixbin.serve.conversion import LimitedConverter
from pixbin.serve.damage import DamageRecord
from pixbin.serve.folders import MissingPictureError, ServedFile, ServedFolders
from pixbin.serve.output import ServedOutput
from pixbin.serve.playlist import Playlist, PlaylistRequest, Turn
from pixbin.serve.remote import RemoteHosts
from pixbin.serve.request import OutputPart, RequestReader, ServeRequest
from pixbin.web.handler import Answer, RefusedError, json_answer

MAX_TRIES = 8  #: damaged pictures that a request finds and skips
_SOURCE_WORDS, _PLAYLIST_WORDS = ("file", "url"), ("client", "every", "order")
Values = Mapping[str, Sequence[str]]


class ServeLimits(NamedTuple):
    """The limits that the owner has set."""

    jobs: int = 2  #: conversions at the same time
    max_output: int = 1 << 22  #: of an output
    max_upload: int = 32 << 20  #: bytes of a picture that is sent or fetched
    work: WorkLimits = WorkLimits()  #: on each conversion


class Conditions(NamedTuple):
    """The copy that a client has, by the headers of its request."""

    etags: str = ""  #: If-None-Match
    since: str = ""  #: If-Modified-Since

    def are_met(self, etag: str, modified: float) -> bool:
        """Return whether the client's copy is the present one (RFC 9110, section 13.1)."""
        if self.etags:
            known = [each.strip().removeprefix("W/") for each in self.etags.split(",")]
            return etag in known or "*" in known
        try:
            return parsedate_to_datetime(self.since).timestamp() >= int(modified)
        except (TypeError, ValueError, OverflowError):
            return False


class PictureService:
    """Answers requests whose sender has been checked."""

    def __init__(
        self,
        folders: ServedFolders,
        settings: presets.Settings,
        limits: ServeLimits | None = None,
        remote: RemoteHosts | None = None,
    ) -> None:
        """Make the service from what the command line gave."""
        self.limits = limits or ServeLimits()
        self._folders, self._remote = folders, remote
        self._has_size = "device" in settings or "size" in settings
        self._reader = RequestReader(settings)
        self._converter = LimitedConverter(
            self.limits.jobs, self.limits.max_output, self.limits.work
        )
        self._playlist = Playlist()
        self._damage = DamageRecord()
        self._start = time.time()

    def close(self) -> None:
        """End the conversions that are still at work."""
        self._converter.close()

    @property
    def counts(self) -> dict[str, float]:
        """Numbers for the metrics."""
        return {
            "pixbin_conversions_total": float(self._converter.conversions),
            "pixbin_files": float(len(self._folders.files())),
        }

    def convert(self, values: Values, extension: str, conditions: Conditions) -> Answer:
        """Answer with a picture of a folder, or of a host that is allowed."""
        request = self._reader.read(values, extension)
        _check_words(request, _SOURCE_WORDS, "/convert")
        label, url = request.words.get("file"), request.words.get("url")
        if label is not None and url is not None:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "give file or url, not both")
        if label is None and url is None:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "give file=NAME, which /files lists")
        if url is not None:
            return self._remote_answer(url, request, conditions)
        file = self._folders.get(label or "")
        return self._file_answer(file, file.modified, request, conditions)

    def convert_body(self, data: bytes, values: Values, extension: str) -> Answer:
        """Answer with the picture that the client has sent, converted."""
        request = self._reader.read(values, extension)
        _check_words(request, (), "POST /convert")
        if not data:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "send a picture as the body")
        output = self._converter.output(None, "picture", lambda: data, request)
        return _answer(output, request, _NOT_KEPT)

    def next(
        self, values: Values, extension: str, conditions: Conditions, *, is_peek: bool
    ) -> Answer:
        """Answer with the picture of the playlist whose turn it is; skip those that are damaged."""
        request = self._reader.read(values, extension)
        _check_words(request, _PLAYLIST_WORDS, "/next")
        playlist = request.playlist._replace(is_peek=is_peek)
        for is_last in (*[False] * (MAX_TRIES - 1), True):
            turn = self._turn(request, playlist)
            try:
                file = self._folders.get(turn.file.label)  # as it is now
                modified = max(file.modified, turn.since)
                return self._file_answer(file, modified, request, conditions)
            except (InputError, MissingPictureError):
                self._damage.mark(turn.file, request.fingerprint)
                if is_last:
                    raise
        raise AssertionError  # the last try returns or raises

    def trmnl(self, values: Values, base: str, token: str | None) -> Answer:
        """Answer the server of TRMNL for its plugin Redirect."""
        return json_answer(trmnl.redirect_reply(*self._next_link(values, base, token)))

    def trmnl_display(self, values: Values, base: str, device_id: str) -> Answer:
        """Answer a TRMNL display that has this server as its own."""
        values = {"client": [device_id], **values} if device_id else values
        return json_answer(trmnl.display_reply(*self._next_link(values, base, None)))

    def files(self) -> Answer:
        """Answer with the names of all pictures."""
        return json_answer({"files": [file.label for file in self._folders.files()]})

    def devices(self) -> Answer:
        """Answer with all devices and the presets that a request may name."""
        rows = [{"name": each.name, "kind": each.kind, "size": each.size_text} for each in DEVICES]
        return json_answer({"devices": rows, "presets": presets.preset_names()})

    def _turn(self, request: ServeRequest, playlist: PlaylistRequest) -> Turn:
        """Return whose turn it is among the pictures that are not known to be damaged."""
        files = self._damage.leave_out(self._folders.files(), request.fingerprint)
        if not files:
            raise RefusedError(HTTPStatus.NOT_FOUND, "no pictures in the folder that can be read")
        return self._playlist.turn(files, playlist, time.time())

    def _next_link(self, values: Values, base: str, token: str | None) -> tuple[str, str, float]:
        """Return a name, an address, and the seconds until the turn of the picture ends.

        The name is another one if the picture or its options are others.
        """
        if not self._has_size and not {"device", "size", "preset"} & values.keys():
            values = {**values, "device": [trmnl.DEVICE]}
        request = self._reader.read(values)
        _check_words(request, _PLAYLIST_WORDS, "this address")
        seconds = request.playlist.seconds or trmnl.DEFAULT_SECONDS
        turn = self._turn(request, request.playlist._replace(seconds=seconds))
        file = turn.file
        words = {"client", "every", "order", "token", "file", "url", "v"}
        kept = {name: given[0] for name, given in values.items() if name not in words}
        link = {"file": file.label, **kept} | ({"token": token} if token else {})
        name = f"{_etag(file, request)[1:17]}.{request.recipe.format.extension}"
        return name, f"{base}/convert?{urlencode(link)}", turn.until - time.time()

    def _file_answer(
        self, file: ServedFile, modified: float, request: ServeRequest, conditions: Conditions
    ) -> Answer:
        etag = _etag(file, request)
        modified = min(max(modified, self._start), time.time())  # options differ after a new start
        headers = {"ETag": etag, "Last-Modified": formatdate(int(modified), usegmt=True)}
        if conditions.are_met(etag, modified):
            return Answer(b"", "", HTTPStatus.NOT_MODIFIED, headers)
        try:
            output = self._converter.output(etag, file.label, file.read, request)
        except InputError:
            self._damage.mark(file, request.fingerprint)
            raise
        return _answer(output, request, headers)

    def _remote_answer(self, url: str, request: ServeRequest, conditions: Conditions) -> Answer:
        if self._remote is None:
            reason = "url: no host is allowed; start with --allow-url HOST"
            raise RefusedError(HTTPStatus.FORBIDDEN, reason)
        data = self._remote.fetch(url)
        etag = _quoted(hashlib.blake2b(data, digest_size=16).hexdigest(), request.fingerprint)
        if conditions.etags and conditions.are_met(etag, 0):
            return Answer(b"", "", HTTPStatus.NOT_MODIFIED, {"ETag": etag})
        output = self._converter.output(etag, "picture", lambda: data, request)
        return _answer(output, request, {"ETag": etag})


_NOT_KEPT = {"Cache-Control": "no-store"}


def _answer(output: ServedOutput, request: ServeRequest, headers: Mapping[str, str]) -> Answer:
    """Return an output with its notes in the headers."""
    is_data = request.part is OutputPart.DATA and request.recipe.options.sheet is not None
    kind = "application/json" if is_data else request.recipe.format.traits.media_type
    notes = wording.note_lines(output.notes)
    return Answer(output.data, kind, headers={**headers, wording.NOTE_HEADER: notes})


def _check_words(request: ServeRequest, known: Sequence[str], address: str) -> None:
    """Refuse words that choose the source in another way than the address does."""
    for word in (*_SOURCE_WORDS, *_PLAYLIST_WORDS):
        if word in request.words and word not in known:
            other = "GET /convert" if word in _SOURCE_WORDS else "/next"
            reason = f"{word}: {address} does not take it; leave it out, or use {other}"
            raise RefusedError(HTTPStatus.BAD_REQUEST, reason)


def default_jobs() -> int:
    """Return the number of conversions at the same time: that of processors, up to four."""
    return min(os.cpu_count() or 1, 4)


def health(is_stopping: bool) -> Answer:
    """Answer whether the service takes requests."""
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_stopping else HTTPStatus.OK
    word = "stopping" if is_stopping else "ok"
    return json_answer({"status": word, "version": __version__}, status)


def _etag(file: ServedFile, request: ServeRequest) -> str:
    """Return a strong validator of an output, without converting anything."""
    return _quoted(file.label, *map(str, file.version), request.fingerprint)


def _quoted(*parts: str) -> str:
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=16)
    return f'"{digest.hexdigest()}"'
