"""What seats chose is learned beside the topics file; a version is a file that nothing is run from."""

import hashlib
import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from hotline.categoriser.learned import Learned, categoriser_of
from hotline.categoriser.school import learn, marks
from hotline.categoriser.versions import Pointer, VersionFolder
from hotline.domain.errors import Invalid, Unavailable
from tests.support.small_topics import lessons, small_topics

TOPICS = small_topics()


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(TOPICS, lessons())


def read(raw: bytes) -> Learned:
    return Learned.from_bytes(raw, hashlib.sha256(raw).hexdigest(), "version 1")


def test_the_topics_file_alone_is_enough_to_begin() -> None:
    alone = categoriser_of(TOPICS, learn(TOPICS, []), 1)
    understood = alone.understand("我们村路灯不亮了")
    assert (understood.suggestions[0].topic, understood.version) == ("lamp", 1)
    assert alone.understand("我们村露灯不量了").suggestions[0].topic == "lamp", "by its sound"


def test_what_seats_chose_is_learned(learned: Learned) -> None:
    said = "这条街黑咕隆咚的"
    assert all(s.topic != "lamp" for s in categoriser_of(TOPICS, None).understand(said).suggestions)
    first = categoriser_of(TOPICS, learned).understand(said).suggestions[0]
    assert first.topic == "lamp" and all(word in said for word in first.because) and first.because


def test_marks_are_better_after_learning(learned: Learned) -> None:
    before, after = marks(TOPICS, None, lessons()), marks(TOPICS, learned, lessons())
    assert before.count == after.count == 40
    assert before.first < 0.5 < 0.9 < after.first <= after.first_three
    assert marks(TOPICS, learned, []).count == 0


def test_topics_that_are_gone_are_neither_learned_nor_suggested(learned: Learned) -> None:
    fewer = type(TOPICS)(categories=TOPICS.categories, topics=TOPICS.topics[:2])
    assert all(s.topic != "lamp" for s in categoriser_of(fewer, learned).understand("黑咕隆咚").suggestions)
    assert "lamp" not in learn(fewer, lessons()).model.labels
    assert marks(fewer, learned, lessons()).count == 20


def test_a_version_survives_its_file_and_gives_the_same_again(learned: Learned) -> None:
    again = read(learned.to_bytes())
    assert (again.weight, again.sharing) == (learned.weight, learned.sharing)
    said = "做饭都流不出来水"
    assert categoriser_of(TOPICS, again).understand(said) == categoriser_of(TOPICS, learned).understand(said)
    assert learn(TOPICS, lessons()).to_bytes() == learned.to_bytes()


@pytest.mark.parametrize("said", ["", "😀😀😀", "hello world", "\ud800", "。" * 1_000_000, "停水" * 500_000])
def test_any_text_is_understood_somehow(learned: Learned, said: str) -> None:
    assert len(categoriser_of(TOPICS, learned).understand(said).suggestions) <= 3


def test_only_the_very_bytes_that_were_written_are_loaded(learned: Learned) -> None:
    raw = learned.to_bytes()
    with pytest.raises(Invalid, match="its hash differs"):
        Learned.from_bytes(raw[:-1], hashlib.sha256(raw).hexdigest(), "version 1")
    for broken in (b"", b"rubbish", raw[: len(raw) // 2], pickle.dumps({"blend": [1, 2, 3]})):
        with pytest.raises(Invalid, match="is not a version"):
            read(broken)


def test_a_file_that_would_run_something_is_no_version(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (open, (str(tmp_path / "sprung"),))

    file = io.BytesIO()
    np.savez(file, blend=np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(Invalid, match="is not a version"):
        read(file.getvalue())
    assert not (tmp_path / "sprung").exists()


def test_numbers_that_are_none_are_no_version(learned: Learned) -> None:
    with np.load(io.BytesIO(learned.to_bytes())) as arrays:
        parts = dict(arrays)
    file = io.BytesIO()
    np.savez(file, **parts | {"blend": np.array([np.nan, 1.0, 1.0])})
    with pytest.raises(Invalid, match="numbers are none"):
        read(file.getvalue())


def test_the_folder_keeps_versions_and_names_the_one_in_force(learned: Learned, tmp_path: Path) -> None:
    folder = VersionFolder(tmp_path / "categoriser")
    assert folder.live() is None
    pointer = Pointer(3, folder.write(3, learned))
    folder.put_in_force(pointer)
    assert folder.live() == pointer and folder.load(pointer).weight == learned.weight
    folder.put_in_force(None)
    assert folder.live() is None
    with pytest.raises(Invalid, match="version 4 cannot be read: No such file"):
        folder.load(Pointer(4, pointer.sha256))
    assert not [path for path in folder.live_file.parent.rglob("tmp*")]


@pytest.mark.parametrize(
    "raw", ["", "[]", "{", '{"version": 1}', '{"version": true, "sha256": ""}', "[" * 9_000, "\0"]
)
def test_a_pointer_that_says_nothing_clear(tmp_path: Path, raw: str) -> None:
    folder = VersionFolder(tmp_path)
    folder.live_file.write_text(raw)
    with pytest.raises(Invalid, match=r"live\.json"):
        folder.live()


def test_a_pointer_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = VersionFolder(tmp_path)
    folder.live_file.write_text(json.dumps({"version": "../../etc", "sha256": "0" * 64}))
    with pytest.raises(Invalid, match="names no version"):
        folder.live()


def test_a_folder_that_cannot_be_written_is_said(learned: Learned, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written"):
        VersionFolder(tmp_path / "file").write(1, learned)
