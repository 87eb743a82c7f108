"""What gunicorn serves: `shortlinks.wsgi:app`, configured from the environment."""

import atexit

from shortlinks import config, logs, ship
from shortlinks.web import create_app

_config = config.load_connected()
logs.configure(_config.log)
app = create_app(_config)
_follower = app.extensions["shortlinks"].follower
_follower.start(lambda: ship.ensure_running(_config.data_dir))
# Clicks that were lost where no file could even note it are told to the log; what was measured last is told by the
# other processes.
atexit.register(_follower.stop)
