"""The time of a file counts only if another change could not leave it as it is."""

from __future__ import annotations

import time

import pytest

from pixbin.batch.storage.base import FileSignature, ignore_recent_mtime

NOW = 1_700_000_000_123_456_789
SECOND = 1_700_000_000_000_000_000  #: the full second before


@pytest.mark.parametrize(
    ("modified", "now", "is_kept"),
    [
        (NOW, NOW, False),
        (NOW, NOW + 19_999_999, False),
        (NOW, NOW + 20_000_000, True),
        (NOW, NOW - 19_999_999, False),  # the clock of another machine may be ahead
        (NOW, NOW - 20_000_000, True),
        (SECOND, SECOND + 20_000_000, False),  # a file system that counts full seconds, maybe
        (SECOND, SECOND + 1_999_999_999, False),
        (SECOND, SECOND + 2_000_000_000, True),
        (SECOND + 1, SECOND + 20_000_001, True),
        (SECOND + 1, SECOND + 20_000_000, False),
    ],
)
def test_recent_times_do_not_count(
    modified: int, now: int, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within 20 ms, or 2 s where the time is a full second, the time is unknown."""
    monkeypatch.setattr(time, "time_ns", lambda: now)
    signature = FileSignature(5, modified)

    assert ignore_recent_mtime(signature) == (5, modified if is_kept else -1, "")


def test_time_of_a_tagged_file_stays() -> None:
    """The tag of a store says whether the content has changed, whatever the time."""
    signature = FileSignature(5, time.time_ns(), "etag")

    assert ignore_recent_mtime(signature) == signature
    assert FileSignature(5, 6).tag == ""
