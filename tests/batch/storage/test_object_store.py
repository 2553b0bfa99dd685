"""`pixbin batch` on object stores: an S3 server on this machine, and the stores of fsspec."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from pixbin.batch.planning import inputs
from pixbin.batch.storage import fsspec_files, fsspec_info, segmented_log
from pixbin.batch.storage.base import FileSignature
from pixbin.batch.storage.globs import FileFilter
from pixbin.batch.storage.object_store import ObjectStore
from pixbin.cli.app import app
from pixbin.errors import OutputError
from tests.batch.folders import PHOTO_NAMES, file_tree, run_states, write_photos
from tests.fixtures import RunCommand
from tests.oracles.s3_server import S3_ENVIRONMENT, S3Bucket

WORDS = ("-s", "24x", "-b", "1", "--jobs", "1")
JOURNAL = ".pixbin/journal.jsonl"
ALL = FileFilter(("*",))


@pytest.fixture
def batch(
    run: RunCommand, s3_bucket: S3Bucket, s3_environment: dict[str, str]
) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a batch; `s3:` stands for the URL of the bucket."""

    def batch(*words: str | Path, **others: Any) -> subprocess.CompletedProcess[bytes]:
        spelled = [re.sub("^s3:(?!/)", f"s3://{s3_bucket.name}/", str(word)) for word in words]
        return run(
            "batch", *spelled, *WORDS, env={**s3_environment, **others.pop("env", {})}, **others
        )

    return batch


Batch = Callable[..., "subprocess.CompletedProcess[bytes]"]


def states(result: subprocess.CompletedProcess[bytes]) -> dict[str, object]:
    """Return the state of each source file, by its path below `photos`."""
    reports = run_states(result)
    return {name.partition("photos/")[2]: report["state"] for name, report in reports.items()}


@pytest.mark.parametrize(
    ("source", "output"), [("s3:photos", "s3:out"), ("s3:photos/", "out"), ("photos", "s3:out")]
)
def test_stores_and_folders_give_the_same(
    batch: Batch, run: RunCommand, s3_bucket: S3Bucket, tmp_path: Path, source: str, output: str
) -> None:
    """Sub-folders are mirrored; outputs and reports equal those of a local run."""
    local = run("batch", "photos", "local", *WORDS, "--json")
    result = batch(source, output, "--json")
    made = s3_bucket.outputs() if output.startswith("s3:") else file_tree(tmp_path / "out")

    assert (result.returncode, result.stderr.decode().count("4 written")) == (0, 1)
    assert file_tree(tmp_path / "local") == made
    assert states(local) == states(result) == dict.fromkeys(PHOTO_NAMES, "written")
    if output.startswith("s3:"):
        outputs = {report["output"] for report in run_states(result).values()}
        assert outputs == {f"s3://{s3_bucket.name}/out/{name}" for name in PHOTO_NAMES}
        assert s3_bucket.keys("out/") == {*PHOTO_NAMES, JOURNAL}


def test_second_run_converts_what_is_missing_or_changed(
    batch: Batch, s3_bucket: S3Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    """A second run converts only what is missing or changed; a new date alone is no change."""
    caplog.set_level("INFO", logger="werkzeug")
    batch("s3:photos", "s3:out")
    requests = re.findall(rf"([A-Z]+) /{s3_bucket.name}/(?:photos|out)/[a-z]\S+ HTTP", caplog.text)
    assert {word: requests.count(word) for word in requests} == {
        "GET": len(PHOTO_NAMES),
        "PUT": len(PHOTO_NAMES),
    }
    journal = s3_bucket.get(f"out/{JOURNAL}")
    again = batch("s3:photos", "s3:out", "--json")
    assert set(states(again).values()) == {"unchanged"}
    assert journal == s3_bucket.get(f"out/{JOURNAL}")

    s3_bucket.client.delete_object(Bucket=s3_bucket.name, Key="out/sub/a.png")
    s3_bucket.put("out/sub/deep/c.png", b"torn")
    s3_bucket.put("photos/a.png", s3_bucket.get("photos/a.png"))
    s3_bucket.put("photos/b.png", s3_bucket.get("photos/a.png"))
    third = batch("s3:photos", "s3:out", "--json")

    expected = {"a.png": "unchanged", "b.png": "written"}
    assert states(third) == {**expected, "sub/a.png": "written", "sub/deep/c.png": "written"}
    assert s3_bucket.get("out/b.png") == s3_bucket.get("out/a.png")


def test_other_options_convert_everything_again(batch: Batch, s3_bucket: S3Bucket) -> None:
    """Another method converts everything again; --no-overwrite keeps existing outputs."""
    batch("s3:photos", "s3:out")
    other = batch("s3:photos", "s3:out", "-m", "otsu", "--json")
    kept = batch("s3:photos", "s3:out", "--no-overwrite", "--json")
    unchanged = batch("s3:photos", "s3:out", "-m", "otsu", "--json")

    assert set(states(other).values()) == {"written"}
    assert set(states(kept).values()) == {"kept"}
    assert set(states(unchanged).values()) == {"unchanged"}


def test_journal_has_the_tag_of_the_content(batch: Batch, s3_bucket: S3Bucket) -> None:
    """The journal identifies a source file by size and the store's tag of its content."""
    batch("s3:photos", "s3:out")
    lines = [json.loads(line) for line in s3_bucket.get(f"out/{JOURNAL}").splitlines()]
    head = s3_bucket.client.head_object(Bucket=s3_bucket.name, Key="photos/a.png")

    assert lines[1]["output"] == "a.png"
    assert lines[1]["source"] == f"s3://{s3_bucket.name}/photos/a.png"
    assert (lines[1]["tag"], lines[1]["bytes"]) == (head["ETag"], head["ContentLength"])


def test_names_with_sizes_read_the_header(batch: Batch, s3_bucket: S3Bucket) -> None:
    """If the output name contains sizes, the header is read from the store."""
    result = batch("s3:photos", "s3:out", "--name", "{stem}_{size}.{ext}", "--no-recursive")

    assert result.returncode == 0, result.stderr
    assert s3_bucket.outputs().keys() == {"a_24x18.png", "b_24x18.png"}


NAME = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
FILES = st.sets(st.lists(NAME, min_size=1, max_size=3).map("/".join), max_size=8)
GLOBS = st.lists(st.sampled_from(["*.a", "a", "a/**", "**/b", "b*", ".*"]), max_size=2).map(tuple)


@given(FILES, st.builds(FileFilter, GLOBS, GLOBS, st.booleans(), st.booleans()))
@tried(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stores_are_searched_like_disks(
    s3_bucket: S3Bucket, s3_filesystem: Any, memory: Any, names: set[str], wanted: FileFilter
) -> None:
    """Globs, hidden names and folders mean the same in a store as on a disk."""
    names = {name for name in names if not any(other.startswith(f"{name}/") for other in names)}
    memory.store.clear()
    top = f"{s3_bucket.name}/{os.urandom(4).hex()}"
    with tempfile.TemporaryDirectory() as folder:
        memory.pipe_file("/top/.other", b"")
        for name in names:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"content")
            memory.pipe_file(f"/top/{name}", b"content")
            s3_filesystem.pipe_file(f"{top}/{name}", b"content")
        expected = {file.relative_path for file in inputs.walk(folder, wanted, "out", print)}
    in_memory = list(fsspec_files.list_files(fsspec_files.remote_path("memory://top"), wanted))
    stored = list(fsspec_files.list_files(fsspec_files.RemotePath(s3_filesystem, top), wanted))

    assert expected == {file.relative_path for file in in_memory} - {".other"}
    assert expected == {file.relative_path for file in stored}
    assert all(file.signature.tag for file in stored)


@pytest.fixture
def s3_filesystem(s3_endpoint: str) -> Any:
    """Return the file system of fsspec for the S3 server."""
    return fsspec.filesystem("s3", endpoint_url=s3_endpoint, key="test", secret="test")


def test_listing_of_several_pages_is_complete(s3_filesystem: Any, s3_bucket: S3Bucket) -> None:
    """A listing with several pages is read completely."""
    pages = []

    def call(method: str, **words: Any) -> Any:
        pages.append(usual(method, MaxKeys=3, **words))
        return pages[-1]

    usual, s3_filesystem.call_s3 = s3_filesystem.call_s3, call
    for number in range(7):
        s3_bucket.put(f"many/{number}.png", b"content")
    path = fsspec_files.RemotePath(s3_filesystem, f"{s3_bucket.name}/many")
    names = [file.relative_path for file in fsspec_files.list_files(path, ALL)]
    s3_filesystem.call_s3 = usual

    assert names == [f"{number}.png" for number in range(7)]
    assert [len(page["Contents"]) for page in pages] == [3, 3, 1]


def test_journal_segments_are_read_in_order(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are written in segments, read in order, and merged at the end of a run."""
    monkeypatch.setattr(segmented_log, "_SEGMENT_BYTES", 50)
    store = ObjectStore("memory://out")
    with store.locked():
        first = store.journal_log()
        assert list(first.lines()) == []
        for number in range(9):
            first.append(b"line %d of ten" % number)
        first.append(b"the last")
        first.flush()
        expected = [b"line %d of ten" % number for number in range(9)] + [b"the last"]
        parts = memory.find("/out/.pixbin/parts")
        second = store.journal_log()
        assert list(second.lines()) == expected
        assert not second.is_intact
        assert len(parts) > 1

        second.append(b"of another run")
        second.flush()
        assert len(memory.find("/out/.pixbin/parts")) == len(parts) + 1
        assert list(store.journal_log().lines()) == [*expected, b"of another run"]
        assert second.replace(iter([b"in", b"order"]))
        third = store.journal_log()
        assert list(third.lines()) == [b"in", b"order"]
        assert third.is_intact
    assert memory.find("/out/.pixbin") == ["/out/.pixbin/journal.jsonl"]


def test_newest_run_goes_on(memory: Any) -> None:
    """A run that finds the marker of a newer run ends, and leaves its marker and journal."""
    older, newer = ObjectStore("memory://out"), ObjectStore("memory://out")
    with older.locked():
        log = older.journal_log()
        log.append(b"line")
        with newer.locked():
            with pytest.raises(OutputError, match="another run has begun there; this one ends"):
                log.flush()
            assert newer.is_newest_run()
            newer.journal_log().flush()
        assert not memory.find("/out/.pixbin/parts")


def test_lines_are_written_when_the_store_is_back(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that could not be written are kept, and written when the store is back."""
    store = ObjectStore("memory://out")
    with store.locked():
        log = store.journal_log()
        with monkeypatch.context() as patch:

            def refuse(*_: object) -> None:
                raise TimeoutError("no answer")

            patch.setattr(ObjectStore, "write_file", refuse)
            log.append(b"line")
            log.flush()
            assert "no answer" in log.write_error
        log.flush()

        assert log.write_error == ""
        assert list(store.journal_log().lines()) == [b"line"]


def test_store_with_real_files_has_complete_files_only(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a store with real files, a file is written under another name and then moved."""
    disk = fsspec.filesystem("file")
    monkeypatch.setattr(
        fsspec_files,
        "remote_path",
        lambda url: fsspec_files.RemotePath(disk, str(tmp_path / "out")),
    )
    store = ObjectStore("disk://out")
    with store.locked():
        store.write("sub/a.png", b"content")
        store.write("sub/a.png", b"other")
        with pytest.raises(OutputError):
            ObjectStore("disk://out", overwrite=False).write("sub/a.png", b"a third")
        ObjectStore("disk://out", overwrite=False).write("sub/a.png", b"other")
        assert store.target_status("sub/a.png") is not None

    assert (tmp_path / "out/sub/a.png").read_bytes() == b"other"
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} == {"a.png"}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"size": 3, "ETag": '"x"', "LastModified": 5}, FileSignature(3, 0, '"x"')),
        ({"size": 3, "mtime": 1.5}, FileSignature(3, 1_500_000_000)),
        ({"size": 3, "created": "1970-01-01T00:00:01"}, FileSignature(3, 1_000_000_000)),
        ({"size": 3, "updated": "1970-01-01T00:00:01Z"}, FileSignature(3, 1_000_000_000)),
        ({"size": None, "type": "file"}, FileSignature(-1, -1)),
    ],
)
def test_signature_from_information_of_stores(
    known: dict[str, Any], expected: FileSignature
) -> None:
    """The signature has the tag of the content, or else the time, in any form."""
    assert fsspec_info.signature_of(known) == expected


def test_list_may_have_urls(batch: Batch, s3_bucket: S3Bucket, tmp_path: Path) -> None:
    """A list may have URLs and paths; a missing file fails alone."""
    url = f"s3://{s3_bucket.name}/photos"
    names = [f"{url}/sub/a.png", f"{url}/sub", f"{url}/gone.png", str(tmp_path / "photos/b.png")]
    result = batch(
        "--files0", "-", "--base", "s3:photos", "out", "--json", stdin="\0".join(names).encode()
    )

    assert result.returncode == 6
    assert {"sub/a.png", "b.png"} == file_tree(tmp_path / "out").keys()
    assert "gone.png: no such object" in str(run_states(result)[f"{url}/gone.png"]["error"])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["s3://no-such-bucket/x", "out"], 3, "no such object, folder or bucket; check the name"),
        (["s3:nothing", "out"], 3, "no such object, folder or bucket"),
        (["photos", "s3://no-such-bucket/out"], 4, "no-such-bucket/out: no such object, folder"),
        (["photos", "s3://no-such-bucket/out", "--dry-run"], 4, "no such object, folder or bucket"),
        (["s3:photos", "s3:photos/out"], 2, "which is searched for pictures; write elsewhere"),
        (["s3:photos", "s3a:photos"], 2, "which is searched for pictures; write elsewhere"),
        (["s3:photos/a.png", "s3:photos"], 2, "is a source too; write elsewhere"),
        (["s3:photos", "s3:photos/sub", "s3:out"], 2, "two sources for one output"),
        (["s3:photos", "s3:out", "--name", "x.png"], 2, "two sources for one output"),
        (["nosuch://x/y", "out"], 2, "nosuch is not a known store"),
        (["photos", "http://127.0.0.1:1/out"], 4, "http://127.0.0.1:1/out: cannot be written"),
        (["s3:photos", "s3:out", "--watch"], 2, "--watch looks at files of this machine"),
        (["s3:empty", "s3:out"], 3, "no picture in it"),
    ],
)
def test_impossible_request_is_an_error_before_the_first_write(
    batch: Batch, s3_bucket: S3Bucket, words: list[str], code: int, message: str
) -> None:
    """A request that cannot work is an error of one line before anything is written."""
    s3_bucket.put("empty/notes.text", b"")
    spelled = [word.replace("s3a:photos", f"s3a://{s3_bucket.name}/photos") for word in words]
    before = s3_bucket.keys()
    result = batch(*spelled)

    assert (result.returncode, message in result.stderr.decode()) == (code, True), result.stderr
    assert result.stderr.count(b"\n") == 1
    assert before == s3_bucket.keys()


def test_missing_credentials_are_an_error(
    run: RunCommand, tmp_path: Path, s3_environment: dict[str, str]
) -> None:
    """Missing credentials are an error without a traceback."""
    write_photos(tmp_path / "photos")
    nobody = {**s3_environment, **dict.fromkeys(S3_ENVIRONMENT, ""), "HOME": str(tmp_path)}
    nobody["AWS_EC2_METADATA_DISABLED"] = "true"
    result = run("batch", "photos", "s3://bucket/out", env=nobody)

    assert result.returncode == 4
    assert b"credentials" in result.stderr
    assert result.stderr.count(b"\n") == 1


def test_missing_library_is_an_error(run: RunCommand, tmp_path: Path) -> None:
    """Without fsspec or the library of the store, the error says what to install."""
    write_photos(tmp_path / "photos")
    for library in ("fsspec", "s3fs"):
        program = (
            f"import sys; sys.modules[{library!r}] = None; from pixbin.cli.app import app; app()"
        )
        result = subprocess.run(
            [sys.executable, "-c", program, "batch", "photos", "s3://bucket/out"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )

        assert result.returncode == 5
        assert b"pip install 'pixbin[remote]'" in result.stderr


def test_one_bad_object_fails_alone(batch: Batch, s3_bucket: S3Bucket) -> None:
    """One bad object fails with exit code 6; all others are converted."""
    s3_bucket.put("photos/b.png", b"not a picture")
    s3_bucket.put("photos/empty.png", b"")
    result = batch("s3:photos", "s3:out")

    assert result.returncode == 6
    assert {"a.png", "sub/a.png", "sub/deep/c.png"} == s3_bucket.outputs().keys()
    assert b"photos/b.png: not a picture; give a PNG, JPEG or WebP" in result.stderr
    assert b"photos/empty.png: empty; give a picture" in result.stderr


def test_killed_run_is_completed_by_the_next(
    batch: Batch, s3_bucket: S3Bucket, s3_environment: dict[str, str], tmp_path: Path
) -> None:
    """A killed run leaves complete objects only, and the next run gives the same result."""
    more = tuple(f"more/{index:02}.png" for index in range(20))
    s3_bucket.put_photos(file_tree(write_photos(tmp_path / "photos", more)))
    batch("s3:photos", "s3:undisturbed")
    words = ["batch", f"s3://{s3_bucket.name}/photos", f"s3://{s3_bucket.name}/out", *WORDS]
    process = subprocess.Popen(
        [sys.executable, "-m", "pixbin", *words],
        env={**os.environ, **s3_environment},
        stderr=subprocess.PIPE,
    )
    while len(s3_bucket.keys("out/")) < 6 and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)
    made, whole = s3_bucket.outputs(), s3_bucket.outputs("undisturbed/")

    assert 0 < len(made) < len(whole)
    assert made.items() <= whole.items()
    result = batch("s3:photos", "s3:out", "--json")
    assert result.returncode == 0
    assert set(states(result).values()) <= {"written", "unchanged"}
    assert s3_bucket.outputs() == whole
    assert s3_bucket.get(f"out/{JOURNAL}") == s3_bucket.get(f"undisturbed/{JOURNAL}")
    assert {key for key in s3_bucket.keys("out/") if key.startswith(".pixbin")} == {JOURNAL}


@pytest.fixture
def memory() -> Iterator[Any]:
    """Yield the in-memory store of fsspec, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


def run_in_process(*words: str) -> int:
    """Run the command line in this process, and return its exit code."""
    try:
        app(["batch", *words, *WORDS, "--quiet"], standalone_mode=False)
    except SystemExit as end:
        return int(str(end.code or 0))
    return 0


def test_memory_store_is_converted_in_this_process(memory: Any, tmp_path: Path) -> None:
    """Files in the memory of this process are converted; the result is that of a local run."""
    photos = write_photos(tmp_path / "photos")
    for name, data in file_tree(photos).items():
        memory.pipe_file(f"/photos/{name}", data)
    code = run_in_process("memory://photos", "memory://out")
    local = run_in_process(str(photos), str(tmp_path / "out"))
    back = run_in_process("memory://photos", str(tmp_path / "back"))
    made = {name: memory.cat_file(f"/out/{name}") for name in PHOTO_NAMES}

    assert (code, local, back) == (0, 0, 0)
    assert made == file_tree(tmp_path / "out") == file_tree(tmp_path / "back")
    assert set(memory.find("/out")) == {f"/out/{name}" for name in (*PHOTO_NAMES, JOURNAL)}


def test_file_url_is_a_path(run: RunCommand, tmp_path: Path) -> None:
    """A `file://` URL is a path."""
    photos = write_photos(tmp_path / "photos")
    result = run("batch", f"file://{photos}", f"file://{tmp_path}/out", *WORDS)
    listed = f"file://{photos}/a.png\0".encode()
    again = run("batch", "--files0", "-", "--base", photos, "out", *WORDS, "--json", stdin=listed)

    assert (result.returncode, again.returncode) == (0, 0)
    assert sorted(PHOTO_NAMES) == sorted(file_tree(tmp_path / "out"))
