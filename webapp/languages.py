"""Which language and zone a reader gets: the person's choice, else the cookie, else the installation's, else the browser's."""

from __future__ import annotations

from flask import Flask, Response, g, has_request_context, request
from flask_login import current_user

from webapp.context import context
from webapp.extensions import babel
from webapp.services import preferences

LANGUAGES = {"en": "English", "de": "Deutsch"}
COOKIE = "language"
_LOCALES = {"en": "en_GB", "de": "de_DE"}
"""How dates, times and numbers are written in each language."""


def init_languages(app: Flask) -> None:
    app.after_request(_remember)
    babel.init_app(app, locale_selector=_locale, timezone_selector=_zone, default_translation_directories="translations")


def language() -> str:
    """``en`` or ``de``."""
    if not has_request_context():
        return preferences.get("language")
    if "language" not in g:
        g.language = _choose()
    chosen: str = g.language
    return chosen


def of_browser() -> str:
    """The language without the database: the cookie's, else the one that the browser asks for."""
    kept = request.cookies.get(COOKIE)
    return kept if kept in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "en"


def keep(response: Response, chosen: str) -> None:
    """Keep a language in a cookie: for the sign-in page, and for when the database cannot be asked."""
    secure = context().settings.secure_cookies
    response.set_cookie(COOKIE, chosen, max_age=365 * 24 * 3600, secure=secure, httponly=True, samesite="Lax")


def _choose() -> str:
    own = getattr(current_user, "language", None) if current_user else None
    for choice in (request.args.get("lang"), own, request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return choice
    stored = preferences.stored("language")
    return stored or request.accept_languages.best_match(list(LANGUAGES)) or "en"


def _remember(response: Response) -> Response:
    """Keep a language chosen by ?lang= in a cookie, for people who are not signed in."""
    if (chosen := request.args.get("lang")) in LANGUAGES:
        keep(response, chosen)
    return response


def _locale() -> str:
    return _LOCALES[language()]


def _zone() -> str:
    """By name: Flask-Babel makes of it a zone object of the kind that it can work with."""
    return context().settings.timezone.key
