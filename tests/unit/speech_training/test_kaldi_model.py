"""The bytes of final.mdl, and what a telephone line leaves of a sample."""

import struct

import numpy as np

from hotline.speech.training.evaluate import Score, edit_distance
from hotline.speech.training.g711 import ALAW_LEVELS, MULAW_LEVELS, companded
from hotline.speech.training.kaldi_model import acoustic_model
from hotline.speech.training.phones import PHONES
from hotline.speech.training.shape import FUTURE, PAST, Affine

OUTPUTS = len(PHONES)
LAYERS = [
    Affine((-1, 0, 1), np.arange(180.0).reshape(2, 90), np.zeros(2)),
    Affine((0,), np.ones((OUTPUTS, 2)), np.full(OUTPUTS, 0.5)),
]


def test_model_file_is_binary_kaldi_with_matrices_as_given() -> None:
    data = acoustic_model(LAYERS, np.full(OUTPUTS, 1 / OUTPUTS))
    assert data.startswith(b"\0B<TransitionModel> <Topology> ")
    assert b"input=Append(Offset(input, -1), input, Offset(input, 1))" in data
    assert b"output-node name=output input=layer1.out objective=linear" in data
    matrix = b"FM " + struct.pack("<bibi", 4, 2, 4, 90) + LAYERS[0].weights.astype("<f4").tobytes()
    assert b"<LinearParams> " + matrix in data
    assert b"<LeftContext> " + struct.pack("<bi", 4, PAST) in data
    assert b"<RightContext> " + struct.pack("<bi", 4, FUTURE) in data
    assert data.endswith(np.full(OUTPUTS, 1 / OUTPUTS, "<f4").tobytes())


def test_g711_keeps_its_own_levels_and_its_error_grows_with_loudness() -> None:
    assert (len(MULAW_LEVELS), len(ALAW_LEVELS)) == (255, 256)
    assert (MULAW_LEVELS.max(), ALAW_LEVELS.max()) == (32124, 32256)
    for levels in (MULAW_LEVELS, ALAW_LEVELS):
        assert np.array_equal(companded(levels, levels), levels)
        sound = np.linspace(-32000, 32000, 4001)
        error = np.abs(companded(sound, levels) - sound)
        assert error.max() <= 512
        assert error[np.abs(sound) < 400].max() <= 16


def test_character_errors() -> None:
    assert edit_distance("停水了", "停水了") == 0
    assert edit_distance("停水了", "停电了") == 1
    assert edit_distance("停水了", "") == 3
    assert edit_distance("", "停") == 1
    assert edit_distance("人民路停水", "民路停水了") == 2
    score = Score()
    assert score.add("停水了", "停水") == 1
    assert score.add("着火了", "着火了") == 0
    assert (score.utterances, score.right, round(score.cer, 1)) == (2, 1, 16.7)
