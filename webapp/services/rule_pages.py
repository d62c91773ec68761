"""What the page of the rules shows. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.domain import Mode
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Customer, Mapping, TicketRule
from webapp.services import preferences, rule_edits, rule_list, rule_words, ticket_choices
from webapp.services.rule_words import Labels
from webapp.services.ticket_rules import Rule


@dataclass(frozen=True)
class ShownRule:
    """A rule in its list. ``number`` counts from 1 in that list; ``gone`` are its fields whose choice is no longer active.
    ``after_all``: the number of a rule before it that fits every alert, so this one is never reached."""

    key: str
    number: int
    conditions: str
    action: str
    makes: str
    gone: Sequence[str]
    after_all: int | None
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class RulesPage:
    """``customer`` is (id, name) where the list is that of one customer; ``then`` are the rules for all, which
    follow for it. ``others``: customers with rules of their own, as (id, name, how many). ``missing``: settings not chosen
    yet."""

    customer: tuple[str, str] | None
    rules: Sequence[ShownRule]
    then: Sequence[ShownRule]
    built_in: bool
    others: Sequence[tuple[str, str, int]]
    choices_read_at: datetime | None
    missing: Sequence[str]
    started: bool

    @property
    def customer_id(self) -> str | None:
        return self.customer[0] if self.customer else None


def page(customer_id: str | None) -> RulesPage:
    """The rules for all, or those of one customer and what follows; raises NotFound for an unknown customer."""
    customer = customer_named(customer_id) if customer_id is not None else None
    every, labels = rule_list.all_rules(), rule_words.labels()
    general = [rule for rule in every if rule.customer_id is None]
    own = [rule for rule in every if customer_id is not None and rule.customer_id == customer_id]
    catch_all = next((rule.position for rule in own if fits_all(rule)), None)
    return RulesPage(
        customer=customer,
        rules=list(_shown(own if customer else general, labels)),
        then=list(_shown(general, labels, catch_all)) if customer else [],
        built_in=rule_edits.is_built_in(general[0]),
        others=_others(),
        choices_read_at=ticket_choices.read_at(),
        missing=ticket_choices.chosen().missing,
        started=preferences.get("mode") != Mode.OBSERVE,
    )


def customer_named(customer_id: str) -> tuple[str, str]:
    """The id and the name of a customer; raises NotFound."""
    found = db.session.get(Customer, customer_id)
    if found is None:
        raise NotFound("customer", customer_id)
    return found.id, found.shown_name


def fits_all(rule: Rule) -> bool:
    """Whether a rule has no condition."""
    return not (rule.severities or rule.categories or rule.products or rule.type_pattern)


def _shown(rules: Sequence[Rule], labels: Labels, after_all: int | None = None) -> Iterator[ShownRule]:
    for number, rule in enumerate(rules, start=1):
        yield ShownRule(
            key=rule_edits.key_of(rule),
            number=number,
            conditions=rule_words.conditions(rule),
            action=rule_words.action(rule, labels),
            makes=rule.action.value,
            gone=labels.gone(rule),
            after_all=after_all,
            is_first=number == 1,
            is_last=number == len(rules),
        )
        if after_all is None and fits_all(rule):
            after_all = number


def _others() -> list[tuple[str, str, int]]:
    counted = (
        select(Customer, func.count(TicketRule.id))
        .join(TicketRule, TicketRule.customer_id == Customer.id)
        .group_by(Customer.id)
        .order_by(Customer.name_folded)
    )
    return [(customer.id, customer.shown_name, count) for customer, count in db.session.execute(counted)]


def with_company() -> list[tuple[str, str]]:
    """The customers that a test ticket can be made for, by name."""
    found = db.session.scalars(
        select(Customer)
        .join(Mapping, Mapping.customer_id == Customer.id)
        .where(Mapping.company_id.is_not(None), Customer.gone_at.is_(None))
        .order_by(Customer.name_folded, Customer.id)
    )
    return [(customer.id, customer.shown_name) for customer in found]
