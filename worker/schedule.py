"""What runs how often, for `rq cron worker.schedule`: the only place with intervals.

Roll-ups are not here: the ship process asks for them as soon as there are clicks. There must be one clock; should there be
two, every job is harmless when repeated.
"""

from rq import cron

from worker import jobs

MINUTE = 60

cron.register(jobs.finish_purges, queue_name="default", interval=5 * MINUTE, result_ttl=0)
cron.register(jobs.trim_clicks, queue_name="default", cron="20 3 * * *", result_ttl=0)
cron.register(jobs.rewrite_log, queue_name="default", cron="40 0 * * *", result_ttl=0)
