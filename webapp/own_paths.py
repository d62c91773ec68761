"""PURE: addresses within Kontor that came from outside, such as where to go after signing in."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(text: str | None, default: str = "/") -> str:
    """``text`` if it is a path of this site, else ``default``.

    Browsers read a backslash as a slash and drop control characters.
    """
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text or any(ord(each) < 32 for each in text):
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text
