"""What runs how often, for `rq cron worker.schedule`: the only place with intervals.

The ship process asks for a roll-up as soon as there are clicks; the one here is for clicks that it left behind. There must
be one clock; should there be two, every job is harmless when repeated. RQ would remember a failed one for a year; what it
said is in the log.
"""

from rq import cron

from shortlinks.rollups import rolling_up
from worker import jobs

MINUTE = 60
HOUR = 60 * MINUTE

# It asks for deliveries, too, where there are webhooks: for attempts whose time has come, and for what was left behind.
cron.register(jobs.catch_up, queue_name=rolling_up.QUEUE, interval=MINUTE, result_ttl=0, failure_ttl=HOUR)
cron.register(jobs.finish_purges, queue_name="default", interval=5 * MINUTE, result_ttl=0, failure_ttl=HOUR)
# Intervals rather than hours of the day: they also run where the machine is off at night, first of all at each start. This one
# before all that may take long: salts of days that are over must go.
cron.register(jobs.rewrite_log, queue_name="default", interval=6 * HOUR, result_ttl=0, failure_ttl=HOUR)
# It looks at every post there ever was, and RQ would end it after three minutes: the newest posts would never be reached.
cron.register(
    jobs.trim_clicks, queue_name="default", interval=12 * HOUR, job_timeout=6 * HOUR, result_ttl=0, failure_ttl=HOUR
)
# For a single post of very many clicks, which has to be done in one go.
cron.register(jobs.recount, queue_name="default", interval=MINUTE, job_timeout=6 * HOUR, result_ttl=0, failure_ttl=HOUR)
cron.register(
    jobs.import_links, queue_name="default", interval=MINUTE, job_timeout=HOUR, result_ttl=0, failure_ttl=HOUR
)
# As long as the beacon is off it reads one hash a shard.
cron.register(jobs.count_arrivals, queue_name="default", interval=MINUTE, result_ttl=0, failure_ttl=HOUR)
cron.register(jobs.insights, queue_name="default", interval=MINUTE, result_ttl=0, failure_ttl=HOUR)
cron.register(jobs.forget_events, queue_name="default", interval=HOUR, result_ttl=0, failure_ttl=HOUR)
cron.register(jobs.sweep_marks, queue_name="default", interval=12 * HOUR, result_ttl=0, failure_ttl=HOUR)
# How often a target is visited is up to `target_health`; this is how soon a new one is.
cron.register(jobs.visit_targets, queue_name="default", interval=5 * MINUTE, result_ttl=0, failure_ttl=HOUR)
# As long as no channel is set up it does nothing; a message to try one should not take long.
cron.register(jobs.remind, queue_name="default", interval=MINUTE, result_ttl=0, failure_ttl=HOUR)
