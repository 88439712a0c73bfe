"""All pages of a release, written while it is staged: the catalogue and a report for each agency.

Here: which inputs go to which page. Not here: gathering (`collect.py`), the pages (`site.py`, `agency.py`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.home import Home
from pipelines.publication.admission import Judgement
from pipelines.quality.catalogue import load_catalogue
from pipelines.reports import collect, site


def writer(judgements: Sequence[Judgement], *, home: Home) -> Callable[[Path, Path], None]:
    """What `release.publish` calls with the staged release and the folder for its pages."""

    def write(staged: Path, folder: Path) -> None:
        site.build_pages(
            folder,
            staged=staged,
            inputs=collect.report_inputs(judgements, home=home, staged=staged),
            catalogue=load_catalogue(),
            previous=collect.previous_summaries(judgements, home=home),
        )

    return write
