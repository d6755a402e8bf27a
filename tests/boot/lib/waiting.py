"""Waiting for what becomes true sooner or later, however busy the host is."""
import time

from .page_tables import registers

LOOK_S = 0.05
LIMIT_S = 150
IDLE_LOOKS = 3


def becomes_true(is_so, limit_s: float = LIMIT_S) -> bool:
    """Whether it does, within the limit."""
    deadline = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_S)
    return True


def becomes_idle(machine) -> bool:
    """Whether a machine of one CPU comes to have nothing to do: all that was asked of it is done, and its programs
    wait for more."""
    return becomes_true(lambda: all(_is_halted(machine) for _ in range(IDLE_LOOKS)))


def _is_halted(machine) -> bool:
    time.sleep(LOOK_S)
    return bool(registers(machine)["HLT"])
