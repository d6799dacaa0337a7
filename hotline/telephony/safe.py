"""The gate for text that goes to Asterisk: what could end a value and start a command stays out."""

from hotline.domain.errors import Invalid

LONGEST_VALUE = 256
# A quote ends an AGI value, a backslash hides its end, a dollar starts a substitution in the dialplan.
FORBIDDEN = frozenset('"\\$')


def safe_value(value: str, name: str = "value", longest: int = LONGEST_VALUE) -> str:
    """The same text, or Invalid; what was in it is not repeated in the message."""
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid(f"{name} must be a text of {longest} characters at most")
    if any(sign in FORBIDDEN or not sign.isprintable() for sign in value):
        raise Invalid(f"{name} has a character that may not go to Asterisk")
    return value
