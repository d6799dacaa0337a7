"""The page of each role; everything on it comes by the API and the live link."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hotline.services.ports import Account
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("pages", __name__)
HOME = {"seat": "pages.console", "supervisor": "pages.floor", "admin": "pages.accounts", "unit": "work.page"}


@blueprint.get("/home")
@requires()
def home() -> ResponseReturnValue:
    """To where this role works."""
    return redirect(url_for(HOME[me().role]))


@blueprint.get("/")
@requires()
def console() -> ResponseReturnValue:
    """A seat's console; other roles go to their own page."""
    if me().role != "seat":
        return redirect(url_for(HOME[me().role]))
    return _page("console.html")


@blueprint.get("/floor")
@requires("supervisor")
def floor() -> str:
    """Queues, waiting calls and seats, live."""
    return _page("floor.html")


@blueprint.get("/accounts")
@requires("admin")
def accounts() -> str:
    """Who may log in."""
    return _page("accounts.html")


def _page(template: str) -> str:
    account: Account = me()
    return render_template(template, me=account, form_token=form_token())
