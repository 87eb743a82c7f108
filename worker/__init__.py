"""Background work, run by RQ. A client of the same library as the web; nothing in `shortlinks` imports it.

`jobs` holds the entry points, `schedule` what runs how often, `workers` RQ's worker classes with our patience.
"""
