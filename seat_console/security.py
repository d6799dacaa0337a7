"""Headers of every answer, and the refusal of requests that another site made a browser send."""

import hmac
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request, session
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from hotline.settings import Settings

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FEATURES = "microphone=(self), camera=(), geolocation=(), payment=(), usb=(), display-capture=()"


def register(app: Flask, settings: Settings) -> None:
    """Guard all requests and dress all answers of `app`."""
    policy = _content_policy(settings.softphone_url.removesuffix("/ws"))
    app.wsgi_app = _behind_our_proxy(app.wsgi_app)  # type: ignore[assignment,method-assign]

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method in UNSAFE and not _is_for_programs() and not _is_same_origin():
            raise Forbidden("this request came from another site")

    @app.before_request
    def refuse_what_no_text_holds() -> None:
        if "\0" in request.path:
            raise NotFound  # nothing is called so, and PostgreSQL does not take it as a question

    @app.after_request
    def dress(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = FEATURES
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        # A new version must never run with the scripts of the old one, and no page with a caller is kept.
        headers["Cache-Control"] = "no-cache" if request.endpoint == "static" else "no-store"
        return response


def _behind_our_proxy(pages: WSGIApplication) -> WSGIApplication:
    """Who asks is whom the proxy on this machine names; nobody else is believed."""
    named = ProxyFix(pages, x_for=1, x_proto=0)

    def whose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_ours = _is_loopback_address(environ.get("REMOTE_ADDR", ""))
        return (named if is_ours else pages)(environ, start_response)

    return whose


def _content_policy(softphone: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            f"connect-src 'self' {softphone}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _is_for_programs() -> bool:
    """Who asks is known by a key in a header, which no other site can send; cookies count for nothing."""
    return request.path.startswith("/api/v1/")


def _is_same_origin() -> bool:
    """By Fetch Metadata where the browser sends it, else by Origin, which all send with these methods."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def is_loopback() -> bool:
    """The request was made on this machine, to this machine's own name, with no proxy in between.

    The name matters: a page of a stranger's name that resolves to 127.0.0.1 must not count as ours.
    """
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    return _is_loopback_address(request.remote_addr or "") and (
        host == "localhost" or _is_loopback_address(host)
    )


def _is_loopback_address(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def form_token() -> str:
    """The token that this browser's forms carry."""
    token: str = session.setdefault("form_token", secrets.token_urlsafe(24))
    return token


def check_form_token() -> None:
    """Raises Forbidden when the form was not one of ours."""
    given, kept = request.form.get("form_token", ""), session.get("form_token", "")
    if not kept or not hmac.compare_digest(given.encode(), str(kept).encode()):
        raise Forbidden("this form is too old: load the page again")
