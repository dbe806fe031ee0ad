"""Source: proves the credentials, catalogues every endpoint and measures which of them answer."""
