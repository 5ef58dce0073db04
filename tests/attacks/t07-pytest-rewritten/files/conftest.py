import program  # noqa: F401
