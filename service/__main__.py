"""`python -m service` is the command `education-plan`."""

from service.cli import main

if __name__ == "__main__":  # processes that it starts import it under another name
    main(prog_name="education-plan")
