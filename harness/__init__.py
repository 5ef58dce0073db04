"""Grades a submission from end to end; the only package that prints, writes files and picks exit codes."""

__version__ = "0.1.0"

__all__ = ["__version__"]
