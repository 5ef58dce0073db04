"""The command: chooses where names come from and where greetings go."""

import sys
from getopt import GetoptError, getopt

from greet.names import from_arguments, from_file
from greet.writing import to_file, to_terminal

USAGE = "usage: greet NAME | greet --from FILE --to FILE (a name is needed)"


def main(arguments: list[str]) -> int:
    try:
        options, rest = getopt(arguments, "", ["from=", "to="])
        chosen = dict(options)
        if chosen:
            to_file(chosen["--to"], from_file(chosen["--from"]))
        else:
            to_terminal(from_arguments(rest))
    except (GetoptError, KeyError, LookupError):
        print(USAGE, file=sys.stderr)
        return 2
    return 0


sys.exit(main(sys.argv[1:]))
