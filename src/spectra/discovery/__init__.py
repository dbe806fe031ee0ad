"""What a document says of an API: readers of descriptions, guesses with their reasons, drafts of definitions. Pure."""
