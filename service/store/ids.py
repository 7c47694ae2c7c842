"""Time-ordered ids: UUID version 7 (RFC 9562), so that later rows stand later in an index."""

import time

from service.randomness import drawn


def new_id() -> str:
    """Return a new UUIDv7: 60 bits of time, then 62 random bits.

    48 bits count milliseconds; the next 12 count 1/4096 of one (RFC 9562, 6.2, method 3),
    so that rows of one process stand in the order they were made in.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    random = int.from_bytes(drawn()[:8], "big") >> 2
    value = milliseconds << 80 | 0x7 << 76 | (rest << 12) // 1_000_000 << 64 | 0x2 << 62 | random
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
