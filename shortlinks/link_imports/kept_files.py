"""The file of an import, kept in Redis until it is read: whoever takes it in and who reads it may be on different machines."""

import io
import zlib
from typing import IO, Any

from shortlinks import keys
from shortlinks.errors import ShortlinksError
from shortlinks.store import Store

PART = 1 << 18
"""Bytes that are compressed and written at once."""
ARRIVING_SECONDS = 600
"""How long the parts stay of one that is not whole: nobody comes back for them."""
_LEVEL = 1
"""A table of links gets a fifth of its size at a third of the time that the usual level takes."""


class Gone(ShortlinksError):
    """The file is not kept any more."""


def put(store: Store, import_id: str, file: IO[bytes]) -> int:
    """Keep a file, for a while: `import_records.stage_begun` has it stay. Returns how many bytes it has."""
    name, number, size = keys.link_import(import_id, "file"), 0, 0
    file.seek(0)
    while part := file.read(PART):
        pipe = store.redis.pipeline(transaction=True)
        # By number: what is sent again over a broken connection is the same part, and no further one.
        pipe.hset(name, str(number), zlib.compress(part, _LEVEL))
        pipe.expire(name, ARRIVING_SECONDS)
        pipe.execute()
        number, size = number + 1, size + len(part)
    return size


def is_whole(client: Any, import_id: str, size: int) -> bool:
    """Whether all parts of a file of `size` bytes are there: Redis may have lost some while the others arrived."""
    return bool(client.hlen(keys.link_import(import_id, "file")) * PART >= size)


class KeptFile(io.RawIOBase):
    """The file of an import of `size` bytes, read a part at a time; `at` of them were read. Reading raises Gone."""

    def __init__(self, client: Any, import_id: str, size: int) -> None:
        super().__init__()
        self.at = 0
        self._client = client
        self._name = keys.link_import(import_id, "file")
        self._size = size
        self._next = 0
        self._part = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or less than that; 0 at the end."""
        if not self._part and self.at < self._size:
            raw = self._client.hget(self._name, str(self._next))
            if raw is None:
                raise Gone("the file is not kept any more")
            self._part, self._next = memoryview(zlib.decompress(raw)), self._next + 1
        count = min(len(buffer), len(self._part))
        buffer[:count], self._part = self._part[:count], self._part[count:]
        self.at += count
        return count
