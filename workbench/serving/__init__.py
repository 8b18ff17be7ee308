"""Serve the apps: fast, offline, safe, and never with yesterday's figures.

``server`` is Voila's application with our settings, ``pool`` keeps kernels that have already run a page and
throws them away when the lake's version changes, ``frontend`` and ``assets`` keep the bytes on the wire low,
``catalogue`` lists the apps of a folder, ``freshness`` says which version of the data is current.
"""
