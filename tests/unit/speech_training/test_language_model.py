"""The language model is a probability for whatever was said before, and the graph agrees with it."""

from __future__ import annotations

import itertools
import math

import pytest

from hotline.speech.training.language_model import (
    END,
    START,
    General,
    LanguageModel,
    Shape,
    estimate,
)

SENTENCES = [
    "小区 停水 了",
    "小区 停电 了",
    "我家 停水 了",
    "我家 停水 三天 了",
    "小区 路灯 坏 了",
    "路灯 坏 了",
] * 2
CUT = [sentence.split() for sentence in SENTENCES]
VOCABULARY = sorted({word for sentence in CUT for word in sentence} | {"从未", "说过"})
HISTORIES = [*[(w,) for w in [START, *VOCABULARY]], *itertools.product([START, *VOCABULARY], VOCABULARY)]


KINDS = {"了": "particle", "停水": "verb", "停电": "verb", "坏": "verb", "说过": "verb", "从未": "adverb"}
OF_KINDS = General(
    lambda word: len(word), lambda word: KINDS.get(word, "noun"), {"adverb": {"verb": 0.9, "noun": 0.1}}
)


@pytest.fixture(scope="module", params=[(1, None), (2, None), (3, None), (1, OF_KINDS), (3, OF_KINDS)])
def model(request: pytest.FixtureRequest) -> LanguageModel:
    order, general = request.param
    return estimate(CUT, VOCABULARY, Shape(order=order), general)


def test_after_any_history_the_probabilities_sum_to_one(model: LanguageModel) -> None:
    for history in HISTORIES:
        total = sum(model.probability(word, history) for word in [*VOCABULARY, END])
        assert total == pytest.approx(1.0, abs=1e-9), history


def test_every_word_is_possible_everywhere(model: LanguageModel) -> None:
    assert all(model.probability(word, history) > 0 for history in HISTORIES for word in VOCABULARY)


def test_a_word_outside_the_vocabulary_is_impossible(model: LanguageModel) -> None:
    assert model.probability("恐龙", ("小区",)) == 0.0


def test_what_was_said_more_often_is_likelier() -> None:
    model = estimate(CUT, VOCABULARY, Shape())
    assert model.probability("了", ("小区", "停水")) > 10 * model.probability("路灯", ("小区", "停水"))
    assert model.probability("停水", ("我家",)) > model.probability("停水", ("路灯",))
    assert model.probability("坏") > model.probability("从未")


def test_general_chinese_lends_words_that_no_sentence_has() -> None:
    counts = {"从未": 10_000, "说过": 1}
    model = estimate(CUT, VOCABULARY, Shape(), General(lambda word: counts.get(word, 0)))
    assert model.probability("从未") > 5 * model.probability("说过") > 0


def test_where_no_sentence_tells_the_kind_of_a_word_says_what_follows() -> None:
    model = estimate(CUT, VOCABULARY, Shape(), OF_KINDS)
    assert model.probability("说过", ("从未",)) > 1.5 * model.probability("说过", ("三天",))
    assert model.following["adverb"]["verb"] > 1.5 * model.following["adverb"]["noun"]


def test_without_any_sentence_all_words_are_equal() -> None:
    model = estimate([], VOCABULARY, Shape())
    assert {round(model.probability(word), 9) for word in VOCABULARY} == {round(1 / (len(VOCABULARY) + 1), 9)}


def test_states_and_backoff_are_closed(model: LanguageModel) -> None:
    for history, following in model.listed.items():
        assert 0 < model.backoff[history] < 1
        assert len(history) == 1 or history[1:] in model.listed
        for word, probability in following.items():
            assert math.isfinite(math.log(probability))
            after = model.state_after(history, word)
            assert after in model.listed or after[0] in {f"#{kind}" for kind in model.following}
