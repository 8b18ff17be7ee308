"""A server on this machine that answers like Meta's Graph API, and checks what it is asked."""
