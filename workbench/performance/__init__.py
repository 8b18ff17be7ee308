"""What was spent, what came of it, what changed and why: pure functions from frames to results."""
