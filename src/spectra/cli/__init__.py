"""The command line: parse, one Pipeline call, render."""
