"""Bodies that are files: in a form, or as they are."""

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from shortlinks.errors import Invalid
from shortlinks.snapshots import table_csv

_FORM = "multipart/form-data"


def sent() -> bytes:
    """The file of this request, in either of the two ways to send one. Raises Invalid naming `file` when a form has none."""
    if request.mimetype == _FORM:
        file = request.files.get(table_csv.FIELD)
        if file is None:
            raise Invalid.field(table_csv.FIELD, "is required")
        data: bytes = file.read()
        return data
    if request.mimetype != "text/csv":
        raise UnsupportedMediaType(f"Send the file in {_FORM} as `{table_csv.FIELD}`, or as text/csv.")
    return request.get_data()
