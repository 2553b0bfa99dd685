"""The page gets pictures, files and presets, all as `pixbin convert` makes them."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import pixbin
from pixbin.studio import masks
from tests.fixtures import EXAMPLES_FOLDER, RunCommand, sample_image
from tests.studio.page import PageClient, open_studio


@pytest.fixture
def client(photo: Path) -> Iterator[PageClient]:
    """Yield a client of a studio with one picture."""
    with open_studio(photo) as client:
        yield client


@pytest.mark.parametrize(
    ("output_format", "settings"),
    [
        ("png", {}),
        ("png", {"grid": "24x", "method": "atkinson", "gamma": "1.3"}),
        ("png", {"size": "80x80", "fit": "contain", "background": "#336", "method": "bayer4"}),
        ("png", {"model": "ink", "grid": "32x", "invert": True}),
        ("png", {"edges": "50%", "serpentine": False, "brightness": "-0.2"}),
        (
            "png",
            {"matrix": '{"matrix": [[0, 2], [3, 1]], "max": 4}', "ink": "navy", "paper": "#fed"},
        ),
        ("png", {"method": "otsu", "channels": "rgb", "depth": "8"}),
        ("gif", {"grid": "16x"}),
        ("svg", {"grid": "16x", "cell": "0.5mm"}),
        ("arduino", {"device": "ssd1306-128x64"}),
        ("c", {"device": "ssd1306-128x64", "symbol": "cat"}),
        ("png", {"device": "ssd1306-128x64"}),
        ("png", {"device": "playdate"}),
        ("png", {"method": "auto", "intent": "graphic"}),
        ("png", {"size": "40x64", "gravity": "subject", "zoom": "auto"}),
        ("png", {"crop": "10,5,50,40", "size": "30x30", "zoom": "1.5"}),
        ("ascii", {"grid": "40x"}),
        ("lvgl", {"size": "40x40"}),
    ],
    ids=str,
)
def test_same_bytes_as_convert(
    photo: Path, run: RunCommand, output_format: str, settings: dict[str, Any]
) -> None:
    """The command line of the page, typed into a shell, writes the bytes that the page has."""
    with open_studio(photo) as client:
        drawn = client.draw(output_format, **settings)
        words = shlex.split(drawn.report["command"])
        name = drawn.report["target"]
        file = client.post("file", client.request(output_format, **settings) | {"name": name})
    done = run(*words[1:], "--quiet")

    assert words[:2] == ["pixbin", "convert"]
    assert done.returncode == 0, done.stderr
    written = (photo.parent / name).read_bytes()
    assert file.body == written
    assert drawn.report["bytes"] == len(written)
    if output_format == "png":
        assert drawn.body == written


def test_other_formats_are_drawn_as_png_of_the_same_cells(client: PageClient) -> None:
    """A picture for a display looks on the page as it will there."""
    drawn = client.draw("arduino", device="ssd1306-128x64")
    plain = client.draw("png", device="ssd1306-128x64")

    assert drawn.body == plain.body


def test_very_large_outputs_are_drawn_as_cells(
    client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page gets the same cells, and the length of the true file."""
    large = client.draw(size="90x60", grid="30x20")
    monkeypatch.setattr("pixbin.studio.drawing.MAX_DECODED_PIXELS", 5000)
    small = client.draw(size="90x60", grid="30x20")

    assert Image.open(io.BytesIO(small.body)).size == (30, 20)
    cells = Image.open(io.BytesIO(small.body)).resize((90, 60), Image.Resampling.NEAREST)
    assert cells.tobytes() == Image.open(io.BytesIO(large.body)).tobytes()
    assert small.report["bytes"] == len(large.body)


def test_report_has_geometry_and_numbers(client: PageClient) -> None:
    """The page gets sizes, share of ink and lone cells."""
    report = client.draw(size="64x64", grid="32x32", method="threshold").report

    assert (report["source"], report["size"], report["grid"]) == ([96, 64], [64, 64], [32, 32])
    assert report["crop"] == [16, 0, 64, 64]
    assert 0 < report["ink"] < 1
    assert report["lone"] >= 0


def test_ink_is_counted(tmp_path: Path) -> None:
    """A picture that is a quarter black has that share of ink, and one lone cell."""
    levels = Image.new("L", (8, 8), 255)
    levels.paste(0, (0, 0, 4, 4))
    levels.putpixel((6, 6), 0)
    levels.save(tmp_path / "flat.png")
    with open_studio(tmp_path / "flat.png") as client:
        report = client.draw().report

    assert report["ink"] == round(17 / 64, 4)
    assert report["lone"] == 1


def test_automatic_choices_are_explained(client: PageClient) -> None:
    """With `auto`, the page says which method was chosen, and why, as convert does."""
    report = client.draw(method="auto").report

    assert report["method"] != "auto"
    assert report["notes"][0].startswith("auto: ")


def test_invalid_settings_name_the_option(client: PageClient) -> None:
    """The page can mark the field that is wrong."""
    reply = client.draw(gamma="-3")

    assert reply.status == 422
    assert reply.json["option"] == "gamma"
    assert reply.json["error"].startswith("gamma -3: write")


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "/etc/passwd"},
        {"model": "other.onnx"},
        {"matrix": "/etc/passwd"},
        {"matrix": "-"},
        {"matrix": "own.json"},
        {"nonsense": "1"},
        {"gamma": ["1"]},
        {"gamma": "1" * 30_000},
        {"threshold": "50%", "method": "atkinson"},
        {"model": "ink", "method": "atkinson"},
    ],
    ids=str,
)
def test_settings_of_the_page_open_no_files(
    client: PageClient, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page cannot make the studio read a file; contradictions are refused, too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.json").write_text('{"matrix": [[0, 2], [3, 1]], "max": 4}')
    reply = client.draw(**settings)

    assert reply.status == 422
    assert "root:" not in reply.json["error"]


def test_files_of_the_command_line_may_be_used(photo: Path) -> None:
    """A matrix that the user named remains usable, by the same name only."""
    own = photo.parent / "own.json"
    own.write_text('{"matrix": [[0, 2], [3, 1]], "max": 4}')
    with open_studio(photo, matrix=str(own)) as client:
        assert client.get("state").json["settings"] == {"matrix": str(own)}
        assert client.draw(matrix=str(own)).status == 200
        assert client.draw(matrix=f"{own}2").status == 422


def test_a_stale_request_is_dropped(client: PageClient) -> None:
    """A request that is older than another one of its channel gets no picture."""
    newer = client.request(grid="8x") | {"number": 7}
    older = client.request(grid="9x") | {"number": 6}
    other = older | {"channel": "other/picture"}

    assert client.post("picture", newer).status == 200
    assert client.post("picture", older).status == 409
    assert client.post("picture", older).json["stale"] is True
    assert client.post("picture", other).status == 200


def test_tiles_of_the_strip_have_one_pixel_for_each_cell(client: PageClient) -> None:
    """The film strip gets small pictures of the same cells."""
    request = client.request(size="64x64", grid="16x16") | {"channel": "tab/strip"}
    tile = Image.open(io.BytesIO(client.post("picture", request).body))
    large = Image.open(io.BytesIO(client.draw(size="64x64", grid="16x16").body))

    assert tile.size == (16, 16)
    assert tile.resize((64, 64), Image.Resampling.NEAREST).tobytes() == large.tobytes()


def test_uploads_are_pictures_like_others(client: PageClient) -> None:
    """A dropped file gets a key, and is drawn as the same file on disk would be."""
    data = (EXAMPLES_FOLDER / "mushroom.png").read_bytes()
    kind = "application/octet-stream"
    reply = client.send("POST", "upload?name=..%2Fmush%0Aroom.png", data, Content_Type=kind)
    drawn = client.draw(picture=reply.json["key"], size="32x")

    assert reply.json["label"] == "mushroom.png"
    expected = pixbin.convert(EXAMPLES_FOLDER / "mushroom.png", size="32x").encode()
    assert drawn.body == expected
    assert "mushroom.png" in drawn.report["command"]


def test_what_is_no_picture_is_refused(client: PageClient) -> None:
    """An upload that cannot be read gets the message of convert, and no key."""
    kind = "application/octet-stream"
    reply = client.send("POST", "upload?name=a.txt", b"hello", Content_Type=kind)

    assert reply.status == 422
    assert "a.txt: not a picture" in reply.json["error"]
    assert [each["label"] for each in client.get("state").json["pictures"]] == ["photo.png"]


def test_masks_are_sent_and_named(client: PageClient, photo: Path, run: RunCommand) -> None:
    """With the mask in its folder, the command line of the page makes the bytes of the page."""
    mask = _mask_file(photo, 20)
    sent = client.send("POST", "mask?name=part.png", mask, Content_Type="application/octet-stream")
    (photo.parent / "part.png").write_bytes(mask)
    settings = {"mask": "part.png", "method_outside": "bayer2", "grid": "20x"}
    drawn = client.draw(**settings)
    words = shlex.split(drawn.report["command"])
    name = drawn.report["target"]
    file = client.post("file", client.request(**settings) | {"name": name})
    done = run(*words[1:], "--quiet")

    assert sent.json == {"name": "part.png"}
    assert " --mask part.png --method-outside bayer2 " in drawn.report["command"]
    assert done.returncode == 0, done.stderr
    assert drawn.body == file.body == (photo.parent / name).read_bytes()
    assert drawn.body != client.draw(method_outside="bayer2", mask="part.png").body


def test_a_mask_of_the_same_name_replaces_the_other(client: PageClient, photo: Path) -> None:
    """The newest content counts; eight masks are kept."""
    pictures = []
    for left in (10, 30):
        mask = _mask_file(photo, left)
        client.send("POST", "mask?name=a.png", mask, Content_Type="application/octet-stream")
        pictures.append(client.draw(mask="a.png", grid="20x").body)
    for number in range(masks.MAX_MASKS):
        path = f"mask?name={number}.png"
        client.send("POST", path, mask, Content_Type="application/octet-stream")
    dropped = client.draw(mask="a.png")

    assert pictures[0] != pictures[1]
    assert (dropped.status, "names a file" in dropped.json["error"]) == (422, True)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "mask"), (b"no picture", "not a picture"), (b"black", "black on transparent")],
)
def test_what_is_no_mask_is_refused(client: PageClient, data: bytes, message: str) -> None:
    """The answer says why, and nothing is kept."""
    if data == b"black":
        stream = io.BytesIO()
        image = Image.new("RGBA", (4, 4))
        image.putpixel((1, 1), (0, 0, 0, 255))
        image.save(stream, "PNG")
        data = stream.getvalue()
    headers = {"Content_Type": "application/octet-stream"}
    refused = client.send("POST", "mask?name=mask.png", data, **headers)

    assert refused.status == 422
    assert message in refused.json["error"]
    assert client.draw(mask="mask.png").status == 422


def test_a_folder_of_masks_serves_each_picture(photo: Path, tmp_path: Path) -> None:
    """The mask that has the name of the picture is used, in tiles and in files as well."""
    folder = tmp_path / "masks"
    folder.mkdir()
    (folder / f"{photo.stem}.png").write_bytes(_mask_file(photo, 20))
    expected = pixbin.convert(photo, mask=folder / f"{photo.stem}.png", grid="20x")
    with open_studio(photo, mask=str(folder)) as client:
        settings = {"mask": str(folder), "grid": "20x"}
        drawn = client.draw(**settings)
        tile = client.post("picture", client.request(**settings) | {"channel": "tab/strip"})

    assert drawn.body == expected.encode("png")
    assert pixbin.decode(tile.body).grid.tolist() == expected.grid.tolist()


def test_notes_of_formats_are_on_the_page(client: PageClient, photo: Path) -> None:
    """The page says what `convert` says on masks, a printer's roll, and bytes that grow."""
    label = client.draw("brother-ql", size="40x30", block="1")
    packed = client.draw("c", size="8x8", block="1", compress="heatshrink8")

    white = _mask_file(photo, 0)
    client.send("POST", "mask?name=a.png", white, Content_Type="application/octet-stream")
    masked = client.draw(mask="a.png")

    assert "mask a.png: all white" in masked.report["notes"][-1]
    assert "for the roll of 62 mm" in label.report["notes"][-2]
    assert "heatshrink8 makes" in packed.report["notes"][-1]


def _mask_file(photo: Path, left: int) -> bytes:
    """Return a mask for a picture, white from a column on."""
    with Image.open(photo) as image:
        mask = Image.new("L", image.size)
    mask.paste(255, (left, 0, *mask.size))
    stream = io.BytesIO()
    mask.save(stream, "PNG")
    return stream.getvalue()


def test_old_uploads_make_room(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads take a bounded amount of memory; the pictures of the command line remain."""
    data = b"P5 9 9 255\n" + bytes(81)
    monkeypatch.setattr("pixbin.studio.pictures.MAX_UPLOADED_BYTES", 5 * len(data) // 2)
    kind = "application/octet-stream"
    for name in "abcd":
        client.send("POST", f"upload?name={name}", data, Content_Type=kind)
    labels = [each["label"] for each in client.get("state").json["pictures"]]

    assert labels == ["photo.png", "c", "d"]


def test_changed_files_are_read_again(client: PageClient, photo: Path) -> None:
    """The next picture is that of the file as it is now."""
    before = client.draw(grid="16x").body
    Image.fromarray(255 - sample_image(96, 64)).save(photo)

    assert client.draw(grid="16x").body != before


def test_the_source_can_be_seen(client: PageClient) -> None:
    """The page compares with the source, which it gets as an ordinary picture."""
    reply = client.get("source/0")

    assert reply.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(reply.body)).size == (96, 64)
    assert client.get("source/99").status == 422


def test_presets_are_loaded_by_name(
    client: PageClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Presets come as settings of the page; only known names are taken."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config" / "presets").mkdir(parents=True)
    text = 'size = "64x64"\ngamma = 1.5\ninvert = true\nformat = "gif"\n'
    (tmp_path / "config" / "presets" / "icon.toml").write_text(text)
    (tmp_path / "secret.toml").write_text(text)

    assert client.get("state").json["presets"] == ["icon"]
    assert client.post("preset", {"name": "icon"}).json == {
        "settings": {"size": "64x64", "gamma": "1.5", "invert": True},
        "format": "gif",
    }
    assert client.post("preset", {"name": str(tmp_path / "secret.toml")}).status == 422


def test_presets_are_files_for_the_command_line(
    client: PageClient, photo: Path, run: RunCommand
) -> None:
    """A preset of the page, given to convert, makes the picture of the page."""
    settings: dict[str, Any] = {"grid": "16x", "invert": True, "gamma": "1.5"}
    body = client.post("file", client.request(**settings) | {"kind": "preset"}).body
    (photo.parent / "mine.toml").write_bytes(body)
    run("convert", photo, "out.png", "--preset", "mine.toml")

    assert (photo.parent / "out.png").read_bytes() == client.draw(**settings).body


def test_project_settings_are_made_explicit(
    photo: Path, run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a pixbin.toml, the command line says that all its options are there."""
    monkeypatch.chdir(photo.parent)
    (photo.parent / "pixbin.toml").write_text('grid = "12x"\n')
    from pixbin.options import presets
    from pixbin.studio.drawing import Draftsman
    from pixbin.studio.pictures import PictureLibrary
    from pixbin.studio.service import StudioService
    from pixbin.web.request_settings import SettingsReader

    service = StudioService(PictureLibrary("photo.png"), presets.merge({}, None))
    request = {"picture": "0", "settings": {}, "format": "png", "channel": "a", "number": 1}
    drawing = service.draw(request)
    run(*shlex.split(drawing.report["command"])[1:])

    assert service.state()["settings"] == {"grid": "12x"}
    assert (photo.parent / "photo-1bit.png").read_bytes() == drawing.png
    plain = Draftsman().draw(
        PictureLibrary("photo.png").get("0"), SettingsReader({}).read({}, "png"), lambda: None
    )
    assert "--preset" not in plain.report["command"]


def test_a_bug_is_reported_and_does_not_end_the_studio(
    client: PageClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page gets a message, the terminal a traceback."""
    monkeypatch.setattr("pixbin.preview.cell_measures.ink_share", lambda picture: 1 / 0)

    assert client.draw(grid="8x").status == 500
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert client.get("").status == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("nothing", {}, 404, "no such page"),
        ("picture", {"settings": {}, "format": "png"}, 422, "number is missing"),
        ("picture", {"picture": "0", "number": 9}, 422, "settings and format are missing"),
        ("picture", {"picture": "0", "number": 9, "settings": [], "format": 3}, 422, "settings"),
    ],
)
def test_requests_of_another_page_are_refused(
    client: PageClient, path: str, body: dict[str, Any], status: int, message: str
) -> None:
    """A page of another version, or a program, hears what is missing."""
    reply = client.post(path, body)

    assert reply.status == status
    assert message in reply.json["error"]
