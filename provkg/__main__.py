"""`python -m provkg`: the same as the command `provkg`."""

from provkg.cli.main import main

if __name__ == "__main__":
    main()
