"""Nobody but the page of this run gets an answer, and the page can load nothing from elsewhere."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixbin.studio import pictures, server
from pixbin.studio.guard import SECURITY_HEADERS, Address
from tests.studio.page import PageClient, open_studio


@pytest.fixture
def client(photo: Path) -> Iterator[PageClient]:
    """Yield a client of a studio with one picture."""
    with open_studio(photo) as client:
        yield client


def test_the_page_is_served(client: PageClient) -> None:
    """The printed address has the page; the tests below can fail."""
    reply = client.get("")

    assert reply.status == 200
    assert reply.body.startswith(b"<!doctype html>")
    assert client.draw(grid="8x").status == 200


@pytest.mark.parametrize("token", ["", "x", "wrong-token"])
@pytest.mark.parametrize("path", ["", "state", "page/main.js", "source/0", "nothing"])
def test_no_token_no_answer(client: PageClient, token: str, path: str) -> None:
    """Every address needs the token; without it, existing and missing ones look the same."""
    reply = client.send("GET", path, token=token)

    assert reply.status == 403
    assert "token" in reply.json["error"]


def test_a_part_of_the_token_is_not_enough(client: PageClient) -> None:
    """The whole token is compared."""
    assert client.send("GET", "", token=client.address.token[:-1]).status == 403
    assert client.send("GET", "", token=f"{client.address.token}x").status == 403


def test_tokens_are_long_and_new() -> None:
    """Each run has a token of its own, of at least 256 bits."""
    tokens = {Address.with_new_token(1).token for _ in range(50)}

    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "evil.test:{port}", "0.0.0.0:{port}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_hosts_are_refused(client: PageClient, host: str, method: str) -> None:
    """A name that was bound to this address by another site (DNS rebinding) gets no answer."""
    reply = client.send(method, "state", b"", Host=host.format(port=client.address.port))

    assert reply.status == 421


def test_a_missing_host_is_refused(client: PageClient) -> None:
    """HTTP/1.1 requires a host."""
    assert client.get("state", Host=None).status == 421


def test_localhost_is_the_same_machine(client: PageClient) -> None:
    """The page can be opened by that name, too."""
    host = f"localhost:{client.address.port}"
    body = {"Host": host, "Origin": f"http://{host}"}

    assert client.get("", **body).status == 200
    assert client.post("picture", client.request(grid="8x"), **body).status == 200


@pytest.mark.parametrize(
    "origin", ["http://example.org", "https://127.0.0.1:{port}", "http://127.0.0.1", "null", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_origins_are_refused(client: PageClient, origin: str, method: str) -> None:
    """A page of another site cannot send requests, even if it knows the token."""
    reply = client.send(method, "state", b"", Origin=origin.format(port=client.address.port))

    assert reply.status == 403


@pytest.mark.parametrize("path", ["picture", "save", "upload", "folder", "file", "preset"])
def test_posts_need_an_origin(client: PageClient, path: str) -> None:
    """Browsers always send one; a request without it does not come from the page."""
    assert client.post(path, {}, Origin=None).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_are_refused(client: PageClient, site: str) -> None:
    """A link or a frame of another page does not open the studio."""
    assert client.get("", Sec_Fetch_Site=site).status == 403
    assert client.get("", Sec_Fetch_Site="none").status == 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "", {}),
        ("GET", "page/main.js", {}),
        ("GET", "state", {}),
        ("GET", "nothing", {}),
        ("GET", "", {"Host": "example.org"}),
        ("PUT", "", {}),
        ("OPTIONS", "picture", {}),
    ],
)
def test_every_answer_has_the_security_headers(
    client: PageClient, method: str, path: str, headers: dict[str, Any]
) -> None:
    """Errors have them, too; and no answer lets another origin read it."""
    reply = client.send(method, path, **headers)

    assert dict(SECURITY_HEADERS).items() <= reply.headers.items()
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]


def test_policy_allows_own_files_only() -> None:
    """No script or style inside the page, no plug-ins, frames or forms, nothing from elsewhere."""
    parts = dict(
        part.split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split("; ")
    )

    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == parts["style-src"] == parts["connect-src"] == "'self'"
    assert parts["frame-ancestors"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert "unsafe" not in str(parts)
    assert "http" not in str(parts)


def test_the_page_has_nothing_inline_or_from_elsewhere() -> None:
    """The files hold no inline script or style, no handler attributes, and no other address."""
    for path in server.PAGE_FILES.values():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")

        assert "://" not in text, path.name
        assert "innerHTML" not in text, path.name
    page = server.PAGE_FILES["index.html"].read_text("utf-8")

    assert "<style" not in page
    assert " style=" not in page
    assert " on" not in page.replace(" one", "").replace(" only", "").replace(" on ", "")
    assert page.count("<script") == page.count('<script type="module" src=')


@pytest.mark.parametrize(
    "path",
    [
        "page/../server.py",
        "page/..%2fserver.py",
        "page/%2e%2e/server.py",
        "page/..\\server.py",
        "page//etc/passwd",
        "page/%2fetc%2fpasswd",
        "../../etc/passwd",
        "source/../0",
        "source/0/../../state",
        "source//etc/passwd",
        "page/main.js%00.html",
    ],
)
def test_paths_lead_nowhere(client: PageClient, path: str) -> None:
    """Files and pictures are looked up in tables, so that no path leads out of them."""
    reply = client.get(path)

    assert reply.status in (404, 422)
    assert "error" in reply.json


def test_large_bodies_are_refused_unread(client: PageClient) -> None:
    """A length above the limit is refused before anything is read."""
    for path, limit, kind in (
        ("picture", server.MAX_JSON_BYTES, "application/json"),
        ("upload", pictures.MAX_UPLOAD_BYTES, "application/octet-stream"),
    ):
        reply = client.send("POST", path, b"", Content_Length=str(limit + 1), Content_Type=kind)

        assert reply.status == 413
        assert reply.headers["Connection"] == "close"


@pytest.mark.parametrize("length", [None, "-1", "x", "1e3", "\u00b2", "9" * 5000])
def test_lengths_must_be_numbers(client: PageClient, length: str | None) -> None:
    """A body without a valid length is refused."""
    kind = "application/json"
    encoded = length and length.encode().decode("latin-1")
    reply = client.send("POST", "picture", None, Content_Length=encoded, Content_Type=kind)

    assert reply.status in (411, 413)


def test_chunked_bodies_are_refused(client: PageClient) -> None:
    """Their length is not known before."""
    kind = "application/octet-stream"
    reply = client.send(
        "POST", "upload", b"", Content_Length=None, Content_Type=kind, Transfer_Encoding="chunked"
    )

    assert reply.status == 411


@pytest.mark.parametrize("kind", [None, "text/plain", "multipart/form-data"])
def test_forms_are_refused(client: PageClient, kind: str | None) -> None:
    """The types that a form of another page could send are not taken."""
    assert client.post("picture", client.request(), Content_Type=kind).status == 415
    assert client.send("POST", "upload", b"GIF", Content_Type=kind).status == 415


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"nul", b'{"a":' * 3])
def test_bad_json_is_refused(client: PageClient, body: bytes) -> None:
    """It is no reason to stop."""
    assert client.send("POST", "picture", body, Content_Type="application/json").status == 400
    assert client.get("").status == 200


def test_only_the_loopback_address_listens(client: PageClient) -> None:
    """The socket is bound to 127.0.0.1, so that other machines cannot reach it."""
    with socket.create_connection(("127.0.0.1", client.address.port)) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", client.address.port))


def test_the_browser_gets_a_code_that_works_once(photo: Path) -> None:
    """Other users can read the arguments of programs, so the token is in none of them."""
    with open_studio(photo) as client:
        path = client.server.opening_code.path
        wrong_host = client.send_plain("GET", path, Host="example.org")
        wrong_code = client.send_plain("GET", f"{path}x")
        first, second = client.send_plain("GET", path), client.send_plain("GET", path)

    assert client.address.token not in client.server.opening_url
    assert (wrong_host.status, wrong_code.status) == (421, 403)
    assert (first.status, first.headers["Location"]) == (303, f"/{client.address.token}/")
    assert dict(SECURITY_HEADERS).items() <= first.headers.items()
    assert second.status == 410
    assert "Location" not in second.headers


def test_errors_say_nothing_of_the_machine(client: PageClient) -> None:
    """No version of Python or the server is sent."""
    reply = client.get("nothing")

    assert "Python" not in str(reply.headers)
    assert json.loads(reply.body) == {"error": "no such page"}
