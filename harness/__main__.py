"""`python -m harness`, for a checkout that is not installed."""

from harness.cli import main

if __name__ == "__main__":
    main()
