"""`--gravity subject` and `--gravity face`: what the crop keeps, and that it is always the same."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

import pixbin
from pixbin.batch.state.fingerprint import Recipe
from pixbin.catalog.formats import Format
from pixbin.geometry import Box, Gravity, Plan, Size
from pixbin.options import Options
from pixbin.pipeline import focus, subject_focus
from pixbin.pipeline.convert import plan_for_raster
from pixbin.pipeline.face_focus import FaceFocus
from pixbin.pipeline.subject_focus import SubjectFocus
from pixbin.readers import animated, raster
from tests.fixtures import RunCommand, sample_image

ORIENTATION = 0x0112  #: EXIF tag
FACE = Box(175, 65, 95, 130)  #: of the astronaut, from the brows to the chin, by eye
CAT = Box(60, 10, 320, 280)  #: the head of the cat, by eye


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    """Return a portrait of 512x512 pixels, whose face is above the middle."""
    return np.asarray(skimage.data.astronaut())


def flowers() -> NDArray[np.uint8]:
    """Return a dark disk with a pattern on a plain ground, to the right, of 240x160 pixels."""
    y, x = np.mgrid[:160, :240]
    picture = np.full((160, 240, 3), (205, 215, 225), np.uint8)
    disk = (x - 180) ** 2 + (y - 90) ** 2 < 38**2
    picture[disk] = (190, 40, 40)
    picture[disk & ((x + y) // 8 % 2 == 0)] = (60, 20, 20)
    return picture


def plan_of(picture: NDArray[np.uint8], **settings: object) -> Plan:
    """Return the plan for a picture."""
    return plan_for_raster(raster.from_array(picture), Options.of(**settings))


def overlap(box: Box, other: Box) -> float:
    """Return the share of the first box that the second one covers."""
    across = min(box.left + box.width, other.left + other.width) - max(box.left, other.left)
    down = min(box.top + box.height, other.top + other.height) - max(box.top, other.top)
    return max(across, 0) * max(down, 0) / (box.width * box.height)


@pytest.mark.parametrize("size", [(32, 32), (48, 32), (24, 48)])
def test_face_is_kept_and_fills_the_picture(
    astronaut: NDArray[np.uint8], size: tuple[int, int]
) -> None:
    """The automatic zoom keeps the whole face, which is then a large part of the picture."""
    steps = plan_of(astronaut, size=size, gravity="face", zoom="auto")

    assert overlap(FACE, steps.crop) > 0.98
    assert FACE.height / steps.crop.height > 0.3
    assert steps.crop.width * size[1] == pytest.approx(steps.crop.height * size[0], rel=0.02)
    assert len(steps.notes) == 1
    assert f"cropped to {steps.crop} of 512x512, by " in steps.notes[0]
    assert "--gravity face and --zoom auto (" in steps.notes[0]


def test_face_moves_with_the_picture(astronaut: NDArray[np.uint8]) -> None:
    """In a wide picture the crop follows the face to the left and to the right."""
    wide = np.full((512, 1100, 3), 90, np.uint8)
    left, right = wide.copy(), wide.copy()
    left[:, :512], right[:, -512:] = astronaut, astronaut
    crops = [plan_of(each, size=(32, 32), gravity="face").crop for each in (left, right)]

    assert [crop.size for crop in crops] == [Size(512, 512)] * 2
    assert overlap(FACE, crops[0]) > 0.98
    assert overlap(FACE._replace(left=FACE.left + 588), crops[1]) > 0.98


def test_two_faces_are_kept_together(astronaut: NDArray[np.uint8]) -> None:
    """Faces of one size are all kept if they fit; else the largest one is."""
    pair = np.hstack((astronaut[:, 100:340], astronaut[:, 100:340]))
    faces = [FACE._replace(left=FACE.left - 100 + shift) for shift in (0, 240)]
    both = plan_of(pair, size=(64, 32), gravity="face", zoom="auto").crop
    one = plan_of(pair, size=(20, 60), gravity="face", zoom="auto").crop

    assert min(overlap(face, both) for face in faces) > 0.98
    assert sorted(overlap(face, one) > 0.9 for face in faces) == [False, True]


def test_subject_is_kept() -> None:
    """The crop follows what stands out, in a picture and in its mirror image."""
    picture, disk = flowers(), Box(142, 52, 76, 76)
    crop = plan_of(picture, size=(32, 32), gravity="subject").crop
    near = plan_of(picture, size=(32, 32), gravity="subject", zoom="auto").crop
    mirrored = plan_of(picture[:, ::-1], size=(32, 32), gravity="subject").crop

    assert overlap(disk, crop) > 0.95
    assert overlap(disk, near) > 0.9
    assert near.width < crop.width
    assert overlap(disk._replace(left=240 - 142 - 76), mirrored) > 0.95


def test_cat_is_the_subject() -> None:
    """The head of a cat is kept when the zoom goes close."""
    cat = np.asarray(skimage.data.chelsea())
    crop = plan_of(cat, size=(32, 32), gravity="subject", zoom="auto").crop

    assert overlap(CAT, crop) > 0.75


@pytest.mark.parametrize("gravity", ["subject", "face"])
def test_plain_picture_has_its_middle(gravity: str) -> None:
    """Where nothing stands out, the crop is the middle, and the zoom stays 1."""
    plain = np.full((120, 180, 3), 128, np.uint8)
    values = np.zeros((16, 16))
    steps = plan_of(plain, size=(32, 32), gravity=gravity)

    assert steps.crop.size == Size(120, 120)
    assert SubjectFocus(values).choose_box(Size(50, 50), Size(150, 100)) == Box(50, 25, 50, 50)
    assert SubjectFocus(values).choose_zoom(Size(50, 50), Size(150, 100)) == 1


def test_zoom_of_a_subject_stays_in_bounds() -> None:
    """A single point draws the zoom to its limit; saliency everywhere keeps it at 1."""
    point, even = np.zeros((16, 16)), np.ones((16, 16))
    point[3, 12] = 1
    region = Size(160, 160)
    box = SubjectFocus(point).choose_box(Size(40, 40), region)

    zoom = SubjectFocus(point).choose_zoom(region, region)
    limit = subject_focus.MAX_ZOOM / subject_focus.ROOM
    assert limit / subject_focus.ZOOM_STEP < zoom <= limit
    assert SubjectFocus(even).choose_zoom(region, region) < 1.2
    assert box.left + 20 == pytest.approx(125, abs=3)
    assert box.top + 20 == pytest.approx(35, abs=3)


def test_zoom_leaves_other_things_out() -> None:
    """A small second thing does not keep the zoom away from the main one; an equal one does."""
    region = Size(320, 320)
    main, small, equal = np.zeros((32, 32)), np.zeros((32, 32)), np.zeros((32, 32))
    for saliency in (main, small, equal):
        saliency[4:12, 4:12] = 1
    small[26:29, 27:30] = 0.9
    equal[20:28, 20:28] = 0.9
    zooms = [SubjectFocus(each).choose_zoom(region, region) for each in (main, small, equal)]

    assert zooms[0] == zooms[1] > 2.5
    assert zooms[2] < 1.4
    box = SubjectFocus(small).choose_box(Size(120, 120), region)
    assert overlap(Box(40, 40, 80, 80), box) == 1


def test_close_crop_keeps_what_stands_out_most() -> None:
    """If a window holds only a part, it is the part of highest saliency, or a head."""
    saliency = np.zeros((32, 32))
    saliency[2:30, 10:22] = 0.6
    saliency[2:8, 12:20] = 1
    heads = np.zeros((32, 32))
    heads[24:30, 12:20] = 1
    region, size = Size(320, 320), Size(100, 100)
    top = SubjectFocus(saliency).choose_box(size, region)
    head = SubjectFocus(np.minimum(saliency, 0.6), heads).choose_box(size, region)

    even = SubjectFocus(np.minimum(saliency, 0.6)).choose_box(size, region)

    assert overlap(Box(120, 20, 80, 60), top) == 1
    assert overlap(Box(120, 240, 80, 60), head) > 0.95
    assert even.top < 40  # where nothing stands out, the upper part has the head, mostly


def test_zoom_that_stays_says_so() -> None:
    """A subject that fills the picture makes a note on the zoom, which names what to do."""
    steps = plan_of(np.full((120, 120, 3), 128, np.uint8), gravity="subject", zoom="auto")

    assert steps.choice
    assert steps.choice.zoom == 1
    assert steps.notes[-1].startswith("--zoom auto goes no closer, as the subject fills")


def test_no_face(run: RunCommand, tmp_path: Path) -> None:
    """Without a face the crop follows the subject, and a note says so."""
    Image.fromarray(flowers()).save(tmp_path / "flower.png")
    settings = ("-s", "32x32", "--gravity", "face")
    result = run("convert", "flower.png", "out.png", *settings, "--json")
    report = json.loads(result.stdout)
    subject = plan_of(flowers(), size=(32, 32), gravity="subject")

    assert report["crop"] == str(subject.crop)
    assert report["notes"][0] == "no face in it; the crop follows the subject instead"
    reasons = "--fit cover and --gravity subject"
    assert report["notes"][1] == f"cropped to {subject.crop} of 240x160, by {reasons}"


def test_crop_is_the_same_again(astronaut: NDArray[np.uint8]) -> None:
    """The same pixels give the same crop, and it is only looked for once."""
    options = Options.of(size=(32, 32), gravity="face", zoom="auto")
    source = raster.from_array(astronaut)
    first = focus.focus_of(source, options)

    assert focus.focus_of(source, options) is first
    assert focus.focus_of(source.with_notes(("a note",)), options) is first
    again = plan_for_raster(raster.from_array(astronaut.copy()), options)
    assert again.crop == plan_for_raster(source, options).crop


def test_orientation_of_the_camera_counts(astronaut: NDArray[np.uint8], tmp_path: Path) -> None:
    """A picture that EXIF turns upright has the crop of the upright picture."""
    turned = Image.fromarray(np.rot90(astronaut[:, :400], 1).copy())  # counter-clockwise
    exif = turned.getexif()
    exif[ORIENTATION] = 6  # to be turned clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    settings = {"size": "32x32", "gravity": "face", "zoom": "auto", "method": "bayer4"}
    upright = pixbin.convert(astronaut[:, :400], pixbin.Options.of(**settings))

    assert pixbin.convert(tmp_path / "turned.png", pixbin.Options.of(**settings)) == upright


def test_crop_then_face(astronaut: NDArray[np.uint8]) -> None:
    """A face is only looked for in the part that `crop` keeps."""
    right = plan_of(astronaut, size=(32, 32), gravity="face", crop="300,0,200,200")
    around = plan_of(astronaut, size=(32, 32), gravity="face", crop="100,0,300,300", zoom="auto")

    assert right.choice
    assert right.choice.decided_by is Gravity.SUBJECT
    assert overlap(right.crop, Box(300, 0, 200, 200)) == 1
    assert overlap(FACE, around.crop) > 0.98
    assert overlap(around.crop, Box(100, 0, 300, 300)) == 1


def test_film_has_one_crop(astronaut: NDArray[np.uint8]) -> None:
    """All frames of a film have the same crop, whether the camera moves or the face is gone."""
    frames = [np.roll(astronaut, 20 * number, 1)[:, :460] for number in range(3)]
    frames.append(np.full((512, 460, 3), 60, np.uint8))
    options = Options.of(size=(32, 32), gravity="face", zoom="auto")
    film = animated.from_rasters([raster.from_array(frame) for frame in frames], [100] * 4, 0)
    rasters = [frame.raster for frame in focus.attach_to_frames(film, options).frames()]
    crops = {plan_for_raster(each, options).crop for each in rasters}

    assert len(crops) == 1
    (crop,) = crops
    for number in range(3):
        assert overlap(FACE._replace(left=FACE.left + 20 * number), crop) > 0.9
    assert len(pixbin.animate(frames, size=(32, 32), gravity="face", zoom="auto").frames) == 4


def test_stream_keeps_the_crop_of_its_first_frame(run: RunCommand, tmp_path: Path) -> None:
    """The first frame of a stream decides for all others."""
    frames = [flowers(), flowers()[:, ::-1]]
    data = b"".join(b"P6\n240 160\n255\n" + frame.tobytes() for frame in frames)
    settings = ("-s", "16x16", "--gravity", "subject", "--enhance", "none", "-m", "bayer4")
    result = run("stream", *settings, "--no-steady", stdin=data)
    crop = plan_of(frames[0], size=(16, 16), gravity="subject").crop
    pictures = [
        pixbin.convert(frame, size=(16, 16), crop=crop, enhance="none", method="bayer4")
        for frame in frames
    ]

    assert result.stdout == b"".join(picture.encode("pbm") for picture in pictures)


def test_crop_is_a_slice() -> None:
    """A crop of a picture is the picture of a slice of its array."""
    picture = sample_image(90, 70)
    cropped = pixbin.convert(picture, crop="10,20,40,30", block=1)
    percent = pixbin.convert(picture, crop=(0.5, 0.5, 0.5, 0.5), block=1)

    assert np.array_equal(cropped.grid, pixbin.convert(picture[20:50, 10:50], block=1).grid)
    assert np.array_equal(percent.grid, pixbin.convert(picture[35:, 45:], block=1).grid)


@pytest.mark.parametrize("command", ["convert", "batch"])
def test_reports_name_the_crop(run: RunCommand, tmp_path: Path, command: str) -> None:
    """`--json` names the crop, of one picture and of a batch; so does the plan of a dry run."""
    Image.fromarray(sample_image(90, 70)).save(tmp_path / "photo.png")
    target = "out.png" if command == "convert" else "out"
    settings = ("--crop", "10%,0,50%,50%", "--zoom", "2", "--json", "--quiet")
    lines = run(command, "photo.png", target, *settings).stdout.splitlines()

    assert json.loads(lines[0])["crop"] == "23x18+20+8"
    if command == "convert":
        plan = run(command, "photo.png", target, *settings[:-2], "--dry-run").stdout.decode()
        assert "crop         23x18+20+8\n" in plan
        assert "--crop       10%,0,50%,50% (command line)\n" in plan


def test_fingerprint_knows_the_networks() -> None:
    """The digests of the networks are part of a batch's fingerprint if they decide the crop."""
    settings = Recipe(Options.of(gravity="subject"), Format.PNG).settings

    assert len(settings["subject_gravity_sha256"]) == 64
    assert not [key for key in Recipe(Options(), Format.PNG).settings if "gravity_sha" in key]


def test_heads_stay_inside() -> None:
    """Hair above the picture's edge is not part of the head, nor does a crop leave the picture."""
    from pixbin.neural.faces import Face

    faces = FaceFocus.of([Face(0.8, -0.1, 0.3, 0.4, 0.9)], 1.0)
    box = faces.choose_box(Size(60, 60), Size(100, 100))

    assert box == Box(40, 0, 60, 60)
    assert max(faces.heads[0]) <= 1
    assert min(faces.heads[0]) >= 0


def test_copy_is_small_and_opaque() -> None:
    """The copy that is looked at has at most 640 pixels a side; transparency is white."""
    picture = np.zeros((100, 1300, 4), np.uint8)
    copy = focus.small_copy(raster.from_array(picture), Options())

    assert copy.shape == (49, 640, 3)
    assert copy.min() == 1
    buffer = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(buffer, "png")
    grey = focus.small_copy(raster.from_image(Image.open(buffer)), Options())
    assert grey.shape == (49, 640, 3)
    assert grey.max() == 0
