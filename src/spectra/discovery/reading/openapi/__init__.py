"""OpenAPI 3 and Swagger 2: paths, operations, schemas, security, and references within the file."""
