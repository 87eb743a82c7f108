"""How long background jobs took, in sums that only grow: workers have no port of their own to be asked at."""

from typing import NamedTuple

from shortlinks import keys
from shortlinks.store import Store

_MICRO = 1_000_000
_RUNS, _MICROSECONDS, _FAILED = "runs", "microseconds", "failed"


class JobTimes(NamedTuple):
    """One kind of job: how often it ran, how many seconds in all, and how often it ended in an error."""

    runs: int
    seconds: float
    failed: int


def add(store: Store, job: str, seconds: float, *, failed: bool) -> None:
    """One job has ended. One round trip, because roll-ups may run twenty times a second."""
    pipe = store.redis.pipeline(transaction=False)
    pipe.hincrby(keys.JOBS, f"{job}|{_RUNS}", 1)
    pipe.hincrby(keys.JOBS, f"{job}|{_MICROSECONDS}", round(seconds * _MICRO))
    if failed:
        pipe.hincrby(keys.JOBS, f"{job}|{_FAILED}", 1)
    pipe.execute()


def read(store: Store) -> dict[str, JobTimes]:
    """What was added up, by job."""
    sums = {field.decode(): int(number) for field, number in store.redis.hgetall(keys.JOBS).items()}
    jobs = sorted({field.partition("|")[0] for field in sums})
    return {
        job: JobTimes(
            sums.get(f"{job}|{_RUNS}", 0),
            sums.get(f"{job}|{_MICROSECONDS}", 0) / _MICRO,
            sums.get(f"{job}|{_FAILED}", 0),
        )
        for job in jobs
    }
