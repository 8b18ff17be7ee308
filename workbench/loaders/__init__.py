"""Files in, canonical rows out: every file is reconciled with its own total before anything is stored.

``exports`` loads Ads Manager exports, ``mapping`` any other table. A file that cannot be read with
certainty is quarantined with row, column and reason, and the data that are already there stay.
"""
