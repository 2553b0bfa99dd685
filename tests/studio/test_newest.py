"""The newest request wins, urgent work has a gate of its own, and long work can be dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pixbin.studio import newest
from pixbin.studio.newest import NewestQueue, StaleRequestError


def test_runs_the_work() -> None:
    """A request without a rival gets its result."""
    assert NewestQueue().run("a", 1, lambda check: 42, is_urgent=True) == 42


def test_waiting_requests_become_stale() -> None:
    """Of requests that wait for running work, only the newest is started."""
    queue, started, go_on = NewestQueue(), threading.Event(), threading.Event()
    done: list[int] = []
    stale: list[int] = []

    def first(check: Callable[[], None]) -> None:
        started.set()
        go_on.wait(10)

    def request(number: int) -> None:
        try:
            queue.run("a", number, lambda check: done.append(number), is_urgent=True)
        except StaleRequestError:
            stale.append(number)

    running = threading.Thread(
        target=lambda: queue.run("other", 1, first, is_urgent=True), daemon=True
    )
    running.start()
    started.wait(10)
    waiting = []
    for number in (2, 3, 4):
        waiting.append(threading.Thread(target=request, args=(number,), daemon=True))
        waiting[-1].start()
        while queue._newest.get("a") != number:  # registered, so it waits at the gate
            time.sleep(0.01)
    go_on.set()
    for thread in (running, *waiting):
        thread.join(10)

    assert done == [4]
    assert sorted(stale) == [2, 3]


def test_running_work_can_be_dropped() -> None:
    """Work that asks learns that a newer request has come, and ends."""
    queue = NewestQueue()

    def work(check: Callable[[], None]) -> None:
        check()
        queue._register("a", 2)
        check()

    with pytest.raises(StaleRequestError):
        queue.run("a", 1, work, is_urgent=True)
    assert queue.run("a", 2, lambda check: "newest", is_urgent=True) == "newest"


def test_urgent_work_does_not_wait_for_the_strip() -> None:
    """The large picture is drawn while a tile of the film strip is."""
    queue = NewestQueue()

    def tile(check: Callable[[], None]) -> str:
        return queue.run("picture", 1, lambda check: "drawn", is_urgent=True)

    assert queue.run("strip", 1, tile, is_urgent=False) == "drawn"


def test_channels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed tabs are forgotten in time."""
    monkeypatch.setattr(newest, "MAX_CHANNELS", 3)
    queue = NewestQueue()
    for name in "abcde":
        queue.run(name, 1, lambda check: None, is_urgent=True)

    assert [*queue._newest] == ["c", "d", "e"]


def test_a_refinement_ends_when_it_is_stale() -> None:
    """The steps of --refine ask whether anybody still waits."""
    from pixbin.studio.drawing import Draftsman
    from pixbin.studio.pictures import PictureLibrary
    from pixbin.web.request_settings import SettingsReader
    from tests.fixtures import EXAMPLES_FOLDER

    source = PictureLibrary(str(EXAMPLES_FOLDER / "chelsea.png")).get("0")
    recipe = SettingsReader({}).read({"grid": "16x", "model": "ink", "refine": "50"}, "png")
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:  # after the source was read, and two steps
            raise StaleRequestError

    with pytest.raises(StaleRequestError):
        Draftsman().draw(source, recipe, check)
    assert calls == 4
