"""Alembic's environment; it ships inside the package, so that an installed wheel can migrate."""
