"""What an agency and a downstream reader open: reports per agency and the release's catalogue page.

Here: turning plain values into pages (HTML), their machine twins (JSON) and the list of failures (CSV), and
telling people that something needs them.
Not here: judging (``pipelines.quality``), deciding what a release holds (``pipelines.publication``).
"""
