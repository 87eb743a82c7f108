"""Faults against the whole service: `python -m tests.chaos` breaks it in every way we know, round after round.

    steps.py    what any test of faults does: a crowd of visitors, waiting until they go on, killing and healing
    proxy.py    the network between the service and Redis, to be cut, delayed, garbled or silenced
    receiver.py who is told of clicks by a webhook, and adds them up
    nginx.py    the reverse proxy in front
    faults.py   every fault, what it does and what may be missing afterwards
    world.py    the service under load with all that can be broken around it, and the check after each round

The check is the same every time: each 302 that a visitor received is a hit, once, or counted as lost where the disk was full.
No id of a message to a webhook comes with two bodies, and at the end its receiver has added up what is counted.
"""
