"""Dagster, and nothing but Dagster: assets, checks, jobs, schedules, and the run that ties them.

Bodies are short: the work stands in the other packages and is called from here.
"""

import warnings

# What the design rests on though Dagster still calls it new: one run over many partitions, and checks by partition
# (tried with the pinned version, see tests/end_to_end). Everything else that is new warns.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")
warnings.filterwarnings("ignore", message="Specifying a partitions_def on an AssetCheckSpec")
