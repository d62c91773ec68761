"""PURE: what Sophos writes, as plain text. Descriptions can hold HTML, backslashes and any length (reference/sophos-api.md,
section 6.2).

An own small reader instead of ``html.parser``: that one takes every ``<word>`` for a tag, so that ``C:\\Users\\<name>`` would
lose its end, and it grows slow with the square of the length on open tags. Here only names that HTML knows are tags, and every
step takes time in proportion to the length.
"""

from __future__ import annotations

import html
import re

_NAMES = (
    "!doctype a abbr article b big blockquote body br button center code dd del div dl dt em embed font footer form h1 h2 h3 h4"
    " h5 h6 head header hr html i iframe img input ins label li link meta noscript object ol p pre s script section small span"
    " strike strong style sub sup svg table tbody td tfoot th thead tr tt u ul"
)
_BREAK_NAMES = (
    "article blockquote body br center dd div dl dt footer form h1 h2 h3 h4 h5 h6 head header hr li ol p pre section table tr ul"
)
_BREAKS = frozenset(_BREAK_NAMES.split())
_CELLS = frozenset({"td", "th"})
_SILENT = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in ("script", "style")}
_ATTRIBUTE = r"""[\s/]++[a-z_:@][\w:.\-]*+(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>]++))?+"""
# Nothing is tried twice (the possessive "+"), and nothing passes a "<": what is no tag is given up at once.
_TAG = re.compile(rf"<(/?)(?=[a-z!])({'|'.join(_NAMES.split())})(?![\w:.\-])((?:{_ATTRIBUTE})*+)[\s/]*+>", re.IGNORECASE)
_HREF = re.compile(r"(?:^|[\s\"'/])href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters, invisible ones, those that turn the direction of writing, and halves of pairs.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_PASSES = 3


def plain(text: str) -> str:
    """``text`` without HTML: tags dropped, line breaks kept, links as ``words (address)``, entities decoded, no control
    characters, no needless blanks. What only looks like a tag stays. Any text is fine."""
    text = _without_comments(text)
    for _ in range(_PASSES):
        if not _TAG.search(text):
            break
        text = _without_tags(text)  # what is left can make a new tag: <<b>b>
    if _TAG.search(text):
        text = text.replace("<", "‹")  # written to mislead; it stays readable and is no tag
    return tidy(_ENTITY.sub(lambda entity: html.unescape(entity.group()), text))


def tidy(text: str) -> str:
    """``text`` with plain line ends, without control characters, without blanks at line ends or several in a row."""
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    lines = (line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    """``text`` tidied, in one line."""
    return " ".join(tidy(text).split())


def units(text: str) -> int:
    """How long ``text`` is as .NET and its databases count: a character outside the basic plane (an emoji) counts twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` units (``units``): cut after a whole word where that leaves at least half, with ``…``."""
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    head = text[:limit].encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    followed_by_blank = text[len(head) : len(head) + 1].isspace()
    word_end = len(head) if followed_by_blank else max(head.rfind(" "), head.rfind("\n"))
    if word_end >= len(head) / 2:
        head = head[:word_end]
    return head.rstrip() + "…"


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return " ".join([*parts, text[at:]]) if parts else text


def _without_tags(text: str) -> str:
    reader = _Reader(text)
    for tag in _TAG.finditer(text):
        reader.take(tag)
    return reader.finished()


class _Reader:
    """Walks over the tags once. ``at``: up to where the text is taken over; ``words_from``: the first words of an open link."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []
        self.at = 0
        self.address = ""
        self.words_from: int | None = None
        self.last_end = {name: _last(end, text) for name, end in _SILENT.items()}

    def take(self, tag: re.Match[str]) -> None:
        name, closing = tag.group(2).lower(), bool(tag.group(1))
        if tag.start() < self.at:
            return  # within a script
        self.parts.append(self.text[self.at : tag.start()])
        self.at = tag.end()
        if name in _SILENT and not closing and self.last_end[name] >= tag.end():
            end = _SILENT[name].search(self.text, tag.end())
            self.at = end.end() if end else tag.end()
        elif name == "a":
            self._end_link()
            if not closing:
                self.address = _address(tag.group(3))
                self.words_from = len(self.parts)
        elif name in _BREAKS:
            self.parts.append("\n")
        elif name in _CELLS:
            self.parts.append(" ")

    def finished(self) -> str:
        self.parts.append(self.text[self.at :])
        self._end_link()
        return "".join(self.parts)

    def _end_link(self) -> None:
        if self.words_from is None:
            return
        words = " ".join("".join(self.parts[self.words_from :]).split())
        if self.address and words.lower().rstrip("/") != self.address.lower().rstrip("/"):
            self.parts.append(f" ({self.address})" if words else self.address)
        self.words_from, self.address = None, ""


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match begins, -1 without one: a script that nothing ends is no reason to drop all that follows."""
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _address(attributes: str) -> str:
    """The address of a link if it leads to the web; anything else (a script, a mail address) is no address to show."""
    found = _HREF.search(attributes)
    address = html.unescape(next((part for part in found.groups() if part), "")).strip() if found else ""
    return address if re.fullmatch(r"https?://[^\s<>\"']+", address, re.IGNORECASE) else ""
