"""A market that is stepped through in simulated time, reacts to edits, and knows its own truth."""
