"""Playing animations, with a clock and a screen of the tests' own; and watching files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pixbin.preview import playback
from pixbin.preview.playback import Ending, ScreenArea
from pixbin.preview.watched_file import WatchedFile


class Theatre:
    """A clock, a screen and a user for `play`."""

    def __init__(self, drawing_seconds: float = 0, quits_at: float = float("inf")) -> None:
        self.now = 1000.0
        self.quits_at = self.now + quits_at
        self.drawing_seconds = drawing_seconds
        self.frames: list[tuple[int, float]] = []  #: each with the time when it was complete

    def draw(self, index: int) -> None:
        """Draw a frame, which takes time."""
        self.now += self.drawing_seconds
        self.frames.append((index, round(self.now - 1000, 6)))

    def wait(self, seconds: float) -> Ending | None:
        """Let the time pass, or end it early."""
        assert seconds >= 0
        self.now = min(self.now + seconds, max(self.now, self.quits_at))
        return Ending.QUIT if self.now >= self.quits_at else None

    def play(self, durations: list[float], plays: int) -> Ending | None:
        """Play frames of these durations."""
        return playback.play(self.draw, durations, plays, self.wait, lambda: self.now)


def test_frames_come_in_their_time() -> None:
    """Each frame stays for its own time, in every round."""
    theatre = Theatre()

    assert theatre.play([100, 300, 50], plays=2) is None
    assert theatre.frames == [(0, 0), (1, 0.1), (2, 0.4), (0, 0.45), (1, 0.55), (2, 0.85)]
    assert theatre.now == pytest.approx(1000.9)


def test_drawing_is_part_of_the_time() -> None:
    """The time that drawing takes does not add up."""
    theatre = Theatre(drawing_seconds=0.03)
    theatre.play([100, 100, 100], plays=1)

    assert theatre.frames == [(0, 0.03), (1, 0.13), (2, 0.23)]


def test_slow_terminals_get_every_frame() -> None:
    """If drawing takes longer than the frames last, all are drawn, as fast as possible."""
    theatre = Theatre(drawing_seconds=0.2)
    theatre.play([50, 50, 500, 50], plays=1)

    assert theatre.frames == [(0, 0.2), (1, 0.4), (2, 0.6), (3, 1.1)]


def test_zero_plays_are_for_ever() -> None:
    """An animation without an end plays until somebody ends it."""
    theatre = Theatre(quits_at=50.05)

    assert theatre.play([100, 100], plays=0) is Ending.QUIT
    assert len(theatre.frames) == 501


@pytest.mark.parametrize("milliseconds", [0, 10, 19])
def test_no_time_means_a_tenth_of_a_second(milliseconds: float) -> None:
    """GIFs with no time for a frame are drawn as browsers draw them."""
    theatre = Theatre()
    theatre.play([milliseconds, milliseconds], plays=1)

    assert theatre.frames == [(0, 0), (1, 0.1)]


def test_pictures_replace_one_another(tmp_path: Path) -> None:
    """Every picture starts where the first did; at the end the cursor is on the line below."""
    with (tmp_path / "screen").open("wb+") as screen:
        area = ScreenArea(screen)
        area.open(3)
        area.draw(b"one")
        area.draw(b"two", erases=True)
        area.open(2)
        area.draw(b"three")
        area.close()
        area.close()
        screen.seek(0)

        assert screen.read() == (
            b"\r\n\n\n\x1b[3A\x1b7"  # three lines, and back to the first
            b"\x1b8one\x1b8\x1b[Jtwo"
            b"\x1b8\x1b[J\n\n\x1b[2A\x1b7\x1b8three\x1b8\x1b[2B\r"
        )


def test_a_change_is_reported_when_it_is_complete(tmp_path: Path) -> None:
    """A file that still grows is not drawn; one that is as before, or missing, is not either."""
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    watched = WatchedFile(path)
    looks = [watched.has_changed()]
    for content in (b"22", b"333"):
        path.write_bytes(content)
        looks.append(watched.has_changed())
    looks += [watched.has_changed() for _ in range(2)]
    path.unlink()
    looks += [watched.has_changed() for _ in range(2)]

    assert looks == [False, False, False, True, False, False, False]


def test_a_file_that_is_replaced_has_changed(tmp_path: Path) -> None:
    """Editors write a new file and give it the old name; time and size may be the same."""
    path, other = tmp_path / "a.png", tmp_path / "b.png"
    for each in (path, other):
        each.write_bytes(b"1")
        os.utime(each, ns=(10**18, 10**18))
    watched = WatchedFile(path)
    other.replace(path)

    assert [watched.has_changed(), watched.has_changed()] == [False, True]
