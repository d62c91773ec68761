"""``kontor mappings`` and ``kontor products``: files out and in, errors with their lines, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.builders import BAKERY, add_company, add_customer, add_product, add_service
from webapp.commands import mappings, products
from webapp.extensions import db
from webapp.models import Mapping
from webapp.services import mapping_files


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


def test_mappings_go_out_and_in_on_the_command_line(context: Flask, run: CliRunner, tmp_path: Path) -> None:
    customer, company = add_customer(), add_company()
    db.session.commit()
    exported = run.invoke(mappings.group, ["export"])
    assert (exported.exit_code, exported.stdout) == (0, mapping_files.export())
    assert not exported.stdout_bytes.startswith(b"\xef\xbb\xbf")
    file = tmp_path / "mappings.csv"
    file.write_text(exported.stdout.replace(f"{BAKERY},,,", f"{BAKERY},{company.id},Else,"), encoding="utf-8")

    dry = run.invoke(mappings.group, ["import", str(file), "--dry-run"])
    assert (dry.exit_code, dry.stdout) == (0, "1 row would be changed, 0 stay.\n")
    assert db.session.get_one(Mapping, customer.id).company_id is None
    done = run.invoke(mappings.group, ["import", str(file)])
    assert (done.exit_code, done.stdout) == (0, "1 row changed, 0 stay.\n")
    assert "Warning: Line 2, company_name: The id" in done.stderr
    db.session.rollback()
    assert db.session.get_one(Mapping, customer.id).company_id == company.id


def test_each_error_is_on_stderr_with_its_line_and_nothing_is_changed(context: Flask, run: CliRunner, tmp_path: Path) -> None:
    customer, company = add_customer(), add_company()
    db.session.commit()
    file = tmp_path / "mappings.csv"
    file.write_text(f"{','.join(mapping_files.COLUMNS)}\n{customer.id},,{company.id},,,,,\nnobody,,,,,,,\n,,,,,,on,\n")
    result = run.invoke(mappings.group, ["import", str(file)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Line 3, customer_id: There is no customer nobody. (customer_unknown)",
        "Line 4, customer_id: The row names no customer. (row_without_customer)",
        "Nothing was changed.",
    ]
    db.session.rollback()
    assert db.session.get_one(Mapping, customer.id).company_id is None


def test_a_file_that_is_not_there_is_wrong_usage(context: Flask, run: CliRunner) -> None:
    assert run.invoke(mappings.group, ["import", "nothing.csv"]).exit_code == 2


def test_products_go_out_and_in_on_the_command_line(context: Flask, run: CliRunner, tmp_path: Path) -> None:
    add_product()
    add_service(name="Email")
    db.session.commit()
    exported = run.invoke(products.group, ["export"])
    assert exported.stdout.splitlines()[1] == "CEMA-MSP,Central Email Advanced,,,,,,,,,"
    file = tmp_path / "products.csv"
    file.write_text(exported.stdout.replace("Advanced,,,", "Advanced,,Email,"))
    assert run.invoke(products.group, ["import", str(file)]).exit_code == 0
    file.write_text(exported.stdout.replace("Advanced,,,,", "Advanced,,Email,,many"))
    wrong = run.invoke(products.group, ["import", str(file)])
    assert wrong.exit_code == 1
    assert "Line 2" in wrong.stderr
