"""The portals on loopback: the real protocols over HTTP, with sample data, faults or recordings.

The data are made here and describe no real person, purchase or sanction. Nothing of the product
imports this package; the CLI and the tests do.
"""
