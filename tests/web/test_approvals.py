"""The approvals page: what waits, what a decision would do, and what it does. As a page, without a script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import Pages
from tests.world import World
from webapp.domain import LineState
from webapp.extensions import db
from webapp.models import Change, Run
from webapp.sandbox.server import Sandbox
from webapp.services import approvals, execution, preferences

PATH = "/psa/approvals"
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"

pytestmark = pytest.mark.usefixtures("empty_sandbox")  # before the application, which then has its addresses


@pytest.fixture
def world(empty_sandbox: Sandbox, app: Flask) -> World:
    """Two changes over the limits: +26 licences at Bäckerei Wöhrle, +36 at Carlsen."""
    with app.app_context():
        made = World(empty_sandbox, app)
        made.connect()
        made.customer(BAKERY, units=14, usage=40, price=2.5)
        made.customer(SHIPPING, units=14, usage=50)
        made.sync()
        db.session.commit()
    return made


@pytest.fixture
def ids(world: World, app: Flask) -> dict[str, int]:
    """The change that waits, by the customer's name."""
    lines = {line: name for (name, _), line in world.lines.items()}
    with app.app_context():
        return {lines[change.contract_service_id or 0]: change.id for change in world.changes()}


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def change(app: Flask, change_id: int) -> dict[str, Any]:
    """The columns of a change."""
    with app.app_context():
        found = db.session.get_one(Change, change_id)
        return {column.name: getattr(found, column.name) for column in Change.__table__.columns}


def dismissed(app: Flask, *change_ids: int) -> None:
    """Somebody else dismisses these."""
    with app.app_context():
        approvals.dismiss(change_ids=change_ids, reason="no", by="user:tariq")
        db.session.commit()


def test_what_waits_is_listed_with_its_figures_and_why(operator: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    text = words(operator.get(PATH))
    for part in (
        BAKERY,
        SHIPPING,
        "Managed Security",
        "14 → to 40",
        "+26 from 23 Nov 2026",
        "Large change",
        "Held since 23 Nov",
    ):
        assert part in text, part
    assert f"No. {ids[BAKERY]}" in text
    assert text.index(BAKERY) < text.index(SHIPPING)


def test_a_new_line_says_that_there_is_none_yet(operator: Pages, world: World, app: Flask) -> None:
    with app.app_context():
        world.customer("Dunmore Estates", units=None, usage=3)
        world.sync()
        db.session.commit()
    text = words(operator.get(PATH))
    assert "no line → to 3" in text
    assert "New line" in text


def test_the_effect_on_the_bill_is_shown_where_the_price_is_known(
    operator: Pages, world: World, app: Flask, ids: dict[str, int]
) -> None:
    assert "+65.00 at 2.50 each" in words(operator.get(PATH))
    text = words(operator.get(f"{PATH}/confirm?decision=approve&change={ids[BAKERY]}&change={ids[SHIPPING]}"))
    assert "Licences more +62" in text
    assert "Effective 23 Nov 2026" in text


def test_the_navigation_counts_what_waits_for_viewers_too(viewer: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    assert "Approvals 2 waiting" in words(viewer.get("/runs"))
    dismissed(app, *ids.values())
    assert "waiting" not in words(viewer.get("/runs"))


def test_a_viewer_looks_and_decides_nothing(viewer: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    page = viewer.get(PATH)
    assert BAKERY in words(page)
    assert "checkbox" not in page
    assert "Approve" not in words(page)
    viewer.get(f"{PATH}/confirm?decision=approve&change={ids[BAKERY]}", status=403)
    viewer.post(f"{PATH}/approve", {"change": ids[BAKERY]}, status=403)
    viewer.post(f"{PATH}/dismiss", {"change": ids[BAKERY], "reason": "no"}, status=403)
    assert change(app, ids[BAKERY])["state"] == LineState.HELD


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=woehrle", [BAKERY]),
        ("q=CARLSEN", [SHIPPING]),
        ("q=managed", [BAKERY, SHIPPING]),
        ("q=intercept", [BAKERY, SHIPPING]),
        ("kind=large", [BAKERY, SHIPPING]),
        ("kind=line", []),
        ("month=2026-11&origin=plan", [BAKERY, SHIPPING]),
        ("month=2026-10", []),
        ("q=%25", []),
        ("page=99&kind=nonsense&month=soon&origin=odd", [BAKERY, SHIPPING]),
    ],
)
def test_the_filter_narrows_by_name_reason_origin_and_month(
    operator: Pages, world: World, app: Flask, ids: dict[str, int], query: str, found: list[str]
) -> None:
    text = words(operator.get(f"{PATH}?{query}"))
    assert [name for name in (BAKERY, SHIPPING) if name in text] == found
    assert ("No change matches this filter" in text) is not bool(found)


def test_nothing_waiting_says_so(operator: Pages, app: Flask) -> None:
    assert "No change waits for a person" in words(operator.get(PATH))
    assert "Nothing was decided yet" in words(operator.get(f"{PATH}?show=decided"))


def test_approving_shows_what_it_will_do_then_leads_to_the_run_that_does_it(
    operator: Pages, world: World, app: Flask, ids: dict[str, int]
) -> None:
    page = operator.get(f"{PATH}/confirm?decision=approve&change={ids[BAKERY]}")
    assert "Approve and post 1 change" in words(page)
    assert (change(app, ids[BAKERY])["state"], world.posted()) == (LineState.HELD, [])
    answer = operator.post(f"{PATH}/approve", {"change": ids[BAKERY]})
    run_id = int(answer.location.removeprefix("/runs/"))
    with app.app_context():
        run = db.session.get_one(Run, run_id)
        assert (run.change_ids, run.requested_by) == ([ids[BAKERY]], "user:Oskar")
    assert f"Being approved Run {run_id}" in words(operator.get(PATH))
    assert operator.post(f"{PATH}/approve", {"change": ids[BAKERY]}).location == f"/runs/{run_id}"
    with app.app_context():
        execution.carry_out(run_id)
    assert "confirmed" in operator.get(f"/runs/{run_id}").lower()
    assert world.units(BAKERY) == 40
    text = words(operator.get(f"{PATH}?show=decided"))
    assert "Approved Oskar" in text
    assert BAKERY not in words(operator.get(PATH))


def test_dismissing_needs_a_reason_which_is_kept(operator: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    assert "Reason, kept with the decision" in words(operator.get(f"{PATH}/confirm?decision=dismiss&change={ids[BAKERY]}"))
    page = operator.post(f"{PATH}/dismiss", {"change": ids[BAKERY], "reason": " "}, status=422)
    assert "A dismissal needs a reason." in words(page.text)
    assert change(app, ids[BAKERY])["state"] == LineState.HELD
    answer = operator.post(f"{PATH}/dismiss", {"change": ids[BAKERY], "reason": "Only <b>test</b> devices"})
    assert answer.location == PATH
    assert "1 change dismissed." in words(operator.get(PATH))
    assert (change(app, ids[BAKERY])["decision_reason"], change(app, ids[BAKERY])["decided_by"]) == (
        "Only <b>test</b> devices",
        "user:Oskar",
    )
    page_text = words(operator.get(f"{PATH}?show=decided"))
    assert "Dismissed Oskar" in page_text
    assert "Only <b>test</b> devices" in page_text


def test_several_are_decided_together_also_all_that_the_filter_shows(
    operator: Pages, world: World, app: Flask, ids: dict[str, int]
) -> None:
    page = operator.get(f"{PATH}/confirm?decision=dismiss&all=1&q=carlsen")
    assert "Dismiss 1 change" in words(page)
    page = operator.get(f"{PATH}/confirm?decision=dismiss&all=1")
    assert "Dismiss 2 changes" in words(page)
    operator.post(f"{PATH}/dismiss", {"change": list(ids.values()), "reason": "no"})
    assert {change(app, each)["state"] for each in ids.values()} == {LineState.DISMISSED}


def test_without_a_choice_nothing_is_decided(operator: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    assert "No change was chosen. Tick the changes first." in words(operator.get(f"{PATH}/confirm?decision=approve"))
    assert "No change was chosen" in words(operator.post(f"{PATH}/approve", {}, status=422).text)
    operator.post(f"{PATH}/dismiss", {"reason": "no", "change": "x"}, status=422)


def test_what_somebody_else_decided_meanwhile_is_said_and_nothing_is_posted(
    operator: Pages, world: World, app: Flask, ids: dict[str, int]
) -> None:
    dismissed(app, ids[BAKERY])
    page = operator.post(f"{PATH}/approve", {"change": list(ids.values())}, status=422)
    text = words(page.text)
    assert "now it is: dismissed" in text
    assert "1 of the chosen changes does not wait any more" in text
    assert "Approve and post 1 change" in text
    assert world.posted() == []


def test_while_posting_is_paused_approving_says_so(operator: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    with app.app_context():
        preferences.put(name="mode", value="paused", by="test")
        db.session.commit()
    page = operator.post(f"{PATH}/approve", {"change": ids[BAKERY]}, status=422)
    assert "Nothing is posted at the moment" in words(page.text)


def test_a_conflict_is_listed_with_its_three_figures(viewer: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    with app.app_context():
        made = db.session.get_one(Change, ids[BAKERY])
        made.state, made.code, made.units_after = LineState.CONFLICT, "conflict", 17
        made.reason_params = {"units": 17, "before": 14, "target": 40}
        db.session.commit()
    text = words(viewer.get(PATH))
    assert "Conflicts 1" in text
    assert "was 14 is 17 wanted 40" in text


def test_a_run_leads_from_what_it_held_to_the_approvals(viewer: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    page = viewer.get("/runs/1")
    assert f'href="{PATH}#change-{ids[BAKERY]}"' in page
    assert "A held change is not posted before a person approves it." in words(page)


def test_the_page_is_german_for_german_readers(operator: Pages, world: World, app: Flask, ids: dict[str, int]) -> None:
    text = words(operator.get(PATH, language="de"))
    assert "Freigaben" in text
    assert "Freigeben" in text
    assert "Verwerfen" in text
    assert "+26 ab 23.11.2026" in text
