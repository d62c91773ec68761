"""The clients of the two APIs: named calls that return values of webapp/domain.py. They know no models and no Flask."""
