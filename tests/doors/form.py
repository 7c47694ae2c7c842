"""The short form of the corpus of addresses for every run, and the full one of `make doors`.

In full every spelling goes to every door, and more of them into each element of R4.
"""

import os

FULL = os.environ.get("DOORS") == "full"
OF_FIELDS = 40 if FULL else 4  # spellings in each element
