"""Whose turn it is: by the clock, or for each client one after another."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pixbin.serve import damage
from pixbin.serve.folders import ServedFile
from pixbin.serve.playlist import MAX_CLIENTS, Playlist, PlaylistOrder, PlaylistRequest, Turn
from tests.serve.client import ServeClient


def files(names: str) -> list[ServedFile]:
    """Return a file for each letter; later letters are newer."""
    return [ServedFile(name, name, ord(name), (0, 0, 0)) for name in names]


def labels(turn: Turn) -> str:
    """Return the names of a turn, in its order."""
    return "".join(file.label for file in turn.files)


def first(playlist: Playlist, names: str, now: float, **request: object) -> str:
    """Return the name whose turn it is."""
    return labels(playlist.turn(files(names), PlaylistRequest(**request), now))[0]  # type: ignore[arg-type]


def test_the_clock_gives_all_clients_the_same() -> None:
    """Each minute has its picture, which needs no memory."""
    request = PlaylistRequest()

    assert [labels(Playlist().turn(files("abc"), request, 60.0 * n)) for n in range(4)] == [
        *("abc", "bca", "cab", "abc")
    ]
    turn = Playlist().turn(files("abc"), request, 179.9)
    assert (labels(turn), turn.since, turn.until) == ("cab", 120, 180)


def test_turns_may_have_another_length() -> None:
    """With every=600, a picture has ten minutes."""
    playlist = Playlist()

    assert {first(playlist, "abc", now, seconds=600) for now in (600, 900, 1199)} == {"b"}
    assert first(playlist, "abc", 1200, seconds=600) == "c"


def test_a_client_gets_one_after_another() -> None:
    """Each request moves its own client, from the first picture on."""
    playlist = Playlist()
    hall = [first(playlist, "abc", 0, client="hall") for _ in range(4)]
    desk = [first(playlist, "abc", 0, client="desk") for _ in range(2)]

    assert ("".join(hall), "".join(desk)) == ("abca", "ab")


def test_a_client_keeps_its_picture_until_the_turn_ends() -> None:
    """Some dashboards ask every few seconds."""
    playlist = Playlist()
    times = (0, 5, 59, 60, 61, 119, 300, 301)
    got = [first(playlist, "abc", now, client="hall", seconds=60) for now in times]

    assert "".join(got) == "aaabbbcc"


def test_a_look_does_not_move_a_client() -> None:
    """HEAD requests are looks."""
    playlist = Playlist()
    first(playlist, "abc", 0, client="hall")

    assert first(playlist, "abc", 0, client="hall", is_peek=True) == "b"
    assert first(playlist, "abc", 0, client="hall") == "b"


@pytest.mark.parametrize(
    ("names", "expected"), [("abxc", "x"), ("ac", "c"), ("a", "a"), ("xabc", "c"), ("xyz", "y")]
)
def test_files_may_come_and_go(names: str, expected: str) -> None:
    """A client goes on after its last picture, or where that was."""
    playlist = Playlist()
    first(playlist, "abc", 0, client="hall")
    first(playlist, "abc", 0, client="hall")

    assert first(playlist, names, 0, client="hall") == expected


def test_a_picture_that_was_removed_ends_its_turn() -> None:
    """Even before the time is over."""
    playlist = Playlist()
    first(playlist, "abc", 0, client="hall", seconds=60)

    assert first(playlist, "bc", 1, client="hall", seconds=60) == "b"


def test_orders() -> None:
    """By name, newest first, or shuffled: all pictures once, and anew in each cycle."""
    playlist, many = Playlist(), files("abcdefghijkl")
    newest = PlaylistRequest(order=PlaylistOrder.NEWEST)
    shuffled = PlaylistRequest(order=PlaylistOrder.RANDOM)
    cycles = [
        "".join(
            labels(playlist.turn(many, shuffled, 60.0 * (n + 12 * cycle)))[0] for n in range(12)
        )
        for cycle in range(2)
    ]

    assert labels(playlist.turn(many, newest, 0)) == "lkjihgfedcba"
    assert [sorted(cycle) for cycle in cycles] == [[*"abcdefghijkl"]] * 2
    assert len({*cycles, "abcdefghijkl"}) == 3
    assert labels(Playlist().turn(many, shuffled, 0)) == labels(playlist.turn(many, shuffled, 0))


def test_clients_are_forgotten() -> None:
    """The memory for clients is bounded; the oldest one begins again."""
    playlist = Playlist()
    for number in range(MAX_CLIENTS + 1):
        first(playlist, "abc", 0, client=str(number))

    assert first(playlist, "abc", 0, client="1") == "b"
    assert first(playlist, "abc", 0, client="0") == "a"


def test_requests_move_a_client(folder: Path, client: ServeClient) -> None:
    """The addresses of the service use all this."""
    single = {label: client.get(f"/convert?file={label}").body for label in ("a.png", "b.png")}
    first_reply = client.get("/next?client=hall")
    peek = client.send("HEAD", "/next?client=hall")
    second_reply = client.get("/next?client=hall")

    assert first_reply.body == single["a.png"]
    assert second_reply.body == single["b.png"]
    assert peek.headers["ETag"] == second_reply.headers["ETag"]


def test_a_damaged_picture_takes_no_turn(folder: Path, client: ServeClient) -> None:
    """Neither of a client, nor of the clock, nor of a TRMNL display; and no second one is lost."""
    (folder / "a.png").write_text("this is text")
    single = [client.get(f"/convert?file={name}").body for name in ("b.png", "trip/c.png")]

    assert [client.get("/next?client=hall").body for _ in range(4)] == single * 2
    for path in ("/trmnl?client=desk", "/api/display?client=desk2"):
        reply = client.get(path).json
        assert "file=b.png" in (reply.get("url") or reply["image_url"])
    links = [client.get(f"/trmnl?every={seconds}").json["url"] for seconds in range(60, 90)]
    assert not any("a.png" in link for link in links)


def test_damage_further_in_is_found_once(folder: Path, client: ServeClient) -> None:
    """Its header is sound, so the first conversion finds it; then the clock leaves it out."""
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:-400])
    bodies = [client.get("/next?client=hall").body for _ in range(4)]
    files = client.server.pictures._folders.files()
    left = client.server.pictures._damage.leave_out(files, "other options")

    assert bodies[:2] == bodies[2:]
    assert bodies[0] != bodies[1]
    assert len(left) == 3, "other options may read it"


def test_damage_is_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that is written anew has its turn, and after some minutes any other one, too."""
    (folder / "a.png").write_text("this is text")
    (folder / "sound.png").write_bytes((folder / "b.png").read_bytes())
    record, file = damage.DamageRecord(), ServedFile("a", str(folder / "a.png"), 0, (1, 0, 0))
    assert record.leave_out([file], "") == []
    (folder / "sound.png").replace(folder / "a.png")
    anew = dataclasses.replace(file, version=(2, 0, 0))

    assert record.leave_out([file], "") == [], "the check is kept"
    assert record.leave_out([anew], "") == [anew]
    assert record.leave_out([file], "") == [file], "what is known of other files is forgotten"
    record.mark(file, "some")
    assert record.leave_out([file], "some") == []
    monkeypatch.setattr(damage, "FORGET_SECONDS", 0.0)
    assert record.leave_out([file], "some") == [file]


def test_a_folder_of_damaged_pictures_has_no_turn(folder: Path, client: ServeClient) -> None:
    """The answer says so."""
    for name in ("a.png", "b.png", "trip/c.png"):
        (folder / name).write_text("this is text")

    assert client.get("/next").status == client.get("/trmnl").status == 404
