"""What every page must be, checked each time a test fetches one: valid HTML, labelled controls, nothing inline."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import html5lib

_CONTROLS = ("input", "select", "textarea")
_NO_LABEL = ("hidden", "submit", "button")
# html5lib does not know that a noscript, dialog or details may stand where phrasing content does; these are not errors here
_TOLERATED = {"unexpected-end-tag-implies-table-voodoo"}


def lint_page(text: str) -> None:
    """Fails with what is wrong with a whole page."""
    root = _parse(text, fragment=False)
    titles, headings = list(root.iter("title")), list(root.iter("h1"))
    assert root.get("lang") in ("en", "de"), "the page names its language"
    assert len(headings) == 1, f"one h1, not {len(headings)}"
    title, heading = _words(titles[0]), _words(headings[0])
    assert title.endswith("Kontor"), f"the title ends with the name: {title}"
    assert heading in title, f"the title {title!r} holds the heading {heading!r}"
    assert len(list(root.iter("main"))) == 1, "one main"
    _lint(root)


def lint_fragment(text: str) -> None:
    """Fails with what is wrong with a part of a page."""
    _lint(_parse(text, fragment=True))


def _parse(text: str, *, fragment: bool) -> Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    if fragment:
        # a row can only be parsed inside a table
        container = "table" if re.match(r"\s*<(tbody|tr)\b", text) else "tr" if re.match(r"\s*<t[dh]\b", text) else "div"
        root = parser.parseFragment(text, container=container)
    else:
        root = parser.parse(text)
    errors = [(place, code, data) for place, code, data in parser.errors if code not in _TOLERATED]
    assert not errors, f"not valid HTML: {errors[:3]}"
    return root


def _lint(root: Element) -> None:
    parents = {child: parent for parent in root.iter() for child in parent}
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids)), f"an id stands twice: {sorted(i for i in set(ids) if ids.count(i) > 1)}"
    labels = {each.get("for") for each in root.iter("label")}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        _nothing_inline(element)
        if element.tag in _CONTROLS and element.get("type") not in _NO_LABEL:
            _labelled(element, labels, parents)
        if element.tag == "button":
            assert _words(element) or element.get("aria-label"), "a button without words"
        if element.tag == "form" and (element.get("method") or "").lower() == "post":
            names = {each.get("name") for each in element.iter("input")}
            assert "csrf_token" in names, f"the form to {element.get('action')} has no csrf_token"
        for name in ("aria-describedby", "aria-labelledby"):
            for wanted in (element.get(name) or "").split():
                assert wanted in ids or _is_part(root), f"{name} names {wanted}, which is not there"


def _is_part(root: Element) -> bool:
    return root.tag == "DOCUMENT_FRAGMENT"


def _nothing_inline(element: Element) -> None:
    assert element.tag != "style", "an inline style sheet"
    if element.tag == "script":
        assert element.get("src"), "an inline script"
        assert not _words(element), "a script with words of its own"
    for name, value in element.attrib.items():
        assert name != "style", f"an inline style on <{element.tag}>"
        assert not re.fullmatch(r"on\w+|hx-on.*", str(name)), f"{name} on <{element.tag}>"
        assert not str(value).lower().startswith("javascript:"), f"a script in {name}"


def _labelled(element: Element, labels: set[str | None], parents: dict[Element, Element]) -> None:
    if element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in labels:
        return
    above: Element | None = element
    while above is not None:
        if above.tag == "label":
            return
        above = parents.get(above)
    raise AssertionError(f"a control without label: <{element.tag} name={element.get('name')}>")


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
