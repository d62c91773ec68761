"""What would be posted, on the pages: a run, Start synchronising, the customers page and the overview."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask, render_template

from tests import builders
from tests.web.conftest import Pages
from webapp.context import now
from webapp.domain import Mode
from webapp.extensions import db
from webapp.models import AuditEntry, Connection, Run, RunLine
from webapp.services import preferences
from webapp.services.preview_lines import ExpectedLine

Made = Callable[..., int]
NOVEMBER = {"period_start": date(2026, 11, 1), "period_end": date(2026, 11, 30)}


@pytest.fixture
def connected(app: Flask) -> None:
    """Both systems connected, and one customer with usage sync on."""
    with app.app_context():
        for system in ("sophos", "autotask"):
            moment = {"connected_at": now(), "checked_at": now()}
            db.session.add(Connection(system=system, credentials="x", facts={}, connected_by="user:Ada", **moment))
        company = builders.add_company(name="<i>Bakery</i>")
        contract = builders.add_contract(company=company)
        builders.add_customer(id="c-1", name="<i>Bakery</i>", company=company, contract=contract, usage_sync=True)
        db.session.commit()


@pytest.fixture
def planned(app: Flask) -> Made:
    """``planned(dry_run=True)``: a run that planned a change now, one held, one that waits and one blocked."""

    def make(*, mode: Mode = Mode.AUTOMATIC, state: str = "succeeded", **more: object) -> int:
        with app.app_context():
            preferences.put(name="mode", value=mode, by="user:Ada")
            values = {"dry_run": True, "month": "2026-11", "started_at": now(), "finished_at": now()} | more
            run = Run(kind="usage", trigger="web", requested_by="user:Oskar", state=state, created_at=now(), **values)
            db.session.add(run)
            db.session.flush()
            common = {"run_id": run.id, "contract_name": "Managed Security", "customer_ids": ["c-1"], "price": 5.0}
            common |= {"customer_names": ["<i>Bakery</i>"], "effective_date": date(2026, 11, 23), **NOVEMBER}
            figures = {"before": 10, "reason_params": {"target": 13, "before": 10, "percent": 30, "units": 3}}
            used = {**common, **figures, "reason": "more_used"}
            db.session.add(RunLine(**used, service_name="Intercept X", state="planned", target=13, delta=3))
            db.session.add(RunLine(**{**used, "reason": "hold_mode"}, service_name="Email", state="held", target=12, delta=2))
            wait = {"waits_until": date(2026, 11, 30), "state": "planned", "target": 11, "delta": 1}
            db.session.add(RunLine(**used, service_name="Server", **wait))
            blocked = {"code": "contract_ended", "reason": "contract_ended", "state": "blocked", "service_name": "MDR"}
            ended = {"contract": "Managed Security", "date": "2026-10-31"}
            db.session.add(RunLine(**{**common, "effective_date": None}, **blocked, reason_params=ended))
            db.session.commit()
            return run.id

    return make


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("What would be posted", "prorated: 8 of 30 days", "4.00", "Waits until", "30 Nov 2026", "1 line is blocked")),
        ("de", ("Was gebucht würde", "anteilig: 8 von 30 Tagen", "4,00", "Wartet bis", "30.11.2026", "1 Position ist blockiert")),
    ],
)
def test_the_page_of_a_dry_run_shows_what_to_expect(
    operator: Pages, planned: Made, language: str, texts: tuple[str, ...]
) -> None:
    page = operator.get(f"/runs/{planned()}?lang={language}")
    for text in texts:
        assert text in page
    assert "&lt;i&gt;Bakery&lt;/i&gt;" in page
    assert "<i>" not in page


def test_sync_now_posts_for_the_same_customers(app: Flask, operator: Pages, planned: Made, connected: None) -> None:
    run_id = planned(scope=["c-1"])
    page = operator.get(f"/runs/{run_id}")
    assert f'name="like" value="{run_id}"' in page
    assert "For the same customers." in page
    asked = operator.post("/runs", {"kind": "usage", "like": run_id})
    with app.app_context():
        run = db.session.get_one(Run, int((asked.location or "").rpartition("/")[2]))
        assert (run.scope, run.dry_run) == (["c-1"], False)


def test_a_sync_like_a_run_that_does_not_exist_starts_nothing(app: Flask, operator: Pages, connected: None) -> None:
    operator.post("/runs", {"kind": "usage", "like": "999"}, status=404)
    operator.post("/runs", {"kind": "usage", "like": "x"})
    with app.app_context():
        assert db.session.query(Run).count() == 0


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.PAUSED])
def test_where_the_mode_posts_nothing_no_sync_is_offered(operator: Pages, planned: Made, mode: Mode) -> None:
    page = operator.get(f"/runs/{planned(mode=mode)}")
    assert "This stays a plan." in page
    assert 'name="like"' not in page


def test_a_viewer_sees_the_preview_and_cannot_start_anything(viewer: Pages, planned: Made) -> None:
    page = viewer.get(f"/runs/{planned()}")
    assert "What would be posted" in page
    assert 'name="like"' not in page
    viewer.post("/runs/preview", status=403)


def test_a_run_that_is_under_way_shows_progress_instead(operator: Pages, planned: Made) -> None:
    page = operator.get(f"/runs/{planned(state='running', finished_at=None)}")
    assert "What would be posted" not in page
    assert 'id="run-progress"' in page


def test_the_close_that_goes_first_is_told_with_its_counts(operator: Pages, planned: Made) -> None:
    run_id = planned()
    close = planned(closed=True, month="2026-10", first_for=run_id)
    page = operator.get(f"/runs/{run_id}")
    assert "First October 2026 is closed:" in page
    assert f"/runs/{close}" in page


def test_preview_on_the_customers_page_asks_for_a_dry_run_of_the_chosen(app: Flask, operator: Pages, connected: None) -> None:
    assert 'formaction="/runs/preview"' in operator.get("/psa/autotask/customers")
    asked = operator.post("/runs/preview", {"customer": "c-1"})
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.dry_run, run.scope, asked.location) == (True, ["c-1"], f"/runs/{run.id}")


def test_before_connecting_a_preview_says_why_there_is_none(operator: Pages) -> None:
    operator.post("/runs/preview", {"back": "/psa/autotask/customers"})
    assert "Sophos and Autotask are not both connected yet." in operator.get("/psa/autotask/customers")


@pytest.mark.parametrize("language", ["en", "de"])
def test_start_asks_how_the_msp_bills_and_shows_the_plan(admin: Pages, planned: Made, connected: None, language: str) -> None:
    planned(mode=Mode.OBSERVE, dry_run=False)
    page = admin.get(f"/psa/start?lang={language}")
    for way in ("daily", "monthly", "arrears"):
        assert f'id="billing-{way}"' in page
    assert ("prorated: 8 of 30 days" if language == "en" else "anteilig: 8 von 30 Tagen") in page


def test_starting_keeps_the_way_and_its_day(app: Flask, admin: Pages, planned: Made, connected: None) -> None:
    planned(mode=Mode.OBSERVE, dry_run=False)
    answers = {"billing": "monthly", "billing_day": "25", "mode": "approve", "others_are_off": "y"}
    assert admin.post("/psa/start", answers).location == "/psa"
    with app.app_context():
        kept = [preferences.get(name) for name in ("billing", "billing_day", "mode")]
        assert kept == ["monthly", "25", "approve"]
        assert db.session.query(AuditEntry).filter_by(subject="setting:billing_day").count() == 1


def test_the_plan_of_start_is_that_of_the_running_month_not_its_close(admin: Pages, planned: Made, connected: None) -> None:
    run_id = planned(mode=Mode.OBSERVE, dry_run=False)
    planned(mode=Mode.OBSERVE, dry_run=False, closed=True, month="2026-10")
    assert f'href="/runs/{run_id}">Run {run_id}<' in admin.get("/psa/start")


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            (
                "1 line waits until 30 Nov 2026",
                "Next billing day: 30 Nov 2026",
                "Close of November 2026: 2 Dec 2026 to 7 Dec 2026",
            ),
        ),
        (
            "de",
            ("1 Position wartet bis 30.11.2026", "Nächster Abrechnungstag: 30.11.2026", "Keine Änderung wartet"),
        ),
    ],
)
def test_the_overview_says_what_waits_for_when(
    app: Flask, viewer: Pages, planned: Made, language: str, texts: tuple[str, ...]
) -> None:
    planned(dry_run=False)
    with app.app_context():
        preferences.put(name="billing", value="monthly", by="user:Ada")
        db.session.commit()
    page = viewer.get(f"/overview?lang={language}")
    for text in texts:
        assert text in page


def test_a_new_installation_has_an_overview_too(viewer: Pages) -> None:
    assert "There has been no sync this month." in viewer.get("/overview")


def test_the_lines_can_be_included_with_values_of_any_page(app: Flask) -> None:
    line = ExpectedLine("Intercept X", "Managed Security", ("Bakery",), 0, 3, 3, date(2026, 11, 1), **NOVEMBER)
    with app.test_request_context():
        text = render_template("preview/_lines.html", expected=[line])
    assert "in full" in text
    assert "+3" in text


@pytest.mark.usefixtures("connected")
def test_the_close_of_a_month_is_previewed_and_then_made_from_its_page(app: Flask, operator: Pages, planned: Made) -> None:
    answer = operator.post("/runs/preview/close", {"month": "2026-10"})
    with app.app_context():
        asked = db.session.query(Run).one()
        assert (asked.month, asked.closed, asked.dry_run, answer.location) == ("2026-10", True, True, f"/runs/{asked.id}")
    done = planned(month="2026-10", closed=True)
    assert "Close October 2026 now" in operator.get(f"/runs/{done}")
    operator.post("/runs", {"kind": "usage", "like": str(done)})
    with app.app_context():
        made = db.session.query(Run).order_by(Run.id.desc()).first()
        assert made is not None
        assert (made.month, made.closed, made.dry_run) == ("2026-10", True, False)


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("month", ["", "October", "2026-13", "2027-01"])
def test_a_month_that_is_none_or_to_come_is_not_closed(app: Flask, operator: Pages, month: str) -> None:
    operator.post("/runs/preview/close", {"month": month})
    assert 'class="notice notice-bad' in operator.get("/overview")
    with app.app_context():
        assert db.session.query(Run).count() == 0


def test_the_overview_offers_the_close_on_its_days_to_those_who_may(
    operator: Pages, viewer: Pages, set_clock: Callable[[str], object]
) -> None:
    assert "Preview the close" not in operator.get("/overview")
    set_clock("2026-12-03T11:00:00+00:00")
    assert "Preview the close" in operator.get("/overview")
    assert "Preview the close" not in viewer.get("/overview")


def test_the_overview_leads_to_the_customers_whose_last_sync_failed(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        builders.add_customer(name="Bakery").mapping.status = "failed"
        db.session.commit()
    page = viewer.get("/overview")
    assert "The last sync of 1 customer failed" in page
    assert "/psa/autotask/customers?status=failed" in page
