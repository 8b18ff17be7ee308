"""What every room stands on: errors, settings, money, dates, ids, identity, encryption, the log."""
