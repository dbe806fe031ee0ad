"""The storage edge: Delta tables, plain files and locks of one lakehouse. The only importer of deltalake."""
