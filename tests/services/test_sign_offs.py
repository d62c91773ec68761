"""Signing a billing check: a copy by name that stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from tests import builders
from webapp.domain import Month
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AuditEntry, LineMonth, SignOff, Usage
from webapp.services import billing_check, findings, sign_offs
from webapp.services.findings import Raised

NOVEMBER = Month(2026, 11)

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def _billed(context: Flask) -> None:
    """One line, in step."""
    product, service = builders.add_product(), builders.add_service()
    builders.add_product_mapping(product=product, service=service)
    company = builders.add_company()
    contract = builders.add_contract(company=company)
    line = builders.add_contract_service(contract=contract, service=service)
    customer = builders.add_customer(company=company, contract=contract, usage_sync=True)
    builders.add_usage(customer=customer)
    builders.add_line_month(line=line)
    builders.add_reading()
    db.session.commit()


def sign(*, confirmed: bool = True, note: str = "", seal: str | None = None) -> SignOff:
    seal = billing_check.check(NOVEMBER).seal() if seal is None else seal
    return sign_offs.sign(month=NOVEMBER, by="user:dana", note=note, seal=seal, confirmed=confirmed)


@pytest.mark.usefixtures("_billed")
def test_the_copy_holds_name_moment_note_and_every_figure() -> None:
    signed = sign(note=" Checked with Anna. ")
    db.session.commit()
    check = billing_check.check(NOVEMBER)
    assert (signed.month, signed.signed_by, signed.note) == ("2026-11", "user:dana", "Checked with Anna.")
    assert sign_offs.frozen(signed) == check
    assert signed.document["rows"][0]["customers"][0]["name"] == builders.BAKERY
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject) == ("user:dana", "billing_check.signed", f"sign_off:{signed.id}")


@pytest.mark.usefixtures("_billed")
def test_a_running_month_is_signed_only_by_somebody_who_says_so() -> None:
    with pytest.raises(Refused) as refusal:
        sign(confirmed=False)
    assert (refusal.value.code, refusal.value.field) == ("sign_unconfirmed", "confirmed")
    assert sign_offs.listed() == []


@pytest.mark.usefixtures("_billed")
def test_a_clean_month_that_is_over_needs_no_confirmation(set_clock: Callable[[str], object]) -> None:
    set_clock("2026-12-03T11:00:00+00:00")
    read = datetime(2026, 12, 2, 1, tzinfo=UTC)
    builders.add_reading(read_at=read)
    builders.add_run(closed=True)
    for line in db.session.scalars(select(LineMonth)):
        line.read_at = read
    db.session.flush()
    assert sign(confirmed=False).id


@pytest.mark.usefixtures("_billed")
def test_figures_that_the_signer_did_not_see_are_not_signed() -> None:
    seal = billing_check.check(NOVEMBER).seal()
    for usage in db.session.scalars(select(Usage)):
        usage.billable = 20
    db.session.flush()
    with pytest.raises(Refused) as refusal:
        sign(seal=seal)
    assert refusal.value.code == "sign_changed"


def test_a_month_that_was_never_read_cannot_be_signed() -> None:
    with pytest.raises(Refused) as refusal:
        sign()
    assert refusal.value.code == "sign_nothing"


@pytest.mark.usefixtures("_billed")
def test_signing_again_makes_another_copy_and_leaves_the_first() -> None:
    first = sign()
    document = dict(first.document)
    for usage in db.session.scalars(select(Usage)):
        usage.billable = 16
    db.session.flush()
    second = sign()
    db.session.commit()
    assert [each.id for each in sign_offs.listed(NOVEMBER)] == [second.id, first.id]
    assert sign_offs.get(first.id).document == document != second.document
    assert sign_offs.listed(Month(2026, 10)) == []


@pytest.mark.usefixtures("_billed")
def test_a_signed_copy_says_by_how_much_today_differs() -> None:
    signed = sign_offs.frozen(sign())
    assert sign_offs.drift(signed, billing_check.check(NOVEMBER)) is None
    for usage in db.session.scalars(select(Usage)):
        usage.billable = 16
    db.session.flush()
    drift = sign_offs.drift(signed, billing_check.check(NOVEMBER))
    assert drift is not None
    assert (drift.rows, drift.difference, drift.amount) == (1, 4, Decimal("14.0"))


@pytest.mark.parametrize("number", [0, 1, 2**40])
def test_a_sign_off_that_does_not_exist_is_not_found(number: int) -> None:
    with pytest.raises(NotFound):
        sign_offs.get(number)


@pytest.mark.usefixtures("_billed")
def test_what_the_month_lacks_is_named_and_dealt_with_by_the_signature() -> None:
    params = {"service": "Email", "contract": "Managed Security", "units": 3, "month": "2026-11", "date": "2026-11-30"}
    findings.note(source="missed 2026-11", finding=Raised("close_missed", "warn", "line:1:2026-11", params=params))
    before = billing_check.check(NOVEMBER)
    assert [(each.key, each.params) for each in before.missed] == [("close_missed", params)]
    assert not before.clean
    signed = sign()
    assert sign_offs.frozen(signed).missed == before.missed
    assert billing_check.check(NOVEMBER).missed == []
