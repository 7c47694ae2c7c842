"""Writes the golden examples: `python -m tests.ehr.golden`."""

from tests.ehr.golden import main

if __name__ == "__main__":
    main()
