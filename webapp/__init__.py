"""Kontor: the web application, its services and its commands.

``create_app`` is the composition root and only that: it binds settings, extensions and routes to one Flask application.
Where things are: models (what is kept), clients (Sophos, Autotask), services (what is done), routes and forms (pages).
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import models  # noqa: F401 - the tables must be known before the database is bound
from webapp.assets import init_assets
from webapp.clock import Clock
from webapp.context import Context
from webapp.error_pages import init_error_pages
from webapp.extensions import csrf, db, login_manager, migrate, prepare_engine
from webapp.filters import init_filters
from webapp.guards import init_guards
from webapp.headers import init_headers
from webapp.htmx import init_htmx
from webapp.languages import init_languages
from webapp.logs import init_logs
from webapp.navigation import init_navigation
from webapp.routes import init_routes
from webapp.settings import Settings, load_settings
from webapp.shell import init_shell
from webapp.vault import Vault

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """A Kontor application for ``settings`` (the environment unless given). Raises SettingsError."""
    settings = settings or load_settings()
    app = Flask("webapp", root_path=str(ROOT / "webapp"), template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="kontor",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
    )
    app.extensions["kontor"] = Context(settings, Clock(settings.timezone, settings.test_clock), Vault(settings.credential_keys))
    init_logs(settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(app, db, directory=str(ROOT / "webapp" / "migrations"))
    csrf.init_app(app)
    login_manager.init_app(app)
    init_htmx(app)
    init_languages(app)
    init_filters(app)
    init_routes(app)
    init_guards(app)
    init_headers(app)
    init_navigation(app)
    init_shell(app)
    init_error_pages(app)
    init_assets(app)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.trusted_proxies] * 3)  # type: ignore[method-assign]
    return app
