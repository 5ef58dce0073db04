"""HTTP: routes, errors in one form, and the server."""
