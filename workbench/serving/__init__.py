"""Serve the apps: fast, offline, safe, and never with yesterday's figures.

``server`` is Voila's application with our settings, ``pool`` keeps kernels that have already run a page and
throws them away when the lake's version changes, ``frontend`` and ``assets`` keep the bytes on the wire low,
``catalogue`` lists the apps of a folder, ``freshness`` says which version of the data is current.
"""

import sys

# jsonschema, which Jupyter's server imports, compiles a grammar for internationalised addresses as soon as
# this optional package can be found: half of the server's start-up time, for a check that nothing here uses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
