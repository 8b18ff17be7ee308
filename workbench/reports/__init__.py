"""Run report templates, publish what succeeds, and keep the last good one."""
