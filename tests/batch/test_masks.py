"""Masks in batches and on the command line: one for all pictures, or one for each."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pixbin
from pixbin.batch.executors import dask_run_spec
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.jobs import Job, run_job
from pixbin.batch.planning.naming import Template
from pixbin.batch.session import BatchRequest
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage import open_storage
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, UsageError
from pixbin.options import Options
from pixbin.options.region_mask import MaskFolder
from pixbin.web.request_settings import SettingsReader
from tests.batch.folders import PHOTO_NAMES, file_tree, run_states, write_photos
from tests.fixtures import RunCommand

SIZE = ("--block", "1", "-m", "bayer4")


def write_mask(path: Path, left: int, size: tuple[int, int] = (40, 30)) -> Path:
    """Write a mask that is white from a column on, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.zeros(size[::-1], np.uint8)
    levels[:, left:] = 255
    Image.fromarray(levels).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of four pictures, two of them in sub-folders."""
    return write_photos(tmp_path / "photos")


def test_one_mask_for_all(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """Each output is what `convert` and the library make with the same mask."""
    mask = write_mask(tmp_path / "mask.png", 20)
    result = run("batch", photos, "out", *SIZE, "--mask", "mask.png", "-j", "2")
    run("convert", photos / "a.png", "one.png", *SIZE, "--mask", mask)
    picture = pixbin.convert(photos / "a.png", block=1, method="bayer4", mask=mask)

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out/a.png").read_bytes() == (tmp_path / "one.png").read_bytes()
    assert pixbin.decode(tmp_path / "one.png").grid.tolist() == picture.grid.tolist()


def test_a_mask_for_each_picture(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The mask has the name of the picture, with any extension, in its sub-folder or not."""
    made = {
        "a.png": write_mask(tmp_path / "masks/a.png", 10),
        "b.png": write_mask(tmp_path / "masks/b.tif", 15),
        "sub/a.png": write_mask(tmp_path / "masks/sub/a.bmp", 25),
        "sub/deep/c.png": write_mask(tmp_path / "masks/c.png", 30),
    }
    result = run("batch", photos, "out", *SIZE, "--mask", "masks", "-j", "1")

    assert result.returncode == 0, result.stderr
    for name in PHOTO_NAMES:
        picture = pixbin.convert(photos / name, block=1, method="bayer4", mask=made[name])
        assert np.array_equal(pixbin.decode(tmp_path / "out" / name).grid, picture.grid)


def test_missing_mask_fails_one_picture(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A picture without a mask fails with the name to add; the others are converted."""
    for name in ("a.png", "c.png"):
        write_mask(tmp_path / "masks" / name, 10)
    write_mask(tmp_path / "masks/sub/a.png", 10, (40, 40))
    result = run("batch", photos, "out", *SIZE, "--mask", "masks", "--json", "-j", "1")
    reports = {Path(name).name: report for name, report in run_states(result).items()}

    assert result.returncode == 6
    assert "b.png: no mask in masks; add b.png" in str(reports["b.png"]["error"])
    assert "photos/sub/a.png: mask masks/sub/a.png: has 40x40" in result.stdout.decode()
    assert file_tree(tmp_path / "out").keys() == {"a.png", "sub/deep/c.png"}


def test_changed_mask_converts_again(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A second run keeps outputs until the content of a mask changes, whatever its time."""
    write_mask(tmp_path / "masks/a.png", 10)
    words = ("batch", photos / "a.png", "out", *SIZE, "--mask", "masks", "--json", "-j", "1")

    def state() -> list[object]:
        return [report["state"] for report in run_states(run(*words)).values()]

    states = [*state(), *state()]
    os.utime(tmp_path / "masks/a.png", (1, 1))
    states += state()
    write_mask(tmp_path / "masks/a.png", 11)
    states += state()

    assert states == ["written", "unchanged", "unchanged", "written"]


def test_changed_mask_converts_its_picture_only(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """Of a folder of masks, a changed, missing or added one concerns its own picture alone."""
    for name in ("a.png", "b.png", "c.png"):
        write_mask(tmp_path / "masks" / name, 10)
    words = ("batch", "photos", "out", *SIZE, "--mask", "masks", "--json", "-j", "1")

    def changes() -> dict[str, object]:
        reports = run_states(run(*words))
        states = {name.removeprefix("photos/"): each["state"] for name, each in reports.items()}
        return {name: state for name, state in states.items() if state != "unchanged"}

    assert set(changes()) == {*PHOTO_NAMES}
    write_mask(tmp_path / "masks/b.png", 20)
    write_mask(tmp_path / "masks/unused.png", 5)
    planned = run(*words, "--dry-run")
    assert [name for name, each in run_states(planned).items() if each["state"] == "due"] == [
        "photos/b.png"
    ]
    assert changes() == {"b.png": "written"}
    write_mask(tmp_path / "masks/sub/a.png", 30)
    assert changes() == {"sub/a.png": "written"}
    (tmp_path / "masks/b.png").unlink()
    assert changes() == {"b.png": "failed"}
    write_mask(tmp_path / "masks/b.png", 20)
    assert changes() == {"b.png": "written"}
    assert changes() == {}


def test_watch_waits_for_masks(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """The folder of masks is watched, and a picture without a mask is tried again."""
    write_mask(tmp_path / "masks/z.png", 10)
    recipe = Recipe(Options.of(mask=tmp_path / "masks"), Format.PNG)
    request = BatchRequest(
        [str(photos)], str(tmp_path / "out"), recipe, Template.parse("{stem}.{ext}")
    )
    job = Job(str(photos / "a.png"), "a.png")
    outcome = run_job(job, recipe, open_storage(request.output))

    assert request.watched_paths == [str(photos), str(tmp_path / "masks")]
    assert outcome.is_retryable
    assert "no mask in" in outcome.error


def test_fingerprints() -> None:
    """The content of a mask and the method outside count, and the name of the mask does not."""
    one, two = (b"P5 1 1 255\n" + bytes([level]) for level in (0, 255))
    recipes = [
        Recipe(Options.of(**settings), Format.PNG)
        for settings in (
            {},
            {"mask": one},
            {"mask": two},
            {"mask": one, "method_outside": "otsu"},
            {"mask": one, "method_inside": "otsu"},
        )
    ]
    assert len({recipe.fingerprint for recipe in recipes}) == 5
    assert all(json.dumps(recipe.settings) for recipe in recipes)
    assert "mask_sha256" not in recipes[0].settings
    assert pickle.loads(pickle.dumps(recipes)) == recipes


def test_unreadable_mask_ends_a_batch_at_once(
    run: RunCommand, photos: Path, tmp_path: Path
) -> None:
    """One mask for all that is no picture is an error of the command, and nothing is written."""
    (tmp_path / "mask.png").write_bytes(b"nothing")
    result = run("batch", photos, "out", "--mask", "mask.png")

    assert result.returncode == 3
    assert b"mask.png" in result.stderr
    assert not (tmp_path / "out").exists()


def test_folder_of_masks_needs_names(photos: Path, tmp_path: Path) -> None:
    """`convert` takes the mask of the picture's name; an array has no name."""
    write_mask(tmp_path / "masks/a.png", 10)

    with pytest.raises(UsageError, match="is a folder"):
        pixbin.convert(np.zeros((30, 40)), mask=tmp_path / "masks")
    folder = Options.of(mask=tmp_path / "masks").mask
    assert isinstance(folder, MaskFolder)
    with pytest.raises(InputError, match="no mask in"):
        folder.mask_of("../elsewhere/x.png")
    assert folder.mask_of("s3://bucket/b/a.jpg").name.endswith("a.png")


def test_masks_beside_the_pictures(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A folder may have pictures and masks of another format; a picture is not its own mask."""
    Image.open(photos / "a.png").convert("RGB").save(photos / "z.jpg")
    mask = write_mask(photos / "z.png", 20)
    result = run("convert", photos / "z.jpg", "out.png", *SIZE, "--mask", photos)
    alone = run("convert", photos / "b.png", "none.png", *SIZE, "--mask", photos)
    picture = pixbin.convert(photos / "z.jpg", block=1, method="bayer4", mask=mask)

    assert result.returncode == 0, result.stderr
    assert pixbin.decode(tmp_path / "out.png") == picture
    assert (alone.returncode, b"no mask in" in alone.stderr) == (3, True)


def test_workers_must_see_the_folder(tmp_path: Path) -> None:
    """A worker of a cluster that does not see the folder of masks is not used."""
    write_mask(tmp_path / "masks/a.png", 10)
    (tmp_path / "out/.pixbin/work").mkdir(parents=True)
    recipe = Recipe(Options.of(mask=tmp_path / "masks"), Format.PNG)
    spec = dask_run_spec.make_run_spec(WorkerConfig(recipe, "s3://bucket/out", 1, True), [])

    assert dask_run_spec.incompatibility(spec) == ""
    shutil.rmtree(tmp_path / "masks")
    assert "does not see" in dask_run_spec.incompatibility(spec)


def test_plan_names_both_methods(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A dry run says which method is outside, and an option of that method has an effect."""
    write_mask(tmp_path / "mask.png", 10)
    words = ("--mask", "mask.png", "--method-outside", "halftone", "--frequency", "0.1")
    result = run("convert", photos / "a.png", "b.png", *words, "--dry-run")

    assert b"method       floyd-steinberg\noutside      halftone\n" in result.stdout
    assert b"no effect" not in result.stderr
    assert b"no effect" in run("convert", photos / "a.png", "b.png", *words[4:]).stderr


def test_recipe_has_the_name_of_the_mask(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A recipe keeps no path; next to the mask, it makes the same picture."""
    write_mask(photos / "mask.png", 10)
    words = ("--mask", photos / "mask.png", "--method-outside", "halftone", *SIZE)
    first = run("convert", photos / "a.png", photos / "b.png", *words, "--embed-recipe")
    run("convert", photos / "a.png", "c.png", "--preset", photos / "b.png")
    recipe = json.loads(run("recipe", photos / "b.png").stdout)

    assert first.returncode == 0, first.stderr
    assert (recipe["mask"], recipe["method_outside"]) == ("mask.png", "halftone")
    assert pixbin.decode(photos / "b.png") == pixbin.decode(tmp_path / "c.png")


def test_stream_takes_a_mask(run: RunCommand, tmp_path: Path) -> None:
    """All frames of a stream have the mask; equal frames stay equal."""
    write_mask(tmp_path / "mask.png", 20)
    y, x = np.mgrid[:30, :40]
    frame = (6 * x + y).astype(np.uint8)
    data = (b"P5\n40 30\n255\n" + frame.tobytes()) * 3
    result = run("stream", "--mask", "mask.png", "--block", "1", "-m", "bayer4", stdin=data)
    bits = np.frombuffer(result.stdout, np.uint8).reshape(3, -1)
    mask = tmp_path / "mask.png"
    first = pixbin.convert(frame, block=1, method="bayer4", mask=mask).encode("pbm")

    assert (bits == bits[0]).all()
    assert bits[0].tobytes() == first


def test_web_clients_may_not_name_a_mask(tmp_path: Path) -> None:
    """A client of the studio or the service gets no file, unless the command line named it."""
    mask = str(write_mask(tmp_path / "mask.png", 20))

    with pytest.raises(UsageError, match="mask: names a file; give it on the command line"):
        SettingsReader({}).read({"mask": mask}, "png")
    recipe = SettingsReader({"mask": mask}).read({"mask": mask, "method_outside": "otsu"}, "png")
    assert recipe.options.outside_method == "otsu"


def test_preset_names_a_folder_beside_it(run: RunCommand, photos: Path, tmp_path: Path) -> None:
    """A folder of masks in a preset is looked for where the preset is."""
    mask = write_mask(tmp_path / "kit/masks/a.png", 20)
    (tmp_path / "kit/label.toml").write_text('mask = "masks"\nmethod = "bayer4"\nblock = 1\n')
    result = run("convert", photos / "a.png", "b.png", "--preset", "kit/label.toml")
    run("convert", photos / "a.png", "c.png", *SIZE, "--mask", mask)

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()
