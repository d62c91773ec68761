"""Mappings as a CSV file: written for people, read back all or nothing (design, section 8 and 13.24, 13.38)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.errors import Refused
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Company, Contract, Customer
from webapp.models import Mapping as MappingRow
from webapp.services import companies, csv_files, left_behind, mappings
from webapp.services.csv_files import FileError, FileRefused, ImportReport, Record
from webapp.services.mappings import Wanted
from webapp.services.matching import NameIndex

COLUMNS = (
    "customer_id",
    "customer_name",
    "company_id",
    "company_name",
    "contract_id",
    "contract_name",
    "usage_sync",
    "ticket_sync",
)


def export(customer_ids: Collection[str] | None = None) -> str:
    """All mappings, or those of the given customers, by customer name; UTF-8 text without byte order mark."""
    chosen = None if customer_ids is None else set(customer_ids)
    rows = [_row(mapping) for mapping in _mappings() if chosen is None or mapping.customer_id in chosen]
    return csv_files.write(COLUMNS, rows)


def import_mappings(*, data: bytes, by: str, dry_run: bool = False) -> ImportReport:
    """Read a file as ``export`` writes it and keep what it says. Ids decide; without an id the name must fit exactly one.

    A customer that the file does not name stays as it is, and so does a switch whose field is empty. With any error, and as
    a dry run, nothing is changed; the report has every error with its line, and warns where id and name differ.
    """
    try:
        records = csv_files.read(data, COLUMNS)
    except FileRefused as refusal:
        return ImportReport(errors=refusal.errors)
    reading = _Reading()
    plan = [planned for record in records if (planned := reading.plan(record))]
    changes = [(mapping, wanted) for mapping, wanted in plan if wanted != Wanted.of(mapping)]
    reading.warn_of_lines_left_behind(changes)
    if not reading.errors and not dry_run:
        for mapping, wanted in changes:
            mappings.keep(mapping=mapping, wanted=wanted, by=by)
    return ImportReport(tuple(reading.errors), tuple(reading.warnings), len(changes), len(plan) - len(changes))


def _mappings() -> list[MappingRow]:
    query = select(MappingRow).join(MappingRow.customer).order_by(Customer.name_folded, Customer.id)
    everything = (joinedload(MappingRow.customer), joinedload(MappingRow.company), joinedload(MappingRow.contract))
    return list(db.session.scalars(query.options(*everything)))


def _row(mapping: MappingRow) -> dict[str, Any]:
    return {
        "customer_id": mapping.customer_id,
        "customer_name": mapping.customer.shown_name,
        "company_id": mapping.company_id,
        "company_name": mapping.company.name if mapping.company else None,
        "contract_id": mapping.contract_id,
        "contract_name": mapping.contract.name if mapping.contract else None,
        "usage_sync": "on" if mapping.usage_sync else "off",
        "ticket_sync": "on" if mapping.ticket_sync else "off",
    }


class _Reading:
    """What the records of one file mean, with all errors and warnings."""

    def __init__(self) -> None:
        self.errors: list[FileError] = []
        self.warnings: list[FileError] = []
        self._mappings = {mapping.customer_id: mapping for mapping in _mappings()}
        self._customers: dict[str, set[str]] = defaultdict(set)
        for mapping in self._mappings.values():
            for name in (mapping.customer.name, mapping.customer.show_as or ""):
                self._customers[fold(name)].add(mapping.customer_id)
        self._companies = {company.id: company for company in db.session.scalars(select(Company))}
        self._names = NameIndex(companies.every_candidate())
        self._contracts = {contract.id: contract for contract in db.session.scalars(select(Contract))}
        self._of_company: dict[int, list[Contract]] = defaultdict(list)
        for contract in self._contracts.values():
            if contract.contract_type == companies.RECURRING and companies.is_in_effect(contract):
                self._of_company[contract.company_id].append(contract)
        self._lines: dict[str, int] = {}

    def plan(self, record: Record) -> tuple[MappingRow, Wanted] | None:
        """The customer's mapping and what the record wants of it; None with an error."""
        try:
            mapping = self._customer(record)
            return mapping, self._wanted(record, mapping)
        except Refused as refusal:
            self.errors.append(FileError(record.line, _column(refusal.field, record), refusal.code, refusal.params))
            return None

    def warn_of_lines_left_behind(self, changes: Iterable[tuple[MappingRow, Wanted]]) -> None:
        """A warning at each line that takes the last customer from a contract on which Kontor bills something."""
        after = {mapping.customer_id: mapping.contract_id for mapping in self._mappings.values()}
        left = {
            mapping.customer_id: mapping.contract_id for mapping, wanted in changes if wanted.contract_id != mapping.contract_id
        }
        after |= {mapping.customer_id: wanted.contract_id for mapping, wanted in changes}
        named = set(after.values())
        billed = left_behind.billed() if left else []
        for customer_id, contract_id in left.items():
            lines = [line for line in billed if line.contract_id == contract_id]
            if lines and contract_id not in named:
                params = {"lines": left_behind.in_words(lines)}
                self.warnings.append(FileError(self._lines[customer_id], "contract_id", "leaves_lines", params))

    def _customer(self, record: Record) -> MappingRow:
        customer_id, name = record["customer_id"].lower(), record["customer_name"]
        if not customer_id:
            customer_id = self._customer_named(name)
        mapping = self._mappings.get(customer_id)
        if mapping is None:
            raise Refused("customer_unknown", "customer", customer=record["customer_id"])
        first = self._lines.setdefault(customer_id, record.line)
        if first != record.line:
            raise Refused("row_twice", "customer", first=first)
        customer = mapping.customer
        self._compare(record, "customer_name", customer_id, customer.shown_name, customer.name)
        return mapping

    def _customer_named(self, name: str) -> str:
        if not name:
            raise Refused("row_without_customer", "customer")
        fits = self._customers.get(fold(name), set())
        if not fits:
            raise Refused("customer_name_unknown", "customer", customer=name)
        if len(fits) > 1:
            raise Refused("customer_ambiguous", "customer", customer=name, count=len(fits))
        return next(iter(fits))

    def _wanted(self, record: Record, mapping: MappingRow) -> Wanted:
        before = Wanted.of(mapping)
        company = self._company(record, before.company_id)
        contract = self._contract(record, company, before.contract_id)
        wanted = before.with_company(company.id if company else None).with_contract(contract.id if contract else None)
        usage_sync = _switch(record, "usage_sync", wanted.usage_sync)
        ticket_sync = _switch(record, "ticket_sync", wanted.ticket_sync)
        if company is None and (usage_sync or ticket_sync):
            raise Refused("sync_without_company", "usage_sync" if usage_sync else "ticket_sync")
        if usage_sync and (wanted, before.usage_sync) != (before, True):
            mappings.check_usage_sync(mapping.customer, company, contract)
        return replace(wanted, usage_sync=usage_sync, ticket_sync=ticket_sync)

    def _company(self, record: Record, current: int | None) -> Company | None:
        company_id, name = record.id("company_id"), record["company_name"]
        if company_id is not None:
            company = mappings.check_company(self._companies.get(company_id), company_id, current=current)
            self._compare(record, "company_name", company_id, company.name)
            return company
        if not name:
            return None
        fits = self._names.exact(name)
        if len(fits) != 1:
            raise Refused("company_ambiguous" if fits else "company_unknown", "company", name=name, count=len(fits))
        return self._companies[fits[0].id]

    def _contract(self, record: Record, company: Company | None, current: int | None) -> Contract | None:
        contract_id, name = record.id("contract_id"), record["contract_name"]
        if company is None:
            if contract_id is not None or name:
                raise Refused("contract_without_company", "contract")
            return None
        if contract_id is not None:
            contract = self._contracts.get(contract_id)
            if contract is None or contract_id != current or contract.company_id != company.id:
                contract = mappings.check_contract(contract, contract_id, company.id)
            self._compare(record, "contract_name", contract_id, contract.name)
            return contract
        if not name:
            return None
        fits = [contract for contract in self._of_company[company.id] if fold(contract.name) == fold(name)]
        if len(fits) != 1:
            raise Refused("contract_ambiguous" if fits else "contract_unknown", "contract", contract=name, count=len(fits))
        return fits[0]

    def _compare(self, record: Record, column: str, found_id: object, *names: str) -> None:
        """A warning where the file's name is another than that of the id, which counts."""
        written = record[column]
        if written and fold(written) not in {fold(name) for name in names}:
            params = {"id": str(found_id), "found": names[0], "written": written}
            self.warnings.append(FileError(record.line, column, "names_differ", params))


def _switch(record: Record, column: str, otherwise: bool) -> bool:
    text = record[column].lower()
    if text not in ("", "on", "off"):
        raise Refused("choice_invalid", column, value=record[column], allowed="on, off")
    return text == "on" if text else otherwise


def _column(field: str | None, record: Record) -> str | None:
    """The column of a refusal: customer, company and contract stand in two, of which the filled one is meant."""
    if field not in ("customer", "company", "contract"):
        return field
    return f"{field}_id" if record[f"{field}_id"] or not record[f"{field}_name"] else f"{field}_name"
