"""Turns the coverage data of a submission's own test run into JSON, inside the sandbox, with our settings only."""

import os
import sys
from pathlib import Path

sys.path.insert(0, "/tools")
import coverage

settings, folder = sys.argv[1:3]
os.chdir("/submission")
measured = coverage.Coverage(config_file=f"{settings}/coveragerc", data_file=f"{folder}/data/coverage")
parts = [str(part) for part in Path(folder, "data").glob("coverage.*")]
if parts:
    measured.combine(parts, keep=True)
else:
    measured.load()
measured.json_report(outfile=f"{folder}/coverage.json", pretty_print=False, show_contexts=False)
