"""What Kontor does. Functions take keyword arguments and the actor (``by=``), return objects or raise; they never commit
unless their docstring says so."""
