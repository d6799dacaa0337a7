"""SIP as text: what is read, what is refused, and the little SDP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Invalid
from hotline.telephony.sip_message import SipMessage, build, name_of, offer, uri_of, voice_of

HEADERS = (
    ("Via", "SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKa"),
    ("From", "<sip:13800000001@127.0.0.2>;tag=a"),
    ("To", "<sip:12341@127.0.0.1>"),
    ("Call-ID", "abc"),
    ("CSeq", "1 INVITE"),
)


def test_what_is_built_is_read() -> None:
    message = SipMessage.parse(
        build("INVITE sip:12341@127.0.0.1 SIP/2.0", (*HEADERS, ("X-Y", "z")), "v=0\r\n")
    )
    assert (message.method, message.status, message.body) == ("INVITE", 0, "v=0\r\n")
    assert (message.get("x-y"), message.get("content-length"), message.get("none")) == ("z", "5", "")


def test_a_response_has_the_method_of_its_request() -> None:
    message = SipMessage.parse(build("SIP/2.0 180 Ringing", HEADERS))
    assert (message.status, message.method) == (180, "INVITE")
    assert SipMessage.parse(build("SIP/2.0 200", HEADERS)).status == 200


def test_compact_folded_and_repeated_headers() -> None:
    data = (
        b"SIP/2.0 200 OK\r\nv: one\r\nVIA: two\r\n three\r\nf: <a>\r\nt: <b>\r\ni: c\r\nCSeq : 1 BYE\r\n\r\n"
    )
    message = SipMessage.parse(data)
    assert message.all("via") == ["one", "two three"]
    assert (message.get("call-id"), message.method) == ("c", "BYE")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\xff\xfe\0",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 999 X\r\n\r\n",
        b"SIP/2.0 20 X\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nno colon\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\n: no name\r\n\r\n",
        build("INVITE sip:x SIP/2.0", HEADERS[1:]),
        build("INVITE sip:x SIP/2.0", HEADERS + (("X", "y"),) * 300),
        build("INVITE sip:x SIP/2.0", HEADERS, "x" * 70_000),
    ],
)
def test_what_is_not_sip_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"^SIP: "):
        SipMessage.parse(data)


@given(st.binary(max_size=400))
def test_bytes_never_crash(data: bytes) -> None:
    for candidate in (data, build("SIP/2.0 200 OK", HEADERS)[:-4] + b"\r\n" + data):
        try:
            assert SipMessage.parse(candidate).start
        except Invalid:
            continue


def test_names_and_addresses() -> None:
    assert uri_of('"x" <sip:a@b:5;transport=udp>;tag=1') == "sip:a@b:5;transport=udp"
    assert uri_of("sip:a@b;tag=1") == "sip:a@b"
    assert name_of('"4bb68cf6" <sip:12341@x>') == "4bb68cf6"
    assert name_of("<sip:12341@x>") == ""


def test_the_answer_to_our_offer() -> None:
    voice = voice_of(offer("127.0.0.1", 18000, (8, 0)), (8, 0))
    assert (voice.host, voice.port, voice.codec, voice.event_type) == ("127.0.0.1", 18000, 8, 101)
    answer = (
        "v=0\r\nc=IN IP4 10.0.0.1/127\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n"
    )
    assert voice_of(answer, (8, 0)).event_type == 96
    assert voice_of("c=IN IP4 1.1.1.1\nm=audio 2 RTP/AVP 0\n", (0,)).event_type is None


@pytest.mark.parametrize(
    "sdp",
    ["", "v=0", "c=IN IP4 1.1.1.1\nm=audio 0 RTP/AVP 0", "c=IN IP4 1.1.1.1\nm=audio 9 RTP/AVP 18", "m=audio 9 RTP/AVP 0",
     "c=IN IP4 1.1.1.1\nm=audio 99999 RTP/AVP 0", "c=IN IP4 1.1.1.1\nm=video 9 RTP/AVP 0", "\0" * 99],
)  # fmt: skip
def test_sound_we_cannot_speak(sdp: str) -> None:
    with pytest.raises(Invalid):
        voice_of(sdp, (8, 0))
