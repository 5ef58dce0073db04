"""Calls to the provider and to Clay, made by worker threads."""
