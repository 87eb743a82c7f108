"""A file that was sent to be looked at, carried in a form until it is taken in: nothing of it is kept here meanwhile."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from shortlinks.errors import Invalid
from shortlinks.snapshots import table_csv
from shortlinks.words.language import _

LARGEST = 1024 * 1024
_LONGEST = 900_000
"""Room for the rest of a form within the limit of bodies."""


def pack(data: bytes) -> str:
    """The file as the value of a form's field. Raises Invalid naming `file` where it would be too long for one."""
    text = urlsafe_b64encode(zlib.compress(data, 9)).decode()
    if len(text) > _LONGEST:
        raise Invalid.field(table_csv.FIELD, _("is too large: download a shorter time"))
    return text


def unpack(text: str) -> bytes:
    """The file that `pack` packed. Raises Invalid naming `file` for anything else."""
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(urlsafe_b64decode(text.encode()), LARGEST)
        whole = reader.eof
    except (ValueError, zlib.error):
        whole = False
    if not whole:
        raise Invalid.field(table_csv.FIELD, _("did not come whole: choose it again"))
    return data
