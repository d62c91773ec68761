"""PURE: what is wrong with a product mapping that a person gave."""

from __future__ import annotations

from webapp.codes.text import N_, Text

PRODUCTS = {
    "product_unknown": Text(N_("There is no product %(product)s."), N_("Products appear with the first usage that names them.")),
    "product_not_named_yet": Text(
        N_("Sophos has not named the product %(product)s yet. The row counts as soon as it does."),
        N_("Check the code if you expected it to be known."),
    ),
    "service_unknown": Text(N_("No active service in Autotask fits “%(service)s”."), N_("Use the name that Autotask shows.")),
    "service_not_unique": Text(N_("%(count)s services are named “%(service)s”."), N_("Give the service’s id.")),
    "service_id_unknown": Text(N_("There is no active service with the id %(service)s."), N_("Use the id that Autotask shows.")),
    "number_invalid": Text(N_("“%(value)s” is no whole number from %(least)s to %(most)s.")),
    "choice_invalid": Text(N_("“%(value)s” is not one of: %(allowed)s.")),
    "service_rule_differs": Text(
        N_("Minimum and pack size belong to the service %(service)s; %(products)s disagree."),
        N_("Give these products the same minimum and the same pack size, or leave the fields empty."),
    ),
    "line_needs_customer": Text(N_("A contract line can only be chosen for one customer."), N_("Give the customer’s id.")),
    "line_unknown": Text(
        N_("%(line)s is no line of this service on the customer’s contract."),
        N_("Use the id of the contract service in Autotask."),
    ),
}
