"""Random bytes of the system, drawn ahead.

Each question to the system lets another thread of the process go first, and wakes it, which
takes longer than the answer.
"""

import os

BYTES, _AT_ONCE = 16, 256
_ahead: list[bytes] = []
os.register_at_fork(after_in_child=_ahead.clear)  # a process draws its own


def drawn() -> bytes:
    """Return 16 random bytes that are given to nobody else, in whichever thread or process."""
    while True:
        try:
            return _ahead.pop()
        except IndexError:
            fresh = os.urandom(BYTES * _AT_ONCE)
            _ahead.extend([fresh[at : at + BYTES] for at in range(0, len(fresh), BYTES)])
