"""A small world for tests of syncs: a sandbox with a few customers, and a Kontor that is connected to it and has mapped them.

The sandbox's own books say what really happened; Kontor's database is filled as a refresh would fill it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import Flask
from sqlalchemy import select

from tests import builders
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Change, Company, Contract, Customer, Product, Run, Service
from webapp.sandbox.server import Sandbox
from webapp.services import connections, execution, preferences, runs

TODAY = date(2026, 11, 23)
PRODUCT = "CIXA-MSP"
SERVICE = "Sophos Intercept X Advanced"


@dataclass
class World:
    """``lines`` holds the contract service id of each (customer name, product)."""

    sandbox: Sandbox
    app: Flask
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def connect(self) -> None:
        credentials = self.sandbox.credentials()
        partner = {"partner_id": self.sandbox.state.sophos.partner_id}
        connections.store(system="sophos", credentials=credentials["sophos"], facts=partner, by="test")
        connections.store(system="autotask", credentials=credentials["autotask"], facts={}, by="test")
        preferences.put(name="mode", value="automatic", by="test")
        db.session.commit()

    def service(self, name: str = SERVICE, product: str = PRODUCT, **rule: object) -> int:
        """A service in both worlds, with a product mapping that feeds it."""
        found = db.session.scalars(select(Service).where(Service.name == name)).first()
        service_id = found.id if found else self.sandbox.state.add_service(name=name, unit_price=5.0)
        if not found:
            builders.add_service(id=service_id, name=name, period_type=2)
        if db.session.get(Product, product) is None:
            added = builders.add_product(code=product)
            builders.add_product_mapping(product=added, service=db.session.get(Service, service_id), **rule)
        db.session.commit()
        return service_id

    def customer(
        self,
        name: str,
        *,
        units: int | None,
        usage: int | None,
        product: str = PRODUCT,
        contract: Contract | None = None,
        usage_sync: bool = True,
        price: float | None = None,
        **contract_facts: object,
    ) -> Customer:
        """A mapped customer that uses ``usage`` licences on a contract whose line has ``units`` (None: no such line)."""
        state = self.sandbox.state
        customer_id = state.add_customer(name=name)
        self.ids[name] = customer_id
        if contract is None:
            contract = self.contract(name, **contract_facts)
        service_id = self.service(product=product) if product == PRODUCT else self.service(name=product, product=product)
        if units is not None:
            line_id = state.add_contract_service(contract_id=contract.id, service_id=service_id, units=units, unit_price=price)
            self.lines[name, product] = line_id
        company = db.session.get(Company, contract.company_id)
        customer = builders.add_customer(id=customer_id, name=name, company=company, contract=contract, usage_sync=usage_sync)
        db.session.commit()
        if usage is not None:
            self.use(name, usage, product=product)
        return customer

    def contract(self, name: str, **facts: object) -> Contract:
        """A contract of a company of that name, in both worlds."""
        state = self.sandbox.state
        company_id = state.add_company(name=name)
        contract_id = state.add_contract(company_id=company_id, **facts)  # type: ignore[arg-type]
        company = builders.add_company(id=company_id, name=name)
        return builders.add_contract(id=contract_id, company=company, name="Managed Security")

    def use(self, name: str, billable: int | None, *, product: str = PRODUCT, **more: object) -> None:
        """What Sophos reports for the customer this month."""
        self.sandbox.state.set_usage(customer_id=self.ids[name], product_code=product, billable=billable, **more)  # type: ignore[arg-type]

    def units(self, name: str, product: str = PRODUCT, on: date = TODAY) -> int | None:
        """What the sandbox bills on that day."""
        return self.sandbox.state.units(self.lines[name, product], on)

    def hide_changes(self) -> None:
        """From now on Autotask takes changes, but its unit rows do not show them."""
        self.sandbox.state.switches.units_visible_after = 3600.0

    def show_changes(self) -> None:
        """The unit rows show everything that was changed."""
        self.sandbox.state.switches.units_visible_after = 0.0
        self.sandbox.state.autotask._not_yet.clear()

    def sync(self, *names: str, dry_run: bool = False) -> Run:
        """A usage run, in this process."""
        scope = [self.ids[name] for name in names] or None
        run = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:test@box", scope=scope, dry_run=dry_run)
        db.session.commit()
        execution.carry_out(run.id)
        return runs.get(run.id)

    def close(self, month: str, *names: str) -> Run:
        """The close of a month, in this process."""
        scope = [self.ids[name] for name in names] or None
        run = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:test@box", scope=scope, month=month, closed=True)
        db.session.commit()
        execution.carry_out(run.id)
        return runs.get(run.id)

    def states(self, run: Run) -> dict[str, str]:
        """The state of each line of a run, by the name of its first customer."""
        return {line.customer_names[0]: line.state for line in run.lines}

    def changes(self) -> list[Change]:
        return list(db.session.scalars(select(Change).order_by(Change.id)))

    def posted(self) -> list[tuple[int | None, int]]:
        """Every adjustment that really took effect: line and change."""
        return [(entry.contract_service_id, entry.change) for entry in self.sandbox.state.books.adjustments]
