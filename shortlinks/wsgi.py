"""What gunicorn serves: `shortlinks.wsgi:app`, configured from the environment."""

import atexit

from shortlinks import config
from shortlinks.clicks import ship
from shortlinks.running import logs
from shortlinks.web import create_app

_config = config.load_connected()
logs.configure(_config.log)
app = create_app(_config)
_follower = app.extensions["shortlinks"].follower
_follower.start(lambda: ship.ensure_running(_config.data_dir))


def stop() -> None:
    """At the end: losses that no file could even note are told to the log, and the last sums are kept."""
    _follower.stop()


atexit.register(stop)
