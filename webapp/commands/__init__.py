"""The commands of ``kontor``, one module per noun; webapp/cli.py puts them together."""
