"""The form of a product's rule, and what a row shows besides the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField

from webapp.errors import Refused
from webapp.forms.customers import number_in
from webapp.services import catalogue, products


@dataclass(frozen=True)
class ProductState:
    """``editing`` opens the fields; ``refused`` is shown at the field it belongs to, with what was ``entered``."""

    editing: bool = False
    refused: Refused | None = None
    entered: Mapping[str, Any] = field(default_factory=dict)

    def error(self, name: str) -> Refused | None:
        return self.refused if self.refused and self.refused.field == name else None

    @property
    def near(self) -> Sequence[Mapping[str, Any]]:
        """The services to choose from."""
        return self.refused.params.get("near", ()) if self.refused else ()


class ProductForm(FlaskForm):
    """The rule for all customers. An empty service field takes the service away."""

    service = StringField()
    service_id = StringField()
    quantity = StringField()
    included = StringField()
    minimum = StringField()
    pack_size = StringField()
    exclude = BooleanField()
    leave = StringField()

    def values(self) -> dict[str, Any]:
        """The keywords of products.set_mapping; Refused, with the field, for what cannot be read."""
        return {
            "service_id": self._service_id(),
            "quantity": self.quantity.data or None,
            "included": products.number(self.included.data or "", "included"),
            "minimum": products.number(self.minimum.data or "", "minimum"),
            "pack_size": products.number(self.pack_size.data or "", "pack_size"),
            "exclude": True if self.exclude.data else None,
        }

    def _service_id(self) -> int | None:
        chosen = [value for value in self.service_id.raw_data or () if value.strip()]
        if chosen:
            return number_in(chosen[-1], "service")
        name = (self.service.data or "").strip()
        return catalogue.service_id(name) if name else None
