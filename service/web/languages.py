"""The languages of the pages: Danish first, English second (decision 16).

The words in the templates are English; `translations/` has the Danish ones. What is part of
a plan (titles, wordings, notes) is in the plan's own language and never translated here.
"""

from datetime import date, datetime
from threading import Lock

from flask import Flask, g, request
from flask_babel import Babel, format_date, format_time

# How the time of day and a date are written in each.
_CLOCK = {"da": "HH.mm", "en": "HH:mm"}
_DAY = {"da": "d. MMM y", "en": "d MMM y"}

LANGUAGES = {"da": "Dansk", "en": "English"}
DEFAULT = "da"
TIME_ZONE = "Europe/Copenhagen"


_ONE_AT_A_TIME = Lock()


def register(app: Flask) -> None:
    """Let templates speak, from the first page on; `g.language` is set by who shows one."""
    with _ONE_AT_A_TIME:
        if "babel" not in app.extensions:
            _register(app)


def _register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["upfirst"] = lambda text: text[:1].upper() + text[1:]
    Babel(app, default_locale="en", default_timezone=TIME_ZONE, locale_selector=spoken)


def spoken() -> str:
    """The language of the page that is shown: as it was chosen, or as the browser asks."""
    language: str = g.get("language", "")
    if language not in LANGUAGES:
        asked: str = request.accept_languages.best_match(LANGUAGES, DEFAULT)
        language = g.launch.language if "launch" in g and g.launch.language else asked
    return language


def clock(at: datetime) -> str:
    """The time of day at the clinic."""
    return str(format_time(at, _CLOCK[spoken()]))


def day(at: date) -> str:
    """The date; of a moment, the one at the clinic."""
    return str(format_date(at, _DAY[spoken()]))


def moment(at: datetime) -> str:
    """Date and time of day at the clinic."""
    return f"{day(at)} {clock(at)}"
