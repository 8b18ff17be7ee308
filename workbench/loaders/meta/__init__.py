"""Answers of Meta's Graph API -> canonical rows -> the lake and the ledger."""
