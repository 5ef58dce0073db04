"""The command, reading its arguments by hand."""

import sys


def lines(names):
    return [f"Hello, {name.strip()}!" for name in names if name.strip()]


def run(arguments):
    """Exit code for these arguments."""
    match arguments:
        case ["--from", source, "--to", target] | ["--to", target, "--from", source]:
            with open(source, encoding="utf-8") as names, open(target, "w", encoding="utf-8") as greetings:
                greetings.writelines(f"{line}\n" for line in lines(names))
        case [name] if name.strip():
            sys.stdout.write(lines([name])[0] + "\n")
        case _:
            sys.stderr.write("greet: give me a name, or --from FILE --to FILE\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
