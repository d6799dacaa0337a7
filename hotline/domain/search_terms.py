"""What a ticket is found by: pairs of neighbouring characters, because Chinese is written without spaces."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

MOST_WORDS = 8
LONGEST_QUERY = 100
SHORTEST_WORD = 2
_GAP = re.compile(r"[\W_]+")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
A_SECOND = 1024  # ordinals: more tickets than are ever accepted in one second


def normalised(text: str) -> str:
    """`text` as it is compared: one form of each character, no case, one space for what is no letter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Some letters fall apart when their case is folded: what was put together once more stays as it is.
    return _GAP.sub(" ", unicodedata.normalize("NFKC", folded).casefold()).strip()


def words_of(query: str) -> tuple[str, ...]:
    """The words somebody looks for, each once; all of them must be in a ticket."""
    return tuple(dict.fromkeys(normalised(query).split()))


def pairs(text: str) -> set[str]:
    """Neighbouring characters of each run of letters; a run of one character is that character."""
    found: set[str] = set()
    for run in normalised(text).split():
        found.update(run[n : n + 2] for n in range(max(1, len(run) - 1)))
    return found


def place_pairs(text: str) -> set[str]:
    """The same, for looking in the place alone."""
    return {f"_p{pair}" for pair in pairs(text)}


def facet(name: str, value: str) -> str:
    """A term for a property that a ticket has or has not; `name` is one letter."""
    return f"_{name}{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def terms_of(
    texts: Iterable[str], place: str, state: str, kind: str, topic: str, unit: str, assisting: Iterable[str]
) -> set[str]:
    """Everything a ticket is found by, except its number."""
    terms = pairs("\n".join((*texts, place))) | place_pairs(place)
    terms |= {facet("s", state), facet("k", kind), facet("t", topic), facet("u", unit)}
    return terms | {facet("a", each) for each in assisting}


def says(text: str, words: Iterable[str]) -> bool:
    """True when all `words` (as from `words_of`) are in `text`; pairs alone do not tell."""
    whole = normalised(text)
    return all(word in whole for word in words)


def plain_number(number: str) -> str:
    """Digits alone, without the country's code, so that one number is found however it was written."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", number) if c.isascii() and c.isdigit())
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def number_hash(key: str, number: str) -> str:
    """A caller's number for an index: nobody without `key` can go through all numbers to find it again."""
    text = f"number:{plain_number(number)}".encode()
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()[:32]


def ordinal_of(at: datetime, key: int = 0) -> int:
    """Tickets in the order of their acceptance; `key` tells those of one second apart."""
    return int((at - _EPOCH).total_seconds()) * A_SECOND + key % A_SECOND
