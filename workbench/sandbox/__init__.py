"""A market with a known truth: the generated sample company, labelled simulated wherever it is shown."""
