"""The rules on who gets an answer: the token, the name of the host, and other web pages."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pixbin.web.handler import RefusedError

if TYPE_CHECKING:
    from email.message import Message

LOCAL_NAMES = frozenset({"localhost"})
MIN_TOKEN_LENGTH = 12
_OWN_SITES = ("same-origin", "none")  #: of Sec-Fetch-Site

#: Sent with every answer. A page that is handed an SVG must not run it as a page.
ANSWER_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The secret that a client must know, and the names by which it may call the server."""

    token: str | None = None
    hosts: frozenset[str] = frozenset()  #: besides localhost and all numbers (IP addresses)

    def check(self, headers: Message, query_token: str | None) -> None:
        """Refuse a request that lacks the token, or that another web page has sent.

        Raises
        ------
        RefusedError
            With status 421 (host), 401 (token) or 403 (another page).
        """
        self.check_host(headers)
        if self.token is None:
            _check_no_other_page(headers)
        elif not self._has_token(headers, query_token):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                "the token is missing or wrong; send Authorization: Bearer TOKEN, or ?token=TOKEN",
                WWW_Authenticate='Basic realm="pixbin"',
            )

    def check_host(self, headers: Message) -> None:
        """Refuse a request to a name that is not on the list.

        Another site can bind its own name to this address (DNS rebinding), but no number.
        """
        name = host_name(headers.get("Host", ""))
        if not (name in self.hosts or name in LOCAL_NAMES or is_number(name)):
            reason = "unknown host; use the address in numbers, or start with --allow-host NAME"
            raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST, reason)

    def _has_token(self, headers: Message, query_token: str | None) -> bool:
        assert self.token is not None
        known = self.token.encode()
        given = [query_token, headers.get("Access-Token"), *_authorized(headers)]
        return any(each and hmac.compare_digest(each.encode(), known) for each in given)


def host_name(host: str) -> str:
    """Return the name in a Host header, without the port.

    >>> host_name("Pi.local:8125"), host_name("[::1]:80")
    ('pi.local', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def is_number(name: str) -> bool:
    """Return whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _authorized(headers: Message) -> Iterator[str]:
    """Yield the token of an Authorization header, which for Basic is the password."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield value.strip()
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return


def _check_no_other_page(headers: Message) -> None:
    """Refuse a request from a page of another site, which a token would have allowed."""
    origin = headers.get("Origin")
    is_other = origin is not None and _host_of(origin) != headers["Host"].lower()
    if is_other or headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        reason = "a page of another site; start with --token, and give the page the token"
        raise RefusedError(HTTPStatus.FORBIDDEN, reason)


def _host_of(origin: str) -> str | None:
    """Return the host and port of an Origin header; None if it is no URL."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
