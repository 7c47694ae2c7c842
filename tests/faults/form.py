"""The short form of the fault figures for every run, and the full one of `make faults`."""

import os

FULL = "FAULT_POINTS" in os.environ
POINTS = int(os.environ.get("FAULT_POINTS", "4"))  # of each call and fault
FEWER = max(2, POINTS // 2)  # where another sweep goes over the same code
