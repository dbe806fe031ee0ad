"""What a description suggests: lists, keys, parents, pagination, auth, each with a confidence and a reason."""
