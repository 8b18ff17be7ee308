"""Outside systems, one module each: the only room that opens a connection or imports a vendor's SDK."""
