"""What the pages of the billing check show: a check filtered, searched and paged; the signed ones; and either as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from webapp import texts
from webapp.domain import Month, Reason
from webapp.errors import Refused
from webapp.models import SignOff
from webapp.services import billing_check, run_pages, sign_offs
from webapp.services.billing_check import Check
from webapp.services.billing_rows import VIEWS, Named, Row, Standing, view
from webapp.services.run_pages import Progress
from webapp.services.sign_offs import Drift, Signed
from webapp.services.table_files import Column, Table, Value

ROWS_A_PAGE = 100
LARGEST_PAGE = 10_000
"""Rows on the one page that a person prints."""


@dataclass(frozen=True)
class Asked:
    """What an address asks for: the month, a filter, words to search for, a page; ``whole``: all rows on one page."""

    month: str = ""
    view: str = "all"
    words: str = ""
    page: int = 1
    whole: bool = False

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Asked:
        page, name = arguments.get("page", ""), arguments.get("view", "all")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1
        words = arguments.get("q", "").strip()[:200]
        return cls(arguments.get("month", ""), name if name in VIEWS else "all", words, number, arguments.get("rows") == "all")

    def arguments(self, **changed: str) -> dict[str, str]:
        """The address again, without the page; with these changed. Empty ones are left out."""
        kept = {"month": self.month, "view": self.view, "q": self.words, "rows": "all" if self.whole else ""} | changed
        return {name: value for name, value in kept.items() if value and (name, value) != ("view", "all")}


@dataclass(frozen=True)
class CheckPage:
    """``rows`` are those of the page, ``found`` counts those of the filter. ``error``: the month that was asked for is none.
    ``signed`` is the sign-off whose frozen copy this is, ``drift`` how today's figures differ from it."""

    check: Check
    asked: Asked
    rows: Sequence[Row]
    found: int
    counts: Mapping[str, int]
    page: int
    pages: int
    months: Sequence[Month] = ()
    sign_offs: Sequence[Signed] = ()
    progress: Progress | None = None
    error: Reason | None = None
    seal: str = ""
    signed: SignOff | None = None
    drift: Drift | None = None
    first: int = field(default=1)


def of_month(asked: Asked) -> CheckPage:
    """The page of a month; of the month that is due where the address names none, or one that cannot be."""
    error = None
    try:
        month = billing_check.month_asked_for(asked.month)
    except Refused as refusal:
        error = Reason(refusal.code, refusal.params)
        month = billing_check.month_asked_for(None)
    asked = Asked(str(month), asked.view, asked.words, asked.page, asked.whole)
    check = billing_check.check(month)
    run_id = billing_check.run_in_hand(month)
    return _page(
        check,
        asked,
        months=billing_check.months(month),
        sign_offs=sign_offs.listed(month),
        progress=run_pages.progress(run_id) if run_id else None,
        error=error,
        seal=check.seal() if check.read_at else "",
    )


def of_sign_off(sign_off_id: int, asked: Asked) -> CheckPage:
    """A signed check as it was, and how it differs from today's. Raises NotFound."""
    signed = sign_offs.get(sign_off_id)
    check = sign_offs.frozen(signed)
    asked = Asked("", asked.view, asked.words, asked.page, asked.whole)
    return _page(check, asked, signed=signed, drift=sign_offs.drift(check, billing_check.check(check.month)))


def _page(check: Check, asked: Asked, **more: Any) -> CheckPage:
    found = view(check.rows, name=asked.view, words=asked.words)
    size = LARGEST_PAGE if asked.whole else ROWS_A_PAGE
    pages = max(1, -(-len(found) // size))
    page = min(max(1, asked.page), pages)
    first = (page - 1) * size
    by_standing = Counter(row.standing for row in check.rows)
    counts = {name: sum(by_standing[standing] for standing in standings) for name, standings in VIEWS.items()}
    return CheckPage(
        check=check,
        asked=asked,
        rows=found[first : first + size],
        found=len(found),
        counts=counts,
        page=page,
        pages=pages,
        first=first + 1,
        **more,
    )


# --- as a file ------------------------------------------------------------------------------------------------------------


def standing_words() -> dict[str, str]:
    """What each standing is called in the reader's language."""
    return {
        Standing.FAILED: gettext("Failed"),
        Standing.UNBILLED: gettext("Not billed"),
        Standing.WITHOUT_USAGE: gettext("Billed without usage"),
        Standing.HELD: gettext("Held"),
        Standing.WAITING: gettext("Waiting"),
        Standing.LOWER: gettext("Lower so far"),
        Standing.NOT_READ: gettext("To be read again"),
        Standing.DISMISSED: gettext("Dismissed"),
        Standing.BILLED: gettext("Billed"),
        Standing.EXCLUDED: gettext("Excluded"),
        Standing.NOTHING: gettext("Nothing to bill"),
    }


def table(page: CheckPage) -> Table:
    """All rows of the filter as a table in the reader's language; figures stay numbers, what is not known stays empty."""
    words, check = standing_words(), page.check
    columns = [Column(header, width) for header, width in _record(Row(Standing.BILLED, (), ()), "", words, widths=True)]
    rows = view(check.rows, name=page.asked.view, words=page.asked.words)
    values = ([value for _, value in _record(row, str(check.month), words)] for row in rows)
    return Table(f"{gettext('Billing check')} {check.month}", columns, values)


def _record(row: Row, month: str, words: Mapping[str, str], *, widths: bool = False) -> list[tuple[str, Any]]:
    """Each header with its value, or with ``widths`` with the width of its column."""
    record: list[tuple[str, Value, int]] = [
        (gettext("Month"), month, 9),
        (gettext("State"), words[row.standing], 18),
        (gettext("Customer"), _names(row.customers), 36),
        (gettext("Contract"), row.contract, 30),
        (gettext("Contract id"), row.contract_id, 12),
        (gettext("Service"), row.service, 34),
        (gettext("Contract line id"), row.line_id, 12),
        (gettext("Products"), ", ".join(each.id for each in row.products), 18),
        (gettext("Ordered"), row.ordered, 10),
        (gettext("Actual"), row.actual, 10),
        (gettext("Billable"), row.billable, 10),
        (gettext("Not readable"), row.unreadable or None, 10),
        (gettext("Included"), row.included, 10),
        (gettext("To be billed"), row.target, 10),
        (gettext("Units in Autotask"), row.units, 10),
        (gettext("Confirmed by Kontor"), row.confirmed, 10),
        (gettext("Difference"), row.difference, 10),
        (gettext("Price"), _figure(row.price), 10),
        (gettext("Difference in money"), _figure(row.amount), 12),
        (gettext("Waits until"), row.until, 12),
        (gettext("Code"), row.code, 24),
        (gettext("Reason"), texts.sentence(row.code, row.params) if row.code else None, 60),
    ]
    return [(header, width if widths else value) for header, value, width in record]


def _figure(money: Decimal | None) -> float | None:
    return None if money is None else float(money)


def _names(found: Sequence[Named]) -> str:
    return ", ".join(each.name for each in found)
