"""SIP messages as text (RFC 3261), read with limits and written, and the little SDP a voice needs."""

import re
from dataclasses import dataclass

from hotline.domain.errors import Invalid

MAX_MESSAGE = 65_535
MAX_HEADERS = 200
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: |$)")
_REQUEST = re.compile(r"([A-Z]{1,20}) (\S+) SIP/2\.0$")
_AUDIO = re.compile(r"m=audio (\d{1,5}) RTP/\S+((?: \d{1,3})+)$")
_RTPMAP = re.compile(r"a=rtpmap:(\d{1,3}) ([A-Za-z0-9-]+)/8000")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SipMessage:
    """A request or a response. Header names are lower case and long."""

    start: str
    headers: Headers
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> "SipMessage":
        """Invalid when it is not SIP; nothing of it is repeated in the message."""
        if len(data) > MAX_MESSAGE:
            raise Invalid("SIP: longer than a datagram")
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        if not (_STATUS.match(start) or _REQUEST.match(start)) or len(lines) > MAX_HEADERS:
            raise Invalid("SIP: not a message")
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if not colon or not name:
                raise Invalid("SIP: a header without a name")
            headers.append((_COMPACT.get(name, name), value.strip()))
        message = cls(start=start, headers=tuple(headers), body=body)
        if not all(message.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
            raise Invalid("SIP: a header every message has is missing")
        return message

    def get(self, name: str) -> str:
        """The first header of that name, "" when there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name, in order."""
        return [value for key, value in self.headers if key == name]

    @property
    def status(self) -> int:
        """A response's code, 0 for a request."""
        found = _STATUS.match(self.start)
        return int(found[1]) if found else 0

    @property
    def method(self) -> str:
        """A request's method; a response's is that of its request."""
        found = _REQUEST.match(self.start)
        return found[1] if found else self.get("cseq").rpartition(" ")[2]


def build(start: str, headers: Headers, body: str = "") -> bytes:
    """The message's bytes; its length is added."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")


def uri_of(header: str) -> str:
    """The address in a Contact, From or Record-Route header."""
    inside = re.search(r"<([^>]*)>", header)
    return inside[1] if inside else header.partition(";")[0].strip()


def name_of(header: str) -> str:
    """The display name in front of the address, without its quotes."""
    return header.partition("<")[0].strip().strip('"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Where and how the other side wants to be spoken to."""

    host: str
    port: int
    codec: int
    event_type: int | None


def offer(host: str, port: int, codecs: tuple[int, ...], version: int = 1) -> str:
    """An SDP that offers the codecs and keys (RFC 4733), or accepts the first."""
    names = {0: "PCMU", 8: "PCMA"}
    lines = [
        "v=0",
        f"o=- 1 {version} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(map(str, codecs))} 101",
        *(f"a=rtpmap:{codec} {names[codec]}/8000" for codec in codecs),
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ]
    return "\r\n".join(lines) + "\r\n"


def voice_of(sdp: str, ours: tuple[int, ...]) -> Voice:
    """What an answer or an offer says about sound; Invalid when there is none we can speak."""
    host, port, types, names = "", 0, [], {}
    for line in sdp.splitlines():
        if line.startswith("c=IN IP4 "):
            host = line.removeprefix("c=IN IP4 ").strip().partition("/")[0]
        elif found := _AUDIO.match(line.strip()):
            port, types = int(found[1]), [int(word) for word in found[2].split()]
        elif found := _RTPMAP.match(line):
            names[int(found[1])] = found[2].lower()
    codec = next((number for number in types if number in ours), None)
    if codec is None or not host or not 0 < port < 65536:
        raise Invalid("SIP: the other side offers no sound we understand")
    event_type = next((number for number in types if names.get(number) == "telephone-event"), None)
    return Voice(host=host, port=port, codec=codec, event_type=event_type)
