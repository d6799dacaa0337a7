"""A running process takes up another version or topics file; what is broken leaves the old one in force."""

import os
from pathlib import Path

import pytest

from hotline.categoriser.live import LiveCategoriser
from hotline.categoriser.school import learn
from hotline.categoriser.versions import Pointer, VersionFolder
from hotline.domain.errors import Invalid
from hotline.places_file import WatchedPlaces
from hotline.topics_file import WatchedTopics
from tests.support.small_topics import lessons, small_topics, small_topics_text

PLACES = """
[[place]]
name = "人民路"
kind = "street"
within = "密州街道"
[[place]]
name = "常山"
kind = "site"
"""


def write(path: Path, text: str) -> None:
    """As an editor does, with another time than before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "topics.toml"
    write(path, small_topics_text())
    return path


@pytest.fixture
def live(file: Path, tmp_path: Path) -> LiveCategoriser:
    watched = WatchedTopics(file, tmp_path / "kept" / "topics.toml")
    return LiveCategoriser(watched, VersionFolder(tmp_path / "versions"))


def first(live: LiveCategoriser, said: str) -> str:
    suggestions = live.understand(said).suggestions
    return suggestions[0].topic if suggestions else ""


def test_another_version_is_taken_up_and_taken_back(live: LiveCategoriser, tmp_path: Path) -> None:
    folder, said = VersionFolder(tmp_path / "versions"), "黑咕隆咚看不见"
    assert first(live, said) != "lamp" and live.understand(said).version == 0
    folder.put_in_force(Pointer(1, folder.write(1, learn(small_topics(), lessons()))))
    live.look()
    assert first(live, said) == "lamp" and live.understand(said).version == 1
    assert live.figures() == {"version": 1, "problem": ""}
    folder.put_in_force(None)
    live.look()
    assert first(live, said) != "lamp" and live.figures() == {"version": 0, "problem": ""}


def test_a_broken_version_leaves_the_one_before_in_force(live: LiveCategoriser, tmp_path: Path) -> None:
    folder = VersionFolder(tmp_path / "versions")
    good = Pointer(1, folder.write(1, learn(small_topics(), lessons())))
    folder.put_in_force(good)
    live.look()
    folder.put_in_force(Pointer(2, "0" * 64))
    live.look()
    live.look()
    assert first(live, "黑咕隆咚看不见") == "lamp" and live.version == 1
    assert (
        live.figures()["problem"]
        == "version 2 cannot be read: No such file or directory; version 1 stays in force"
    )
    folder.live_file.write_text("{")
    live.look()
    assert live.version == 1 and "live.json cannot be read" in live.figures()["problem"]
    folder.put_in_force(good)
    live.look()
    assert live.figures() == {"version": 1, "problem": ""}


def test_another_topics_file_is_taken_up_and_a_wrong_one_is_not(live: LiveCategoriser, file: Path) -> None:
    write(file, small_topics_text().replace('"没水"', '"没水", "干涸"'))
    live.look()
    assert first(live, "水缸干涸了") == "water"
    write(file, small_topics_text().replace('id = "lamp"', 'id = "water"'))
    live.look()
    assert first(live, "水缸干涸了") == "water"
    assert "the id 'water' is there twice" in live.figures()["problem"]
    write(file, small_topics_text())
    live.look()
    assert first(live, "水缸干涸了") == "" and live.figures()["problem"] == ""


def test_a_restart_with_a_wrong_file_stays_with_the_kept_one(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "topics.toml"
    WatchedTopics(file, kept)
    write(file, "[[topic]]\n")
    again = WatchedTopics(file, kept)
    assert "water" in again.ids() and "line 1, topic 1: 'id' must be" in again.problem
    file.unlink()
    again.look()
    assert "water" in again.ids() and "No such file" in again.problem


def test_where_there_never_was_a_right_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        WatchedTopics(tmp_path / "none.toml", tmp_path / "kept.toml")
    empty = WatchedTopics(tmp_path / "none.toml", tmp_path / "kept.toml", may_be_empty=True)
    assert empty.as_view() == [] and "No such file" in empty.problem
    write(tmp_path / "none.toml", small_topics_text())
    empty.look()
    assert len(empty.as_view()) == 4 and empty.queue_of("lamp") == "planning" and not empty.problem


def test_the_file_is_looked_at_once_a_second_at_most(file: Path, tmp_path: Path) -> None:
    now = [100.0]
    watched = WatchedTopics(file, tmp_path / "kept.toml", clock=lambda: now[0])
    write(file, small_topics_text().replace('"water"', '"tap"'))
    assert "water" in watched.ids()
    now[0] += 2
    assert "tap" in watched.ids()


def test_places_are_offered_with_what_was_heard_once_the_words_are_settled(
    file: Path, tmp_path: Path
) -> None:
    write(tmp_path / "places.toml", PLACES)
    places = WatchedPlaces(tmp_path / "places.toml", tmp_path / "kept" / "places.toml")
    watched = WatchedTopics(file, tmp_path / "kept.toml")
    live = LiveCategoriser(watched, VersionFolder(tmp_path / "versions"), places)
    found = live.understand("人名路停水了").place
    assert found and (found.name, found.within, found.heard) == ("人民路", "密州街道", "人名路")
    assert found.likeness > 0.9
    assert live.understand("人名路停水了", settled=False).place is None
    for said in ("", "我家停水了", "建议在广场上种树", "hello 😀", "停" * 1_000_000):
        assert live.understand(said).place is None


def test_another_places_file_is_taken_up_and_a_wrong_one_is_not(file: Path, tmp_path: Path) -> None:
    path, kept = tmp_path / "places.toml", tmp_path / "kept" / "places.toml"
    topics = WatchedTopics(file, tmp_path / "kept.toml")
    live = LiveCategoriser(topics, VersionFolder(tmp_path / "versions"), WatchedPlaces(path, kept))

    def named(said: str) -> str:
        live.look()
        place = live.understand(said).place
        return place.name if place else ""

    assert named("人民路停水了") == "" and "No such file" in live.figures()["problem"]
    write(path, PLACES)
    assert named("人民路停水了") == "人民路" and live.figures()["problem"] == ""
    write(path, PLACES.replace("人民路", "和平大街"))
    assert (named("人民路停水了"), named("和平大街停水了")) == ("", "和平大街")
    for wrong in (PLACES.replace('"site"', '"sight"'), "[[place]", "", PLACES * 2, "[[place]]\nname = 3\n"):
        write(path, wrong)
        assert named("和平大街停水了") == "和平大街"
        assert "places.toml: " in live.figures()["problem"]
    write(path, PLACES.replace('"site"', '"sight"'))
    live.look()
    assert "line 6: 'kind' must be one of" in live.figures()["problem"]
    path.write_bytes(b"\xff" * 10)
    assert named("和平大街停水了") == "和平大街" and "not UTF-8 at byte 0" in live.figures()["problem"]
    again = WatchedPlaces(path, kept)
    assert [place.name for place in again.newest] == ["和平大街", "常山"] and again.problem
    path.unlink()
    assert named("和平大街停水了") == "和平大街"
    write(path, PLACES)
    assert named("人民路停水了") == "人民路" and live.figures()["problem"] == ""
