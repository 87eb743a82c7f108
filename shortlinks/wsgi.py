"""What gunicorn serves: `shortlinks.wsgi:app`, configured from the environment."""

from shortlinks import config, ship
from shortlinks.web import create_app

_config = config.load_connected()
app = create_app(_config)
app.extensions["shortlinks"].follower.start(lambda: ship.ensure_running(_config.data_dir))
