"""The live dashboard: pages in the browser over the views of `serving`, read as the user bi."""
