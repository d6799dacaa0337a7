"""AudioSocket's bytes may be cut anywhere, and wrong ones are named without being kept."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.speech.frames import (
    HANG_UP,
    MAX_PAYLOAD,
    SILENCE,
    BadFrame,
    Frame,
    FrameDecoder,
    Kind,
    call_id_of,
    encode,
)

CALL = UUID("0d1c2b3a-0000-4000-8000-000000000001")

FRAMES = st.one_of(
    st.just(Frame(Kind.HANG_UP)),
    st.binary(min_size=16, max_size=16).map(lambda payload: Frame(Kind.UUID, payload)),
    st.binary(min_size=1, max_size=1).map(lambda payload: Frame(Kind.DTMF, payload)),
    st.integers(0, MAX_PAYLOAD // 2).map(lambda samples: Frame(Kind.AUDIO, b"\x01\x02" * samples)),
    st.binary(max_size=20).map(lambda payload: Frame(Kind.ERROR, payload)),
)


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(1, 700), max_size=30))
def test_frames_cut_anywhere_come_out_whole(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(encode(frame.kind, frame.payload) for frame in frames)
    decoder, out = FrameDecoder(), []
    for cut in cuts:
        out += decoder.feed(data[:cut])
        data = data[cut:]
    out += decoder.feed(data)
    assert out == frames


@given(st.lists(st.binary(max_size=5_000), max_size=8))
def test_random_bytes_are_frames_or_bad_and_never_kept(chunks: list[bytes]) -> None:
    decoder = FrameDecoder()
    for chunk in chunks:
        try:
            for frame in decoder.feed(chunk):
                assert len(frame.payload) <= MAX_PAYLOAD
        except BadFrame:
            break
        assert len(decoder._kept) < MAX_PAYLOAD + 3


@pytest.mark.parametrize(
    "header",
    [
        b"\x02\x00\x00",  # no such kind
        b"\x12\x02\x80",  # audio of another rate
        b"\x10\xff\xff",  # oversized
        b"\x10\x01\x41",  # half a sample
        b"\x01\x00\x24",  # a UUID as text
        b"\x03\x00\x00",  # no key
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",  # TLS
    ],
)
def test_a_wrong_header_is_refused_before_its_payload_comes(header: bytes) -> None:
    with pytest.raises(BadFrame):
        list(FrameDecoder().feed(header))


def test_good_frames_before_a_bad_one_are_delivered() -> None:
    seen = []
    with pytest.raises(BadFrame):
        for frame in FrameDecoder().feed(SILENCE + HANG_UP + b"\x99\x00\x00"):
            seen.append(frame.kind)
    assert seen == [Kind.AUDIO, Kind.HANG_UP]


def test_silence_is_twenty_milliseconds() -> None:
    assert b"\x10\x01\x40" + bytes(320) == SILENCE


def test_too_much_is_not_sent() -> None:
    with pytest.raises(BadFrame):
        encode(Kind.AUDIO, bytes(MAX_PAYLOAD + 2))


def test_the_call_id_is_the_uuid_as_the_dialplan_writes_it() -> None:
    assert call_id_of(Frame(Kind.UUID, CALL.bytes)) == str(CALL)
    with pytest.raises(BadFrame):
        call_id_of(Frame(Kind.AUDIO, bytes(16)))
