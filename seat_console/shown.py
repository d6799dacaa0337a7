"""What a seat's page says that it showed when the topic was chosen."""

from typing import Any

from werkzeug.exceptions import BadRequest

from hotline.domain.categorise import MAX_SENTENCE
from hotline.domain.heard import MAX_SUGGESTIONS, MAX_WORDS
from hotline.domain.learning import Shown
from seat_console.bodies import text, whole

LONGEST_TOPIC = 64


def shown_in(body: dict[str, Any]) -> Shown | None:
    """None from a page that showed nothing of the call. Raises BadRequest for what makes no sense."""
    found = body.get("shown")
    if found is None:
        return None
    if not isinstance(found, dict):
        raise BadRequest("shown must be an object")
    suggestions = found.get("suggestions")
    if not isinstance(suggestions, list) or len(suggestions) > MAX_SUGGESTIONS:
        raise BadRequest(f"suggestions must be a list of {MAX_SUGGESTIONS} at most")
    if not all(isinstance(each, dict) for each in suggestions):
        raise BadRequest("a suggestion must be an object")
    return Shown(
        words=text(found, "words", 2 * MAX_WORDS)[-MAX_SENTENCE:],  # what the suggestions rest on
        version=whole(found, "categoriser"),
        suggested=tuple(text(each, "topic", LONGEST_TOPIC) for each in suggestions),
        score=_share(suggestions[0]) if suggestions else 0.0,
    )


def _share(suggestion: dict[str, Any]) -> float:
    score = suggestion.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise BadRequest("score must be a number from 0 to 1")
    return float(score)
