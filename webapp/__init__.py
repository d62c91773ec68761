"""Kontor: the web application, its services and its commands."""
