"""Stateful local stand-ins for the Sophos Central and Autotask APIs.

For trying Kontor without accounts and for its tests. The facts come from `reference/sophos-api.md` and
`reference/autotask-api.md`; where those say that something is unknown, the behaviour is a switch
(`switches.py`), so that both possibilities can be tried. Nothing else in production code imports this package,
except the command that starts it.
"""
