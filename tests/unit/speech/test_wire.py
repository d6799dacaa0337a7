"""Messages between the speech process and its workers survive any cut, and nonsense is recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Invalid
from hotline.speech.wire import MAX_MESSAGE, MAX_TEXT, Message, MessageDecoder, Say, encode

MESSAGES = st.builds(Message, st.sampled_from(Say), st.integers(0, 2**32 - 1), st.binary(max_size=500))


@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(1, 300), max_size=20))
def test_messages_cut_anywhere_come_out_whole(messages: list[Message], cuts: list[int]) -> None:
    data = b"".join(encode(message.say, message.stream, message.payload) for message in messages)
    decoder, out = MessageDecoder(), []
    for cut in cuts:
        out += decoder.feed(data[:cut])
        data = data[cut:]
    out += decoder.feed(data)
    assert out == messages


@pytest.mark.parametrize(
    "data", [b"\x63" + bytes(8), b"\x12\0\0\0\1\xff\xff\xff\xff", b"Traceback (most recent"]
)
def test_nonsense_is_invalid(data: bytes) -> None:
    with pytest.raises(Invalid):
        list(MessageDecoder().feed(data))


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(Invalid):
        encode(Say.AUDIO, 1, bytes(MAX_MESSAGE + 1))


def test_text_that_is_none() -> None:
    assert Message(Say.PARTIAL, 1, b"\xff\xfe").text == "��"
    assert len(Message(Say.PARTIAL, 1, b"a" * 50_000).text) == MAX_TEXT
