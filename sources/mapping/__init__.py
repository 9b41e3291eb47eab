"""Mappings: any file of records becomes events by a YAML file, without code. docs/mappings.md teaches them."""
