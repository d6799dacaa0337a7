"""How often somebody may be wrong about a password: by account name, and by the address it is tried from."""

from limits import RateLimitItemPerMinute, storage, strategies
from werkzeug.exceptions import TooManyRequests

WRONG_PER_NAME = RateLimitItemPerMinute(5, 5)  # five in five minutes
WRONG_PER_PEER = RateLimitItemPerMinute(30, 5)  # a whole room may sit behind one address


class LoginLimits:
    """Counts in this process's memory: there is one web process."""

    def __init__(self) -> None:
        self._limiter = strategies.MovingWindowRateLimiter(storage.MemoryStorage())

    def check(self, name: str, peer: str) -> None:
        """Raises TooManyRequests before a password is even looked at."""
        by_name = self._limiter.test(WRONG_PER_NAME, "name", name[:64].lower())
        if not (by_name and self._limiter.test(WRONG_PER_PEER, "peer", peer)):
            raise TooManyRequests("too many wrong passwords: wait five minutes")

    def count_wrong(self, name: str, peer: str) -> None:
        """Remember one wrong try."""
        self._limiter.hit(WRONG_PER_NAME, "name", name[:64].lower())
        self._limiter.hit(WRONG_PER_PEER, "peer", peer)
