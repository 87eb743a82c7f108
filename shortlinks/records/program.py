"""Which program this is, for what is kept and must not outlive the code that made it."""

from functools import cache
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_PAGES = "web"
_COMPILED = "__pycache__"


@cache
def fingerprint(package: Path = _PACKAGE) -> str:
    """16 hexadecimal digits that differ when any file of the package does, the pages aside, which only show answers.

    The version number would not do: it stays the same between releases, for those who run the newest commit. Read once a
    process (20 ms), because its code does not change either while it runs.
    """
    digest = sha256()
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package)
        if path.is_file() and name.parts[0] != _PAGES and _COMPILED not in name.parts:
            digest.update(name.as_posix().encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
