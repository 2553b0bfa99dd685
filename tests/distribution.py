"""Build the wheel and the source archive twice; check that they are equal and complete.

`python -m tests.distribution` writes the files that git tracks to two folders, at different times
and with different rights, and builds in both. It prints the SHA-256 of both files, and ends with 1
if anything differs, is missing or should not be there. Source: reproducible-builds.org.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tests.fixtures import ROOT

#: Files of the wheel, by pattern; any other file is an error.
WHEEL_PATTERNS = (
    *("pixbin/*.py", "pixbin/py.typed", "pixbin/tiles/*.npy", "pixbin/models/*"),
    *("pixbin/agents/pages/*.md", "pixbin/codecs/unpackers/*"),
    *("pixbin/studio/page/*", "pixbin/preview/page/*"),
    "pixbin-*.data/data/share/man/man1/pixbin.1",
    *(f"pixbin-*.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/*")),
    "pixbin-*.dist-info/entry_points.txt",
)
#: Nowhere in either file.
UNWANTED_PATTERNS = (
    *("*__pycache__*", "*.pyc", "*/.*", "*~", "*.orig", "*.log", "*.run/*"),
    *("*/build/*", "*/dist/*", "*_build/*", "*_generated/*"),
)
#: Files of the repository that the source archive leaves out.
NOT_IN_SOURCE_ARCHIVE = (".ci/*", ".gitignore")
_ADDED_BY_THE_BUILD = {"PKG-INFO", ".gitignore"}

#: Two ways to build: rights of new files, and the time that they get, in seconds since 1970.
_BUILDS = ((0o022, 1_000_000_000), (0o077, 1_700_000_000))


def tracked_files(repository: Path = ROOT) -> list[str]:
    """Return the files that git tracks, relative to the repository."""
    listing = subprocess.run(
        ["git", "-C", repository, "ls-files", "-z"], capture_output=True, check=True
    )
    return [name for name in listing.stdout.decode().split("\0") if name]


def build_in(folder: Path, files: dict[str, bytes], umask: int, seconds: int) -> list[Path]:
    """Write the files of the repository to a new folder with these rights and times; build there.

    The wheel is built from the source archive. Returns both files.
    """
    source, output = folder / "source", folder / "dist"
    for name, data in files.items():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(0o666 & ~umask)
        os.utime(target, (seconds, seconds))
    environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", output, source],
        env=environment,
        umask=umask,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return sorted(output.iterdir())


def wheel_faults(names: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """Return what is wrong with the list of files of a wheel, in sentences."""
    names = list(names)
    allowed = [name for name in names if _matches(name, WHEEL_PATTERNS)]
    faults = [f"wheel: {name} should not be there" for name in names if name not in allowed]
    faults += _unwanted("wheel", names)
    expected = {name for name in tracked if name.startswith("pixbin/")}
    expected |= {f"pixbin/agents/pages/{Path(name).name}" for name in tracked if _is_page(name)}
    expected |= {f"pixbin/{name}" for name in tracked if _is_shipped_model(name)}
    faults += [f"wheel: {name} is missing" for name in sorted(expected - {*names})]
    ends = ("/licenses/LICENSE", "/licenses/models/NOTICE.md", "share/man/man1/pixbin.1")
    faults += [
        f"wheel: *{end} is missing" for end in ends if not any(n.endswith(end) for n in names)
    ]
    return faults


def source_archive_faults(names: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """Return what is wrong with the list of files of a source archive, in sentences."""
    inside = {name.partition("/")[2] for name in names}
    expected = {name for name in tracked if not _matches(name, NOT_IN_SOURCE_ARCHIVE)}
    extra = inside - expected - _ADDED_BY_THE_BUILD
    return [
        *(f"source archive: {name} should not be there" for name in sorted(extra)),
        *(f"source archive: {name} is missing" for name in sorted(expected - inside)),
        *_unwanted("source archive", sorted(inside - {".gitignore"})),
    ]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _unwanted(where: str, names: Iterable[str]) -> list[str]:
    return [f"{where}: {name} is unwanted" for name in names if _matches(name, UNWANTED_PATTERNS)]


def _is_page(name: str) -> bool:
    return name.startswith("docs/how-to/") and name.endswith(".md")


def _is_shipped_model(name: str) -> bool:
    return name.startswith("models/") and name.count("/") == 1


def _names(path: Path) -> list[str]:
    """Return the files in a wheel or a source archive."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.namelist()
    with tarfile.open(path) as archive:
        return [member.name for member in archive if member.isfile()]


def main() -> None:
    """Build twice, compare, and print the digests or the faults."""
    with tempfile.TemporaryDirectory(prefix="pixbin-dist-") as temporary:
        tracked = {name: (ROOT / name).read_bytes() for name in tracked_files()}
        first, second = (
            build_in(Path(temporary, f"build-{number}", "deep" * number), tracked, *settings)
            for number, settings in enumerate(_BUILDS, 1)
        )
        faults = []
        for one, other in zip(first, second, strict=True):
            digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)]
            print(f"{digests[0]}  {one.name}")
            if digests[0] != digests[1]:
                faults.append(f"{one.name}: differs when it is built again")
            is_wheel = one.suffix == ".whl"
            check = wheel_faults if is_wheel else source_archive_faults
            faults += check(_names(one), tracked)
    print("\n".join(faults) or "Both are the same when they are built again, and complete.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
