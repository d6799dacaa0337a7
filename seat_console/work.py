"""The pages of handling units."""

from flask import Blueprint, render_template

from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("work", __name__)


@blueprint.get("/work")
@requires("unit")
def page() -> str:
    """What the unit has to do, by what is due next."""
    return render_template("work.html", me=me(), form_token=form_token())
