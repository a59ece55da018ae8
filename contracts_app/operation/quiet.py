"""Wait until no work is due."""

import time
from collections.abc import Callable


def wait_until_quiet(open_work: Callable[[], list[str]], seconds: float) -> list[str]:
    """What is still open when nothing is (an empty list), or when the time is over.

    Asks ten times a second at first and twice a second later. Quiet counts only when two looks, a
    quarter of a second apart, both find nothing: between two steps of one process there may be a
    moment in which neither shows.
    """
    began = time.monotonic()
    until = began + seconds
    while True:
        still_open = open_work()
        if not still_open:
            time.sleep(0.25)
            still_open = open_work()
            if not still_open:
                return []
        if time.monotonic() >= until:
            return still_open
        time.sleep(0.1 if time.monotonic() - began < 5 else 0.5)
