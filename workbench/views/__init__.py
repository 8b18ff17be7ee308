"""How things are shown: figures, blocks of a page, the words of numbers. Nothing here computes a result."""
