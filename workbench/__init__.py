"""Optimisation workbench for social advertising.

The package's top level imports nothing, so that ``import workbench`` stays cheap; name the room you need:
``from workbench.flows import overview``. The rooms and who may import whom: ``docs/architecture.md``.
"""

__version__ = "0.1.0"
