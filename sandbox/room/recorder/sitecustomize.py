"""Starts our coverage in every Python process of a submission's own test run.

Python imports this before the first line of the program. Our coverage must win over one that the submission
installed (its figures have to mean the same for everyone); for all else the submission's own packages win.
"""

import os
import sys

if os.environ.get("COVERAGE_PROCESS_START"):
    sys.path.insert(0, "/tools")
    try:
        import coverage

        coverage.process_startup()
    except Exception as reason:  # noqa: BLE001 - a broken tracer must not break the candidate's tests
        sys.stderr.write(f"coverage could not start: {reason}\n")
    finally:
        sys.path.remove("/tools")
if os.environ.get("HARNESS_LINES"):
    try:
        import harness_lines

        harness_lines.watch(os.environ["HARNESS_LINES"])
    except Exception as reason:  # noqa: BLE001 - the same
        sys.stderr.write(f"lines are not watched: {reason}\n")
sys.path.append("/tools")
