"""Dagster, and nothing but Dagster: assets, checks, jobs, schedules, and the run that ties them.

Bodies are short: the work stands in the other packages and is called from here.
"""
