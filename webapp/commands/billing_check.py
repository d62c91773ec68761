"""``kontor billing-check``: is every licence of a month billed?"""

from __future__ import annotations

import click

from webapp import texts
from webapp.commands.output import fail, print_json, say
from webapp.errors import Refused
from webapp.services import billing_check as service
from webapp.services.billing_check import Check
from webapp.services.billing_rows import Row


@click.command("billing-check")
@click.option("--month", metavar="YYYY-MM", help="The month; without it the one whose close is due or running.")
@click.option("--json", "as_json", is_flag=True, help="Print rows and totals as one JSON document.")
def billing_check(month: str | None, *, as_json: bool) -> None:
    """Compare what Sophos counts with what Autotask bills, from the figures that were last read.

    Exit status 1 if something differs, is not billed or was not read completely. `kontor sync --dry-run --month YYYY-MM`
    reads the figures again.
    """
    try:
        check = service.check(service.month_asked_for(month))
    except Refused as error:
        if as_json:
            print_json({"month": month, "error": {"code": error.code, **_sentences(error.code, dict(error.params))}})
        fail(error.code, error.params, status=2)
    if as_json:
        print_json(_document(check))
    else:
        _print(check)
    for problem in (*check.problems, *check.missed):
        say(f"{texts.sentence(problem.key, problem.params)} {texts.advice(problem.key, problem.params)} ({problem.key})")
    raise SystemExit(0 if check.complete and not check.differences and not check.missed else 1)


def _document(check: Check) -> dict[str, object]:
    """The document that a sign-off freezes, with sentences for people."""
    document = check.document()
    told = {
        name: [{"code": each.key, **_sentences(each.key, dict(each.params))} for each in reasons]
        for name, reasons in (("problems", check.problems), ("missed", check.missed))
    }
    return {**document, "error": None, "differences": check.differences, **told}


def _sentences(code: str, params: dict[str, object]) -> dict[str, str]:
    return {"message": texts.sentence(code, params), "advice": texts.advice(code, params)}


def _print(check: Check) -> None:
    click.echo(f"{check.month}: {check.differences} of {len(check.rows)} rows differ")
    for name, total in check.totals.items():
        figures = f"{total.billable} billable, {total.target} to be billed, {total.units} in Autotask, {total.difference:+d}"
        unpriced = f", {total.unpriced} without a price" if total.unpriced else ""
        known = "" if total.amount is None else f"{total.amount:+.2f} in the currency of Autotask"
        money = f"{known}{unpriced}".removeprefix(", ") or "no money"
        click.echo(f"  {name}: {total.rows} rows, {figures}, {money}")
    for row in check.rows:
        if row.open:
            click.echo(_line(row))


def _line(row: Row) -> str:
    customers = ", ".join(each.name for each in row.customers) or "–"
    what = row.service or ", ".join(each.id for each in row.products)
    difference = "?" if row.difference is None else f"{row.difference:+d}"
    money = "no price" if row.amount is None else f"{row.amount:+.2f}"
    reason = texts.sentence(row.code, row.params) if row.code else ""
    return f"{row.standing}: {customers}, {what}: {difference} ({money}) {reason}".rstrip()


commands = (billing_check,)
