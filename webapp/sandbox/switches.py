"""What the sandbox does where the vendors' behaviour is unknown, optional or differs between accounts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Switches:
    """Each field is one switch. The default is what was recorded or documented, else the milder of the two.

    Changed in process by assignment, from outside by `POST /switches` of the control host.
    """

    # Sophos (sophos-api.md, sections 1 to 8)
    who_id_type: str = "partner"  # whoami: partner, organization or tenant
    upper_case_ids: bool = True  # whoami gives its id in upper case, as it was recorded
    sophos_rate_limit: bool = True  # 100 calls a minute with bursts to 300, then 429 without Retry-After
    oversize_page: str = "cut"  # pageSize above the maximum: cut it, or refuse with 400
    billing_page_default: int = 50
    billing_page_max: int = 1000
    alerts_page_max: int = 100
    trailing_key: bool = False  # the last page carries a nextKey that leads to an empty page
    alert_sort_refused: bool = False  # GET alerts answers 400 to sort=raisedAt:desc, as some tenants do
    wrong_region_status: int = 403  # a tenant called on another region's host
    forbidden_customers: set[str] = field(default_factory=set)  # tenant ids that answer 403 for good
    alerts_forbidden: set[str] = field(default_factory=set)  # tenant ids whose alerts answer 403 for good, other calls not
    acknowledge_forbidden: bool = False  # the credential's role is too low: 403 to every action on an alert
    upper_case_alert_ids: bool = False  # alerts give their ids in upper case; both are understood
    raised_at_without_zone: bool = False  # raisedAt as in one example of the vendor, without the Z
    usage_rolls: bool = False  # a new month begins with the figures of the one before (the demo)

    # Autotask (autotask-api.md, sections 3, 4, 7 and 10)
    missing_item_status: int = 200  # GET by id of nothing: 200 {"item": null}, or 404
    threads: int = 3  # requests at once per tracking identifier and entity
    thread_status: int = 429  # "may arrive with a non-429 status": set 500
    request_threshold: int = 10_000
    threshold_status: int = 429
    other_calls: int = 0  # calls of other integrations in this hour; they share the threshold
    latency_when_busy: bool = False  # +0.5 s above 50 %, +1 s above 75 % of the threshold
    latency_seconds: float = 0.0  # time that every Autotask call takes while it holds its thread
    split_end_same_day: bool = False  # the earlier part of a split unit row ends on D instead of D-1
    negative_units: str = "apply"  # or refuse
    keep_price: bool = True  # leaving adjustedUnitPrice out keeps the price, else the catalogue's comes back
    units_visible_after: float = 0.0  # seconds from a 200 until the unit rows show it
    create_missing_lines: bool = True  # an adjustment for a service that is not on the contract creates the line
    get_url_limit: int = 2_100  # longest address of a GET query; 0 is no limit
    lockout_after: int = 0  # wrong secrets in a row after which the account is locked; 0 is never
    account_locked: bool = False  # 401 for everything but the zone
    denied_entities: set[str] = field(default_factory=set)  # 500 "adequate permissions" for these
    ticket_required_fields: set[str] = field(default_factory=set)  # what the ticket category makes mandatory
    # No source has the text of that refusal; {field} is the field's name.
    required_field_text: str = "Value does not reference an existing entity for {field} . "
    inactive_queues: set[int] = field(default_factory=set, metadata={"of": int})  # queues that were deactivated

    def update(self, values: dict[str, Any]) -> None:
        """Set the named switches. Raises ValueError for an unknown name or a value of the wrong kind."""
        known = {item.name: item.metadata.get("of", str) for item in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown switch: {name}")
            setattr(self, name, self._converted(name, value, known[name]))

    def _converted(self, name: str, value: Any, of: type) -> Any:
        current = getattr(self, name)
        if isinstance(current, set):
            if not isinstance(value, (list, set, tuple)):
                raise ValueError(f"{name} takes a list")
            return {of(item) for item in value}
        if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is not type(current):
            raise ValueError(f"{name} takes {type(current).__name__}")
        return value

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values, sets as sorted lists."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: sorted(value) if isinstance(value, set) else value for name, value in values.items()}
