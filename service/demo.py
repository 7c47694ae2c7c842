"""`education-plan demo`."""


def play() -> int:
    return 0
