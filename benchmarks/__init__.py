"""Side-by-side measurements that print tables; nothing here is a test."""
