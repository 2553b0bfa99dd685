"""Displays get the bytes that `pixbin convert` writes, and only what has changed."""

from __future__ import annotations

import os
import time
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image
from typer.testing import CliRunner

import pixbin
from pixbin.catalog.formats import Format
from pixbin.cli.app import app
from pixbin.options import SPECS
from pixbin.serve import wording
from pixbin.serve.request import RequestReader
from tests.serve.client import ServeClient, open_service


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        ({}, []),
        ({"size": "40x30", "method": "atkinson"}, ["-s", "40x30", "-m", "atkinson"]),
        ({"device": "ssd1306-128x64"}, ["--device", "ssd1306-128x64"]),
        ({"device": "trmnl", "format": "bmp"}, ["--device", "trmnl", "--format", "bmp"]),
        ({"format": "gif", "invert": "true", "serpentine": "0"}, ["--invert", "--no-serpentine"]),
        ({"bit-order": "lsb", "format": "raw"}, ["--bit-order", "lsb"]),
        ({"edges": "", "grid": "20x"}, ["--edges", "--grid", "20x"]),
        ({"model": "ink", "grid": "16x"}, ["--model", "ink", "--grid", "16x"]),
        ({"contrast": "20%", "ink": "#102030"}, ["--contrast", "20%", "--ink", "#102030"]),
        ({"format": "c", "symbol": "cat"}, ["--symbol", "cat"]),
    ],
    ids=str,
)
def test_same_bytes_as_convert(folder: Path, values: dict[str, str], arguments: list[str]) -> None:
    """Every option has the name and the effect that it has on the command line."""
    with open_service(folder) as client:
        reply = client.get(f"/convert?{urlencode({'file': 'a.png', **values})}")
    name = Format.named(values.get("format", "arduino" if "ssd" in str(values) else "png")).value
    target = folder.parent / f"a.{Format(name).extension}"
    words = ["convert", folder / "a.png", target, "--format", name, "-q", *arguments]
    done = CliRunner().invoke(app, [*map(str, words)])

    assert done.exit_code == 0, done.output
    assert reply.status == 200, reply.body
    assert reply.body == target.read_bytes()
    assert reply.headers["Content-Type"] == Format(name).traits.media_type


def test_every_option_of_convert_is_known() -> None:
    """The list of options is the one of the command line; each is refused by value, not by name."""
    reader = RequestReader({})
    for name in SPECS:
        try:
            reader.read({name: ["\x7f?"]})
        except pixbin.UsageError as error:
            assert "no such option" not in str(error)


def test_options_of_the_command_line_hold_until_a_request_has_others(folder: Path) -> None:
    """A request overrides them as a command line overrides a preset."""
    with open_service(folder, settings={"device": "ssd1306-128x64", "gamma": "1.5"}) as client:
        own = client.get("/convert?file=a.png")
        other = client.get("/convert?file=a.png&device=trmnl")
        png = client.get("/convert.png?file=a.png&gamma=1")

    own_picture = pixbin.convert(folder / "a.png", device="ssd1306-128x64", gamma=1.5)
    assert own.body == own_picture.encode("arduino", "a")
    assert other.body == pixbin.convert(folder / "a.png", device="trmnl", gamma=1.5).encode()
    assert png.body == pixbin.convert(folder / "a.png", device="ssd1306-128x64").encode()


def test_presets_have_names_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset of the owner may be named, a file of one may not; and requests override it."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(folder.parent))
    (folder.parent / "presets").mkdir()
    (folder.parent / "presets" / "hall.toml").write_text('size = "20x20"\nformat = "bmp"\n')
    with open_service(folder) as client:
        named = client.get("/convert?file=a.png&preset=hall&invert=1")
        path = client.get(f"/convert?file=a.png&preset={folder.parent}/presets/hall.toml")
        listed = client.get("/devices").json

    expected = pixbin.convert(folder / "a.png", size="20x20", invert=True).encode("bmp")
    assert named.body == expected
    assert path.status == 422
    assert listed["presets"] == ["hall"]
    assert {"name": "trmnl", "kind": "e-paper", "size": "800x480"} in listed["devices"]


def test_a_mask_is_a_part(folder: Path, client: ServeClient) -> None:
    """With alpha=mask there are two files, and `part` names one."""
    picture = pixbin.convert(folder / "a.png", alpha="mask")

    assert client.get("/convert?file=a.png&alpha=mask").body == picture.encode()
    assert client.get("/convert?file=a.png&alpha=mask&part=mask").body == picture.mask.encode()


def test_the_data_of_a_sheet_is_a_part(folder: Path, client: ServeClient) -> None:
    """A sprite sheet comes with a JSON file, and both have the bytes of convert."""
    frames = [Image.new("L", (16, 16), 40 * number) for number in range(4)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    words = ["convert", folder / "film.gif", folder.parent / "film.png", "--sheet", "2x", "-q"]
    done = CliRunner().invoke(app, [*map(str, words)])
    sheet = client.get("/convert?file=film.gif&sheet=2x")
    data = client.get("/convert?file=film.gif&sheet=2x&part=data")

    assert done.exit_code == 0, done.output
    assert sheet.body == (folder.parent / "film.png").read_bytes()
    assert data.body == (folder.parent / "film.json").read_bytes()
    assert data.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/convert?file=a.png&size=20x", "/next?every=3600&size=20x"])
def test_an_unchanged_picture_is_not_sent_again(
    client: ServeClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """ETag and Last-Modified give 304, for which nothing is converted."""
    first = client.get(path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    monkeypatch.setattr(client.server.pictures._converter, "output", None)

    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"x", W/{etag}'},
        {"If_Modified_Since": modified},
        {"If_None_Match": etag, "If_Modified_Since": formatdate(0, usegmt=True)},
    ):
        reply = client.get(path, **headers)
        assert (reply.status, reply.body) == (304, b""), headers
        assert reply.headers["ETag"] == etag
        assert "Content-Length" not in reply.headers


def test_a_changed_picture_is_sent(folder: Path, client: ServeClient) -> None:
    """Another file of that name, other options, or an older copy give the picture."""
    path = "/convert?file=a.png&size=20x"
    first = client.get(path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    day_before = formatdate(parsedate_to_datetime(modified).timestamp() - 86400, usegmt=True)

    assert client.get(f"{path}&invert=1", If_None_Match=etag).status == 200
    assert client.get(path, If_None_Match='"x"', If_Modified_Since=modified).status == 200
    assert client.get(path, If_Modified_Since=day_before).status == 200
    assert client.get(path, If_Modified_Since="yesterday").status == 200
    os.utime(folder / "b.png", (1, 1))  # an old picture takes the name
    (folder / "b.png").replace(folder / "a.png")
    second = client.get(path, If_None_Match=etag)
    assert second.status == 200
    assert second.body != first.body


def test_last_modified_is_never_in_the_future(folder: Path, client: ServeClient) -> None:
    """RFC 9110 wants it, and a wrong clock of a camera must not stop updates."""
    os.utime(folder / "a.png", (time.time() + 86400, time.time() + 86400))
    modified = client.get("/convert?file=a.png").headers["Last-Modified"]

    assert parsedate_to_datetime(modified).timestamp() <= time.time()


def test_a_word_may_change_the_address_only(client: ServeClient) -> None:
    """Dashboards load a picture again when its address changes."""
    one, two = client.get("/next?every=3600&v=1"), client.get("/next?every=3600&v=2")

    assert one.body == two.body
    assert one.headers["ETag"] == two.headers["ETag"]


def test_head_is_get_without_the_body(client: ServeClient) -> None:
    """Some clients look first."""
    head, get = client.send("HEAD", "/convert?file=a.png"), client.get("/convert?file=a.png")

    assert head.body == b""
    assert head.headers["ETag"] == get.headers["ETag"]
    assert int(head.headers["Content-Length"]) == len(get.body)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "application/octet-stream"])
def test_a_picture_may_be_sent(folder: Path, client: ServeClient, kind: str) -> None:
    """POST converts the body, by its content and not by its type."""
    data = (folder / "a.png").read_bytes()
    reply = client.post("/convert?size=20x&format=bmp", data, Content_Type=kind)

    assert reply.body == pixbin.convert(folder / "a.png", size="20x").encode("bmp")
    assert reply.headers["Cache-Control"] == "no-store"


def test_outputs_are_kept_within_bounds(folder: Path, client: ServeClient) -> None:
    """The second request converts nothing; a new output drops the oldest one."""
    converter = client.server.pictures._converter
    client.get("/convert?file=a.png")
    client.get("/convert?file=a.png")
    assert converter.conversions == 1
    cache = converter._cache
    cache._max_bytes = 3 * cache._total // 2
    client.get("/convert?file=b.png")
    assert cache._total <= cache._max_bytes
    assert len(cache._outputs) == 1


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/convert", 400, "give file=NAME"),
        ("/convert?file=a.png&url=http://x.org/", 400, "not both"),
        ("/convert?file=a.png&device=trml", 422, "/devices lists all"),
        ("/convert?file=a.png&preset=mine", 422, "/devices lists all"),
        ("/convert?file=a.png&matrix=map.png", 422, "write its JSON; for a file, give it on the"),
        ("/convert?file=a.png&model=own.onnx", 422, "choose from ink; for a file, give it on the"),
        ("/convert?file=a.png&embed_recipe=1&format=bmp", 422, "leave out `embed_recipe`"),
        ("/convert?file=none.png", 404, "no such picture"),
        ("/convert?file=a.png&gamma=-3", 422, "gamma -3"),
        ("/convert?file=a.png&gamma=1&gamma=2", 400, "give it once"),
        ("/convert?file=a.png&nonsense=2", 422, "no such option"),
        ("/convert?file=a.png&invert=perhaps", 422, "true or false"),
        ("/convert?file=a.png&format=jpeg", 422, "lossy"),
        ("/convert?file=a.png&part=half", 422, "picture, mask"),
        ("/convert?file=a.png&" + "&".join(f"x{n}=1" for n in range(150)), 400, "too many"),
        ("/next?order=best", 422, "order best"),
        ("/next?every=-1", 422, "every -1"),
        ("/next?client=%3Cb%3E", 422, "client"),
        ("/nothing", 404, "no such address"),
    ],
)
def test_errors_say_what_to_do(client: ServeClient, path: str, status: int, word: str) -> None:
    """Each error has a status and a reason in JSON."""
    reply = client.get(path)

    assert reply.status == status
    assert word in reply.json["error"]


def test_damaged_pictures_are_skipped(folder: Path, client: ServeClient) -> None:
    """A playlist goes on with the next one; the file itself gives the error of convert."""
    (folder / "a.png").write_bytes(b"no picture")
    (folder / "b.png").write_bytes(b"no picture")

    assert client.get("/next?client=hall").status == 200
    assert client.get("/convert?file=a.png").status == 422
    (folder / "trip" / "c.png").write_bytes(b"no picture")
    assert client.get("/next?client=hall").status == 404


def test_an_empty_folder_has_no_picture(tmp_path: Path) -> None:
    """It is served all the same, as pictures may come."""
    with open_service(tmp_path) as client:
        assert client.get("/next").status == 404
        assert client.get("/files").json == {"files": []}


def test_trmnl_gets_a_link(folder: Path, client: ServeClient) -> None:
    """The reply of the plugin Redirect names a picture of 800x480, and changes with it."""
    reply = client.get("/trmnl?client=desk&method=bayer4").json
    link = reply["url"].removeprefix(f"http://127.0.0.1:{client.port}")
    picture = client.get(link)

    assert reply.keys() == {"filename", "url", "refresh_rate"}
    assert 60 <= reply["refresh_rate"] <= 900
    expected = pixbin.convert(folder / "a.png", device="trmnl", method="bayer4").encode()
    assert picture.body == expected
    assert client.get("/trmnl?client=desk&method=bayer4").json["filename"] == reply["filename"]
    assert client.get("/trmnl?client=desk&method=otsu").json["filename"] != reply["filename"]


def test_trmnl_displays_may_have_this_server_as_their_own(client: ServeClient) -> None:
    """The three addresses that the firmware calls, with the keys that it reads."""
    setup = client.get("/api/setup", ID="AA:BB:CC:DD:EE:FF").json
    display = client.get("/api/display", ID="AA:BB:CC:DD:EE:FF", Access_Token="pixbin").json
    log = client.post("/api/log", b'{"logs": []}', Content_Type="application/json")

    assert (setup["status"], setup["friendly_id"]) == (200, "DDEEFF")
    assert display["status"] == 0
    assert "file=a.png&device=trmnl" in display["image_url"]
    assert display["reset_firmware"] is display["update_firmware"] is False
    assert (log.status, log.body) == (204, b"")


def test_links_have_the_token_and_the_public_address(folder: Path) -> None:
    """A display loads the picture by itself, so its link must have all it needs."""
    token = "a-long-secret-word"
    with open_service(folder, access=service_access(token), public_url="https://x.org/p") as client:
        url = client.get(f"/trmnl?token={token}").json["url"]
        displays = [client.get(f"/api/{name}?token={token}") for name in ("setup", "display")]

    assert url.startswith("https://x.org/p/convert?")
    assert f"token={token}" in url
    assert [reply.status for reply in displays] == [404, 404]


def service_access(token: str) -> object:
    """Return rules with a token."""
    from pixbin.serve.access import AccessRules

    return AccessRules(token)


def test_metrics_count_answers(client: ServeClient) -> None:
    """Prometheus reads them; addresses of clients never become names."""
    for path in ("/convert?file=a.png", "/convert?file=none.png", "/x/y", "/health"):
        client.get(path)
    lines: dict[str, str] = {}
    while 'pixbin_requests_total{route="/health",status="200"}' not in lines:
        # An answer is counted just after it was sent, so the last one may be missing at first.
        text = client.get("/metrics").body.decode()
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
    own = int(lines.get('pixbin_requests_total{route="/metrics",status="200"}', 0))

    assert lines['pixbin_requests_total{route="/convert",status="200"}'] == "1"
    assert lines['pixbin_requests_total{route="/convert",status="404"}'] == "1"
    assert lines['pixbin_requests_total{route="other",status="404"}'] == "1"
    assert int(lines["pixbin_request_seconds_count"]) == 4 + own
    assert int(lines['pixbin_request_seconds_bucket{le="+Inf"}']) == 4 + own
    assert lines["pixbin_conversions_total"] == "1"
    assert lines["pixbin_files"] == "3"
    assert "/x/y" not in text


def test_requests_are_logged_without_their_values(folder: Path) -> None:
    """A token in an address must not get into a log."""
    lines: list[str] = []
    with open_service(folder, log=lines.append) as client:
        client.get("/convert?file=a.png&token=secret")

    assert len(lines) == 1
    assert lines[0].startswith("127.0.0.1 GET /convert 200 ")
    assert "secret" not in lines[0]


def test_a_name_is_that_of_the_picture(folder: Path, client: ServeClient) -> None:
    """`name` is the other spelling of `symbol`, as on the command line."""
    named = client.get("/convert?file=a.png&format=c&name=robot")

    assert b"robot" in named.body
    assert named.body == client.get("/convert?file=a.png&format=c&symbol=robot").body


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/next?file=a.png", 400, "file: /next does not take it"),
        ("GET", "/trmnl?url=http://x.org/a.png", 400, "url: this address does not take it"),
        ("GET", "/convert?file=a.png&client=hall", 400, "client: /convert does not take it"),
        ("POST", "/convert?file=a.png", 400, "file: POST /convert does not take it"),
        ("GET", "/convert?file=a.png&part=mask", 422, "add alpha=mask"),
        ("GET", "/convert?file=a.png&part=data", 422, "add sheet=8x"),
        ("POST", "/files", 405, "use GET, HEAD"),
    ],
)
def test_a_word_without_use_is_an_error(
    folder: Path, client: ServeClient, method: str, path: str, status: int, words: str
) -> None:
    """Nothing that a client asks for is ignored."""
    body = (folder / "a.png").read_bytes() if method == "POST" else None
    reply = client.send(method, path, body, Content_Type="image/png")

    assert reply.status == status
    assert words in reply.json["error"]


def test_addresses(folder: Path, client: ServeClient) -> None:
    """A slash at the end changes nothing; with a token, those of a TRMNL display are not listed."""
    token = "a-long-secret-word"
    with open_service(folder, access=service_access(token)) as guarded:
        listed = guarded.get(f"/?token={token}").json["addresses"]

    assert client.get("/health/").status == client.get("/files/").status == 200
    assert "/api/display" in client.get("/").json["addresses"]
    assert not any(address.startswith("/api/") for address in listed)
    assert client.post("/convert", b"x", Content_Type="text/html").json["error"].count("image/jpeg")


def test_notes_are_headers(folder: Path) -> None:
    """The notes of `convert` are in headers, also for kept outputs and posted pictures."""
    address = "/convert?file=a.png&size=8x8&format=arduino&compress=packbits"
    crop = "cropped to 32x32 of 48x32 (33% less) to fill 8x8; `fit` contain shows all, "
    with open_service(folder) as client:
        first, again = client.get(address), client.get(address)
        head = client.send("HEAD", address)
        sent = client.post("/convert?size=8x8", (folder / "a.png").read_bytes())
        plain = client.get("/convert?file=a.png")

    assert first.notes == again.notes == head.notes
    assert first.notes[0].startswith(crop)
    assert "packbits makes" in first.notes[1]
    assert "leave out `compress`" in first.notes[1]
    assert sent.notes == first.notes[:1]
    assert plain.notes == ()


def test_note_cannot_add_a_header() -> None:
    """Notes become plain ASCII on one line; very long ones, and very many, are cut."""
    lines = wording.note_lines(["a\r\nX-Evil: 1", "\u2603" * 600, *["c"] * 100])

    assert lines[0] == "a  X-Evil: 1"
    assert lines[1] == "\\u2603" * 500
    assert len(lines) == wording.MAX_NOTES
