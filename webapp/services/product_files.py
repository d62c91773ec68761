"""Product mappings as a CSV file: written for people, read back all or nothing (design, section 8, 13.4 and 13.25)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.context import now
from webapp.domain import Quantity
from webapp.errors import Refused
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Product, ProductMapping, Service
from webapp.services import csv_files, left_behind, product_rules, products
from webapp.services.csv_files import FileError, FileRefused, ImportReport, Record
from webapp.services.left_behind import Billed
from webapp.services.product_rules import Rules
from webapp.services.products import RuleValues

COLUMNS = (
    "product_code",
    "product_name",
    "service_id",
    "service_name",
    "quantity",
    "included",
    "minimum",
    "pack_size",
    "customer_id",
    "exclude",
    "contract_service_id",
)
_OPTIONAL = ("contract_service_id",)
_LONGEST_CODE, _LONGEST_NAME = 100, 500


def export() -> str:
    """All products with their rule for all (empty where there is none), each followed by the rules of single customers."""
    mappings: dict[str, list[ProductMapping]] = defaultdict(list)
    query = select(ProductMapping).options(joinedload(ProductMapping.service))
    for mapping in db.session.scalars(query.order_by(ProductMapping.customer_id)):
        mappings[mapping.product_code].append(mapping)
    rows = []
    for product in db.session.scalars(select(Product).order_by(Product.code)):
        for_all = next((mapping for mapping in mappings[product.code] if mapping.customer_id is None), None)
        rows.append(_row(product, for_all, for_all))
        rows += [_row(product, mapping, for_all) for mapping in mappings[product.code] if mapping.customer_id is not None]
    return csv_files.write(COLUMNS, rows)


def import_products(*, data: bytes, by: str, dry_run: bool = False) -> ImportReport:
    """Add or replace the rules that the file names, by product and customer; a row without a service removes its rule.

    A product that Sophos has not named yet is added with a warning: a file may be imported before any usage was read, and not
    every customer's record lists its products (sophos-api.md, section 3.1).

    With any error, and as a dry run, nothing is changed; the report has every error with its line and column.
    """
    try:
        records = csv_files.read(data, COLUMNS, _OPTIONAL)
    except FileRefused as refusal:
        return ImportReport(errors=refusal.errors)
    reading = _Reading()
    billed, before = left_behind.billed(), product_rules.rules().mapped_services
    savepoint = db.session.begin_nested()
    changed = sum(reading.write(record, by) for record in sorted(records, key=lambda record: bool(record["customer_id"])))
    reading.check_agreement()
    reading.warn_of_lines_left_behind(billed, before)
    errors = tuple(sorted(reading.errors, key=lambda error: error.line))
    if errors or dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()
    return ImportReport(errors, tuple(reading.warnings), changed, len(records) - len(errors) - changed)


def _row(product: Product, mapping: ProductMapping | None, for_all: ProductMapping | None) -> dict[str, Any]:
    """A customer's row without a service of its own names that of the row for all: without one it would remove itself."""
    service = (mapping.service if mapping else None) or (for_all.service if for_all else None)
    return {
        "product_code": product.code,
        "product_name": product.description,
        "service_id": service.id if service else None,
        "service_name": service.name if service else None,
        "quantity": mapping.quantity if mapping else None,
        "included": mapping.included if mapping else None,
        "minimum": mapping.minimum if mapping else None,
        "pack_size": mapping.pack_size if mapping else None,
        "customer_id": mapping.customer_id if mapping else None,
        "exclude": {True: "yes", False: "no"}.get(mapping.exclude) if mapping and mapping.exclude is not None else None,
        "contract_service_id": mapping.contract_service_id if mapping else None,
    }


class _Reading:
    """What the records of one file mean, with all errors and warnings."""

    def __init__(self) -> None:
        self.errors: list[FileError] = []
        self.warnings: list[FileError] = []
        self._services = {service.id: service for service in db.session.scalars(select(Service))}
        self._named: dict[str, list[Service]] = defaultdict(list)
        for service in self._services.values():
            if products.is_offered(service):
                self._named[fold(service.name)].append(service)
        self._lines: dict[tuple[str, str | None], int] = {}

    def write(self, record: Record, by: str) -> bool:
        """Keep what the record says; whether that changed anything. False with an error."""
        try:
            key = self._key(record)
            values = self._values(record, key)
            if not self._is_known(record) and not self._add(record, values):
                return False
            return products.write(product_code=key[0], customer_id=key[1], values=values, by=by)
        except Refused as refusal:
            column = refusal.field
            if column == "service_id" and not record["service_id"]:
                column = "service_name"
            self.errors.append(FileError(record.line, column, refusal.code, refusal.params))
            return False

    def check_agreement(self) -> None:
        """An error at each line whose service now has two minimums or pack sizes."""
        every = product_rules.rules()
        for (product_code, customer_id), line in self._lines.items():
            rule = every.resolved(product_code, customer_id)
            if rule and rule.service_id is not None and (field := every.disagreement(rule.service_id)):
                names = {"service": self._services[rule.service_id].name, "products": _joined(every, rule.service_id)}
                self.errors.append(FileError(line, field, "service_rule_differs", names))

    def warn_of_lines_left_behind(self, billed: Sequence[Billed], before: Collection[int]) -> None:
        """A warning, at the first line of the file, where services that Kontor bills are mapped no more."""
        gone = set(before) - product_rules.rules().mapped_services
        lines = [line for line in billed if line.service_id in gone]
        if lines:
            first = min(self._lines.values(), default=1)
            self.warnings.append(FileError(first, "service_id", "leaves_lines", {"lines": left_behind.in_words(lines)}))

    def _key(self, record: Record) -> tuple[str, str | None]:
        key = (record["product_code"], record["customer_id"].lower() or None)
        first = self._lines.setdefault(key, record.line)
        if first != record.line:
            raise Refused("row_twice", "product_code", first=first)
        return key

    def _is_known(self, record: Record) -> bool:
        return db.session.get(Product, record["product_code"]) is not None

    def _add(self, record: Record, values: RuleValues) -> bool:
        """Make the product known, with a warning; False where the record says nothing about it and nothing is to be kept."""
        code = record["product_code"]
        if not 0 < len(code) <= _LONGEST_CODE:
            raise Refused("product_unknown", "product_code", product=code)
        self.warnings.append(FileError(record.line, "product_code", "product_not_named_yet", {"product": code}))
        if values == RuleValues():
            return False
        db.session.add(Product(code=code, description=record["product_name"][:_LONGEST_NAME] or None, first_seen_at=now()))
        db.session.flush()
        return True

    def _values(self, record: Record, key: tuple[str, str | None]) -> RuleValues:
        service_id = self._service(record)
        if service_id is None:
            return RuleValues()
        exclude = record["exclude"].lower()
        if exclude not in ("", "yes", "no"):
            raise Refused("choice_invalid", "exclude", value=record["exclude"], allowed="yes, no")
        return RuleValues(
            service_id=None if self._inherits(key, service_id) else service_id,
            quantity=record["quantity"].lower() or (Quantity.BILLABLE.value if key[1] is None else None),
            included=products.number(record["included"], "included"),
            minimum=products.number(record["minimum"], "minimum"),
            pack_size=products.number(record["pack_size"], "pack_size"),
            exclude=exclude == "yes" if exclude else None,
            contract_service_id=record.id("contract_service_id"),
        )

    def _inherits(self, key: tuple[str, str | None], service_id: int) -> bool:
        """Whether this customer's row exists without a service of its own and the file only repeats that of the row for all."""
        if key[1] is None:
            return False
        query = select(ProductMapping.customer_id, ProductMapping.service_id).where(ProductMapping.product_code == key[0])
        services = {customer: service for customer, service in db.session.execute(query)}
        return key[1] in services and services[key[1]] is None and services.get(None) == service_id

    def _service(self, record: Record) -> int | None:
        service_id, name = record.id("service_id"), record["service_name"]
        if service_id is not None:
            found = self._services.get(service_id)
            if found and name and fold(found.name) != fold(name):
                params = {"id": str(service_id), "found": found.name, "written": name}
                self.warnings.append(FileError(record.line, "service_name", "names_differ", params))
            return service_id
        if not name:
            return None
        fits = self._named[fold(name)]
        if len(fits) != 1:
            raise Refused("service_not_unique" if fits else "service_unknown", "service_id", service=name, count=len(fits))
        return fits[0].id


def _joined(every: Rules, service_id: int) -> str:
    return ", ".join(every.products_of(service_id))
