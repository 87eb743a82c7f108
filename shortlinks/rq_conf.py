"""Where RQ's own commands find the queue: `rq worker --config shortlinks.rq_conf …`. Names are RQ's."""

import sys

from shortlinks import config

try:
    _url = config.load_connected().queue_url or ""
except config.ConfigError as error:
    sys.exit(str(error))

_sentinel = config.sentinel(_url)
REDIS_URL = None if _sentinel else _url
SENTINEL = _sentinel and {"INSTANCES": _sentinel.hosts, "MASTER_NAME": _sentinel.name, "DB": _sentinel.db}
