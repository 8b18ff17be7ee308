"""Shared numerics: exact intervals for rates, honest pooling of many small ones, overdispersion."""
