"""The body of a request: read whole, or refused. Half a body can look like a whole one."""

import io
from typing import IO

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge


class Body(io.RawIOBase):
    """A request's body, which ends with an error unless it is all there.

    `length` is what Content-Length says, None for a chunked body, whose end the server knows. Reading raises
    RequestEntityTooLarge beyond `limit` bytes, and BadRequest where the body stops short or is malformed.
    """

    def __init__(self, source: IO[bytes], length: int | None, limit: int) -> None:
        if length is not None and length > limit:
            raise RequestEntityTooLarge
        self._source = source
        self._length = length
        self._limit = limit
        self._taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        # Of a chunked body one byte more than the limit is asked for, to see whether it goes on.
        end = self._limit + 1 if self._length is None else self._length
        try:
            piece = self._source.read(min(len(buffer), end - self._taken))
        except Exception as error:  # each server has errors of its own for a body that it cannot read
            raise BadRequest("The body is malformed or was cut off.") from error
        self._taken += len(piece)
        if self._taken > self._limit:
            raise RequestEntityTooLarge
        if not piece and self._taken < (self._length or 0):
            raise BadRequest("The body is shorter than its Content-Length says.")
        buffer[: len(piece)] = piece
        return len(piece)
