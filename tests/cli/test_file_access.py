"""Names of files on the command line of `convert`: `-o`, URLs, and INPUT itself."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest
from typer.testing import CliRunner

from pixbin.cli.app import app
from tests.fixtures import RunCommand
from tests.oracles.s3_server import S3Bucket


@pytest.mark.parametrize("words", ["photo.png -o b.png", "--output b.png photo.png"])
def test_output_as_an_option(run: RunCommand, photo: Path, tmp_path: Path, words: str) -> None:
    """-o names the file that OUTPUT names."""
    result = run("convert", *words.split(), "-s", "20")

    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert (tmp_path / "b.png").read_bytes() == run("convert", photo, "-", "-s", "20").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("a.png b.png -o c.png", "b.png and --output c.png: name one file to write"),
        ("a.png", "no OUTPUT; name the file to write, or - for stdout"),
    ],
)
def test_output_is_named_once(run: RunCommand, words: str, message: str) -> None:
    """Neither two outputs nor none are possible."""
    result = run("convert", *words.split())

    assert result.returncode == 2
    assert result.stderr.decode() == f"error: {message}\n"


@pytest.mark.parametrize("target", ["photo.png", "./photo.png", "soft.png", "hard.png"])
def test_input_is_replaced_only_by_force(
    run: RunCommand, photo: Path, tmp_path: Path, target: str
) -> None:
    """An OUTPUT that is INPUT, also by a link, needs --force; the picture stays without it."""
    (tmp_path / "soft.png").symlink_to(photo)
    os.link(photo, tmp_path / "hard.png")
    before = photo.read_bytes()
    refused = run("convert", "photo.png", target, "-s", "10")
    after = photo.read_bytes()
    forced = run("convert", "photo.png", target, "-s", "10", "--force")

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert before == after
    assert refused.stderr.decode() == (
        f"error: {target}: is INPUT itself; name another OUTPUT, or add --force to replace it\n"
    )
    assert (tmp_path / target).read_bytes() == run("convert", photo, "-", "-s", "10").stdout


def test_decode_replaces_its_input_only_by_force(
    run: RunCommand, photo: Path, tmp_path: Path
) -> None:
    """`decode FILE FILE` keeps the file, unless --force is given."""
    header = tmp_path / "a.h"
    assert run("convert", photo, header, "-s", "10", "--format", "c").returncode == 0
    before = header.read_bytes()
    refused = run("decode", "a.h", "./a.h", "--format", "txt")
    after = header.read_bytes()
    forced = run("decode", "a.h", "a.h", "--format", "txt", "--force")

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert b"./a.h: is INPUT itself" in refused.stderr
    assert before == after != header.read_bytes()


def test_mask_that_is_the_input(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """The second file of --alpha mask does not replace the input either."""
    photo.rename(tmp_path / "a-mask.png")
    result = run("convert", "a-mask.png", "a.png", "--alpha", "mask")

    assert result.returncode == 2
    assert b"a-mask.png: is INPUT itself" in result.stderr


def test_reads_and_writes_object_stores(
    run: RunCommand, photo: Path, s3_bucket: S3Bucket, s3_environment: dict[str, str]
) -> None:
    """A URL of a store is read and written, with the bytes of a local run."""
    s3_bucket.put("photo.png", photo.read_bytes())
    folder = f"s3://{s3_bucket.name}"
    names = (f"{folder}/photo.png", f"{folder}/small/icon.png")
    result = run("convert", *names, "-s", "20", "--alpha", "mask", env=s3_environment)
    kept = run("convert", *names, "-s", "10", "--no-overwrite", env=s3_environment)
    missing = run("convert", f"{folder}/no.png", "out.png", env=s3_environment)

    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert s3_bucket.get("small/icon.png") == run("convert", photo, "-", "-s", "20").stdout
    assert s3_bucket.keys("small/") == {"icon.png", "icon-mask.png"}
    assert (kept.returncode, missing.returncode) == (4, 3)
    assert b"icon.png: exists; remove it" in kept.stderr


def test_stores_in_memory(photo: Path) -> None:
    """Every store of fsspec works; a dry run writes nothing."""
    words = ["convert", str(photo), "memory://store/icon.png", "-s", "20"]
    planned = CliRunner().invoke(app, [*words, "--dry-run"])
    memory = fsspec.filesystem("memory")
    before = memory.exists("/store/icon.png")
    written = CliRunner().invoke(app, words)

    assert (planned.exit_code, written.exit_code) == (0, 0)
    assert not before
    assert memory.cat_file("/store/icon.png").startswith(b"\x89PNG")


def test_file_urls_are_paths(run: RunCommand, photo: Path, tmp_path: Path) -> None:
    """file:// names a path of this machine, which may not be the input."""
    result = run("convert", f"file://{photo}", f"file://{tmp_path}/out.png")
    refused = run("convert", photo, f"file://{photo}")

    assert (result.returncode, result.stderr, refused.returncode) == (0, b"", 2)
    assert (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("https://example.org/a.png", "the web can only be read"),
        ("memory://a.png", "names no file in a folder"),
        ("s3://bucket/", "no extension"),
        ("nope://bucket/a.png", "nope is not a known store"),
    ],
)
def test_urls_that_cannot_be_written(
    run: RunCommand, photo: Path, target: str, message: str
) -> None:
    """A URL that names no file of a store is a usage error."""
    result = run("convert", photo, target)

    assert result.returncode == 2
    assert message in result.stderr.decode()


@pytest.mark.parametrize("command", ["show", "verify", "decode"])
def test_other_commands_name_those_for_urls(run: RunCommand, command: str) -> None:
    """A command that reads no URLs says which ones do."""
    targets = ["out.png"] if command == "decode" else []
    result = run(command, "s3://bucket/a.png", *targets)

    assert result.returncode == 3
    assert b"s3://bucket/a.png: no such file; URLs are not read here; download it" in result.stderr
