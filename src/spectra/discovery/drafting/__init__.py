"""The text of a definition made of guesses: sure ones as lines, doubtful ones as comments."""
