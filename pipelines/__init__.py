"""Tequio: open data of Mexican public bodies, from portal to publication."""

__version__ = "1.0.0"
