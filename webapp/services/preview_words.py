"""A preview in words for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask_babel import format_date, format_decimal, gettext, ngettext

from webapp.services.preview import Preview
from webapp.services.preview_gaps import Named
from webapp.services.preview_lines import ExpectedLine


def in_words(preview: Preview) -> list[str]:
    """What would be posted, what waits for whom, and what is not billed; one line of text each."""
    sums = preview.totals
    head = ngettext("%(num)d line would be posted", "%(num)d lines would be posted", sums.lines)
    more = gettext(
        "%(full)s in full, %(prorated)s prorated, licences %(more)s %(fewer)s",
        full=sums.full,
        prorated=sums.prorated,
        more=f"{sums.more:+d}",
        fewer=f"{sums.fewer:+d}" if sums.fewer else "",
    ).rstrip()
    worth = gettext(", about %(amount)s", amount=_amount(sums.amount)) if sums.amount is not None else ""
    return [
        f"{head} ({more}{worth})",
        *_section(preview.post),
        *_section(preview.held, gettext("Wait for a person")),
        *_section(preview.waiting, gettext("Wait for their day")),
        *_section(preview.reported, gettext("Only reported")),
        *_gaps(preview),
    ]


def _section(lines: Iterable[ExpectedLine], title: str = "") -> Iterator[str]:
    each = list(lines)
    if each and title:
        yield f"{title}: {len(each)}"
    for line in each:
        yield f"  {_line(line)}"


def _line(line: ExpectedLine) -> str:
    words = [f"{', '.join(line.customers)} ({line.contract}), {line.service}: {_units(line)}"]
    if line.waits_until:
        words.append(gettext("waits until %(date)s", date=_day(line.waits_until)))
    if line.effective_date:
        words.append(gettext("from %(date)s", date=_day(line.effective_date)))
    if share := line.share:
        prorated = gettext("prorated: %(days)s of %(all)s days", days=share.days, all=share.of)
        words.append(gettext("in full") if share.is_full else prorated)
    if line.amount is not None:
        words.append(gettext("about %(amount)s", amount=_amount(line.amount)))
    return ", ".join(words)


def _units(line: ExpectedLine) -> str:
    return f"{line.target}" if line.before is None else f"{line.before} -> {line.target}"


def _gaps(preview: Preview) -> Iterator[str]:
    for group in preview.blocked:
        blocked = ngettext("%(num)d line is blocked", "%(num)d lines are blocked", group.lines)
        yield f"{blocked} ({group.reason.key}): {_names(group.customers)}"
    gaps = preview.gaps
    for title, found in (
        (gettext("Customers with usage and without a contract"), gaps.unmapped),
        (gettext("Customers with usage and usage sync off"), gaps.sync_off),
        (gettext("Used products without a service"), gaps.products),
        (gettext("Accounts unknown to Kontor"), gaps.unknown),
    ):
        if found.count:
            yield f"{title}: {found.count} ({_names(found)})"


def _names(found: Named) -> str:
    return ", ".join(found.names) + (" …" if found.more > 0 else "")


def _day(value: object) -> str:
    return str(format_date(value, "medium"))


def _amount(value: float | None) -> str:
    return str(format_decimal(value, "#,##0.00"))
