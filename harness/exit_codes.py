"""Exit codes: whether grading worked, never how the candidate did (a candidate may see the CI job)."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller. CI retries 1 and 3, and only those."""

    GRADED = 0
    """The report is written and complete."""
    GAPS = 1
    """The report is written, and at least one grade is `error`: safe to run again."""
    USAGE = 2
    """The command line, the configuration or the challenge pack is wrong."""
    OURS = 3
    """Our fault or the machine's; no report; safe to run again."""
    REFUSED = 4
    """This submission can't be graded: it does not exist, is over a limit, or was refused."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; everything that the run made is removed."""
