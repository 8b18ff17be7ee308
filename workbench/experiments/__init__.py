"""Experiments: which arm is better, by how much, what a wrong choice costs, and whether to read it at all."""
