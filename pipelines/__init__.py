"""Tequio: open data of Mexican public bodies, from portal to publication."""

from pipelines import native

__version__ = "1.0.0"

native.use()
