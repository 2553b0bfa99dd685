"""The check of `make dist-check` finds files that are missing, and files too many."""

from __future__ import annotations

from tests.distribution import source_archive_faults, wheel_faults

TRACKED = ["pixbin/a.py", "docs/how-to/crop.md", "models/ink.onnx", "models/training/ink.csv"]
WHEEL = [
    *("pixbin/a.py", "pixbin/agents/pages/crop.md", "pixbin/models/ink.onnx"),
    *("pixbin-1.dist-info/licenses/LICENSE", "pixbin-1.dist-info/licenses/models/NOTICE.md"),
    *("pixbin-1.dist-info/RECORD", "pixbin-1.data/data/share/man/man1/pixbin.1"),
]


def test_wheel_with_the_right_files_has_no_fault() -> None:
    """Code, pages, models, licences and the manual page are all that is needed."""
    assert wheel_faults(WHEEL, TRACKED) == []


def test_wheel_without_a_file_is_faulty() -> None:
    """Each file of the wheel is needed, but for the list of its files."""
    for name in WHEEL:
        rest = [other for other in WHEEL if other != name]
        assert len(wheel_faults(rest, TRACKED)) == (not name.endswith("RECORD"))


def test_wheel_with_other_files_is_faulty() -> None:
    """Tests and caches are named; a cache in the package is unwanted by its pattern."""
    faults = wheel_faults([*WHEEL, "tests/a.py", "pixbin/__pycache__/a.py"], TRACKED)

    assert faults == [
        "wheel: tests/a.py should not be there",
        "wheel: pixbin/__pycache__/a.py is unwanted",
    ]


def test_source_archive_has_every_tracked_file() -> None:
    """All that git tracks is there but for files of the repository itself, and nothing else."""
    right = [f"pixbin-1/{name}" for name in [*TRACKED, "PKG-INFO"]]

    assert source_archive_faults(right, [*TRACKED, ".ci/run"]) == []
    assert source_archive_faults([*right, "pixbin-1/x.log"], TRACKED) == [
        "source archive: x.log should not be there",
        "source archive: x.log is unwanted",
    ]
    assert source_archive_faults(right[1:], TRACKED) == ["source archive: pixbin/a.py is missing"]
