"""A model learns, gives probabilities and reasons, and scores one message as scikit-learn would score them all."""

import random
import statistics
import time
from pathlib import Path

import numpy as np
import pytest

from hotline.categoriser.damage import misheard
from hotline.categoriser.features import BLOCKS, keys_of, normalised
from hotline.categoriser.model import Model, load_model
from hotline.categoriser.training import Collection, train
from hotline.domain.errors import Invalid
from tests.support.messages import labelled


@pytest.fixture(scope="module")
def model() -> Model:
    return train(*labelled(240))


def test_it_learns(model: Model) -> None:
    texts, labels = labelled(60, seed=2)
    said = [model.best(text)[0].label for text in texts]
    assert np.mean([a == b for a, b in zip(said, labels, strict=True)]) >= 0.95


def test_it_understands_what_was_misheard_by_sound(model: Model) -> None:
    texts, labels = labelled(60, seed=3)
    rng = random.Random(1)
    said = [model.best(misheard(text, 0.3, rng))[0].label for text in texts]
    assert np.mean([a == b for a, b in zip(said, labels, strict=True)]) >= 0.9


def test_it_says_what_it_rests_on(model: Model) -> None:
    best = model.best("你好我们小区停水了没有人管")
    assert best[0].label == "水务"
    assert any("水" in word for word in best[0].because)
    assert all(word in "你好我们小区停水了没有人管" for word in best[0].because)
    assert [verdict.probability for verdict in best] == sorted((v.probability for v in best), reverse=True)


def test_one_by_one_is_as_scikit_learn_scores_them_all_at_once(model: Model) -> None:
    texts, _ = labelled(50, seed=4)
    matrix = Collection(texts).matrix(np.arange(len(texts)), model.vocabularies)
    # The model's weights hold each block's share already, as the matrix's values do.
    plain = np.vstack([weights / block.share for block, weights in zip(BLOCKS, model.weights, strict=True)])
    expected = matrix @ plain + model.offsets
    assert np.allclose(expected, np.stack([model.margins(text) for text in texts]), atol=1e-4)


@pytest.mark.parametrize("text", ["", "😀😀😀", "hello world", "\ud800", "。" * 1_000_000, "停水" * 500_000])
def test_any_text_has_probabilities(model: Model, text: str) -> None:
    chances = model.probabilities(text)
    assert chances.sum() == pytest.approx(1)
    assert len(model.best(text)) == 3


def test_the_same_messages_give_the_same_model() -> None:
    one, other = train(*labelled(90)), train(*labelled(90))
    assert one.sharpness == other.sharpness
    assert all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))


def test_one_message_takes_less_than_a_millisecond(model: Model) -> None:
    text = "你好我想反映我们小区停水已经三天了打电话也没人管请尽快处理谢谢" * 7
    took = []
    for _ in range(50):
        started = time.thread_time()
        model.probabilities(text)
        took.append(time.thread_time() - started)
    assert statistics.median(took) < 0.001


@pytest.mark.parametrize(
    ("texts", "labels", "complaint"),
    [
        (["停水了", "没水了"], ["水", "水"], "two labels"),
        (["", " "], ["甲", "乙"], "no words in common"),
    ],
)
def test_what_cannot_be_learned_is_a_sentence(texts: list[str], labels: list[str], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        train(texts, labels)


def test_two_labels_and_a_label_with_one_message_are_learned() -> None:
    texts, labels = labelled(60)
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if label != "道路"]
    two = train([text for text, _ in pairs], [label for _, label in pairs])
    assert two.best("我们小区停水了")[0].label == "水务"
    assert two.best("家里暖气不热没有供暖")[0].label == "供暖"
    three = train([*(text for text, _ in pairs), "邻居太吵了"], [*(label for _, label in pairs), "噪音"])
    assert three.best("我们小区停水了")[0].label == "水务"
    assert "噪音" in three.labels


def test_a_model_survives_its_file(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.npz")
    again = load_model(tmp_path / "model.npz")
    assert again.best("我们小区停水了") == model.best("我们小区停水了")


def test_a_broken_file_is_no_model(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    whole = path.read_bytes()
    for broken in (b"", b"rubbish", whole[: len(whole) // 2], whole[:200] + b"\0" * 400 + whole[600:]):
        path.write_bytes(broken)
        with pytest.raises(Invalid, match="model"):
            load_model(path)
    with pytest.raises(Invalid, match="not a model"):
        load_model(tmp_path / "none.npz")


def test_parts_that_do_not_fit_are_no_model(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    with np.load(path) as arrays:
        parts = dict(arrays)
    np.savez(path, **parts | {"offsets": np.zeros(1, np.float32)})
    with pytest.raises(Invalid, match="do not fit"):
        load_model(path)
    np.savez(path, **parts | {"form": np.array([99])})
    with pytest.raises(Invalid, match="another version"):
        load_model(path)


def test_known_groups_of_a_long_message_count_less_each(model: Model) -> None:
    words = model.vocabularies[0]
    _, few = words.find(keys_of(normalised("停水了"))[0])
    _, many = words.find(keys_of(normalised("你好我想反映小区停水了已经三天了没有人管请尽快处理"))[0])
    assert few.max() > many.max()
    assert np.linalg.norm(few) == pytest.approx(np.linalg.norm(many)) == pytest.approx(1, abs=1e-5)
