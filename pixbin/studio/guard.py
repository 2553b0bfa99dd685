"""The rules that keep other web pages and other users of the machine out of the studio.

The server listens on the loopback address only. Each request needs the secret token of this run in
its path. Host, Origin and Sec-Fetch-Site must be those of the studio's own page: a page of another
site, or another name for this address (DNS rebinding), is refused before anything is done.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from pixbin.web.handler import RefusedError

if TYPE_CHECKING:
    from email.message import Message

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost")  #: host names by which the page may be opened
_OWN_SITES = ("same-origin", "none")  #: of Sec-Fetch-Site; `none` is an address that a user opens
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
)

#: Sent with every answer, errors too. There is no header that lets other origins read anything.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Address(NamedTuple):
    """The address of one run of the studio."""

    port: int
    token: str  #: secret; part of every path

    @classmethod
    def with_new_token(cls, port: int) -> Address:
        """Return an address with a token of 256 random bits."""
        return cls(port, secrets.token_urlsafe(32))

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        return f"http://{LOOPBACK}:{self.port}/{self.token}/"

    @property
    def _hosts(self) -> set[str]:
        return {f"{name}:{self.port}" for name in _NAMES}

    def check_host(self, headers: Message) -> None:
        """Raise RefusedError if a request was sent to another name or port."""
        if headers.get("Host", "").lower() not in self._hosts:
            raise RefusedError(
                HTTPStatus.MISDIRECTED_REQUEST, "wrong host; open the printed address"
            )

    def check_request(self, method: str, path: str, headers: Message) -> str:
        """Return the path of a request after the token.

        Raises
        ------
        RefusedError
            It does not come from the page of this run.
        """
        self.check_host(headers)
        origin = headers.get("Origin")
        if origin is None and method != "GET":
            raise RefusedError(HTTPStatus.FORBIDDEN, "no Origin; use the page of the studio")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, "another origin; use the page of the studio")
        if headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
            raise RefusedError(HTTPStatus.FORBIDDEN, "another site; open the printed address")
        token, slash, rest = path.removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(token.encode(), self.token.encode()):
            raise RefusedError(HTTPStatus.FORBIDDEN, "wrong token; open the printed address")
        return rest


class OpeningCode:
    """A code that leads to the page once.

    A browser is started with its address as an argument, which all users of a machine can read. So
    it gets this code and not the token; whoever comes second is refused.
    """

    def __init__(self) -> None:
        self._code = secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self._is_used = False

    @property
    def path(self) -> str:
        """The path of an address that uses the code."""
        return f"/open/{self._code}"

    def use(self, path: str) -> bool:
        """Return whether a path has the code, for the first time.

        Raises
        ------
        RefusedError
            The code was used before.
        """
        if not hmac.compare_digest(path.encode(), self.path.encode()):
            return False
        with self._lock:
            if self._is_used:
                reason = "this address works once; open the one that the studio has printed"
                raise RefusedError(HTTPStatus.GONE, reason)
            self._is_used = True
        return True
