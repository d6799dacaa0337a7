"""The telephone's codecs, against values of the standard."""

from array import array

import pytest

from hotline.telephony import g711

# ITU-T G.711's own examples: the loudest, the quietest and silence.
MU = {0: 0xFF, 32635: 0x80, -32635: 0x00, 132: 0xEF, -132: 0x6F}
A = {0: 0xD5, 32767: 0xAA, -32768: 0x2A, 8: 0xD5, -8: 0x55}


@pytest.mark.parametrize(("codec", "table"), [(g711.PCMU, MU), (g711.PCMA, A)])
def test_known_values(codec: int, table: dict[int, int]) -> None:
    assert list(g711.encode(array("h", table), codec)) == list(table.values())


@pytest.mark.parametrize("codec", [g711.PCMU, g711.PCMA])
def test_every_byte_survives_a_round_trip(codec: int) -> None:
    every = bytes(range(256))
    back = g711.encode(g711.decode(every, codec), codec)
    same = sum(a == b for a, b in zip(every, back, strict=True))
    assert same >= 255  # µ-law has two zeros


@pytest.mark.parametrize("codec", [g711.PCMU, g711.PCMA])
def test_every_sample_comes_back_within_the_step_of_its_size(codec: int) -> None:
    samples = array("h", range(-32768, 32768, 3))
    for before, after in zip(samples, g711.decode(g711.encode(samples, codec), codec), strict=True):
        assert abs(before - after) <= max(16, abs(before) / 16)


def test_silence_is_silent() -> None:
    assert set(g711.decode(g711.silence(g711.PCMU), g711.PCMU)) == {0}
    assert max(map(abs, g711.decode(g711.silence(g711.PCMA), g711.PCMA))) <= 8
    assert len(g711.silence(g711.PCMA)) == 160
