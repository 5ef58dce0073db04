"""The words of a greeting."""

PATTERN = "Hello, {}!"


def greet(name: str) -> str:
    if len(name) == 0:
        raise ValueError("nobody to greet")
    return PATTERN.format(name)
