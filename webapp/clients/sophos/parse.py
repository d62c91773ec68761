"""PURE: Sophos' answers as values of webapp/domain.py. Fields go missing in real answers (sophos-api.md, section 0, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.clients.causes import NO_LIST, NOBODY, ROW_WITHOUT_ID
from webapp.clients.errors import BadAnswer
from webapp.clients.values import text, whole
from webapp.domain import Tenant, UsageItem, Whoami

SYSTEM = "Sophos"


def whoami(body: Mapping[str, Any]) -> Whoami:
    """Section 2. The id may come in upper case."""
    found, kind = text(body.get("id"), 100), text(body.get("idType"), 40)
    if not found or not kind:
        raise BadAnswer(SYSTEM, cause=NOBODY)
    return Whoami(id=found.lower(), id_type=kind)


def tenant(item: Any) -> Tenant:
    """Section 3.1. Raises BadAnswer for one without an id: a list with such a hole is not whole."""
    if not isinstance(item, dict) or not (found := text(item.get("id"), 36)):
        raise BadAnswer(SYSTEM, cause=ROW_WITHOUT_ID)
    show_as = text(item.get("showAs"))
    return Tenant(
        id=found.lower(),
        name=text(item.get("name")) or show_as or found,
        show_as=show_as,
        data_geography=text(item.get("dataGeography"), 20) or "",
        data_region=text(item.get("dataRegion"), 20) or "",
        billing_type=(text(item.get("billingType"), 20) or "").lower(),
        status=text(item.get("status"), 40),
        api_host=text(item.get("apiHost"), 255),
        product_codes=_product_codes(item.get("products")),
        email_domain=_email_domain(item.get("contact")),
    )


def _product_codes(products: Any) -> tuple[str, ...]:
    if not isinstance(products, list):
        return ()
    codes = (text(product.get("code"), 100) for product in products if isinstance(product, dict))
    return tuple(dict.fromkeys(code for code in codes if code))


def _email_domain(contact: Any) -> str | None:
    """What stands behind the @ of the contact's address: the name matching compares it with the company's web address."""
    email = text(contact.get("email")) if isinstance(contact, dict) else None
    if not email or "@" not in email:
        return None
    return email.rpartition("@")[2].lower()[:255] or None


def usage_item(item: Any) -> UsageItem:
    """Section 4.2. Prices and billing dates are not read: the first are not ours to bill by, the second may be impossible
    days. Raises BadAnswer for something that is no item."""
    if not isinstance(item, dict):
        raise BadAnswer(SYSTEM, cause=NO_LIST)
    account = text(item.get("accountId"), 100)
    sku = text(item.get("sku"), 100) or ""
    return UsageItem(
        customer_id=account.lower() if account else None,
        customer_name=text(item.get("assignedAccountIdentifier"), 500),
        product_code=text(item.get("productCode"), 100) or sku or "unknown",
        product_description=text(item.get("productDescription"), 500) or "",
        product_group=text(item.get("productGroup"), 50) or "",
        sku=sku,
        order_number=text(item.get("orderNumber"), 100) or "",
        order_line=text(item.get("orderLineItemNumber"), 100) or "",
        account_status=(text(item.get("accountStatus"), 40) or "").lower(),
        billable=_quantity(item.get("billableQuantity")),
        actual=_quantity(item.get("actualQuantity")),
        ordered=_quantity(item.get("orderedQuantity")),
    )


def _quantity(value: Any) -> int | None:
    """A quantity as Sophos documents it, a number. Text is a report that is not what it was: a person looks at it first."""
    return None if isinstance(value, str) else whole(value)


def items_of(body: Mapping[str, Any]) -> list[Any]:
    """The items of a page. Raises BadAnswer where there is no list."""
    items = body.get("items")
    if not isinstance(items, list):
        raise BadAnswer(SYSTEM, cause=NO_LIST)
    return items


def pages_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """``pages``, or nothing."""
    pages = body.get("pages")
    return pages if isinstance(pages, dict) else {}
