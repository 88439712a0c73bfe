"""Comparison with other people's tools, in environments of their own; not part of the test suite.

Here: what `make oracle` runs. libcoveocds is AGPL: it is called as a program of its own and never imported by
the product or its tests. Pelican (BSD) is imported by a program of the oracle's own, from a checkout whose folder is
given.
"""
