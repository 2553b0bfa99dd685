"""The advice of errors is that of the option, and following it works."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from pixbin.errors import InputError, UsageError
from pixbin.options import Options
from pixbin.options.frame_range import FrameRange
from tests.fixtures import sample_image


@pytest.mark.parametrize("text", ["x", "0x", "axb", "8x0", "-1x", "8x4x2", ""])
def test_a_sheet_has_columns_and_rows(text: str) -> None:
    """The advice names a sheet's own forms, and no cells."""
    with pytest.raises(UsageError, match=r"write 8x \(columns\), x2 \(rows\) or 8x4") as error:
        Options.of(sheet=text)
    assert "in cells" not in str(error.value)
    assert [str(Options.of(sheet=good).sheet) for good in ("8x", "x2", "8x4")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frames": "5..2"}, "the first is after the last; write 2..5"),
        ({"frames": "-2..-5"}, "the first is after the last; write -5..-2"),
        ({"frames": "0.."}, "write all, or"),
        ({"pitch": "0mm"}, "above 0"),
    ],
)
def test_numbers_out_of_bounds(settings: dict[str, str], message: str) -> None:
    """The reason is in the message."""
    with pytest.raises(UsageError, match=message):
        Options.of(**settings)


@pytest.mark.parametrize(("frames", "words"), [((9, -1), "not 9..;"), ((2, 9), "not 2..9;")])
def test_frames_are_named_as_they_were_given(frames: tuple[int, int], words: str) -> None:
    """An open end stays open."""
    with pytest.raises(InputError, match=words):
        FrameRange(*frames).indices(8, "cat.gif")


def test_a_picture_as_a_matrix(tmp_path: Path) -> None:
    """A PNG that is too large is not damaged, and another picture is no JSON with an error."""
    Image.new("L", (513, 4)).save(tmp_path / "large.png")
    with pytest.raises(UsageError, match="513x4 is too large") as error:
        Options.of(matrix=str(tmp_path / "large.png"))
    assert "damaged" not in str(error.value)
    for kind in ("JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        data = io.BytesIO()
        Image.fromarray(sample_image(8, 8)).save(data, kind)
        (tmp_path / "map").write_bytes(data.getvalue())
        with pytest.raises(UsageError, match="no JSON, but a picture; give it as PNG"):
            Options.of(matrix=str(tmp_path / "map"))
