"""PURE: what is wrong with a file that was imported."""

from __future__ import annotations

from webapp.codes.text import N_, Text

FILES = {
    "file_encoding": Text(N_("The text is neither UTF-8 nor Windows-1252."), N_("Save the file as CSV UTF-8.")),
    "file_empty": Text(N_("The file is empty."), N_("Begin with an export.")),
    "file_header": Text(
        N_("The first line must name the columns %(expected)s; missing: %(missing)s, unknown: %(unknown)s."),
        N_("Begin with an export."),
    ),
    "file_record": Text(N_("This record cannot be read: %(cause)s."), N_("Check the quotation marks.")),
    "file_fields": Text(N_("%(found)s fields instead of %(expected)s."), N_("Check separators and quotation marks.")),
    "id_invalid": Text(N_("“%(value)s” is no id.")),
    "row_without_customer": Text(N_("The row names no customer."), N_("Give the customer’s id.")),
    "customer_name_unknown": Text(N_("No customer is named “%(customer)s”."), N_("Give the customer’s id.")),
    "customer_ambiguous": Text(N_("%(count)s customers are named “%(customer)s”."), N_("Give the customer’s id.")),
    "row_twice": Text(N_("Line %(first)s is about the same already."), N_("Keep one of the two lines.")),
    "sync_without_company": Text(N_("On, but the row names no company."), N_("Name the company, or write off.")),
    "contract_without_company": Text(N_("A contract, but the row names no company."), N_("Name the company too.")),
    "names_differ": Text(N_("The id %(id)s is “%(found)s”, the file says “%(written)s”. The id counts.")),
}
