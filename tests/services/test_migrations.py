"""An installation that ran the first version is brought up to date without losing what it knows."""

from __future__ import annotations

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from webapp.extensions import db


def test_changes_and_lines_of_the_first_version_are_kept_and_completed(context: Flask) -> None:
    downgrade(revision="0001")
    db.session.execute(
        text(
            "INSERT INTO runs (id, kind, trigger, requested_by, dry_run, closed, state, error_params, created_at,"
            " cancel_requested, calls_sophos, calls_autotask, customers_total, customers_done, fence)"
            " VALUES (1, 'usage', 'cli', 'cli:a@b', false, false, 'succeeded', '{}', '2026-11-22', false, 0, 0, 0, 0, 1)"
        )
    )
    for number, line, state in ((1, "700", "confirmed"), (2, "NULL", "held")):
        db.session.execute(
            text(
                "INSERT INTO changes (id, contract_id, contract_service_id, service_id, service_name, customer_ids, products,"
                " month, before, target, delta, effective_date, state, reason, reason_params, attempts, run_id, fence, answer,"
                f" created_at, changed_at) VALUES ({number}, 5, {line}, 9, 'S', '[]', '[]', '2026-11', 1, 2, 1, '2026-11-22',"
                f" '{state}', 'more_used', '{{}}', 1, 1, 1, 'accepted', '2026-11-22', '2026-11-22')"
            )
        )
    db.session.execute(text("INSERT INTO ledger_lines (contract_service_id, version, confirmed_units) VALUES (700, 3, 2)"))
    db.session.commit()
    upgrade()
    found = db.session.execute(text("SELECT id, origin, new_line, closed FROM changes ORDER BY id")).all()
    assert [(row.id, row.origin, bool(row.new_line), bool(row.closed)) for row in found] == [
        (1, "plan", False, False),
        (2, "plan", True, False),
    ]
    line = db.session.execute(text("SELECT contract_id, service_id, confirmed_units FROM ledger_lines")).one()
    assert tuple(line) == (5, 9, 2)
    names = {index["name"] for index in inspect(db.session.connection()).get_indexes("changes")}
    assert {"uq_changes_open_line", "uq_changes_line_date", "uq_changes_open_new_line"} <= names
