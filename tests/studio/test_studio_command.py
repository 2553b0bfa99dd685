"""`pixbin studio` as a process: its address, its end, and no cost when it is not used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import pixbin
from tests.fixtures import RunCommand
from tests.test_structure import loaded


def test_prints_its_address_and_ends_by_interrupt(photo: Path) -> None:
    """The page is there as soon as the address is; Ctrl-C is the usual end, with code 0."""
    command = [sys.executable, "-m", "pixbin", "studio", str(photo), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        with urllib.request.urlopen(address) as page:
            assert page.read().startswith(b"<!doctype html>")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert address.startswith("http://127.0.0.1:")
    assert (process.returncode, errors) == (0, b"")


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Start a studio."""
    command = [sys.executable, "-m", "pixbin", "studio", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **environment}
    )


def test_starts_a_browser_without_the_token(photo: Path, tmp_path: Path) -> None:
    """The program gets an address that works once; the printed one has the token."""
    noted, browser = tmp_path / "noted", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{noted}.part"; mv "{noted}.part" "{noted}"\n')
    browser.chmod(0o755)
    with start(photo, BROWSER=str(browser), DISPLAY=":7") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        while not noted.exists() and process.poll() is None:
            time.sleep(0.02)
        opened = noted.read_text().strip()
        with urllib.request.urlopen(opened) as page:
            leads_to = page.url
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert address.split("/")[3] not in opened
    assert leads_to == address


def test_interrupting_a_run_leaves_whole_files(photo: Path, tmp_path: Path) -> None:
    """Ctrl-C while a folder is converted finishes the pictures at work, and ends with 130."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    for number in range(400):
        os.link(photo, source / f"{number}.png")
    with start(source, "--save-to", out, "--no-open") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        origin = address.rsplit("/", 2)[0]
        request = urllib.request.Request(
            f"{address}folder",
            b'{"settings": {}, "format": "png"}',
            {"Content-Type": "application/json", "Origin": origin},
        )
        urllib.request.urlopen(request).close()
        while not any(out.glob("*.png")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "started pictures are finished" in errors
    written = [*out.glob("*.png")]
    assert 0 < len(written) < 400
    assert {path.read_bytes() for path in written} == {pixbin.convert(photo).encode()}
    assert not [*out.glob(".pixbin-*")]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.png"], 3, b"missing.png: no such file"),
        (["photo.png", "--save-to", "missing"], 4, b"missing: no such folder"),
        (["photo.png", "--gamma", "x"], 2, b"gamma x"),
        (["notes.md"], 3, b"notes.md"),
        (["empty.png"], 3, b"empty.png"),
        (["photo.png", "--port", "99999"], 2, b"--port"),
    ],
)
def test_errors_end_the_start(
    run: RunCommand, photo: Path, arguments: list[str], code: int, message: bytes
) -> None:
    """Wrong arguments give an error before a page opens."""
    (photo.parent / "notes.md").write_text("# Notes")
    (photo.parent / "empty.png").touch()
    result = run("studio", "--no-open", *arguments)

    assert (result.returncode, result.stdout) == (code, b"")
    assert message in result.stderr


def test_port_that_is_in_use(run: RunCommand, photo: Path) -> None:
    """A port of another program is an error of the output, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("studio", photo, "--no-open", "--port", str(port))

    assert (result.returncode, result.stdout) == (4, b"")
    assert f"port {port}: cannot be used (".encode() in result.stderr
    assert result.stderr.endswith(b"; leave out --port\n")


@pytest.mark.parametrize(
    "program",
    [
        "import pixbin.cli.app",
        "from pixbin.cli.app import app; "
        "app(['convert', 'photo.png', 'out.png'], standalone_mode=False)",
    ],
)
def test_costs_nothing_when_it_is_not_used(program: str, photo: Path) -> None:
    """Other commands import neither the studio nor a server."""
    report = (
        "; import sys; sys.modules = {n.replace('pixbin.studio', 'studio'): 0 for n in sys.modules}"
    )

    assert loaded(program + report, photo.parent) & {"studio", "http", "socketserver"} == set()


def test_the_page_comes_before_numpy(photo: Path) -> None:
    """The server and the state of the page need nothing that works on pictures."""
    program = (
        "from pixbin.studio import server; from pixbin.studio.service import StudioService; "
        "from pixbin.studio.pictures import PictureLibrary; "
        "StudioService(PictureLibrary('photo.png'), {}).state()"
    )

    assert loaded(program, photo.parent) & {"numpy", "PIL", "onnxruntime", "llvmlite"} == set()
