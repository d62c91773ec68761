"""PURE: what a month's usage asks of the services of one contract, before anything is compared with units.

Several products may feed one service and several customers may share the contract: their shares are summed, then the
service's minimum and pack size are applied once. The order of the input never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.domain import ProductRule, Reason
from webapp.services.plan_facts import Facts, Used

ABSURD = 1_000_000
"""A quantity above this is taken for a mistake upstream, not for licences."""


@dataclass(frozen=True)
class Want:
    """What usage asks of one service. ``contract_service_id`` is set where the product mapping chose between two lines of
    the same service; ``problem`` stops the line."""

    service_id: int
    contract_service_id: int | None
    customer_ids: tuple[str, ...]
    products: tuple[str, ...]
    shares: int
    minimum: int
    pack_size: int
    problem: Reason | None = None

    @property
    def target(self) -> int | None:
        """The units wanted: at least the minimum while there is usage, rounded up to whole packs. None with a problem."""
        if self.problem:
            return None
        if self.shares == 0:
            return 0
        needed = max(self.minimum, self.shares)
        return -(-needed // self.pack_size) * self.pack_size


def wants(facts: Facts) -> list[Want]:
    """What usage asks of each service, in a fixed order."""
    groups: dict[tuple[int, int | None], list[tuple[Used, ProductRule]]] = {}
    for used in sorted(facts.usage, key=lambda used: (used.product_code, used.customer_id)):
        rule = facts.rules.get((used.product_code, used.customer_id))
        if rule and rule.service_id is not None and not rule.exclude:
            groups.setdefault((rule.service_id, _chosen_line(facts, rule)), []).append((used, rule))
    in_order = sorted(groups, key=lambda group: (group[0], group[1] or 0))
    return [_want(service, line, groups[service, line]) for service, line in in_order]


def _chosen_line(facts: Facts, rule: ProductRule) -> int | None:
    """The line that the product mapping chose; of meaning only where the service stands more than once on the contract."""
    twins = [line.contract_service_id for line in facts.lines if line.service_id == rule.service_id]
    return rule.contract_service_id if len(twins) > 1 and rule.contract_service_id in twins else None


def _want(service_id: int, line_id: int | None, parts: list[tuple[Used, ProductRule]]) -> Want:
    shares, problem = 0, None
    for used, rule in parts:
        figure = used.figure(rule.quantity)
        if figure is None or not 0 <= figure <= ABSURD:
            found = "–" if figure is None else figure
            problem = problem or Reason("quantity_invalid", {"product": used.product_code, "cause": found})
        else:
            shares += max(0, figure - rule.included)
    return Want(
        service_id=service_id,
        contract_service_id=line_id,
        customer_ids=tuple(sorted({used.customer_id for used, _ in parts})),
        products=tuple(sorted({used.product_code for used, _ in parts})),
        shares=shares,
        minimum=max(rule.minimum for _, rule in parts),
        pack_size=max(rule.pack_size for _, rule in parts),
        problem=problem,
    )


def assign(facts: Facts, wanted: Iterable[Want]) -> tuple[Mapping[int, Want], list[Want]]:
    """Which line takes which want, and the wants that no single line can take (no such line, or several without a choice)."""
    taken: dict[int, Want] = {}
    left = []
    for want in wanted:
        lines = [line.contract_service_id for line in facts.lines if line.service_id == want.service_id]
        line = want.contract_service_id or (lines[0] if len(lines) == 1 else None)
        if line is None:
            left.append(want)
        else:
            taken[line] = want
    return taken, left


def without_service(facts: Facts) -> Mapping[str, Mapping[str, int]]:
    """Used products that have no service, with the quantity of each customer."""
    found: dict[str, dict[str, int]] = {}
    for used in sorted(facts.usage, key=lambda used: (used.product_code, used.customer_id)):
        rule = facts.rules.get((used.product_code, used.customer_id))
        if rule and (rule.exclude or rule.service_id is not None):
            continue
        figure = used.billable if rule is None else used.figure(rule.quantity)
        if figure != 0:
            found.setdefault(used.product_code, {})[used.customer_id] = max(0, figure or 0)
    return found
