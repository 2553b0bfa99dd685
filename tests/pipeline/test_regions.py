"""Region masks: each part of a picture is decided by its own method, and follows the picture."""

from __future__ import annotations

import io
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

import pixbin
from pixbin.errors import InputError, UsageError
from pixbin.options import Options
from pixbin.pipeline import regions
from pixbin.pipeline.convert import plan_for_raster
from pixbin.readers import raster
from tests.fixtures import sample_image

PHOTO = sample_image(48, 36)
BLACK, GREY, WHITE = 0, 128, 255
#: Methods that decide a cell by its own light and place, or by the whole picture.
WITHOUT_ERRORS = ("threshold", "otsu", "sauvola", "bayer4", "blue-noise", "halftone", "ink")


def blocks(seed: int, values: tuple[int, ...], width: int = 12, height: int = 9) -> np.ndarray:
    """Return a mask of random rectangles of 4 by 4 pixels, uint8."""
    greys = np.random.default_rng(seed).choice(values, (height, width)).astype(np.uint8)
    return greys.repeat(4, 0).repeat(4, 1)


def disk(side: int, scale: int = 8) -> np.ndarray:
    """Return a white disk on black with smooth edges, uint8[side, side]."""
    y, x = np.mgrid[: side * scale, : side * scale] / (side * scale) - 0.5
    hard = np.where(x**2 + y**2 < 0.1, 255.0, 0.0)
    smooth: np.ndarray = hard.reshape(side, scale, side, scale).mean((1, 3))
    return smooth.astype(np.uint8)


def parts(mask: np.ndarray | Image.Image, source: np.ndarray, **settings: Any) -> np.ndarray:
    """Return the part of a mask in each cell."""
    options = Options.of(mask=mask, **settings)
    assert options.mask is not None
    plan = plan_for_raster(raster.from_array(source), options)
    return regions.regions_of_cells(options.mask, plan)


@pytest.mark.parametrize("method", [*WITHOUT_ERRORS, "floyd-steinberg", "stipple", "neural"])
def test_white_mask_changes_nothing(method: str) -> None:
    """With a white mask, the picture is that of the method, with bars and edges, too."""
    settings: dict[str, Any] = {"size": "40x40", "block": 2, "fit": "contain", "edges": 0.3}
    plain = pixbin.convert(PHOTO, method=method, background="grey", **settings)
    masked = pixbin.convert(
        PHOTO, method=method, background="grey", mask=blocks(0, (WHITE,)), **settings
    )

    assert masked == plain


@given(
    st.integers(0, 99),
    st.sampled_from([*product(WITHOUT_ERRORS[:6], repeat=2)]),
    st.sampled_from(["grey", "rgb"]),
    st.sampled_from([{}, {"crop": "8,8,32,24", "size": "32x24"}, {"contrast": "30%"}]),
)
def test_parts_are_those_of_whole_pictures(
    seed: int, pair: tuple[str, str], channels: str, settings: dict[str, Any]
) -> None:
    """White is the picture of one method, black that of the other, mid-grey a plain threshold."""
    inside, outside = pair
    mask = blocks(seed, (BLACK, GREY, WHITE))
    common: dict[str, Any] = {"block": 1, "channels": channels}
    given_parts = parts(mask, PHOTO, block=1, **settings)
    masked = pixbin.convert(
        PHOTO, mask=mask, method_inside=inside, method_outside=outside, **common, **settings
    ).grid
    geometry = {name: value for name, value in settings.items() if name != "contrast"}
    expected = {
        regions.MaskPart.INSIDE: pixbin.convert(PHOTO, method=inside, **common, **settings),
        regions.MaskPart.OUTSIDE: pixbin.convert(PHOTO, method=outside, **common, **settings),
        regions.MaskPart.UNTOUCHED: pixbin.convert(
            PHOTO, method="threshold", enhance="none", **common, **geometry
        ),
    }

    for part, picture in expected.items():
        assert np.array_equal(masked[given_parts == part], picture.grid[given_parts == part])


def test_black_is_solid() -> None:
    """Without a second method, black has no dots, and takes the threshold and the adjustments."""
    mask = blocks(1, (BLACK,))
    plain = pixbin.convert(PHOTO, method="threshold", threshold=90, block=1, contrast=0.5)

    assert pixbin.convert(PHOTO, mask=mask, threshold=90, block=1, contrast=0.5) == plain


@pytest.mark.parametrize(
    "method", ["floyd-steinberg", "atkinson", "riemersma", "dot-diffusion", "contrast-aware"]
)
def test_no_error_crosses_a_border(method: str) -> None:
    """The light of one part has no influence on the cells of another."""
    mask = blocks(3, (BLACK, WHITE))
    other = np.where(mask[..., None] == WHITE, PHOTO, 255 - PHOTO[::-1])
    settings: dict[str, Any] = {"block": 1, "method": method, "enhance": "none"}
    one, two = (pixbin.convert(source, mask=mask, **settings).grid for source in (PHOTO, other))
    alone, changed = (pixbin.convert(source, **settings).grid for source in (PHOTO, other))

    assert np.array_equal(one[mask == WHITE], two[mask == WHITE])
    assert not np.array_equal(alone[mask == WHITE], changed[mask == WHITE])


@pytest.mark.parametrize("method", ["floyd-steinberg", "contrast-aware", "direct-binary-search"])
def test_border_keeps_its_light(method: str) -> None:
    """In the three cells inside a border, the light is that of the source, and no dark rim."""
    y, x = np.mgrid[:64, :64] - 31.5
    distance = 22 - np.hypot(x, y)
    mask = np.where(distance > 0, WHITE, BLACK).astype(np.uint8)
    source = np.where(distance > 0, 90, 230).astype(np.uint8)
    light = ((90 / 255 + 0.055) / 1.055) ** 2.4
    rim = (distance > 0) & (distance <= 3)
    settings: dict[str, Any] = {"block": 1, "method": method, "enhance": "none"}

    assert abs(pixbin.convert(source, mask=mask, **settings).grid[rim].mean() - light) < 0.025
    assert pixbin.convert(source, **settings).grid[rim].mean() - light < -0.025


GEOMETRIES = [
    {},
    {"size": "31x17"},
    {"size": "20x20", "gravity": "southeast"},
    {"size": "20x20", "zoom": 1.7, "gravity": "west"},
    {"size": "30x22", "crop": "5,7,31,23"},
    {"size": "30x22", "crop": "5,7,31,23", "zoom": 1.3, "gravity": "north"},
    {"size": "25x40", "fit": "stretch"},
    {"size": "40x40", "grid": "13x13", "fit": "contain", "gravity": "north"},
    {"size": "41x29", "grid": "11x7"},
    {"size": "40x20", "pixel": "1:2"},
    {"size": "30x20", "gravity": "subject"},
    {"size": "24x20", "decode": "fast"},
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("seed", [0, 1])
def test_mask_follows_the_picture(geometry: dict[str, Any], seed: int) -> None:
    """A mask is cropped and scaled as the same picture would be, cell by cell."""
    mask = blocks(seed, (BLACK, WHITE))
    common: dict[str, Any] = {"method": "threshold", "enhance": "none", "tone": "perceptual"}
    decided = pixbin.convert(mask, **common, **geometry).grid
    part = parts(mask, mask, **geometry)
    plan = plan_for_raster(raster.from_array(mask), Options.of(**geometry))

    assert np.array_equal((part == regions.MaskPart.INSIDE)[plan.picture.slices],
                          decided[plan.picture.slices])  # fmt: skip
    assert np.count_nonzero(part != regions.MaskPart.INSIDE) <= plan.picture.width * (
        plan.picture.height
    )


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("factor", [3, 0.25])
def test_size_of_a_mask_does_not_count(geometry: dict[str, Any], factor: float) -> None:
    """A mask that is larger or smaller by pixels of the same colours gives the same parts."""
    mask = blocks(5, (BLACK, GREY, WHITE))
    other = mask[::4, ::4] if factor < 1 else mask.repeat(3, 0).repeat(3, 1)

    assert np.array_equal(parts(mask, PHOTO, **geometry), parts(other, PHOTO, **geometry))


def test_rotated_pictures_need_masks_of_their_upright_shape() -> None:
    """A picture that its EXIF tag turns is upright, and so is its mask."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "PNG", exif=exif)
    mask = blocks(2, (BLACK, WHITE), 9, 12)
    turned = np.rot90(PHOTO, -1)

    assert pixbin.convert(file.getvalue(), mask=mask) == pixbin.convert(turned, mask=mask)
    with pytest.raises(UsageError, match="48x36 pixels, and the picture 36x48"):
        pixbin.convert(file.getvalue(), mask=blocks(2, (BLACK, WHITE)))


def test_alpha_of_a_mask_counts() -> None:
    """White on transparent is white on black; half-transparent white is mid-grey."""
    mask = blocks(4, (BLACK, GREY, WHITE))
    clear = np.dstack((np.full_like(mask, WHITE), mask))
    coloured = np.dstack([np.full_like(mask, WHITE)] * 3 + [mask])
    image = Image.fromarray(mask)

    for other in (clear, coloured, image, np.dstack([mask] * 3)):
        assert np.array_equal(parts(mask, PHOTO), parts(other, PHOTO))
    assert np.array_equal(parts(mask == WHITE, PHOTO), parts(mask * (mask == WHITE), PHOTO))


@pytest.mark.parametrize("side", [16, 64, 128])
@pytest.mark.parametrize("radius", [0, 1, 6, 40])
def test_soft_edges_are_cut(side: int, radius: int) -> None:
    """A smooth or blurred edge has no ring of a third part, and stays where it is."""
    mask = Image.fromarray(disk(128)).filter(ImageFilter.GaussianBlur(radius))
    part = parts(np.asarray(mask), np.zeros((128, 128)), grid=side, size=side)

    assert {*np.unique(part).tolist()} <= {regions.MaskPart.INSIDE, regions.MaskPart.OUTSIDE}
    if radius < 10:
        assert abs((part == regions.MaskPart.INSIDE).mean() - 0.1 * np.pi) < 0.02


@pytest.mark.parametrize("grey", [96, 128, 188])
@pytest.mark.parametrize("quality", [None, 80])
def test_soft_masks_have_three_parts(grey: int, quality: int | None) -> None:
    """Three flat greys with smooth edges, also in a JPEG, are three parts without rings."""
    levels = Image.new("L", (480, 480), BLACK)
    levels.paste(grey, (60, 60, 240, 420))
    levels.paste(WHITE, (240, 60, 420, 420))
    small = levels.rotate(7, Image.Resampling.BICUBIC).resize((120, 120), Image.Resampling.BOX)
    hard = levels.rotate(7, Image.Resampling.NEAREST)
    mask: Any = np.asarray(small)
    if quality:
        file = io.BytesIO()
        small.save(file, "JPEG", quality=quality)
        mask = file.getvalue()
    source = np.zeros((120, 120))
    soft, sharp = (parts(each, source, grid=60, size=120) for each in (mask, np.asarray(hard)))

    assert (soft != sharp).mean() < 0.025
    inner = np.asarray(hard)[4::8, 4::8]
    for level, part in ((grey, 1), (WHITE, 2), (BLACK, 0)):
        alone = Image.fromarray(inner == level).convert("L").filter(ImageFilter.MinFilter(5))
        assert (soft[np.asarray(alone) > 0] == part).all()


def test_gradient_is_cut_at_one_half() -> None:
    """A mask without a flat grey, such as a map of importance, has two parts."""
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))

    assert np.unique(parts(ramp, ramp, size="128x")).tolist() == [0, 2]
    assert (parts(ramp, ramp, size="128x") == 2).mean() == 0.5


def test_transparency_and_mask() -> None:
    """Transparent cells stay transparent, in all parts."""
    opaque = blocks(7, (BLACK, WHITE))
    mask = blocks(8, (BLACK, GREY, WHITE))
    picture = pixbin.convert(np.dstack((PHOTO, opaque)), block=1, alpha="threshold", mask=mask)
    pixels = np.asarray(picture.image.convert("RGBA"))

    assert np.array_equal(pixels[..., 3], opaque)
    assert np.array_equal(np.unique(picture.grid[mask == WHITE]), [False, True])


def test_untouched_ignores_adjustments_and_medium() -> None:
    """Mid-grey has no lines along edges, and the smallest dots of a medium do not change it."""
    mask = blocks(9, (GREY,))
    plain = pixbin.convert(PHOTO, method="threshold", enhance="none", block=1)
    settings: dict[str, Any] = {"brightness": 0.3, "edges": 0.8, "gamma": 2, "min_dot": 3}

    assert pixbin.convert(PHOTO, mask=mask, block=1, **settings) == plain


def test_auto_and_matrix_inside() -> None:
    """`auto` looks at the whole picture and decides the white part; so does a matrix."""
    mask = blocks(13, (BLACK, WHITE))
    matrix = {"matrix": [[0, 2], [3, 1]], "max": 4}
    solid = pixbin.convert(PHOTO, method="threshold", block=1).grid
    chosen = pixbin.convert(PHOTO, method="auto", intent="graphic", block=1, mask=mask)
    own = pixbin.convert(PHOTO, matrix=matrix, block=1).grid
    whole = pixbin.convert(PHOTO, matrix=matrix, block=1, mask=mask).grid
    plain = pixbin.convert(PHOTO, method="auto", intent="graphic", block=1)

    assert chosen.notes == plain.notes != ()
    assert chosen.grid[mask == WHITE].tolist() == plain.grid[mask == WHITE].tolist()
    assert np.array_equal(whole, np.where(mask == WHITE, own, solid))


def test_smallest_dots_of_black_and_white() -> None:
    """The smallest dots of a medium hold in the parts that it may change, across their border."""
    mask = blocks(14, (BLACK, WHITE))
    picture = pixbin.convert(PHOTO, mask=mask, block=1, min_dot=2, min_gap=2)
    padded = np.pad(picture.grid, 1, mode="edge")
    squares = [padded[y : y + 37, x : x + 49] for y in (0, 1) for x in (0, 1)]

    for value in (True, False):
        full = np.logical_and.reduce([square == value for square in squares])
        near = full[:-1, :-1] | full[1:, :-1] | full[:-1, 1:] | full[1:, 1:]
        assert near[picture.grid == value].all()


def test_models_inside_and_outside() -> None:
    """A neural model decides one part as it decides the whole picture."""
    mask = blocks(6, (BLACK, WHITE))
    model = pixbin.convert(PHOTO, model="ink", block=1).grid
    plain = pixbin.convert(PHOTO, method="bayer4", block=1).grid
    inside = pixbin.convert(PHOTO, model="ink", method_outside="bayer4", mask=mask, block=1).grid
    outside = pixbin.convert(
        PHOTO, method="bayer4", method_outside="neural", model="ink", mask=mask, block=1
    ).grid

    assert np.array_equal(inside, np.where(mask == WHITE, model, plain))
    assert np.array_equal(outside, np.where(mask == WHITE, plain, model))


def test_one_mask_for_all_frames() -> None:
    """In an animation, each part is steady, and is decided as in an animation of its own."""
    frames = [np.roll(PHOTO, 4 * number, 1) for number in range(4)]
    mask = blocks(11, (BLACK, WHITE))
    masked, inside, outside = (
        pixbin.animate(frames, block=1, **settings)
        for settings in (
            {"mask": mask, "method": "blue-noise", "method_outside": "otsu"},
            {"method": "blue-noise"},
            {"method": "otsu"},
        )
    )

    for one, two, three in zip(masked.frames, inside.frames, outside.frames, strict=True):
        assert np.array_equal(one.grid, np.where(mask == WHITE, two.grid, three.grid))


def test_still_picture_does_not_flicker() -> None:
    """Equal frames with a mask are equal, whatever the methods."""
    film = pixbin.animate([PHOTO] * 4, block=1, mask=blocks(12, (BLACK, GREY, WHITE)))

    assert len({frame.grid.tobytes() for frame in film.frames}) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mask": np.zeros((5, 9), np.uint8)}, "9x5 pixels, and the picture 48x36"),
        ({"method_inside": "otsu"}, "method-inside is for a part of a mask; add --mask"),
        ({"method_outside": "otsu"}, "method-outside is for a part of a mask; add --mask"),
        (
            {"mask": b"P5 4 3 255\n" + bytes(12), "method": "otsu", "method_inside": "bayer4"},
            "decides the same cells",
        ),
        ({"mask": b"P5 4 3 255\n" + bytes(12), "method_outside": "auto"}, "only the method inside"),
        ({"mask": b"P5 4 3 255\n" + bytes(12), "method_outside": "otsu", "threshold": 9}, "takes"),
        ({"mask": np.dstack([np.zeros((3, 4), np.uint8), np.eye(3, 4, 0, np.uint8)])}, "white"),
        ({"mask": "-"}, "stdin"),
        ({"mask": "none.png"}, "cannot be read"),
        ({"mask": np.zeros((4, 3))}, "give bool or uint8"),
        ({"mask": 3}, "name a file"),
    ],
    ids=str,
)
def test_errors_have_a_remedy(settings: dict[str, Any], message: str) -> None:
    """A mask of another shape, and options that contradict each other, are refused."""
    with pytest.raises(UsageError, match=message):
        pixbin.convert(PHOTO, **settings)


def test_mask_that_is_no_picture() -> None:
    """A file that cannot be read as a picture is named in the message."""
    with pytest.raises(InputError, match="mask"):
        pixbin.convert(PHOTO, mask=b"not a picture")


def test_array_of_a_view_is_its_pixels() -> None:
    """An array that is not contiguous gives the pixels that it shows."""
    mask = blocks(10, (BLACK, GREY, WHITE))

    assert np.array_equal(
        parts(mask[:, ::-1], PHOTO, block=1), parts(mask, PHOTO, block=1)[:, ::-1]
    )


@pytest.mark.parametrize(
    ("value", "note"),
    [(BLACK, "must be white"), (GREY, "all mid-grey"), (WHITE, "changes nothing")],
)
def test_a_mask_of_one_part_has_a_note(value: int, note: str) -> None:
    """Also if the other parts are cut off; a mask of two parts has none."""
    mask = np.full(PHOTO.shape[:2], value, np.uint8)
    mask[:, :12] = WHITE if value == BLACK else BLACK
    source = raster.from_array(PHOTO)
    both, cut = (
        Options.of(mask=mask, block=1, **({"crop": "50%,0,50%,100%"} if is_cut else {}))
        for is_cut in (False, True)
    )

    assert regions.notes(both, plan_for_raster(source, both)) == ()
    (text,) = regions.notes(cut, plan_for_raster(source, cut))
    assert note in text
    assert text.startswith("mask mask: all ")
