"""The HTTP edge: sends requests to one source; the only importer of urllib3."""
