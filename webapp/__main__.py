"""``python -m webapp``: the same as ``kontor``, also where only the requirements are installed and not the project itself."""

from webapp.cli import main

main()
