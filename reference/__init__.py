"""The pages of `docs/reference/`, computed from the code that they describe: commands, DAGs, metrics, data flow."""
