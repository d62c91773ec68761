"""Static files: served with a year of caching under an address that changes whenever any of them changes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

_YEAR = 365 * 24 * 3600  # seconds


def init_assets(app: Flask) -> None:
    """Serve webapp/static and give templates ``static_url("kontor.css")``.

    The version stands in the path, not behind a question mark, so that what a sheet or module imports by a relative address
    (kontor.css its Bootstrap, kontor.js its parts) carries it too.
    """
    folder = Path(app.root_path) / "static"
    prefix = f"static/v-{_version(folder)}/"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=prefix,
        max_age=_YEAR,
        immutable_file_test=lambda path, url: True,
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )
    app.jinja_env.globals["static_url"] = lambda name: f"/{prefix}{name}"


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
