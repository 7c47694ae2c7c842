"""`python -m service` is the command `education-plan`."""

from service.cli import main

main(prog_name="education-plan")
