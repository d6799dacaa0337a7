"""The grammar of what citizens say, and the sentences kept back to measure with."""

import random

import pytest

from hotline.speech.training.city import place_names, topics
from hotline.speech.training.phones import phones_of
from hotline.speech.training.sentences import (
    development_sentences,
    expand,
    free_sentences,
    held_out_sentences,
    read_grammar,
    told_sentences,
    training_sentences,
)


def test_slots_are_filled_until_none_is_left() -> None:
    slots, kinds = read_grammar("# remark\nA: x | [B]\nA: z\n\nB: y\n+ [A][A]\n")
    assert slots == {"A": ["x", "[B]", "z"], "B": ["y"]}
    drawn = {expand(kinds[0], slots, random.Random(seed)) for seed in range(60)}
    assert drawn == {a + b for a in "xyz" for b in "xyz"}


def test_a_line_that_means_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="line 2: neither"):
        read_grammar("A: x\nsomething\n")


def test_measured_sentences_are_not_trained_on() -> None:
    trained = set(training_sentences())
    assert len(trained) > 15_000
    assert len(held_out_sentences()) >= 60
    assert not trained & set(held_out_sentences())
    assert not trained & set(free_sentences())


def test_nothing_told_is_nearly_a_measured_sentence() -> None:
    told = told_sentences()
    assert len(told) > 500
    pieces = {sentence[n : n + 6] for sentence in told for n in range(len(sentence) - 5)}
    for sentence in (*free_sentences(), *development_sentences()):
        assert not pieces & {sentence[n : n + 6] for n in range(len(sentence) - 5)}, sentence
    assert not set(development_sentences()) & set(training_sentences())


def test_all_sentences_can_be_said() -> None:
    measured = (*held_out_sentences(), *free_sentences(), *development_sentences())
    for sentence in (*measured, *training_sentences()[::50]):
        assert phones_of(sentence), sentence


def test_the_same_sentences_are_drawn_every_time() -> None:
    first = training_sentences()
    training_sentences.cache_clear()
    assert training_sentences() == first


def test_everything_in_the_citys_files_can_be_said() -> None:
    assert len(topics()["category"]) == 6
    assert all(phones_of(name) for name in place_names())
    assert all(phones_of(word) for topic in topics()["topic"] for word in topic["words"])
