"""Zips of JSON arrays, as PDN's weekly job packs them: pages of 200 records in a folder of the provider.

Here: from JSON lines to the bytes of a zip, the same for the same lines. Not here: what the records say, HTTP.
"""

import io
import zipfile

PAGE_SIZE = 200
FOLDER = "PROVEEDOR"
MOMENT = (2026, 11, 13, 18, 0, 0)


def pack(plain: bytes) -> bytes:
    """The zip of these lines; without any it has one empty page."""
    lines = plain.splitlines()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, first in enumerate(range(0, max(len(lines), 1), PAGE_SIZE), start=1):
            member = zipfile.ZipInfo(f"{FOLDER}/data-{number:010d}.json", MOMENT)
            page = b"[" + b",".join(lines[first : first + PAGE_SIZE]) + b"]"
            archive.writestr(member, page, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
