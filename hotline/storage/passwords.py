"""Argon2id hashing of passwords (argon2-cffi's current defaults, RFC 9106)."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError


class Argon2Passwords:
    """Implements Passwords. `hasher` says how much work a new hash is; a hash that is there knows its own."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """A salted hash that carries its own parameters."""
        return self._hasher.hash(password)

    def matches(self, hashed: str, password: str) -> bool:
        """True when `password` made `hashed`; a damaged hash matches nothing."""
        try:
            return self._hasher.verify(hashed, password)
        except (Argon2Error, InvalidHashError):
            return False
