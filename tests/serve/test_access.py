"""Only those who may get an answer: by token, host and origin; and no file outside the folders."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixbin.serve.access import ANSWER_HEADERS, AccessRules
from tests.serve.client import ServeClient, open_service

TOKEN = "a-long-secret-word"
PATHS = ["/", "/convert?file=a.png", "/next", "/files", "/devices", "/metrics", "/trmnl", "/x"]


@pytest.fixture
def guarded(folder: Path) -> Iterator[ServeClient]:
    """Yield a client of a service that needs a token."""
    with open_service(folder, access=AccessRules(TOKEN, frozenset({"pi.local"}))) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_no_token_no_answer(guarded: ServeClient, path: str) -> None:
    """Every address but /health needs it; existing and missing ones look the same."""
    reply = guarded.get(path)

    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert guarded.post("/convert", b"x").status == 401


def basic(password: str) -> str:
    """Return an Authorization header of a name and a password."""
    return f"Basic {base64.b64encode(f'user:{password}'.encode()).decode()}"


def test_the_token_may_come_in_four_ways(guarded: ServeClient) -> None:
    """Displays and dashboards differ in what they can send."""
    replies = [
        guarded.get(f"/files?token={TOKEN}"),
        guarded.get("/files", Authorization=f"Bearer {TOKEN}"),
        guarded.get("/files", Authorization=basic(TOKEN)),
        guarded.get("/files", Access_Token=TOKEN),
    ]

    assert [reply.status for reply in replies] == [200] * 4


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Basic !",
        basic("x"),
        f"Digest {TOKEN}",
    ],
)
def test_wrong_tokens_are_refused(guarded: ServeClient, authorization: str) -> None:
    """The whole token is compared."""
    assert guarded.get("/files", Authorization=authorization).status == 401
    assert guarded.get(f"/files?token={TOKEN[:-1]}").status == 401
    assert guarded.get("/files?token=").status == 401
    assert guarded.get("/files?token=%C3%A4").status == 401


def test_health_needs_no_token(guarded: ServeClient) -> None:
    """A container asks for it, and learns nothing else."""
    assert guarded.get("/health").json.keys() == {"status", "version"}


@pytest.mark.parametrize("host", ["example.org", "evil.test:8125", "", "localhost.evil.test", None])
@pytest.mark.parametrize("path", ["/files", "/health"])
def test_other_hosts_are_refused(guarded: ServeClient, host: str | None, path: str) -> None:
    """A name that another site has bound to this address (DNS rebinding) gets no answer."""
    assert guarded.get(f"{path}?token={TOKEN}", Host=host).status == 421


@pytest.mark.parametrize(
    "host", ["pi.local", "PI.local.:80", "localhost:1", "192.168.1.5:8125", "[::1]:8125", "::1"]
)
def test_known_names_and_numbers_are_hosts(guarded: ServeClient, host: str) -> None:
    """The port may differ, as containers and proxies change it."""
    expected = 421 if host == "::1" else 200  # an IPv6 address has brackets (RFC 3986)

    assert guarded.get(f"/files?token={TOKEN}", Host=host).status == expected


def test_other_pages_need_the_token(client: ServeClient, guarded: ServeClient) -> None:
    """Without a token, a page of another site cannot use the service through a browser."""
    for headers in (
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert client.get("/files", **headers).status == 403
        assert client.post("/convert", b"x", **headers).status == 403
        assert guarded.get(f"/files?token={TOKEN}", **headers).status == 200
    assert client.get("/files", Origin=f"http://127.0.0.1:{client.port}").status == 200
    assert client.get("/files", Sec_Fetch_Site="none").status == 200


@pytest.mark.parametrize("path", [*PATHS, "/health"])
def test_every_answer_has_the_headers(client: ServeClient, path: str) -> None:
    """An SVG cannot run as a page, and no answer lets another origin read it."""
    reply = client.get(path)

    assert dict(ANSWER_HEADERS).items() <= reply.headers.items()
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert "Python" not in str(reply.headers)


@pytest.mark.parametrize(
    "label",
    [
        "../secret.png",
        "trip/../../secret.png",
        "./a.png",
        "trip//c.png",
        "/etc/passwd",
        "{outside}/secret.png",
        "..%2Fsecret.png",
        "%2e%2e/secret.png",
        "..\\secret.png",
        "a.png%00",
        "a.png%00.png",
        ".hidden.png",
        "notes.txt",
        "trip",
        "trip/",
        "",
        "link-out.png",
        "folder-out/secret.png",
        "pipe.png",
        "file:///etc/passwd",
        "http://127.0.0.1/a.png",
        "a" * 5000 + ".png",
        "%ff.png",
    ],
)
def test_no_path_leads_out(folder: Path, client: ServeClient, label: str) -> None:
    """Paths, links and other kinds of files get the answer that missing ones get."""
    outside = folder.parent
    (outside / "secret.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "link-out.png").symlink_to(outside / "secret.png")
    (folder / "folder-out").symlink_to(outside)
    os.mkfifo(folder / "pipe.png")
    label = label.format(outside=outside)
    reply = client.get(f"/convert?file={label}")

    assert reply.status == 404
    assert reply.json["error"].endswith("no such picture; /files lists all")


def test_links_inside_the_folder_are_followed(folder: Path, client: ServeClient) -> None:
    """The test above can fail: a link is no reason, only its target is."""
    (folder / "inside.png").symlink_to(folder / "trip" / "c.png")
    (folder / "out.png").symlink_to(folder.parent / "secret.png")
    inside, c = client.get("/convert?file=inside.png"), client.get("/convert?file=trip/c.png")

    assert (inside.status, inside.body) == (200, c.body)
    assert client.get("/files").json == {"files": ["a.png", "b.png", "inside.png", "trip/c.png"]}


def test_a_file_that_becomes_a_link_is_not_opened(folder: Path) -> None:
    """Between look and read, a file may be replaced; the link is then not followed."""
    from pixbin.errors import InputError
    from pixbin.serve.folders import ServedFolders

    file = ServedFolders([str(folder)]).get("a.png")
    (folder / "a.png").unlink()
    (folder / "a.png").symlink_to("/etc/passwd")

    with pytest.raises(InputError, match="cannot be read"):
        file.read()


def test_several_folders_are_searched_in_order(folder: Path, tmp_path: Path) -> None:
    """The first folder that has a file wins; all of them are listed."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.png").write_bytes(b"no picture")
    (other / "z.png").write_bytes((folder / "b.png").read_bytes())
    with open_service(folder, other) as client:
        assert client.get("/convert?file=a.png").status == 200
        assert client.get("/convert?file=z.png").status == 200
        assert client.get("/files").json["files"] == ["a.png", "b.png", "trip/c.png", "z.png"]


@pytest.mark.parametrize(
    "query",
    [
        "model=/etc/passwd",
        "model=other.onnx",
        "matrix=/etc/passwd",
        "matrix=-",
        "matrix=own.json",
        "dot_gain=/etc/passwd",
        "dot_gain=own.csv",
        "preset=/etc/passwd",
        "preset=..%2Fx.toml",
    ],
)
def test_options_open_no_files(
    folder: Path, client: ServeClient, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client cannot make the service read a file of its machine."""
    monkeypatch.chdir(folder)
    (folder / "own.json").write_text('{"matrix": [[0, 2], [3, 1]], "max": 4}')
    (folder / "own.csv").write_text("25,40")
    reply = client.get(f"/convert?file=a.png&{query}")

    assert reply.status == 422
    assert "root:" not in reply.json["error"]


def test_every_option_that_names_a_file_is_refused(client: ServeClient) -> None:
    """The rule is by the list of options, so that a new one is covered from its first day."""
    from pixbin.options import SPECS

    names = [name for name, spec in SPECS.items() if spec.is_path]
    replies = {name: client.get(f"/convert?file=a.png&{name}=/etc/passwd") for name in names}

    assert {"model", "matrix", "dot_gain"} <= {*names}
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(names, 422)


def test_dot_gain_without_a_file_is_a_setting(client: ServeClient) -> None:
    """A number and a curve name no file, so a client may give them."""
    replies = [
        client.get(f"/convert?file=a.png&dot_gain={value}").status
        for value in ("20%25", "25:40%2050:70")
    ]

    assert replies == [200, 200]


def test_files_of_the_command_line_may_be_used(folder: Path) -> None:
    """A matrix that the owner named holds, and may be named by the same path only."""
    own = folder.parent / "own.json"
    own.write_text('{"matrix": [[0, 2], [3, 1]], "max": 4}')
    with open_service(folder, settings={"matrix": str(own)}) as client:
        assert client.get("/convert?file=a.png").status == 200
        assert client.get(f"/convert?file=a.png&matrix={own}").status == 200
        assert client.get(f"/convert?file=a.png&matrix={own}2").status == 422


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//"])
def test_origin_that_is_no_url(client: ServeClient, origin: str) -> None:
    """An Origin that cannot be read is that of another page."""
    assert client.get("/files", Origin=origin).status == 403
