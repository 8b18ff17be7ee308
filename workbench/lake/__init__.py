"""The lake: facts as typed Delta tables, replaced by window, asked in SQL, readable as they were believed.

Importing this package is cheap: deltalake, DuckDB and Arrow are loaded by the first call that needs them.
"""

from workbench.lake.commits import Commit
from workbench.lake.store import Lake

__all__ = ["Commit", "Lake"]
