"""What is read goes over the wire compressed: on mobile data, bytes are most of what a page costs."""

from flask import Flask, Response, request
from flask_compress import Compress

# Redirects stay as bare as the Redirector's answers; an export is a stream, for whoever wants it to compress.
_READ = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")


def install(app: Flask) -> None:
    """Compress pages, static files and JSON for those who take it."""
    app.config.update(
        COMPRESS_REGISTER=False, COMPRESS_MIMETYPES=_READ, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_STREAMS=False
    )
    compress = Compress(app)

    @app.after_request
    def compressed(response: Response) -> Response:
        if response.status_code != 200 or response.mimetype not in _READ:
            return response
        if request.endpoint == "static":
            # Small files, which would be sent as streams.
            response.direct_passthrough = False
            response.make_sequence()
        return compress.after_request(response)
