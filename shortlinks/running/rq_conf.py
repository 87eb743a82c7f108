"""Where RQ's own commands find the queue: `rq worker --config shortlinks.running.rq_conf …`. Names are RQ's."""

import sys

from shortlinks import config
from shortlinks.running import logs, sentinels

try:
    _config = config.load_connected()
except config.ConfigError as error:
    sys.exit(str(error))

# Before RQ looks for a handler: it makes its own only where there is none.
logs.configure(_config.log)
_url = _config.queue_url or ""
_sentinel = sentinels.parse(_url)
REDIS_URL = None if _sentinel else _url
SENTINEL = _sentinel and {"INSTANCES": _sentinel.hosts, "MASTER_NAME": _sentinel.name, "DB": _sentinel.db}
