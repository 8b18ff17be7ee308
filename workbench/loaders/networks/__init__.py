"""Reports of the ad networks, as their connectors deliver them, into the one schema.

Each network is described by a YAML file beside this one: which columns are ids, days, money and counts, what
is added up, and what is left out and why. :func:`~workbench.loaders.networks.load.load_report` loads a file.
"""

from __future__ import annotations
