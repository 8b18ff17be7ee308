"""One verb per user task: the same call for the command line, notebooks, apps and reports."""
