"""The dictionary of a dlt `rest_api` source, in JSON, YAML or Python."""
