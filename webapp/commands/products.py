"""``kontor products``: all product mappings as a CSV file, out and in."""

from __future__ import annotations

from typing import BinaryIO

import click

from webapp.commands.files import import_file
from webapp.services import product_files


@click.group("products")
def group() -> None:
    """Products with their services and rules as a CSV file."""


@group.command("export")
def export() -> None:
    """Write all products to standard output, as UTF-8 without byte order mark."""
    click.echo(product_files.export(), nl=False)


@group.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Check the file and say what would change.")
def import_(file: BinaryIO, dry_run: bool) -> None:
    """Keep what FILE says. All rows are valid or nothing is changed; each error is named with its line."""
    import_file(file, dry_run=dry_run, service=product_files.import_products)


commands = (group,)
