"""Which program asks: its key in the Authorization header, how often it may ask, and that it did."""

import threading

from flask import Response, g, request
from limits import RateLimitItemPerMinute, storage, strategies
from werkzeug.exceptions import Forbidden, HTTPException, TooManyRequests, Unauthorized

from hotline.services import api_keys
from hotline.services.ports_api import ApiKey
from seat_console.context import now, services

WRONG_PER_PEER = RateLimitItemPerMinute(60)


class ClientLimits:
    """Counts in this process's memory: there is one web process, and Redis dead changes nothing."""

    def __init__(self) -> None:
        self._limiter = strategies.MovingWindowRateLimiter(storage.MemoryStorage())
        self._lock = threading.Lock()

    def count(self, key: ApiKey) -> int:
        """One request more; returns how many are left this minute. Raises TooManyRequests."""
        limit = RateLimitItemPerMinute(key.per_minute)
        with self._lock:
            allowed = self._limiter.hit(limit, "key", str(key.id))
            reset, left = self._limiter.get_window_stats(limit, "key", str(key.id))
        if not allowed:
            raise _wait(int(max(1, reset - now().timestamp() + 1)))
        return int(left)

    def count_wrong(self, peer: str) -> None:
        """A key that opens nothing. Raises TooManyRequests when there were many from this address."""
        if not self._limiter.hit(WRONG_PER_PEER, "wrong", peer):
            raise _wait(60)


def _wait(seconds: int) -> HTTPException:
    problem = TooManyRequests("too many requests: wait", retry_after=seconds)
    g.retry_after = seconds
    return problem


def identify(limits: ClientLimits, *, writes: bool) -> ApiKey:
    """The key of this request. Raises Unauthorized, Forbidden or TooManyRequests."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    found = None
    if scheme.lower() == "bearer" and text:
        with services().storage.reading() as tx:
            found = api_keys.find(tx, text)
    if found is None:
        limits.count_wrong(request.remote_addr or "")
        raise Unauthorized("a key is needed: Authorization: Bearer hl_…")
    g.requests_left = limits.count(found)
    if writes and not found.may_write:
        raise Forbidden("this key may only read")
    at = now()
    if api_keys.is_news(found, at):
        with services().storage.writing() as tx:
            tx.api.update(found.id, last_used_at=at)
    return found


def dress(response: Response) -> Response:
    """Tell a client how much it may still ask, and how to say who it is."""
    if "requests_left" in g:
        response.headers["X-RateLimit-Remaining"] = str(g.requests_left)
    if "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
